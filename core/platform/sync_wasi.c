/* An isolate has one thread. What a futex would wait for is news from the host, so waiting asks the
 * host for it: a host that can block this instance does, and delivers (lab_host_complete) before it
 * returns; a host that cannot returns at once. */
#include "platform/sync.h"

#include <assert.h>

#include "platform/error.h"
#include "platform/host.h"

bool lab_has_threads(void)
{
    return false;
}

bool lab_can_block(void)
{
    return lab_host_can_block() != 0;
}

void lab_mutex_init(lab_mutex *mutex)
{
    (void)mutex;
}

void lab_mutex_destroy(lab_mutex *mutex)
{
    (void)mutex;
}

void lab_mutex_lock(lab_mutex *mutex)
{
    (void)mutex;
}

void lab_mutex_unlock(lab_mutex *mutex)
{
    (void)mutex;
}

void lab_cond_init(lab_cond *cond)
{
    (void)cond;
}

void lab_cond_destroy(lab_cond *cond)
{
    (void)cond;
}

bool lab_cond_wait(lab_cond *cond, lab_mutex *mutex, uint64_t timeout_ns)
{
    (void)cond;
    (void)mutex;
    lab_host_block(timeout_ns == LAB_FOREVER ? -1.0 : (double)timeout_ns / 1e6);
    return true;
}

void lab_cond_signal(lab_cond *cond)
{
    (void)cond;
}

void lab_cond_broadcast(lab_cond *cond)
{
    (void)cond;
}

int lab_thread_start(lab_thread *thread, void (*entry)(void *), void *argument)
{
    (void)thread;
    (void)entry;
    (void)argument;
    return LAB_E_UNAVAILABLE;
}

void lab_thread_join(lab_thread thread)
{
    (void)thread;
    assert(!"no threads here");
}

void lab_thread_at_exit(void (*hook)(void))
{
    (void)hook; /* there is only the one */
}

void lab_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    if (atomic_load_explicit(word, memory_order_relaxed) == expected)
        lab_host_block(timeout_ns == LAB_FOREVER ? -1.0 : (double)timeout_ns / 1e6);
}

void lab_futex_wake(_Atomic uint32_t *word, int count)
{
    (void)word;
    (void)count;
}

unsigned lab_thread_limit(void)
{
    return 1024; /* of processes: there are no threads */
}

unsigned lab_thread_limit_idle(void)
{
    return lab_thread_limit();
}
