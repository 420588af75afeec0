/* A comparison as text for people: the machine, a table for each workload, its verdict. */
#ifndef LAB_LAB_TABLE_H
#define LAB_LAB_TABLE_H

#include "lab/experiment.h"
#include "lab/text.h"

/* A duration for people: three digits and a unit; "-" for NaN. */
void lab_duration_text(char *text, size_t size, double seconds);
/* The same; what is less than a step of the clock is "< 16.7 ms". */
void lab_bounded_text(char *text, size_t size, double seconds, double resolution_ns);
void lab_table_write(struct lab_text *out, const void *experiment);

#endif
