/* Who waits for whom: deadlocks among workers that wait for futures, found as they happen.
 *
 * What it is. A graph over workers and futures. A worker that is about to wait for a future without
 * a time-out enters it here first. A future can still end if it runs on a worker that can go on, or
 * is pending and its executor has a worker that can go on (or may start one more). If the future
 * cannot end any more, the wait would close a cycle: it is refused with LAB_E_DEADLOCK, and the
 * cycle is described.
 *
 * How it is used. Executors: one struct lab_worker for each worker thread, entered while it lives,
 * with `running` set around each task. lab_future_wait() is here; wait and as_completed enter
 * theirs too. A task that was refused asks lab_deadlock_last().
 *
 * Threads. A worker's struct: its thread; others read it only while it waits. Blocking. A short
 * mutex. Cost. Two plain stores a task; the graph is looked at only by a worker that waits. Limits.
 * A wait with a time-out ends by itself and is not entered; waits for locks or pipes are not seen.
 */
#ifndef LAB_FUTURES_WAITS_H
#define LAB_FUTURES_WAITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/future.h"

struct lab_worker {
    struct lab_executor *executor;
    unsigned max_workers; /* of that executor */
    bool sole;            /* not a worker, but the one thread through which all its futures end */
    char name[32];        /* "thread 1" */
    struct lab_future *running; /* the worker's own; stable while it waits */
    /* The graph's own. Any of waits_for would wake it; NULL: it does not wait. */
    struct lab_future *const *waits_for;
    size_t waits_for_count;
    uint64_t mark;
    struct lab_worker *next;
};

/* The calling thread is this worker, until leave. */
void lab_worker_enter(struct lab_worker *worker);
void lab_worker_leave(struct lab_worker *worker);
/* The executor whose worker the calling thread is, or NULL. */
struct lab_executor *lab_worker_executor(void);
/* Whether that worker is running a task; in a done-callback it is not any more. */
bool lab_worker_runs_task(void);

/* For whoever waits: the calling thread is going to wait, without a time-out, until any of futures
 * ends, none of which it has seen to end. 0, or LAB_E_DEADLOCK. After 0, lab_waits_end() when it
 * has waited; the array stays valid until then. Does nothing in a thread that is no worker. */
int lab_waits_begin(struct lab_future *const *futures, size_t count);
void lab_waits_end(void);

enum { LAB_DEADLOCK_STEPS = 16 };
struct lab_deadlock_step {
    char worker[32];
    uint32_t task;      /* the tag of what it runs */
    uint32_t waits_for; /* the tag of the task whose future it waits for */
    char because[100];  /* why that future cannot end: "task 2 runs on thread 2" */
};
struct lab_deadlock {
    size_t count; /* of steps; each waits for the next, the last for the first */
    struct lab_deadlock_step steps[LAB_DEADLOCK_STEPS];
    char sentence[236];
};
/* The last deadlock that was found in the calling thread. */
const struct lab_deadlock *lab_deadlock_last(void);

#endif
