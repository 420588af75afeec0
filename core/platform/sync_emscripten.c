#include "platform/sync.h"

#include <math.h>

#include <emscripten/threading.h>

#include "platform/memory.h"

void lab_futex_wait(_Atomic uint32_t *word, uint32_t expected, uint64_t timeout_ns)
{
    emscripten_futex_wait((volatile void *)word, expected,
                          timeout_ns == LAB_FOREVER ? INFINITY : (double)timeout_ns / 1e6);
}

void lab_futex_wake(_Atomic uint32_t *word, int count)
{
    emscripten_futex_wake((volatile void *)word, count);
}

/* Half of the memory is for what they work on. Each is a Worker too, which takes some MB outside of
 * this memory, and Firefox gives a site 512. */
enum { WORKERS_MAX = 128, WORKERS_IDLE = 64 };

unsigned lab_thread_limit(void)
{
    uint64_t fit = lab_memory_bytes() / 2 / LAB_THREAD_BYTES;
    return fit < WORKERS_MAX ? (unsigned)fit : WORKERS_MAX;
}

unsigned lab_thread_limit_idle(void)
{
    unsigned limit = lab_thread_limit();
    return limit < WORKERS_IDLE ? limit : WORKERS_IDLE;
}
