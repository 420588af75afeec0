/* Do the rounds of a sample depend on the ones before? Noise that lasts longer than a round (a
 * neighbour, a clock speed, a cache that fills) makes successive values alike; n of them then say
 * less than n independent ones would, and an interval that does not know it is too narrow: with
 * noise of which 0.6 is left a round later, "95%" covers 0.74 to 0.84.
 *
 * What: the autocorrelation at lag one, of ranks (Wald and Wolfowitz, "An exact test for
 * randomness in the non-parametric case based on serial correlation", Annals of Mathematical
 * Statistics 14(4), 1943), so that no outlier makes or hides it; its bias by n, -(1 + 4 rho)/n
 * (Kendall, "Note on bias in the estimation of autocorrelation", Biometrika 41, 1954), is taken
 * back. It counts only from where it exceeds what 95 of 100 independent samples show, and from
 * LAB_DEPENDENCE_LEAST values: fewer cannot show it, whatever it is.
 *
 * How much wider: the variance of a median of values whose correlation decays as rho^k is
 *     f = 1 + 2 sum over k of (1 - k/n) (2/pi) asin(rho^k)
 * times that of independent ones: of a median only the signs of the deviations count, and the
 * signs of two normal variables correlate by (2/pi) asin(rho) (Sheppard 1899; Gastwirth and Rubin,
 * "The behavior of robust estimators on dependent data", Annals of Statistics 3(5), 1975).
 *
 * Not a block bootstrap (Kuensch 1989): of 5 to 40 values only a handful of blocks can be made that
 * are longer than the dependence lasts.
 *
 * Threads: no state; any thread. Nothing blocks or allocates.
 */
#ifndef LAB_STATS_DEPENDENCE_H
#define LAB_STATS_DEPENDENCE_H

#include <stddef.h>

#define LAB_DEPENDENCE_LEAST 10

/* The autocorrelation of x, in its order; 0 where none can be told. sorted: x, ascending. */
double lab_autocorrelation(const double *x, const double *sorted, size_t n);

/* By what factor the interval of a median is to be wider: sqrt(f), 1 for a rho of 0. */
double lab_dependence_widens(double rho, size_t n);

#endif
