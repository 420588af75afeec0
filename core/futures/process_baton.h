/* The baton of a process pool (process_manager.h): whoever has it may do something with children.
 *
 * What it is. A mutex of one word that can be tried for: a submitter or a waiter that finds it
 * taken leaves what it wanted to the holder, or to the manager. Blocking. lab__process_take_baton()
 * alone: the manager's, and a helper's for a result that it leaves to the manager.
 */
#ifndef LAB_FUTURES_PROCESS_BATON_H
#define LAB_FUTURES_PROCESS_BATON_H

#include "futures/process_manager.h"

/* acquire and release: all that is under the baton. */
static inline bool lab__process_try_baton(struct process_pool *pool)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong_explicit(&pool->baton, &seen, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

static inline void lab__process_take_baton(struct process_pool *pool)
{
    if (lab__process_try_baton(pool))
        return;
    while (atomic_exchange_explicit(&pool->baton, 2, memory_order_acquire) != 0)
        lab_futex_wait(&pool->baton, 2, LAB_FOREVER);
}

static inline void lab__process_drop_baton(struct process_pool *pool)
{
    if (atomic_exchange_explicit(&pool->baton, 0, memory_order_release) == 2)
        lab_futex_wake(&pool->baton, 1);
}

#endif
