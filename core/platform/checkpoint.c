#include "platform/checkpoint.h"

/* Relaxed everywhere: the word publishes no other data. A hook that is asked to do something finds
 * out under the lock of whoever asked. */
_Atomic uint32_t lab_eval_breaker;

static _Thread_local void (*thread_hook)(void);

bool lab__checkpoint_look_up(void)
{
    if (thread_hook)
        thread_hook();
    return atomic_load_explicit(&lab_eval_breaker, memory_order_relaxed) & 1u;
}

void lab_checkpoint_set_hook(void (*hook)(void))
{
    thread_hook = hook;
}

void lab_checkpoint_announce(void)
{
    atomic_fetch_add_explicit(&lab_eval_breaker, 2, memory_order_relaxed);
}

void lab_checkpoint_withdraw(void)
{
    atomic_fetch_sub_explicit(&lab_eval_breaker, 2, memory_order_relaxed);
}
