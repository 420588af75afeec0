/* The checkpoint: where CPU-bound code looks up.
 *
 * What it is. One flag for the whole program, read by kernels in their loops: the bytecode boundary of
 * this lab. Without anything to look up for it costs one relaxed load.
 * Threads. Any. Blocking. Never.
 */
#ifndef LAB_PLATFORM_CHECKPOINT_H
#define LAB_PLATFORM_CHECKPOINT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Non-zero while somebody wants code to look up: bit 0, a stop of the whole run (platform/system.h). */
extern _Atomic uint32_t lab_eval_breaker;

/* CPU kernels call it at least every ~100 µs. True: give up, the run is being stopped. Relaxed: the flag
 * publishes nothing, it only has to be seen soon. */
static inline bool lab_checkpoint(void)
{
    return atomic_load_explicit(&lab_eval_breaker, memory_order_relaxed) != 0;
}

#endif
