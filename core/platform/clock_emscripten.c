#include "platform/system.h"

#include <emscripten/emscripten.h>

uint64_t lab_now_ns(void)
{
    /* With pthreads Emscripten adds each Worker's performance.timeOrigin: one clock for all. */
    return (uint64_t)(emscripten_get_now() * 1e6);
}
