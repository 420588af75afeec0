/* The event loop: many coroutines on one thread.
 *
 * What it is. A queue of ready coroutines, a heap of timers, a reactor with fetches in flight. One
 * turn takes in what has completed, then steps every coroutine that was ready when the turn began.
 *
 * How it is used. lab_loop_spawn() coroutines (their struct lab_co the first member of whatever
 * they are part of, best from a slab, loop/slab.h); lab_loop_turn() until lab_loop_alive() is 0.
 *
 * Threads. One. Blocking. Only lab_loop_turn(), only when nothing is ready, for at most timeout_ns.
 * Ownership. A coroutine's struct stays where it is until its done() is called; then it is the
 * owner's. Progress. Ready coroutines run first in, first out; each once a turn, so none starves,
 * but one that does not await holds up all the others: that is cooperative multitasking. Cost. A
 * coroutine is its struct lab_co (32 bytes here, 24 in WebAssembly) and its frame; one that sleeps
 * has 16 bytes more in the heap. Yielding allocates nothing and looks at nothing else: the queue is
 * a list through the coroutines. Timers: O(log n). 10,000 or 1,000,000 awaits at once differ in
 * memory only.
 */
#ifndef LAB_LOOP_LOOP_H
#define LAB_LOOP_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "loop/co.h"

/* What coroutines of a kind have in common. A step function may set co->type: the next step is the
 * new one's. */
struct lab_co_type {
    int (*step)(struct lab_co *co); /* LAB_CO_DONE or LAB_CO_AWAIT */
    void (*done)(struct lab_co *co);
};

struct lab_loop;

struct lab_loop *lab_loop_create(void);
/* Nothing may be alive in it. NULL is legal. */
void lab_loop_destroy(struct lab_loop *loop);

/* Makes it ready. Its first step, the type's, comes with the next turn. */
void lab_loop_spawn(struct lab_loop *loop, struct lab_co *co, const struct lab_co_type *type);
/* Coroutines that are not done. */
size_t lab_loop_alive(const struct lab_loop *loop);

/* One turn; waits for at most timeout_ns if nothing is ready. Returns the steps taken. */
size_t lab_loop_turn(struct lab_loop *loop, uint64_t timeout_ns);
/* Nanoseconds until the next timer: 0 if something is ready, LAB_FOREVER if only news can help. */
uint64_t lab_loop_next(const struct lab_loop *loop);
/* Makes everything that waits ready at once: fetches fail with LAB_E_CANCELLED, sleeps end
 * early. */
void lab_loop_cancel_waits(struct lab_loop *loop);

#endif
