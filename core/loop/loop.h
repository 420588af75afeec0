/* The event loop: many coroutines on one thread.
 *
 * What it is. A queue of ready coroutines, a heap of timers, a reactor with fetches in flight. One turn
 * takes in what has completed, then steps every coroutine that was ready when the turn began.
 *
 * How it is used. lab_loop_spawn() coroutines (their struct embedded in whatever they are part of);
 * lab_loop_turn() until lab_loop_alive() is 0.
 *
 * Threads. One. Blocking. Only lab_loop_turn(), only when nothing is ready, for at most timeout_ns.
 * Ownership. A coroutine's struct stays where it is until its done() is called; then it is the owner's.
 * Progress. Ready coroutines run first in, first out; each once a turn, so none starves, but one that
 * does not await holds up all the others: that is cooperative multitasking.
 * Cost. A waiting coroutine is its struct (64 bytes here) and its frame. Timers: O(log n). 10,000 or
 * 1,000,000 awaits at once differ in memory only.
 */
#ifndef LAB_LOOP_LOOP_H
#define LAB_LOOP_LOOP_H

#include <stddef.h>
#include <stdint.h>

#include "loop/co.h"

struct lab_coroutine {
    struct lab_co *co;
    int (*step)(struct lab_coroutine *coroutine); /* LAB_CO_DONE or LAB_CO_AWAIT */
    void (*done)(struct lab_coroutine *coroutine);
    /* The loop's own. */
    struct lab_coroutine *next;
    uint64_t wake_at;
    size_t slot;                                 /* in the timer heap, from 1; 0: not in it */
    struct lab_coroutine **flying, *next_flying; /* in the list of those with a fetch in flight */
};

struct lab_loop;

struct lab_loop *lab_loop_create(void);
/* Nothing may be alive in it. NULL is legal. */
void lab_loop_destroy(struct lab_loop *loop);

/* Makes it ready. Its first step comes with the next turn. */
void lab_loop_spawn(struct lab_loop *loop, struct lab_coroutine *coroutine);
/* Coroutines that are not done. */
size_t lab_loop_alive(const struct lab_loop *loop);

/* One turn; waits for at most timeout_ns if nothing is ready. Returns the steps taken. */
size_t lab_loop_turn(struct lab_loop *loop, uint64_t timeout_ns);
/* Nanoseconds until the next timer: 0 if something is ready, LAB_FOREVER if only news can help. */
uint64_t lab_loop_next(const struct lab_loop *loop);
/* Makes everything that waits ready at once: fetches fail with LAB_E_CANCELLED, sleeps end early. */
void lab_loop_cancel_waits(struct lab_loop *loop);

#endif
