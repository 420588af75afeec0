/* A plain thread pool, as one writes it in half an hour: the peer of ours in a burst.
 *
 * What it is. One mutex, one condition, a linked list of jobs; no futures, no results, no
 * cancelling, no trace. How it is used. Start, submit, wait until all are done, stop. Threads. One
 * submitter. Blocking. wait, and stop until the threads have ended. Ownership. A job's argument is
 * borrowed until the job has run.
 */
#ifndef LAB_EXHIBITS_BENCH_PLAIN_POOL_H
#define LAB_EXHIBITS_BENCH_PLAIN_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/sync.h"

struct plain_job {
    void (*run)(void *argument);
    void *argument;
    struct plain_job *next;
};

struct plain_pool {
    lab_mutex mutex;
    lab_cond work, idle;
    struct plain_job *first, *last; /* under mutex, like the rest */
    size_t unfinished;
    bool stop;
    unsigned count;
    lab_thread threads[2];
};

/* LAB_E_NOMEM or LAB_E_UNAVAILABLE: not all of its threads could be started. */
int plain_pool_start(struct plain_pool *pool);
/* LAB_E_NOMEM. */
int plain_pool_submit(struct plain_pool *pool, void (*run)(void *argument), void *argument);
void plain_pool_wait(struct plain_pool *pool);
void plain_pool_stop(struct plain_pool *pool);

#endif
