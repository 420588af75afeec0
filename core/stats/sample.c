#include "stats/sample.h"

#include <math.h>

#include "platform/error.h"

/* Below this a run is left to the final insertion sort. */
#define SMALL 16

bool lab_sample_valid(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return n > 0;
}

static void swap(double *a, double *b)
{
    double t = *a;
    *a = *b;
    *b = t;
}

static void sift_down(double *x, size_t root, size_t n)
{
    for (size_t child; (child = 2 * root + 1) < n; root = child) {
        if (child + 1 < n && x[child] < x[child + 1])
            child++;
        if (x[root] >= x[child])
            return;
        swap(&x[root], &x[child]);
    }
}

void lab__sample_heap_sort(double *x, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(x, i, n);
    for (size_t end = n; end-- > 1;) {
        swap(&x[0], &x[end]);
        sift_down(x, 0, end);
    }
}

static double median_of_three(double a, double b, double c)
{
    if (a > b)
        swap(&a, &b);
    return c < a ? a : c < b ? c : b;
}

/* Introsort (Musser 1997): quicksort, and heap sort where the pivots are bad, so that no input
 * takes quadratic time; leaves runs below SMALL unsorted. libc's qsort would do but for two
 * things: glibc's allocates, and no two C libraries take the same time for it. */
static void intro_sort(double *x, size_t n, int depth)
{
    while (n > SMALL) {
        if (depth-- == 0) {
            lab__sample_heap_sort(x, n);
            return;
        }
        double pivot = median_of_three(x[0], x[n / 2], x[n - 1]);
        size_t i = 0, j = n - 1;
        for (;;) { /* Hoare's partition: stops on equal values, so all-equal input splits evenly */
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            swap(&x[i++], &x[j--]);
        }
        /* [0, i) <= pivot <= [i, n), and neither is empty: the pivot is the median of three values
         * of x, so both scans stop inside before crossing. Recurse into the smaller half only. */
        if (i < n - i) {
            intro_sort(x, i, depth);
            x += i;
            n -= i;
        } else {
            intro_sort(x + i, n - i, depth);
            n = i;
        }
    }
}

int lab_sample_sort(double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(x[i]))
            return LAB_E_INVALID;
    int depth = 0; /* twice the binary logarithm: even pivots need half of it */
    for (size_t rest = n; rest > 1; rest /= 2)
        depth += 2;
    intro_sort(x, n, depth);
    for (size_t i = 1; i < n; i++) {
        double value = x[i];
        size_t j = i;
        for (; j > 0 && x[j - 1] > value; j--)
            x[j] = x[j - 1];
        x[j] = value;
    }
    return LAB_OK;
}

int lab_sample_mean(const double *x, size_t n, double *mean)
{
    if (!lab_sample_valid(x, n))
        return LAB_E_INVALID;
    double sum = 0, lost = 0;
    for (size_t i = 0; i < n; i++) {
        double t = sum + x[i];
        lost += fabs(sum) >= fabs(x[i]) ? (sum - t) + x[i] : (x[i] - t) + sum;
        sum = t;
    }
    double result = (sum + lost) / (double)n;
    if (!isfinite(result)) { /* the sum overflowed; the mean cannot */
        result = 0;
        for (size_t i = 0; i < n; i++)
            result += x[i] / (double)n;
    }
    *mean = result;
    return LAB_OK;
}

/* Definition 7 at the fraction 0..1 of a valid ascending sample. */
static double quantile(const double *sorted, size_t n, double fraction)
{
    double h = (double)(n - 1) * fraction;
    size_t below = (size_t)h;
    if (below >= n - 1)
        return sorted[n - 1];
    double weight = h - (double)below;
    double a = sorted[below], b = sorted[below + 1];
    /* The exact cases first: 0.7 a + 0.3 a need not be a. b - a may overflow, this cannot. */
    return weight == 0 || a == b ? a : (1 - weight) * a + weight * b;
}

static double middle(const double *sorted, size_t n)
{
    double a = sorted[(n - 1) / 2], b = sorted[n / 2];
    return a == b ? a : 0.5 * a + 0.5 * b;
}

int lab_sample_median(const double *x, size_t n, double *scratch, double *median)
{
    if (!lab_sample_valid(x, n))
        return LAB_E_INVALID;
    for (size_t i = 0; i < n; i++)
        scratch[i] = x[i];
    lab_sample_sort(scratch, n);
    *median = middle(scratch, n);
    return LAB_OK;
}

int lab_sample_percentile(const double *sorted, size_t n, double p, double *value)
{
    if (!(p >= 0 && p <= 100) || !lab_sample_valid(sorted, n))
        return LAB_E_INVALID;
    for (size_t i = 1; i < n; i++)
        if (sorted[i - 1] > sorted[i])
            return LAB_E_INVALID;
    *value = quantile(sorted, n, p / 100);
    return LAB_OK;
}

int lab_sample_describe(double *x, size_t n, struct lab_distribution *out)
{
    double mean;
    int code = lab_sample_mean(x, n, &mean);
    if (code != LAB_OK)
        return code;
    for (size_t i = 0; i < n; i++)
        if (x[i] < 0)
            return LAB_E_INVALID;
    lab_sample_sort(x, n);
    bool has_p99 = n >= LAB_P99_LEAST;
    *out = (struct lab_distribution){
        .n = n,
        .min = x[0],
        .p50 = quantile(x, n, 0.5),
        .p90 = quantile(x, n, 0.9),
        .max = x[n - 1],
        .mean = mean,
        .has_p99 = has_p99,
        .p99 = has_p99 ? quantile(x, n, 0.99) : NAN,
    };
    return LAB_OK;
}
