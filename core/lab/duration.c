#include "lab/duration.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void lab_duration_text(char *text, size_t size, double seconds)
{
    if (isnan(seconds))
        snprintf(text, size, "-");
    else if (seconds >= 0.9995)
        snprintf(text, size, "%.3g s", seconds);
    else if (seconds >= 0.9995e-3)
        snprintf(text, size, "%.3g ms", seconds * 1e3);
    else if (seconds >= 0.9995e-6)
        snprintf(text, size, "%.3g us", seconds * 1e6);
    else
        snprintf(text, size, "%.3g ns", seconds * 1e9);
}

void lab_bounded_text(char *text, size_t size, double seconds, double resolution_ns)
{
    bool below = size > 2 && seconds < resolution_ns / 1e9;
    if (below)
        memcpy(text, "< ", 2);
    lab_duration_text(text + (below ? 2 : 0), size - (below ? 2 : 0),
                      below ? resolution_ns / 1e9 : seconds);
}
