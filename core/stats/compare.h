/* Are two samples different?
 *
 * Two questions, two answers: lab_intervals_overlap() is the rule by which the results call two
 * cells "no different"; the Mann-Whitney test gives a p-value for the same pair without assuming
 * any distribution.
 *
 * Threads: no state; any thread. Nothing blocks or allocates.
 */
#ifndef LAB_STATS_COMPARE_H
#define LAB_STATS_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "bootstrap.h"

/* Do the closed intervals share a point? Touching is overlapping. Where either has no interval
 * (NaN) nothing tells the two apart, so the answer is true. */
bool lab_intervals_overlap(const struct lab_interval *a, const struct lab_interval *b);

/* Exact p-values up to this many values in both samples together: C(66, 33) still fits in 64 bits,
 * which the exact count of arrangements needs. */
#define LAB_MANN_WHITNEY_EXACT 66

struct lab_mann_whitney {
    double u;      /* pairs with x > y, ties counted half: 0 to n*m. R calls it W */
    double p;      /* two-sided */
    bool exact;    /* false: normal approximation */
    double effect; /* u / (n*m): the chance that a random x exceeds a random y; 0.5 is none */
};

/* The Mann-Whitney U test of two independent samples, two-sided (Mann and Whitney, "On a test of
 * whether one of two random variables is stochastically larger than the other", Annals of
 * Mathematical Statistics 18(1), 1947). scratch: n + m doubles.
 *
 * p is exact when there are no ties and n + m <= LAB_MANN_WHITNEY_EXACT: twice the smaller tail of
 * U's distribution over all arrangements, at most 1. Otherwise the normal approximation, its
 * variance corrected for ties and with a continuity correction of 1/2, as R's wilcox.test does; it
 * is rough below about 8 values in each. If all values are equal p is 1.
 *
 * Three against three can never reach p < 0.1 and four against four never p < 0.028: a large p from
 * few rounds is not evidence of equality.
 * Errors: LAB_E_INVALID an empty sample or a value not finite. */
int lab_mann_whitney(const double *x, size_t n, const double *y, size_t m, double *scratch,
                     struct lab_mann_whitney *out);

#endif
