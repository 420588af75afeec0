/* Running one coroutine by itself: its awaits become blocking calls.
 *
 * What it is. How a thread, a process or the sequential executor runs a task: step, and at each
 * await start what it awaits and wait for that alone. Where the target cannot block (an isolate
 * driven by events), the same function returns in between and is called again.
 *
 * How it is used. A zeroed struct lab_advance per thread, kept between runs (it keeps connections
 * open); lab_run_advance() until LAB_CO_DONE; lab_advance_release() at the end.
 *
 * Threads. One. Blocking. For at most timeout_ns, in the task's awaits only; traced on the current
 * lane. A thread that holds a GIL is without it while it waits, and holds it again on return. A
 * stop of the run makes what is awaited fail with LAB_E_CANCELLED, and the task go on from there.
 */
#ifndef LAB_FUTURES_ADVANCE_H
#define LAB_FUTURES_ADVANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "futures/task.h"

struct lab_reactor;

struct lab_advance {
    struct lab_reactor *reactor; /* made when first needed */
    bool waiting;                /* in an await */
    bool finished;               /* the fetch awaited has come back */
    uint64_t wake_at;            /* of a sleep, lab_now_ns() */
    uint32_t tag;                /* the task's number in the trace */
};

/* From an await on. */
int lab__run_await(struct lab_run *run, struct lab_advance *advance, uint64_t timeout_ns);

/* LAB_CO_DONE, or LAB_CO_AWAIT when timeout_ns has passed (or nothing can block here) first. */
static inline int lab_run_advance(struct lab_run *run, struct lab_advance *advance,
                                  uint64_t timeout_ns)
{
    if (!advance->waiting && run->type->step(run) == LAB_CO_DONE)
        return LAB_CO_DONE;
    return lab__run_await(run, advance, timeout_ns);
}

/* While waiting: how long until it makes sense to advance again, if nothing happens before. */
uint64_t lab_advance_next(const struct lab_advance *advance);
/* Gives up what run awaits. */
void lab_advance_cancel(struct lab_advance *advance, struct lab_run *run);
void lab_advance_release(struct lab_advance *advance);

#endif
