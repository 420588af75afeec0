/* Stackless coroutines as C state machines.
 *
 * What it is. A coroutine is a struct lab_co and a step function that is called again and again
 * until it returns LAB_CO_DONE. The macros below turn the function into a state machine: a switch
 * over the line to resume at (Tom Duff's device; Simon Tatham, "Coroutines in C", 2000). A
 * suspended coroutine is its struct and its frame: no stack.
 *
 *     static int step(struct lab_run *run)
 *     {
 *         struct frame *f = run->frame;
 *         LAB_CO_BEGIN(&run->co);
 *         LAB_AWAIT_FETCH(&run->co, &f->fetch);
 *         …
 *         LAB_AWAIT_SLEEP(&run->co, 1000000);
 *         LAB_CO_END(&run->co);      // falls out to the code after it, which returns LAB_CO_DONE
 *         return lab_run_result(run, …);
 *     }
 *
 * Rules. Locals do not survive an await: keep them in the frame. No await inside a nested switch,
 * at most one await per source line.
 * Threads. One at a time. Blocking. Never; whoever steps it decides how to wait.
 */
#ifndef LAB_LOOP_CO_H
#define LAB_LOOP_CO_H

#include <stdint.h>

enum { LAB_CO_DONE = 0, LAB_CO_AWAIT = 1 };

struct lab_fetch; /* platform/reactor.h */

enum lab_await_kind {
    LAB_AWAITS_NOTHING,
    LAB_AWAITS_TURN,  /* the next turn of the loop: yields */
    LAB_AWAITS_SLEEP, /* ns nanoseconds */
    LAB_AWAITS_FETCH, /* fetch, to be started by whoever drives the coroutine */
};

struct lab_co_type; /* loop/loop.h */

struct lab_co {
    uint32_t resume; /* source line to go on at; 0: the beginning */
    uint32_t awaits; /* enum lab_await_kind, valid after LAB_CO_AWAIT */
    union {
        uint64_t ns;
        struct lab_fetch *fetch;
    } on;
    /* The loop's own; of no use where a thread steps it. */
    const struct lab_co_type *type;
    struct lab_co *next; /* in the queue of those that are ready */
};

#define LAB_CO_BEGIN(co)                                                                           \
    switch ((co)->resume) {                                                                        \
    case 0:
#define LAB_CO_END(co)                                                                             \
    }                                                                                              \
    (co)->resume = 0

#define LAB_CO__SUSPEND(co)                                                                        \
    (co)->resume = __LINE__;                                                                       \
    return LAB_CO_AWAIT;                                                                           \
    case __LINE__:;

#define LAB_AWAIT_TURN(co)                                                                         \
    do {                                                                                           \
        (co)->awaits = LAB_AWAITS_TURN;                                                            \
        LAB_CO__SUSPEND(co)                                                                        \
    } while (0)
#define LAB_AWAIT_SLEEP(co, nanoseconds)                                                           \
    do {                                                                                           \
        (co)->awaits = LAB_AWAITS_SLEEP;                                                           \
        (co)->on.ns = (nanoseconds);                                                               \
        LAB_CO__SUSPEND(co)                                                                        \
    } while (0)
#define LAB_AWAIT_FETCH(co, request)                                                               \
    do {                                                                                           \
        (co)->awaits = LAB_AWAITS_FETCH;                                                           \
        (co)->on.fetch = (request);                                                                \
        LAB_CO__SUSPEND(co)                                                                        \
    } while (0)

#endif
