/* Durations for people. */
#ifndef LAB_LAB_DURATION_H
#define LAB_LAB_DURATION_H

#include <stddef.h>

/* Three digits and a unit; "-" for NaN. */
void lab_duration_text(char *text, size_t size, double seconds);
/* The same; what is less than a step of the clock is "< 16.7 ms". */
void lab_bounded_text(char *text, size_t size, double seconds, double resolution_ns);

#endif
