#include "compare.h"

#include <math.h>
#include <stdint.h>

#include "../platform/error.h"
#include "sample.h"

bool lab_intervals_overlap(const struct lab_interval *a, const struct lab_interval *b)
{
    return !(a->low > b->high || b->low > a->high); /* a NaN compares false: they overlap */
}

/* The exact chance that U <= u for samples of n and m without ties.
 *
 * The number of arrangements with U = k is the coefficient of q^k in the Gaussian binomial
 *     product over i = 1..n of (1 - q^(m+i)) / (1 - q^i)
 * (Mann and Whitney's recurrence in closed form). The products are taken modulo q^(u+1) and modulo
 * 2^64: both factors are exact ring operations there, so steps may wrap, and the coefficients come
 * out right because even their sum C(n+m, n) is below 2^64. */
static double exact_tail(size_t n, size_t m, size_t u)
{
    /* u is the smaller of two that add up to n*m. */
    enum { HALF = LAB_MANN_WHITNEY_EXACT / 2, LENGTH = HALF * HALF / 2 + 1 };
    uint64_t ways[LENGTH] = {1};
    for (size_t i = 1; i <= n; i++) {
        for (size_t k = u + 1; k-- > m + i;)
            ways[k] -= ways[k - m - i];
        for (size_t k = i; k <= u; k++)
            ways[k] += ways[k - i];
    }
    uint64_t tail = 0, all = 1;
    for (size_t k = 0; k <= u; k++)
        tail += ways[k];
    /* C(n+m, i) from C(n+m, i-1): the product may not fit in 64 bits, so divide first what can be.
     */
    for (size_t i = 1; i <= n; i++) {
        uint64_t factor = n + m - i + 1, quotient = all / i, rest = all % i;
        all = quotient * factor + rest * factor / i;
    }
    return (double)tail / (double)all;
}

/* Two-sided p of u by the normal approximation; ties is the sum of t^3 - t over groups of equals.
 */
static double normal_tail(double n, double m, double u, double ties)
{
    double total = n + m;
    double variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
    double distance = fabs(u - n * m / 2) - 0.5;
    if (!(variance > 0) || distance <= 0)
        return 1;
    return erfc(distance / sqrt(2 * variance));
}

int lab_mann_whitney(const double *x, size_t n, const double *y, size_t m, double *scratch,
                     struct lab_mann_whitney *out)
{
    double unused;
    double *a = scratch, *b = scratch + n;
    int code = lab_sample_median(x, n, a, &unused); /* checks, copies and sorts */
    if (code == LAB_OK)
        code = lab_sample_median(y, m, b, &unused);
    if (code != LAB_OK)
        return code;

    /* One walk over both, a group of equal values at a time. */
    double u = 0, ties = 0;
    for (size_t i = 0, j = 0; i < n || j < m;) {
        double value = j == m || (i < n && a[i] <= b[j]) ? a[i] : b[j];
        size_t from_x = 0, from_y = 0;
        for (; i < n && a[i] == value; i++)
            from_x++;
        u += (double)from_x * (double)j; /* j values of y lie below this group */
        for (; j < m && b[j] == value; j++)
            from_y++;
        u += (double)from_x * (double)from_y / 2;
        double t = (double)(from_x + from_y);
        ties += t * t * t - t;
    }

    double pairs = (double)n * (double)m;
    bool exact = ties == 0 && n <= LAB_MANN_WHITNEY_EXACT && m <= LAB_MANN_WHITNEY_EXACT - n;
    double p;
    if (exact) {
        double smaller = fmin(u, pairs - u); /* whole: there are no ties */
        p = fmin(
            1, 2 * (n < m ? exact_tail(n, m, (size_t)smaller) : exact_tail(m, n, (size_t)smaller)));
    } else {
        p = normal_tail((double)n, (double)m, u, ties);
    }
    *out = (struct lab_mann_whitney){.u = u, .p = p, .exact = exact, .effect = u / pairs};
    return LAB_OK;
}
