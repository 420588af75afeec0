/* A sample and what describes it: order, median, percentiles, mean.
 *
 * What: plain functions over arrays of doubles. The unit is the caller's (seconds, here); results
 * are in the same unit.
 *
 * Input: at least one value, all finite; otherwise LAB_E_INVALID, and nothing is written. NaN never
 * gets through, so that no order is ever undefined. Where a function needs room, the caller brings
 * it: `scratch`, of the size said, overwritten. `x` is left in its order unless a function says
 * that it sorts it.
 *
 * Threads: no state; any thread. Nothing blocks or allocates; sorting is O(n log n) at worst.
 */
#ifndef LAB_STATS_SAMPLE_H
#define LAB_STATS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>

/* n > 0 and every value finite. */
bool lab_sample_valid(const double *x, size_t n);

/* Sorts ascending, in place. n 0 is legal here and infinities are (they have an order); any NaN is
 * LAB_E_INVALID and leaves x as it was. -0 and 0 are equal and may come in either order. */
int lab_sample_sort(double *x, size_t n);

/* Internal: what lab_sample_sort() falls back to on bad pivots; here for its test. No NaN. */
void lab__sample_heap_sort(double *x, size_t n);

/* The arithmetic mean, summed with compensation (Neumaier 1974), so that a million small durations
 * beside one large one all count. */
int lab_sample_mean(const double *x, size_t n, double *mean);

/* The median: the middle value, or the mean of the two middle ones. scratch: n doubles. */
int lab_sample_median(const double *x, size_t n, double *scratch, double *median);

/* The percentile p (0 to 100, else LAB_E_INVALID) of an ascending sample, by definition 7 of
 * Hyndman and Fan, "Sample quantiles in statistical packages", The American Statistician 50(4),
 * 1996: linear between order statistics at (n - 1)p/100, the default of R, NumPy and Excel. Values
 * not in ascending order are LAB_E_INVALID. */
int lab_sample_percentile(const double *sorted, size_t n, double p, double *value);

/* Below this many values a 99th percentile is no measurement: definition 7 would blend the largest
 * value with its neighbour. */
#define LAB_P99_LEAST 100

/* What the result format shows of many durations. */
struct lab_distribution {
    size_t n;
    double min, p50, p90, max, mean;
    bool has_p99; /* n >= LAB_P99_LEAST */
    double p99;   /* NaN unless has_p99: never print it without asking */
};

/* Describes durations: all finite and none negative, else LAB_E_INVALID. Sorts x in place. */
int lab_sample_describe(double *x, size_t n, struct lab_distribution *out);

#endif
