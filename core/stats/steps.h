/* A staircase in noise: how many plateaus a curve has, where each begins and ends, and how high it
 * is.
 *
 * What: maximum penalised likelihood, over all ways to cut the curve into plateaus, found exactly
 * by dynamic programming (as optimal partitioning: Jackson et al., "An algorithm for optimal
 * partitioning of data on an interval", IEEE Signal Processing Letters 12(2), 2005). Made for
 * latencies over the size of what is in use, both as logarithms: the steps are the caches.
 *
 * The model, in which each part has its reason:
 * - On a plateau a value is its level plus Laplace noise, so a level is a median, and outliers
 *   count by their distance and not by its square. The noise's scale is taken from the values
 *   themselves (neighbours on a plateau differ by it), but is at least LAB_STEPS_SCALE: plateaus
 *   are not flat to the per mille that a quiet machine measures to, they have shoulders (a TLB's
 *   misses are a few percent), and those are not levels.
 * - A step is no jump: a set that is a little larger than a cache is partly in it, and a set that
 *   is a little smaller is partly out of it where pages share its sets unevenly. So up to `rise`
 *   values between two plateaus are anywhere between the two levels, each as likely (a uniform
 *   density, which costs the logarithm of the height).
 * - LAB_STEPS_OUTLIERS of the values are anything, between a tenth and ten times their level: so no
 *   single one can move the end of a plateau.
 * - A plateau is at least `least` values long, and each is at least LAB_STEPS_HEIGHT times as high
 *   as the one before. Caches are that far apart, or they would not be built; what rises less is a
 *   shoulder.
 * - A step costs 3/2 log n: three parameters more (a place, a width, a level) by the Bayesian
 *   information criterion (Schwarz, "Estimating the dimension of a model", Annals of Statistics
 *   6(2), 1978).
 *
 * Threads: no state; any thread. Nothing blocks. Cost: n^3 (rise + 1)^2 / 2 steps for each plateau;
 * 70 values take some milliseconds.
 */
#ifndef LAB_STATS_STEPS_H
#define LAB_STATS_STEPS_H

#include <stddef.h>

#define LAB_STEPS_MAX      128  /* values */
#define LAB_STEPS_SCALE    0.05 /* natural logarithm: 5% */
#define LAB_STEPS_HEIGHT   1.5  /* a factor */
#define LAB_STEPS_OUTLIERS 0.05

struct lab_step {
    size_t first,
        count;   /* the values on the plateau; between it and the next one some may be on neither */
    size_t last; /* the last value nearer to this level than to the next one; at the end n - 1 */
    double level; /* the median of the plateau */
};

/* Fits at most `most` plateaus to the logarithms y[0] … y[n - 1]; steps has room for so many, and
 * *count says how many there are (at least 1). LAB_E_INVALID: n is less than `least` or more than
 * LAB_STEPS_MAX, a value is not finite, least or most is 0; LAB_E_NOMEM. */
int lab_steps_fit(const double *y, size_t n, size_t least, size_t rise, size_t most,
                  struct lab_step *steps, size_t *count);

#endif
