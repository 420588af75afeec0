/* Inside the process pool: what the executor (process_pool.c) and its manager (process_manager.c)
 * share.
 *
 * What it is. The executor's calls come from any thread and only note what is wanted, under the
 * mutex. The manager does it: a thread of the pool's own, or whoever drives it where there are no
 * threads. Whoever does something with children holds the baton. That is the manager, and, so that
 * a short task need not be handed over twice on its way, for a moment a thread that submits (it
 * gives an idle child the task itself) or that waits for a future (it reads results while the
 * manager sleeps). Threads. Each field says whose it is. Blocking. lab__process_pool_manage(),
 * which is the thread, and _help(), a moment.
 */
#ifndef LAB_FUTURES_PROCESS_MANAGER_H
#define LAB_FUTURES_PROCESS_MANAGER_H

#include "futures/executor.h"
#include "futures/process_link.h"
#include "platform/process.h"
#include "platform/sync.h"

enum process_pool_end { END_NOT, END_KINDLY, END_NOW };

struct process_pool {
    struct lab_executor base; /* first */
    struct lab_process_group *group;
    unsigned count;                     /* N; immutable, as are the next three */
    unsigned max_tasks;                 /* of a child's life; 0: no limit */
    const struct lab_task *initializer; /* or NULL */
    bool prestart;
    bool managed; /* there is a manager thread; create() writes it, the manager never reads it */
    lab_thread manager;
    lab_mutex joining;
    bool joined; /* under joining */

    bool takes_back; /* children's tasks that they have not begun; immutable */
    unsigned cores;  /* of the machine; immutable */

    lab_mutex mutex;
    struct lab_future_queue queue; /* under mutex, as are the next four */
    bool shutdown;
    bool broken; /* why is written once, before */
    enum process_pool_end end;
    uint64_t give_up_at; /* destroy() waits no longer; 0: it was not called */
    struct lab_failure why;

    _Atomic uint32_t up;     /* children that ever came up; a counter that ready() polls */
    _Atomic uint32_t alive;  /* children; relaxed: a number for others, the manager changes it */
    _Atomic uint64_t memory; /* of all children at the peak; relaxed: a figure for people */

    /* 0 free, 1 held, 2 held and wanted (U. Drepper, "Futexes Are Tricky", the second mutex). */
    _Atomic uint32_t baton;
    _Atomic uint32_t helpers; /* threads in _help(): the pool is not freed meanwhile */
    /* Results that helpers have read and not yet delivered to their futures: the manager may be
     * needed for one of them, so it does not end before. Grows under the baton. */
    _Atomic uint32_t in_flight;
    /* What a submit may expect, published by whoever had the baton last. demand: a pending task
     * would be taken up at once (process_hand_out.h, "No lost wake-up"). */
    _Atomic bool demand;
    _Atomic uint32_t idle; /* children that wait for a task; relaxed: a hint */

    /* Under the baton. */
    struct lab_future_queue calls; /* running, not yet given to a child */
    struct late_result *late;      /* that a helper has read and leaves to the manager */
    unsigned started;              /* children ever */
    uint64_t memory_now;
    uint64_t due; /* how long the manager sleeps, ns, as it decided last */
    struct lab_link links[];
};

/* Does everything that can be done without waiting. */
void lab__process_pool_pump(struct process_pool *pool);
/* By whoever has just queued a task: gives an idle child what is pending. False: the manager is
 * needed. */
bool lab__process_pool_deliver(struct process_pool *pool);
/* By whoever waits for future and is counted in helpers: reads results and hands out tasks while
 * that brings it closer, for about timeout_ns at most, then lets go, and wakes the manager for what
 * it leaves. */
void lab__process_pool_help(struct process_pool *pool, struct lab_future *future,
                            uint64_t timeout_ns);
/* Whether a child has had its max_tasks: it gets no more, and is told to leave. */
static inline bool lab__process_is_spent(const struct process_pool *pool,
                                         const struct lab_link *link)
{
    return pool->max_tasks && link->given >= pool->max_tasks;
}
/* No more tasks will come, none is left, no child, and no result in flight in a helper. Under
 * the baton. */
bool lab__process_pool_over(struct process_pool *pool);
/* Nanoseconds until something is due by itself; LAB_FOREVER: only on news. */
uint64_t lab__process_pool_next_due(const struct process_pool *pool, uint64_t give_up_at);
/* The manager thread's life; argument: a struct process_pool. */
void lab__process_pool_manage(void *argument);
/* Whether the calling thread is the pool's manager: a callback runs in it. */
bool lab__process_pool_managing(const struct process_pool *pool);
/* Notes why the pool is broken, unless it is already. Under the mutex, once there are two
 * threads. */
void lab__process_pool_note_broken(struct process_pool *pool, const struct lab_failure *why);

#endif
