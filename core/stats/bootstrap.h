/* How sure a median is: 95% bootstrap intervals, of a median and of a ratio of two medians.
 *
 * What: the percentile bootstrap (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993,
 * chapter 13): resample with replacement LAB_RESAMPLES times, take each median or ratio, cut a tail
 * off either end. For a ratio the tail is 2.5%, the 50 outermost of 1999: (B + 1) x 0.025 is whole,
 * so nothing is interpolated between values that never occurred. For one median the tail is
 * smaller, Hesterberg's expanded percentile interval ("What teachers should know about the
 * bootstrap", The American Statistician 69(4), 2015, section 5.2): a small sample's own spread is
 * too narrow by sqrt((n - 1)/n), and 1.96 should be Student's t.
 *
 * Coverage, measured on 3000 normal samples each (bootstrap_test.c repeats some of it):
 *     n                      5     6     7     8    10    15    20    30
 *     median, 2.5% tails  .937  .947  .876  .926  .942  .936  .942  .943
 *     median, expanded    .937  .974  .984  .981  .966  .969  .962  .955   <- what is used
 *     ratio, 2.5% tails   .960  .954  .941  .949  .958  .960  .959  .957   <- what is used
 * A median has only the sample's own values to land on, hence the jumps (plain tails lose the two
 * outermost values between n = 6 and 7); a ratio of two has not, and needs no expansion.
 *
 * Two cells differ when the interval of their ratio excludes 1 (compare.h). How often that is said
 * of two that are the same, and how often it is missed of two that differ by a tenth, for which
 * distributions and how many rounds: difference_simulation.c measures and prints it.
 *
 * What was not taken, and why:
 * - BCa needs an acceleration, estimated by the jackknife; the jackknife is inconsistent for the
 *   median (Efron, "Bootstrap methods: another look at the jackknife", 1979, section 3): leaving
 *   one value out moves an even-sized sample's median to one of two values only.
 * - A studentised interval needs the median's standard error inside each resample, that is a
 *   density at the median from 5 to 30 values, or a bootstrap in the bootstrap, at the cost of
 *   another factor as large as its number of resamples.
 * - The Mann-Whitney test turned round (Hodges and Lehmann, "Estimates of location based on rank
 *   tests", Annals of Mathematical Statistics 34(2), 1963) is exact where one cell's times are the
 *   other's times a factor. But its estimate is the median of the pairs' ratios, not the ratio of
 *   the medians that are shown; and it promises nothing where one method scatters more than the
 *   other, as methods may.
 *
 * For a median the percentile interval is all but the exact interval between order statistics (the
 * sign test turned round), which holds for every continuous distribution, skewed ones like run
 * times included.
 *
 * Values that follow one another: dependence.h says how the deviations of the resampled medians are
 * widened where rounds depend on the ones before.
 *
 * What no method can do: n values cannot give a 95% interval for a median without assumptions
 * before n = 6. The interval is then the whole range, and covers the true median 1 - 2^(1-n) of the
 * time: 50% at n = 2, 75%, 87.5%, 93.75% at n = 5. Below LAB_INTERVAL_LEAST there is no interval.
 *
 * Deterministic: the result depends on the values, on their order where they depend on each other,
 * and on the seed.
 * Threads: no state; any thread. Nothing blocks or allocates; the caller brings the scratch.
 * Cost: LAB_RESAMPLES x (n + m) draws.
 */
#ifndef LAB_STATS_BOOTSTRAP_H
#define LAB_STATS_BOOTSTRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_RESAMPLES     1999
#define LAB_BOOTSTRAP_MAX 65536 /* values per sample; more is LAB_E_TOO_LARGE */

/* Of fewer values nothing is said but their median: no interval is 95% then. */
#define LAB_INTERVAL_LEAST 5

/* Doubles of scratch for samples of n and m values (m 0 for one sample). */
#define LAB_BOOTSTRAP_SCRATCH(n, m) (2 * ((size_t)(n) + (size_t)(m)) + LAB_RESAMPLES)

/* low <= median <= high, in the sample's unit (a ratio has none). low and high are NaN where there
 * is no interval. */
struct lab_interval {
    double median, low, high;
};

/* The median of x with its 95% interval. scratch: LAB_BOOTSTRAP_SCRATCH(n, 0) doubles.
 * Errors: LAB_E_INVALID no values or one not finite (out untouched); LAB_E_TOO_LARGE; LAB_E_AGAIN
 * fewer than LAB_INTERVAL_LEAST values: out holds the median, and NaN for low and high. */
int lab_bootstrap_median(const double *x, size_t n, uint64_t seed, double *scratch,
                         struct lab_interval *out);

/* median(x) / median(y) with its 95% interval, both samples resampled independently: a speed-up is
 * the sequential sample over the parallel one. All values must be positive: a duration of 0 was not
 * measured. scratch: LAB_BOOTSTRAP_SCRATCH(n, m) doubles. Errors as above; LAB_E_AGAIN when either
 * sample has fewer than LAB_INTERVAL_LEAST; LAB_E_INVALID also where the ratio overflows. */
int lab_bootstrap_ratio(const double *x, size_t n, const double *y, size_t m, uint64_t seed,
                        double *scratch, struct lab_interval *out);

/* Is the whole interval within ±tolerance (0.05 is 5%) of its median? False without an interval,
 * and for a median that is not positive. */
bool lab_interval_within(const struct lab_interval *interval, double tolerance);

/* Internal, for the simulation: the ranks, from 0, of the lower and the upper middle value of one
 * resample of n (counts: n doubles of scratch); and the interval from LAB_RESAMPLES statistics,
 * `tail` of which it leaves out at either end (their order is lost). */
#define LAB__PLAIN_TAIL ((LAB_RESAMPLES + 1) / 40) /* (B + 1) x 0.025 */
struct lab_random;
void lab__resample(struct lab_random *random, size_t n, double *counts, size_t ranks[2]);
void lab__cut_tails(double *resampled, int tail, double median, struct lab_interval *out);

/* The same interval, of values that were each read with a clock whose step is `step` (in their
 * unit): rounding moves them together, so that resampling does not see it, by half a step. */
void lab_interval_blur(struct lab_interval *interval, double step);

/* The runner's stopping rule, asked after every round: computes x's interval into out and sets
 * *settled when there are at least `least` samples (and LAB_INTERVAL_LEAST) and the interval is
 * within ±tolerance. LAB_E_AGAIN is not an error here: too few samples give 0 and not settled.
 * Otherwise returns what lab_bootstrap_median() does.
 *
 * Looking after every round and stopping at the first narrow interval favours samples that happen
 * to lie close together, so a stopped interval covers a little less than 95%: measured .94 where
 * runs scatter by 1 to 5%, .92 at 8 and 12% (5 to 60 rounds, tolerance 5%). */
int lab_settled(const double *x, size_t n, size_t least, double tolerance, uint64_t seed,
                double *scratch, struct lab_interval *out, bool *settled);

#endif
