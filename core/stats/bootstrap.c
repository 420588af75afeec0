#include "bootstrap.h"

#include <math.h>

#include "../platform/error.h"
#include "random.h"
#include "sample.h"

/* How many of the resampled values lie outside either end of a plain percentile interval:
 * (B + 1) x 0.025. */
#define PLAIN_TAIL ((LAB_RESAMPLES + 1) / 40)

/* The same for the expanded interval of n > 1 values: the normal tail beyond
 * sqrt(n / (n - 1)) t(n - 1, 0.975). The t quantile by its expansion in 1/df around the normal one
 * (Abramowitz and Stegun 26.7.5), within 1% from df 5 up; below that the interval is the whole
 * range whatever the tail. */
static int expanded_tail(size_t n)
{
    const double z = 1.959963984540054, z2 = z * z;
    double df = (double)(n - 1);
    double t = z * (1 + (z2 + 1) / (4 * df) + ((5 * z2 + 16) * z2 + 3) / (96 * df * df) +
                    (((3 * z2 + 19) * z2 + 17) * z2 - 15) / (384 * df * df * df));
    double chance = 0.5 * erfc(sqrt((double)n / df / 2) * t);
    return (int)fmax(1, (LAB_RESAMPLES + 1) * chance);
}

static double halfway(double a, double b)
{
    return a == b ? a : 0.5 * a + 0.5 * b;
}

/* The median of one resample. The sample is sorted, so drawing values is drawing ranks, and
 * counting how often each rank came gives the median without sorting. counts: n doubles (whole
 * numbers). */
static double resampled_median(struct lab_random *random, const double *sorted, size_t n,
                               double *counts)
{
    for (size_t i = 0; i < n; i++)
        counts[i] = 0;
    for (size_t i = 0; i < n; i++)
        counts[lab_random_below(random, n)] += 1;
    double lower_rank = (double)((n - 1) / 2), upper_rank = (double)(n / 2), seen = 0;
    size_t i = 0;
    while ((seen += counts[i]) <= lower_rank)
        i++;
    double lower = sorted[i];
    while (seen <= upper_rank)
        seen += counts[++i];
    return halfway(lower, sorted[i]);
}

/* Copies x to `sorted`, sorts it and gives its median. */
static int prepare(const double *x, size_t n, double *sorted, double *median)
{
    if (n > LAB_BOOTSTRAP_MAX)
        return LAB_E_TOO_LARGE;
    return lab_sample_median(x, n, sorted, median); /* leaves its scratch sorted */
}

/* The interval from the resampled statistics, `tail` of which it leaves out at either end. */
static void cut_tails(double *resampled, int tail, double median, struct lab_interval *out)
{
    lab_sample_sort(resampled, LAB_RESAMPLES);
    /* The median of the sample is inside with near certainty; a promise needs certainty. */
    *out = (struct lab_interval){
        .median = median,
        .low = fmin(resampled[tail - 1], median),
        .high = fmax(resampled[LAB_RESAMPLES - tail], median),
    };
}

int lab_bootstrap_median(const double *x, size_t n, uint64_t seed, double *scratch,
                         struct lab_interval *out)
{
    double *resampled = scratch, *sorted = scratch + LAB_RESAMPLES, *counts = sorted + n;
    double median;
    int code = prepare(x, n, sorted, &median);
    if (code != LAB_OK)
        return code;
    if (n == 1) {
        *out = (struct lab_interval){median, NAN, NAN};
        return LAB_E_AGAIN;
    }
    struct lab_random random;
    lab_random_seed(&random, seed);
    for (int i = 0; i < LAB_RESAMPLES; i++)
        resampled[i] = resampled_median(&random, sorted, n, counts);
    cut_tails(resampled, expanded_tail(n), median, out);
    return LAB_OK;
}

int lab_bootstrap_ratio(const double *x, size_t n, const double *y, size_t m, uint64_t seed,
                        double *scratch, struct lab_interval *out)
{
    double *resampled = scratch, *sorted_x = scratch + LAB_RESAMPLES;
    double median_x, median_y;
    int code = prepare(x, n, sorted_x, &median_x);
    if (code != LAB_OK)
        return code;
    double *sorted_y = sorted_x + n, *counts = sorted_y + m;
    code = prepare(y, m, sorted_y, &median_y);
    if (code != LAB_OK)
        return code;
    /* The extremes bound every ratio that resampling can make. */
    if (!(sorted_x[0] > 0 && sorted_y[0] > 0) || !isfinite(sorted_x[n - 1] / sorted_y[0]))
        return LAB_E_INVALID;
    double ratio = median_x / median_y;
    if (n == 1 || m == 1) {
        *out = (struct lab_interval){ratio, NAN, NAN};
        return LAB_E_AGAIN;
    }
    struct lab_random random;
    lab_random_seed(&random, seed);
    for (int i = 0; i < LAB_RESAMPLES; i++) {
        double numerator = resampled_median(&random, sorted_x, n, counts);
        resampled[i] = numerator / resampled_median(&random, sorted_y, m, counts);
    }
    cut_tails(resampled, PLAIN_TAIL, ratio, out);
    return LAB_OK;
}

bool lab_interval_within(const struct lab_interval *interval, double tolerance)
{
    double median = interval->median; /* any NaN makes a comparison false */
    return median > 0 && interval->low >= median * (1 - tolerance) &&
           interval->high <= median * (1 + tolerance);
}

int lab_settled(const double *x, size_t n, size_t least, double tolerance, uint64_t seed,
                double *scratch, struct lab_interval *out, bool *settled)
{
    if (!(tolerance >= 0))
        return LAB_E_INVALID;
    int code = lab_bootstrap_median(x, n, seed, scratch, out);
    if (code == LAB_E_AGAIN)
        code = LAB_OK;
    if (code == LAB_OK)
        *settled = n >= (least < 5 ? 5 : least) && lab_interval_within(out, tolerance);
    return code;
}
