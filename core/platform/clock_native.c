/* The kernel's clock, and a cheaper one for stamps.
 *
 * clock_gettime() reads the processor's counter behind a fence, which waits for everything that was
 * begun before it. In a worker that takes short tasks from another core that is a memory access or
 * two, several times as long as the reading itself (row burst-traced). A stamp reads the counter
 * without a fence, and counts on from where its thread last read both clocks.
 *
 * - Each thread by itself: no shared state, and a counter that differs from core to core is wrong
 *   for one span at most. It has to tick at one rate, which the processor says ("invariant TSC").
 * - The rate is what both clocks did between two readings at least BASE_NS apart, so that it
 *   follows the kernel's, which may be slewed. Until then, and where the rate is not believable
 *   (the machine slept, or moved), a stamp is the kernel's time.
 */
#include "platform/system.h"

#include <stdatomic.h>
#include <time.h>

uint64_t lab_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

#if defined(__x86_64__)

#include <cpuid.h>

#define SPAN_NS   1000000  /* after it both are read again */
#define BASE_NS   16000000 /* over which the rate is taken, at least */
#define TICK_MOST 16.0     /* ns: slower counters are none */
#define TICK_ONE  4294967296.0

/* Both clocks, read one right after the other. */
struct reading {
    uint64_t ticks, ns;
};

/* The calling thread's. */
static _Thread_local struct {
    struct reading last, base;
    uint64_t span; /* so many ticks after last the rate counts; 0: there is none */
    uint64_t rate; /* nanoseconds a tick, in 2^-32; 0: not known */
} own;

static uint64_t counter(void)
{
    return __builtin_ia32_rdtsc();
}

/* Asked once: in a virtual machine cpuid goes to the hypervisor. */
static bool is_steady(void)
{
    enum { UNKNOWN, NO, YES };
    static _Atomic int known;
    int answer = atomic_load_explicit(&known, memory_order_relaxed);
    if (answer == UNKNOWN) {
        unsigned a, b, c, d = 0;
        bool steady = __get_cpuid(0x80000007, &a, &b, &c, &d) && d & 1u << 8;
        answer = steady ? YES : NO;
        atomic_store_explicit(&known, answer, memory_order_relaxed);
    }
    return answer == YES;
}

/* The rate from base to here; none that is not believable. */
static uint64_t rate_to(const struct reading *here)
{
    /* A counter that went back has made very many ticks. */
    double tick = (double)(here->ns - own.base.ns) / (double)(here->ticks - own.base.ticks);
    return tick < TICK_MOST && tick > 1 / TICK_MOST ? (uint64_t)(tick * TICK_ONE) : 0;
}

/* The kernel's time, kept with the counter's if nothing came between the two. */
static uint64_t read_both(uint64_t ticks)
{
    enum { PROMPT = 4096 /* ticks */ };
    struct reading here = {ticks, lab_now_ns()};
    own.span = 0;
    if (!is_steady() || counter() - ticks > PROMPT)
        return here.ns;
    if (own.base.ns == 0) {
        own.base = here;
    } else if (here.ns - own.base.ns >= BASE_NS) {
        own.rate = rate_to(&here);
        own.base = here;
    }
    if (own.rate)
        own.span = (uint64_t)(SPAN_NS * TICK_ONE) / own.rate;
    own.last = here;
    return here.ns;
}

uint64_t lab_stamp_ns(void)
{
    uint64_t ticks = counter(), passed = ticks - own.last.ticks;
    return passed < own.span ? own.last.ns + (passed * own.rate >> 32) : read_both(ticks);
}

#else

uint64_t lab_stamp_ns(void)
{
    return lab_now_ns();
}

#endif
