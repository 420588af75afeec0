/* Emscripten's emscripten_get_now() asks for performance.timeOrigin each time, which takes as long
 * as the time itself, and adds the two as doubles: at 1.7e12 ms they tell 240 ns apart, here
 * nanoseconds stay whole. */
#include "platform/system.h"

double lab_clock_origin(void); /* host.js */
double lab_clock_now(void);

uint64_t lab_now_ns(void)
{
    /* Each Worker's clock begins when it does; with its origin they are one clock for all. */
    static _Thread_local uint64_t origin_ns;
    if (!origin_ns)
        origin_ns = (uint64_t)(lab_clock_origin() * 1e6);
    return origin_ns + (uint64_t)(lab_clock_now() * 1e6);
}

uint64_t lab_stamp_ns(void)
{
    return lab_now_ns();
}
