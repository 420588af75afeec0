/* The checkpoint: where CPU-bound code looks up.
 *
 * What it is. One word for the whole program, read by kernels in their loops: the bytecode boundary
 * of this lab, as CPython's eval breaker is. While nobody wants anything it costs one relaxed load;
 * otherwise the thread asks its own hook, out of line, and goes on unless the run is being stopped.
 *
 * How it is used. Kernels call lab_checkpoint(). What can be asked of a thread there (gil/gil.c: to
 * drop its GIL) gives the thread a hook and announces each request, once, and withdraws it, once.
 *
 * Threads. Any. Blocking. Where the thread's hook does: a thread without one never blocks here.
 */
#ifndef LAB_PLATFORM_CHECKPOINT_H
#define LAB_PLATFORM_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Non-zero while somebody wants code to look up. Bit 0: a stop of the whole run
 * (platform/system.h); the rest: twice the number of requests announced and not withdrawn. */
extern _Atomic uint32_t lab_eval_breaker;

bool lab__checkpoint_look_up(void) __attribute__((cold, noinline));

/* CPU kernels call it at least every ~100 µs. True: give up, the run is being stopped. Relaxed: the
 * word publishes nothing, it only has to be seen soon. */
static inline bool lab_checkpoint(void)
{
    if (atomic_load_explicit(&lab_eval_breaker, memory_order_relaxed) == 0)
        return false;
    return lab__checkpoint_look_up();
}

/* What the calling thread does at a checkpoint while anything is announced, to whomever. NULL:
 * nothing. */
void lab_checkpoint_set_hook(void (*hook)(void));
void lab_checkpoint_announce(void);
void lab_checkpoint_withdraw(void);

#endif
