/* Futures: the result of a task that may not have run yet.
 *
 * What it is. concurrent.futures.Future in C's form: PENDING → RUNNING → FINISHED, or PENDING →
 * CANCELLED → CANCELLED_AND_NOTIFIED, and nothing else. An exception is a struct lab_failure.
 *
 * How it is used. lab_submit() (executor.h) makes one; lab_future_wait(), then lab_future_result()
 * and lab_future_failure(); lab_future_release(). Waiting for several: wait.h. Executors call
 * set_running_or_notify_cancel, then finish or fail.
 *
 * Threads. Everything from any thread; reference counted, up to four million.
 * Blocking. Only lab_future_wait(). Where the executor has no thread of its own (sequential, async,
 * anything in an isolate) waiting is what makes it work. It gives up a GIL that the caller holds.
 * Ownership. Result and failure belong to the future and live as long as it does.
 * Cost. 64 bytes, one cache line (magazines.h); it is submitted, run and waited for without a lock
 * or a system call unless somebody sleeps. Progress. A callback runs in the thread that ends the
 * future (or cancels it), outside its lock, after waiters have been told, in the order of adding,
 * exactly once; on a future that is done already, at once in the caller. Source. Python's
 * concurrent.futures._base; rules 1–6 (core/RULES.md).
 */
#ifndef LAB_FUTURES_FUTURE_H
#define LAB_FUTURES_FUTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/task.h"

enum lab_future_state {
    LAB_FUTURE_PENDING,
    LAB_FUTURE_RUNNING,
    LAB_FUTURE_CANCELLED, /* cancelled; its executor has not seen it yet */
    LAB_FUTURE_CANCELLED_AND_NOTIFIED,
    LAB_FUTURE_FINISHED,
};

struct lab_future;
struct lab_executor;

/* Returns 0, or the code of what failed: it is logged (lab_future_log), and the others still
 * run. */
typedef int (*lab_future_callback)(struct lab_future *future, void *user);

/* Who makes progress while somebody waits for a future that no thread of its own works on. */
struct lab_driver {
    /* Works for at most timeout_ns; 0: does what can be done at once. False: it cannot be driven
     * from here, because the caller is one of its own tasks. */
    bool (*drive)(struct lab_driver *driver, uint64_t timeout_ns);
    /* Nanoseconds until it wants to be driven again; LAB_FOREVER: when there is news. */
    uint64_t (*next)(const struct lab_driver *driver);
};

/* One reference, the caller's. driven: whoever waits for it drives its task's executor. NULL: out
 * of memory. */
struct lab_future *lab_future_create(bool driven);
struct lab_future *lab_future_retain(struct lab_future *future);
/* NULL is legal. */
void lab_future_release(struct lab_future *future);

enum lab_future_state lab_future_state(const struct lab_future *future);
/* Finished, or cancelled in either way. */
bool lab_future_done(const struct lab_future *future);

/* Rule 2. True if it was pending or is cancelled already; callbacks run here. */
bool lab_future_cancel(struct lab_future *future);

/* Waits until done. 0; LAB_E_TIMEOUT (0 polls); LAB_E_AGAIN where nothing can block and it is not
 * done; LAB_E_STOPPED when the run is being stopped; LAB_E_DEADLOCK when it would wait for ever
 * because the future waits for the caller (waits.h says how, and names the cycle). */
int lab_future_wait(struct lab_future *future, uint64_t timeout_ns);
/* For a future that is done: 0 and the bytes; or the failure's code (LAB_E_CANCELLED if cancelled).
 * LAB_E_STATE if it is not done. */
int lab_future_result(const struct lab_future *future, struct lab_bytes *result);
/* The failure of a done future, or NULL if it succeeded or was cancelled. */
const struct lab_failure *lab_future_failure(const struct lab_future *future);

/* Calls back when done. LAB_E_NOMEM. */
int lab_future_on_done(struct lab_future *future, lab_future_callback callback, void *user);
/* Told of every callback that failed; the default writes a line to stderr. NULL: the default. Set
 * it while no future is ending. */
typedef void (*lab_future_logger)(const struct lab_future *future, int code);
void lab_future_log(lab_future_logger wanted);

/* For executors. */
/* Pending → running: 0, run it. Cancelled → cancelled and notified, waiters are told:
 * LAB_E_CANCELLED, forget it. Any other state is a usage error: LAB_E_STATE, nothing changes. */
int lab_future_set_running_or_notify_cancel(struct lab_future *future);
/* Ends it with the outcome of a run: takes over run->out and run->failure. LAB_E_STATE if it is
 * done. */
int lab_future_finish(struct lab_future *future, struct lab_run *run);
/* Ends it with malloc'd bytes, which it takes over (not on LAB_E_STATE). */
int lab_future_set_result(struct lab_future *future, void *data, size_t size);
/* The same for whoever must not run callbacks: LAB_E_AGAIN, and nothing changes, if it has any. */
int lab_future_set_plain_result(struct lab_future *future, void *data, size_t size);
/* Ends it with a copy of failure. LAB_E_STATE if it is done. */
int lab_future_set_failure(struct lab_future *future, const struct lab_failure *failure);
/* Cancels it if it is pending, tells waiters, and gives up the caller's reference: what becomes of
 * a queue's futures. */
void lab_future_discard(struct lab_future *future);

/* Whether it has done-callbacks still to run. A hint: one may be added meanwhile. */
bool lab_future_calls_back(const struct lab_future *future);

/* What an executor keeps with the future: the task, and a link for its queue. */
struct lab_task {
    const struct lab_task_type *type;
    struct lab_bytes in; /* borrowed from the submitter until the future is done; gone after that */
    uint32_t tag;        /* the task's number in the trace */
    uint32_t lane;       /* set by the executor: the number of the lane where it ran */
    struct lab_executor *executor; /* set by lab_submit() */
};
struct lab_task *lab_future_task(struct lab_future *future);

/* A queue of futures, first in, first out; the owner locks it. */
struct lab_future_queue {
    struct lab_future *first, *last;
    size_t count;
};
void lab_future_enqueue(struct lab_future_queue *queue, struct lab_future *future);
struct lab_future *lab_future_dequeue(struct lab_future_queue *queue); /* NULL: empty */

/* For lab_future_wait() (waits.c): spins a little (busy_wait.h), then sleeps until it is done, for
 * at most timeout_ns, or wakes spuriously. A GIL is given up meanwhile. */
void lab_future_sleep(struct lab_future *future, uint64_t timeout_ns);

/* For wait.c: told once, under the future's lock, when it has finished or its cancellation was
 * notified. */
struct lab_watch {
    void (*notify)(struct lab_watch *watch, struct lab_future *future);
    struct lab_watch *next;
};
/* False: it has ended already, and the watch is not kept. */
bool lab_future_watch(struct lab_future *future, struct lab_watch *watch);
/* After this notify is not (and will not be) running. */
void lab_future_unwatch(struct lab_future *future, struct lab_watch *watch);
struct lab_driver *lab_future_driver(const struct lab_future *future); /* or NULL */

#endif
