#include "failing.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

enum {
    LEAP_NS = 21000000,
    AT_WORK_NS = 500, /* between two looks: more than a measurement of the clock's step leaves */
};

static struct {
    uint64_t first, end;    /* set before there are other threads */
    _Atomic uint64_t count; /* relaxed, as all here: counters publish nothing */
    _Atomic uint64_t ahead; /* of the clock, ns */
} failing;

static _Thread_local bool hurries; /* the thread that armed */

static bool fails(void)
{
    uint64_t now = atomic_fetch_add_explicit(&failing.count, 1, memory_order_relaxed) + 1;
    bool wanted = now >= failing.first && now < failing.end;
    if (wanted)
        errno = ENOMEM;
    return wanted;
}

/* What stands here is called in place of NAME, and __real_NAME is NAME (ld's --wrap). */
/* clang-format off */
#define STAND_IN(type, name, declaration, arguments, failure)                                      \
    type __real_##name declaration;                                                                \
    type __wrap_##name declaration;                                                                \
    type __wrap_##name declaration { return fails() ? failure : __real_##name arguments; }

STAND_IN(void *, malloc, (size_t size), (size), NULL)
STAND_IN(void *, calloc, (size_t count, size_t size), (count, size), NULL)
STAND_IN(void *, realloc, (void *memory, size_t size), (memory, size), NULL)
STAND_IN(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL)
STAND_IN(void *, mmap, (void *at, size_t size, int may, int flags, int fd, off_t offset),
         (at, size, may, flags, fd, offset), MAP_FAILED)
STAND_IN(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
STAND_IN(int, pthread_create,
         (pthread_t *thread, const pthread_attr_t *attributes, void *(*entry)(void *),
          void *argument),
         (thread, attributes, entry, argument), EAGAIN)
STAND_IN(FILE *, fopen, (const char *name, const char *mode), (name, mode), NULL)
/* clang-format on */

uint64_t __real_lab_now_ns(void);
uint64_t __wrap_lab_now_ns(void);
uint64_t __wrap_lab_now_ns(void)
{
    static uint64_t last; /* look of the thread that armed */
    uint64_t now = __real_lab_now_ns();
    if (hurries) {
        if (now - last > AT_WORK_NS)
            atomic_fetch_add_explicit(&failing.ahead, LEAP_NS, memory_order_relaxed);
        last = now;
    }
    return now + atomic_load_explicit(&failing.ahead, memory_order_relaxed);
}

void lab_failing_arm(uint64_t first, uint64_t length)
{
    failing.first = first;
    failing.end = first + length;
    atomic_store_explicit(&failing.count, 0, memory_order_relaxed);
    hurries = true;
}

uint64_t lab_failing_count(void)
{
    return atomic_load_explicit(&failing.count, memory_order_relaxed);
}

void lab_failing_arm_child(void)
{
    const char *first = getenv("LAB_FAILING_CHILD");
    if (first)
        lab_failing_arm(strtoull(first, NULL, 10), 1);
    hurries = false; /* its clock is its parent's, but for an offset that was measured */
}
