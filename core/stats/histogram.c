#include "stats/histogram.h"

#include <math.h>

static unsigned bucket_of(uint64_t value)
{
    if (value >= LAB_HISTOGRAM_END)
        value = LAB_HISTOGRAM_END - 1;
    if (value < 32)
        return (unsigned)value;
    /* value has its highest bit at 5 + shift: its first six bits are 1xxxxx. */
    unsigned shift = 58 - (unsigned)__builtin_clzll(value);
    return shift * 32 + (unsigned)(value >> shift);
}

/* The middle of the integers that fall into it. */
static double middle(unsigned bucket)
{
    if (bucket < 64)
        return bucket;
    unsigned shift = bucket / 32 - 1;
    double low = ldexp(bucket % 32 + 32, (int)shift);
    return low + (ldexp(1, (int)shift) - 1) / 2;
}

void lab_histogram_add(struct lab_histogram *histogram, uint64_t value)
{
    histogram->count++;
    histogram->sum += value;
    histogram->buckets[bucket_of(value)]++;
}

void lab_histogram_subtract(struct lab_histogram *histogram, const struct lab_histogram *earlier)
{
    histogram->count -= earlier->count;
    histogram->sum -= earlier->sum;
    for (unsigned i = 0; i < LAB_HISTOGRAM_BUCKETS; i++)
        histogram->buckets[i] -= earlier->buckets[i];
}

double lab_histogram_percentile(const struct lab_histogram *histogram, double p)
{
    double rank = ceil((double)histogram->count * p / 100);
    uint64_t passed = 0;
    for (unsigned i = 0; i < LAB_HISTOGRAM_BUCKETS; i++) {
        passed += histogram->buckets[i];
        if (passed && (double)passed >= rank)
            return middle(i);
    }
    return 0;
}

double lab_histogram_mean(const struct lab_histogram *histogram)
{
    return histogram->count ? (double)histogram->sum / (double)histogram->count : 0;
}
