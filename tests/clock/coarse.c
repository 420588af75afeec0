/* A clock as coarse as that of a browser that resists fingerprinting: preloaded (LD_PRELOAD) into
 * the native program, it rounds what CLOCK_MONOTONIC says down to COARSE_CLOCK_NS. Waiting is not
 * touched: a browser's time-outs are fine, too. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
    long code = syscall(SYS_clock_gettime, clock, now);
    const char *step_text = getenv("COARSE_CLOCK_NS");
    uint64_t step = step_text ? strtoull(step_text, NULL, 10) : 0;
    if (code == 0 && step && clock == CLOCK_MONOTONIC) {
        uint64_t ns = (uint64_t)now->tv_sec * 1000000000u + (uint64_t)now->tv_nsec;
        ns -= ns % step;
        now->tv_sec = (time_t)(ns / 1000000000u);
        now->tv_nsec = (long)(ns % 1000000000u);
    }
    return (int)code;
}
