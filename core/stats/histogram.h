/* A histogram of durations: what a percentile needs, in fixed memory, at a few nanoseconds a value.
 *
 * What it is. Counts in buckets whose width grows with the value (log-linear, as HdrHistogram's):
 * values below 64 have a bucket each; above, every power of two is cut into 32 equal buckets. A
 * bucket answers with its middle, so a percentile is off by at most 1/64 of itself, 1.6%. The mean
 * is exact.
 *
 *     values   0 1 2 … 31 | 32 33 … 63 | 64 66 68 … 126 | 128 132 … 252 | …
 *     buckets  0 1 2 … 31 | 32 33 … 63 | 64 65 66 …  95 |  96  97 … 127 | …
 *
 * Values are nanoseconds here; nothing depends on it. From LAB_HISTOGRAM_END (73 minutes) on they
 * are counted in the last bucket, and in the mean as what they are.
 *
 * How it is used. A zeroed struct, lab_histogram_add(). Histograms only grow, so the values between
 * two moments are the difference of two copies: lab_histogram_subtract().
 *
 * Threads. Plain memory: its owner's lock. Nothing blocks or allocates.
 */
#ifndef LAB_STATS_HISTOGRAM_H
#define LAB_STATS_HISTOGRAM_H

#include <stdint.h>

#define LAB_HISTOGRAM_END     (UINT64_C(1) << 42)
#define LAB_HISTOGRAM_BUCKETS ((42 - 5 + 1) * 32)

/* Invariant: count is the sum of buckets. */
struct lab_histogram {
    uint64_t count, sum;
    uint64_t buckets[LAB_HISTOGRAM_BUCKETS];
};

void lab_histogram_add(struct lab_histogram *histogram, uint64_t value);
/* Takes away what had been counted when earlier was copied from the same histogram. */
void lab_histogram_subtract(struct lab_histogram *histogram, const struct lab_histogram *earlier);

/* The percentile p (0 to 100): the smallest value that at least p% of all do not exceed (nearest
 * rank), within 1.6%. 0 when nothing was counted. */
double lab_histogram_percentile(const struct lab_histogram *histogram, double p);
/* 0 when nothing was counted. */
double lab_histogram_mean(const struct lab_histogram *histogram);

#endif
