#include "stats/dependence.h"

#include <math.h>

/* One-sided 5%, of a normal distribution. */
static const double QUANTILE = 1.645;
/* Noise that outlasts the run is a trend, and no number of rounds would do. */
static const double MOST = 0.95;

/* How many of the ascending values are below x; equal: or equal to it. */
static size_t count_below(const double *sorted, size_t n, double x, int equal)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sorted[middle] < x || (equal && sorted[middle] == x))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* x's rank, from the middle of all ranks. Equal values have the mean of theirs. */
static double centred_rank(const double *sorted, size_t n, double x)
{
    size_t ends = count_below(sorted, n, x, 0) + count_below(sorted, n, x, 1);
    return ((double)ends - (double)n) / 2;
}

double lab_autocorrelation(const double *x, const double *sorted, size_t n)
{
    if (n < LAB_DEPENDENCE_LEAST)
        return 0;
    double squares = 0, products = 0, before = 0;
    for (size_t i = 0; i < n; i++) {
        double rank = centred_rank(sorted, n, x[i]);
        squares += rank * rank;
        products += before * rank;
        before = rank;
    }
    double count = (double)n, r = squares > 0 ? products / squares : 0;
    if (r <= QUANTILE / sqrt(count) - 1 / count)
        return 0;
    return fmin((count * r + 1) / (count - 4), MOST);
}

double lab_dependence_widens(double rho, size_t n)
{
    const double pi = 3.14159265358979;
    double f = 1, power = rho;
    for (size_t k = 1; k < n && power > 1e-3; k++, power *= rho)
        f += (1 - (double)k / (double)n) * 4 / pi * asin(power);
    return sqrt(f);
}
