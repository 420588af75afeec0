#include "platform/sync.h"

#include <math.h>

#include <emscripten/threading.h>

void lab_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    emscripten_futex_wait((volatile void *)word, expected,
                          timeout_ns == LAB_FOREVER ? INFINITY : (double)timeout_ns / 1e6);
}

void lab_futex_wake(_Atomic uint32_t *word, int count)
{
    emscripten_futex_wake((volatile void *)word, count);
}

unsigned lab_thread_limit(void)
{
    return 40;
}
