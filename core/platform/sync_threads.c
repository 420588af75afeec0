#define _GNU_SOURCE
#include "platform/sync.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "platform/error.h"
#include "platform/memory.h"

bool lab_has_threads(void)
{
    return true;
}

bool lab_can_block(void)
{
    return true;
}

void lab_mutex_init(lab_mutex *mutex)
{
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
#if defined(__GLIBC__)
    /* What we guard takes less than a microsecond; a system call takes several. musl's mutexes spin
     * by themselves. */
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    pthread_mutex_init(mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

void lab_mutex_destroy(lab_mutex *mutex)
{
    pthread_mutex_destroy(mutex);
}

void lab_mutex_lock(lab_mutex *mutex)
{
    int error = pthread_mutex_lock(mutex);
    assert(error == 0);
    (void)error;
}

void lab_mutex_unlock(lab_mutex *mutex)
{
    int error = pthread_mutex_unlock(mutex);
    assert(error == 0);
    (void)error;
}

void lab_cond_init(lab_cond *cond)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    /* A wall clock that is set back must not lengthen a wait. */
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

void lab_cond_destroy(lab_cond *cond)
{
    pthread_cond_destroy(cond);
}

bool lab_cond_wait(lab_cond *cond, lab_mutex *mutex, uint64_t timeout_ns)
{
    if (timeout_ns == LAB_FOREVER) {
        pthread_cond_wait(cond, mutex);
        return true;
    }
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    uint64_t ns = (uint64_t)at.tv_nsec + timeout_ns % 1000000000u;
    at.tv_sec += (time_t)(timeout_ns / 1000000000u + ns / 1000000000u);
    at.tv_nsec = (long)(ns % 1000000000u);
    return pthread_cond_timedwait(cond, mutex, &at) != ETIMEDOUT;
}

void lab_cond_signal(lab_cond *cond)
{
    pthread_cond_signal(cond);
}

void lab_cond_broadcast(lab_cond *cond)
{
    pthread_cond_broadcast(cond);
}

static _Thread_local void (*at_exit)(void);

struct start {
    void (*entry)(void *);
    void *argument;
};

static void *trampoline(void *argument)
{
    struct start start = *(struct start *)argument;
    free(argument);
    start.entry(start.argument);
    if (at_exit)
        at_exit();
    lab__thread_over();
    return NULL;
}

void lab_thread_at_exit(void (*hook)(void))
{
    at_exit = hook;
}

int lab_thread_start(lab_thread *thread, void (*entry)(void *), void *argument)
{
    struct start *start = malloc(sizeof *start);
    if (!start)
        return LAB_E_NOMEM;
    *start = (struct start){entry, argument};
    if (!lab__thread_reserve()) {
        free(start);
        return LAB_E_NOMEM;
    }
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, LAB_THREAD_STACK_BYTES);
    int error = pthread_create(thread, &attributes, trampoline, start);
    pthread_attr_destroy(&attributes);
    if (error) {
        free(start);
        return LAB_E_UNAVAILABLE;
    }
    return 0;
}

void lab_thread_join(lab_thread thread)
{
    pthread_join(thread, NULL);
}
