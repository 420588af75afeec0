#include "platform/system.h"

#include <time.h>

uint64_t lab_now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t lab_stamp_ns(void)
{
    return lab_now_ns();
}
