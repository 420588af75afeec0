/* How finely a clock ticks, from its own readings. */
#ifndef LAB_STATS_RESOLUTION_H
#define LAB_STATS_RESOLUTION_H

#include <stddef.h>
#include <stdint.h>

/* Fewer steps than this say nothing: read on. */
#define LAB_RESOLUTION_STEPS 5

/* The resolution of a clock in nanoseconds, from n readings (in nanoseconds) taken back to back:
 * the 5th percentile, by nearest rank, of the steps between successive readings that differ. For a
 * clock that browsers coarsen, every step is a multiple of the resolution and most are just one;
 * for a fine clock this is the cost of reading it, below which nothing can be told apart either.
 * Not the smallest step: one freak (a rounded conversion, a thread that moved between cores) in
 * twenty must not decide. Readings that go backwards are passed over, and so is the step after.
 *
 * Wrong when the readings are not back to back (it then measures the pause), or when most steps are
 * a preemption (read for at least 20 steps).
 *
 * scratch: n doubles. LAB_E_AGAIN: fewer than LAB_RESOLUTION_STEPS steps forward. Any thread. */
int lab_clock_resolution(const uint64_t *readings, size_t n, double *scratch, double *nanoseconds);

#endif
