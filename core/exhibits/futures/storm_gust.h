/* The parts of a storm. Internal to core/exhibits/futures.
 *
 * - A gust is the life of one pool: it is made, submitters throw their share of futures at it, one
 *   of them may end it midway, then it is destroyed and every future is looked at.
 * - A submit that is refused ends its submitter: the pool is down. Gusts go on until the executor
 *   has made its share of futures.
 * - What a gust does depends on its number and the seed, not on when it is its turn.
 */
#ifndef LAB_EXHIBITS_FUTURES_STORM_GUST_H
#define LAB_EXHIBITS_FUTURES_STORM_GUST_H

#include "exhibits/futures/storm.h"
#include "platform/sync.h"

struct lab_storm {
    const struct lab_storm_options *options;
    struct lab_storm_result *result; /* under mutex while executors blow */
    lab_mutex mutex;
};

/* One executor's part of the storm: a thread's own. */
struct lab_storm_kind {
    struct lab_storm *storm;
    const struct lab_method *method;
    uint64_t share, seed;
    struct lab_storm_result sum;
    bool threaded;
    lab_thread thread;
};

/* Keeps the first problem. Any thread. */
void lab__storm_problem(struct lab_storm *storm, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* One gust. In the thread of its kind. */
void lab__storm_gust(struct lab_storm_kind *kind, uint64_t number);

#endif
