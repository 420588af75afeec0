#include "platform/system.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/checkpoint.h"

/* A counter: relaxed. */
static _Atomic uint32_t steps;

void lab_step_done(void)
{
    atomic_fetch_add_explicit(&steps, 1, memory_order_relaxed);
}

uint32_t lab_steps_done(void)
{
    return atomic_load_explicit(&steps, memory_order_relaxed);
}

/* Bit 0 of lab_eval_breaker. Relaxed: the flag publishes no other data. */
bool lab_stopping(void)
{
    return atomic_load_explicit(&lab_eval_breaker, memory_order_relaxed) & 1u;
}

void lab_stop(void)
{
    atomic_fetch_or_explicit(&lab_eval_breaker, 1u, memory_order_relaxed);
}

void lab_stop_clear(void)
{
    atomic_fetch_and_explicit(&lab_eval_breaker, ~1u, memory_order_relaxed);
}

void lab_print(int fd, const char *format, ...)
{
    char small[512], *text = small;
    va_list args;
    va_start(args, format);
    int length = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (length < 0)
        return;
    if ((size_t)length >= sizeof small) {
        text = malloc((size_t)length + 1);
        if (!text) {
            lab_write(fd, small, sizeof small - 1);
            return;
        }
        va_start(args, format);
        vsnprintf(text, (size_t)length + 1, format, args);
        va_end(args);
    }
    lab_write(fd, text, (size_t)length);
    if (text != small)
        free(text);
}
