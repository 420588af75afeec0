/* What a speed-up curve says: fits of Amdahl's law and of the universal scalability law.
 *
 *     S(p) = rate * p / (1 + sigma (p - 1) + kappa p (p - 1))
 *
 * - Amdahl (AFIPS 1967): rate 1, kappa 0; sigma is the serial fraction, S -> 1 / sigma.
 * - USL (Gunther, "Guerrilla Capacity Planning", 2007, chapter 4): sigma is contention (waiting for
 *   what is shared), kappa coherency (keeping copies alike, paid by every pair). With kappa > 0
 *   there is a peak, at p = sqrt((1 - sigma) / kappa): more workers then make it slower.
 * - rate is S(1). For a speed-up it is 1 by definition; fit it when the values are throughputs, or
 *   when one worker is not the baseline.
 *
 * Least squares on S itself (not on the linearised p/S, which gives the points with many workers a
 * weight nobody chose), 0 <= sigma <= 1, kappa >= 0, rate > 0. A sigma of 0 with residuals that
 * grow with p means super-linear data: no model here explains it.
 *
 * Threads: no state; any thread. Nothing blocks or allocates; about 0.1 ms for ten points.
 */
#ifndef LAB_STATS_SCALING_H
#define LAB_STATS_SCALING_H

#include <stdbool.h>
#include <stddef.h>

#include "platform/error.h"

enum lab_scaling_law {
    LAB_AMDAHL,   /* sigma */
    LAB_USL,      /* sigma and kappa */
    LAB_USL_RATE, /* sigma, kappa and rate */
};

struct lab_scaling {
    double sigma, kappa, rate;
    double r_squared;      /* 1 - SSE/SST, weighted; below 0 is worse than a flat line; NaN if all
                              speed-ups are equal */
    double residual_error; /* sqrt(SSE / (points - parameters)), in the unit of the speed-ups */
    bool has_peak;         /* kappa > 0: the curve turns down somewhere, perhaps far beyond the
                              counts measured, where it is only an extrapolation */
    double peak_workers;   /* where (not rounded, at least 1); infinite without a peak */
    double peak_speedup; /* S there; without a peak the limit rate/sigma, infinite if sigma is 0 */
};

#define LAB_SCALING_WORKERS_MAX 1e9

/* Fits law to n points: workers[i] (1 to LAB_SCALING_WORKERS_MAX, whole or not, any order,
 * repeats welcome), speedup[i] (positive), weight[i] (positive, e.g. 1/variance; NULL: all 1).
 * residuals (n doubles, or NULL) receives speedup[i] - S(workers[i]).
 *
 * Asks for more distinct worker counts than parameters, so that the residuals mean something; one
 * worker counts only where the rate is fitted (otherwise S(1) = 1 whatever the parameters):
 * Amdahl 2 counts above 1, USL 3 above 1, USL with rate 4. Fewer is LAB_E_UNAVAILABLE and the
 * sentence says how many there are. LAB_E_INVALID: a value out of its range (the sentence names
 * it) or a sum that overflows. failure may be NULL. On error nothing else is written. */
int lab_scaling_fit(enum lab_scaling_law law, const double *workers, const double *speedup,
                    const double *weight, size_t n, double *residuals, struct lab_scaling *out,
                    struct lab_failure *failure);

#endif
