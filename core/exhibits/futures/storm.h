/* The storm: very many futures over all executors, with everything that may happen to them, from a
 * seed.
 *
 * What it is. Pools come and go; several threads submit to each; futures are cancelled, waited for
 * with short time-outs, fail, call back (and some callbacks fail); workers are killed or crash;
 * pools are shut down with and without cancel_futures, or just destroyed, while all that goes on.
 * Afterwards every future is in a final state with the right result, every callback has run exactly
 * once, every callback's failure was logged, and no thread or process is left.
 *
 * Replay. Every decision is drawn from the seed alone: one stream for each pool, one for each
 * submitter in it. (What the scheduler makes of them is the machine's.) Threads. One storm at a
 * time. Blocking. Until it is over.
 */
#ifndef LAB_EXHIBITS_FUTURES_STORM_H
#define LAB_EXHIBITS_FUTURES_STORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"

struct lab_storm_options {
    uint64_t seed, futures;
    const struct lab_method *const *methods; /* unavailable ones are left out */
    size_t method_count;
    /* Told in the watchdog's thread that the storm did not end; the program then exits with 1.
     * NULL: a line on stderr. */
    void (*hung)(void *user);
    void *user;
};

struct lab_storm_result {
    uint64_t seed;
    uint64_t futures; /* made: finished + failed + cancelled */
    uint64_t finished, failed, cancelled;
    uint64_t refused;                      /* submits to a pool that was shut down or broken */
    uint64_t callbacks, callback_failures; /* called; failed and logged */
    uint64_t pools, shutdowns, kills, crashes;
    int threads_left, processes_left; /* more than before; -1: cannot be known here */
    double seconds;
    bool stopped, passed;
    char problem[300]; /* the first thing that was not as it must be */
};

void lab_storm_run(struct lab_storm_result *result, const struct lab_storm_options *options);

#endif
