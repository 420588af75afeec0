#include "stats/bootstrap.h"

#include <math.h>

#include "platform/error.h"
#include "stats/dependence.h"
#include "stats/random.h"
#include "stats/sample.h"

/* A sample that is being resampled. */
struct resampling {
    size_t n;
    double *sorted, *counts; /* n each, of the caller's scratch */
    double median;
    double widens; /* a deviation from the median: dependence.h */
};

/* How many of the resampled medians lie outside either end of the expanded interval of n > 1
 * values: the normal tail beyond sqrt(n / (n - 1)) t(n - 1, 0.975). The t quantile by its expansion
 * in 1/df around the normal one (Abramowitz and Stegun 26.7.5), within 1% from df 5 up; below that
 * the interval is the whole range whatever the tail. */
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

/* The sample is sorted, so drawing values is drawing ranks, and counting how often each rank came
 * gives the median without sorting. The counts are whole numbers. */
void lab__resample(struct lab_random *random, size_t n, double *counts, size_t ranks[2])
{
    for (size_t i = 0; i < n; i++)
        counts[i] = 0;
    for (size_t i = 0; i < n; i++)
        counts[lab_random_below(random, n)] += 1;
    size_t lower_rank = (n - 1) / 2, upper_rank = n / 2, i = 0;
    double seen = 0;
    while ((seen += counts[i]) <= (double)lower_rank)
        i++;
    ranks[0] = i;
    while (seen <= (double)upper_rank)
        seen += counts[++i];
    ranks[1] = i;
}

static double resampled_median(struct lab_random *random, const struct resampling *sample)
{
    size_t ranks[2];
    lab__resample(random, sample->n, sample->counts, ranks);
    return halfway(sample->sorted[ranks[0]], sample->sorted[ranks[1]]);
}

/* Copies x to scratch (2n doubles) and sorts it. */
static int prepare(struct resampling *sample, const double *x, size_t n, double *scratch)
{
    if (n > LAB_BOOTSTRAP_MAX)
        return LAB_E_TOO_LARGE;
    *sample = (struct resampling){.n = n, .sorted = scratch, .counts = scratch + n, .widens = 1};
    int code = lab_sample_median(x, n, scratch, &sample->median); /* leaves its scratch sorted */
    if (code == LAB_OK)
        sample->widens = lab_dependence_widens(lab_autocorrelation(x, scratch, n), n);
    return code;
}

/* The value that would be the rank-th, from 0, if they were sorted (Hoare's FIND): no sorting of
 * two thousand for two of them. */
static double select_rank(double *x, size_t n, size_t rank)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        double pivot = x[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;; i++, j--) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            double swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
        /* Up to i - 1 none is larger than the pivot, from j + 1 none smaller. */
        if (rank < i)
            high = i - 1;
        else if (rank > j)
            low = j + 1;
        else
            return pivot;
    }
    return x[low];
}

void lab__cut_tails(double *resampled, int tail, double median, struct lab_interval *out)
{
    double low = select_rank(resampled, LAB_RESAMPLES, (size_t)tail - 1);
    double high = select_rank(resampled, LAB_RESAMPLES, (size_t)(LAB_RESAMPLES - tail));
    /* The median of the sample is inside with near certainty; a promise needs certainty. */
    *out = (struct lab_interval){median, fmin(low, median), fmax(high, median)};
}

int lab_bootstrap_median(const double *x, size_t n, uint64_t seed, double *scratch,
                         struct lab_interval *out)
{
    struct resampling sample;
    double *resampled = scratch;
    int code = prepare(&sample, x, n, scratch + LAB_RESAMPLES);
    if (code != LAB_OK)
        return code;
    if (n < LAB_INTERVAL_LEAST) {
        *out = (struct lab_interval){sample.median, NAN, NAN};
        return LAB_E_AGAIN;
    }
    struct lab_random random;
    lab_random_seed(&random, seed);
    for (int i = 0; i < LAB_RESAMPLES; i++) {
        double median = resampled_median(&random, &sample);
        if (sample.widens > 1) /* but never beyond what was seen */
            median = fmin(
                fmax(sample.median + (median - sample.median) * sample.widens, sample.sorted[0]),
                sample.sorted[n - 1]);
        resampled[i] = median;
    }
    lab__cut_tails(resampled, expanded_tail(n), sample.median, out);
    return LAB_OK;
}

/* A resampled median over the sample's. */
static double deviation(struct lab_random *random, const struct resampling *sample)
{
    double ratio = resampled_median(random, sample) / sample->median;
    return sample->widens > 1 ? pow(ratio, sample->widens) : ratio;
}

int lab_bootstrap_ratio(const double *x, size_t n, const double *y, size_t m, uint64_t seed,
                        double *scratch, struct lab_interval *out)
{
    struct resampling above, below;
    double *resampled = scratch;
    int code = prepare(&above, x, n, scratch + LAB_RESAMPLES);
    if (code == LAB_OK)
        code = prepare(&below, y, m, scratch + LAB_RESAMPLES + 2 * n);
    if (code != LAB_OK)
        return code;
    /* The extremes bound every ratio that resampling can make. */
    if (!(above.sorted[0] > 0 && below.sorted[0] > 0) ||
        !isfinite(above.sorted[n - 1] / below.sorted[0]))
        return LAB_E_INVALID;
    double ratio = above.median / below.median;
    if (n < LAB_INTERVAL_LEAST || m < LAB_INTERVAL_LEAST) {
        *out = (struct lab_interval){ratio, NAN, NAN};
        return LAB_E_AGAIN;
    }
    struct lab_random random;
    lab_random_seed(&random, seed);
    for (int i = 0; i < LAB_RESAMPLES; i++) {
        double numerator = deviation(&random, &above);
        resampled[i] = ratio * (numerator / deviation(&random, &below));
    }
    lab__cut_tails(resampled, LAB__PLAIN_TAIL, ratio, out);
    return LAB_OK;
}

bool lab_interval_within(const struct lab_interval *interval, double tolerance)
{
    double median = interval->median; /* any NaN makes a comparison false */
    return median > 0 && interval->low >= median * (1 - tolerance) &&
           interval->high <= median * (1 + tolerance);
}

void lab_interval_blur(struct lab_interval *interval, double step)
{
    if (isnan(interval->low))
        return;
    interval->low = fmax(interval->low - step / 2, interval->low > 0 ? interval->low / 2 : 0);
    interval->high += step / 2;
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
        *settled = n >= least && lab_interval_within(out, tolerance);
    return code;
}
