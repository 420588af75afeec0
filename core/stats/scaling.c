/* - Both laws are one curve with some parameters held, so there is one solver: Levenberg-Marquardt
 *   with bounds, where a parameter that leans on its bound is held for that step (an active set).
 * - sigma and kappa pull the same way (both bend the curve down), so their valley is long and
 *   curved and data that fit neither law can have more than one minimum: it starts from a small
 *   grid and the best end wins. Ten points take about 0.1 ms.
 * - Marquardt's scaling by the diagonal matters: kappa is naturally 1/p of sigma's size.
 */
#include "stats/scaling.h"

#include <math.h>

enum { SIGMA, KAPPA, RATE, PARAMETERS };

struct problem {
    const double *workers, *speedup, *weight; /* weight may be NULL */
    size_t n;
    int parameters; /* the first so many are fitted: 1 Amdahl, 2 USL, 3 with the rate */
};

static double weight_at(const struct problem *problem, size_t i)
{
    return problem->weight == NULL ? 1 : problem->weight[i];
}

static double divisor(const double *v, double p)
{
    return 1 + v[SIGMA] * (p - 1) + v[KAPPA] * p * (p - 1);
}

static double curve(const double *v, double p)
{
    return v[RATE] * p / divisor(v, p);
}

static double squared_error(const struct problem *problem, const double *v)
{
    double sum = 0;
    for (size_t i = 0; i < problem->n; i++) {
        double residual = problem->speedup[i] - curve(v, problem->workers[i]);
        sum += weight_at(problem, i) * residual * residual;
    }
    return sum;
}

/* The normal matrix J'WJ and the descent direction J'Wr at v. */
static void linearise(const struct problem *problem, const double *v,
                      double matrix[PARAMETERS][PARAMETERS], double *descent)
{
    for (int a = 0; a < PARAMETERS; a++) {
        descent[a] = 0;
        for (int b = 0; b < PARAMETERS; b++)
            matrix[a][b] = 0;
    }
    for (size_t i = 0; i < problem->n; i++) {
        double p = problem->workers[i], w = weight_at(problem, i), d = divisor(v, p);
        double s = v[RATE] * p / d;
        double slope[PARAMETERS] = {-s * (p - 1) / d, -s * p * (p - 1) / d, s / v[RATE]};
        for (int a = 0; a < PARAMETERS; a++) {
            descent[a] += w * slope[a] * (problem->speedup[i] - s);
            for (int b = 0; b < PARAMETERS; b++)
                matrix[a][b] += w * slope[a] * slope[b];
        }
    }
}

static bool leans_on_bound(const double *v, const double *descent, int parameter)
{
    bool at_low = parameter != RATE && v[parameter] <= 0 && descent[parameter] <= 0;
    bool at_high = parameter == SIGMA && v[SIGMA] >= 1 && descent[SIGMA] >= 0;
    return at_low || at_high;
}

/* Solves (M + damping diag M) step = descent over the parameters not held, by Gaussian elimination
 * on the matrix scaled to a unit diagonal (positive definite with damping > 0: no pivoting). */
static void damped_step(double matrix[PARAMETERS][PARAMETERS], const double *descent,
                        const bool *held, double damping, double *step)
{
    double m[PARAMETERS][PARAMETERS], right[PARAMETERS], scale[PARAMETERS];
    for (int a = 0; a < PARAMETERS; a++)
        scale[a] = held[a] || !(matrix[a][a] > 0) ? 0 : 1 / sqrt(matrix[a][a]);
    for (int a = 0; a < PARAMETERS; a++) {
        right[a] = descent[a] * scale[a];
        for (int b = 0; b < PARAMETERS; b++)
            m[a][b] = a == b ? 1 + damping : matrix[a][b] * scale[a] * scale[b];
    }
    for (int a = 0; a < PARAMETERS; a++)
        for (int b = a + 1; b < PARAMETERS; b++) {
            double factor = m[b][a] / m[a][a];
            for (int c = a; c < PARAMETERS; c++)
                m[b][c] -= factor * m[a][c];
            right[b] -= factor * right[a];
        }
    for (int a = PARAMETERS; a-- > 0;) {
        step[a] = right[a];
        for (int b = a + 1; b < PARAMETERS; b++)
            step[a] -= m[a][b] * step[b];
        step[a] /= m[a][a];
    }
    for (int a = 0; a < PARAMETERS; a++)
        step[a] *= scale[a];
}

/* Descends from v to the nearest minimum; returns its squared error. */
static double descend(const struct problem *problem, double *v)
{
    double error = squared_error(problem, v), damping = 1e-3;
    for (int round = 0; round < 500 && damping < 1e12 && error > 0; round++) {
        double matrix[PARAMETERS][PARAMETERS], descent[PARAMETERS], step[PARAMETERS];
        linearise(problem, v, matrix, descent);
        bool held[PARAMETERS];
        for (int a = 0; a < PARAMETERS; a++)
            held[a] = a >= problem->parameters || leans_on_bound(v, descent, a);
        damped_step(matrix, descent, held, damping, step);

        double next[PARAMETERS];
        next[SIGMA] = fmin(1, fmax(0, v[SIGMA] + step[SIGMA]));
        next[KAPPA] = fmax(0, v[KAPPA] + step[KAPPA]);
        next[RATE] = v[RATE] + step[RATE];
        double next_error = next[RATE] > 0 ? squared_error(problem, next) : INFINITY;
        if (next_error < error) {
            for (int a = 0; a < PARAMETERS; a++)
                v[a] = next[a];
            error = next_error;
            damping = fmax(damping / 10, 1e-12);
        } else {
            damping *= 10;
        }
    }
    return error;
}

static void solve(const struct problem *problem, double *best)
{
    static const double sigmas[] = {0, 0.05, 0.5}, kappas[] = {0, 1e-3, 0.1};
    double least = INFINITY;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < (problem->parameters > KAPPA ? 3 : 1); j++) {
            double v[PARAMETERS] = {sigmas[i], kappas[j], 1};
            double error = descend(problem, v);
            if (error < least) {
                least = error;
                for (int a = 0; a < PARAMETERS; a++)
                    best[a] = v[a];
            }
        }
}

static int check_points(const struct problem *problem, struct lab_failure *failure)
{
    for (size_t i = 0; i < problem->n; i++) {
        double p = problem->workers[i], s = problem->speedup[i], w = weight_at(problem, i);
        if (!(p >= 1 && p <= LAB_SCALING_WORKERS_MAX))
            return lab_fail(failure, LAB_E_INVALID, "point %zu: %g workers", i + 1, p);
        if (!(s > 0 && isfinite(s)))
            return lab_fail(failure, LAB_E_INVALID, "point %zu: a speed-up of %g", i + 1, s);
        if (!(w > 0 && isfinite(w)))
            return lab_fail(failure, LAB_E_INVALID, "point %zu: a weight of %g", i + 1, w);
    }
    return LAB_OK;
}

/* The model's name and what it asks for, in the order of enum lab_scaling_law. */
static const struct {
    const char *name, *where;
    int parameters, counts;
    bool one_counts;
} laws[] = {
    {"Amdahl", " above 1", 1, 2, false},
    {"USL", " above 1", 2, 3, false},
    {"USL", "", 3, 4, true},
};

static int check_counts(enum lab_scaling_law law, const struct problem *problem,
                        struct lab_failure *failure)
{
    double seen[PARAMETERS + 1];
    int distinct = 0;
    for (size_t i = 0; i < problem->n && distinct < laws[law].counts; i++) {
        double p = problem->workers[i];
        bool counts = p > 1 || laws[law].one_counts;
        for (int j = 0; j < distinct && counts; j++)
            counts = seen[j] != p;
        if (counts)
            seen[distinct++] = p;
    }
    if (distinct >= laws[law].counts)
        return LAB_OK;
    return lab_fail(failure, LAB_E_UNAVAILABLE,
                    "the %s fit needs %d different worker counts%s and has %d", laws[law].name,
                    laws[law].counts, laws[law].where, distinct);
}

/* 1 - error / (the weighted sum of squares about the mean); NaN if all values are equal. */
static double r_squared(const struct problem *problem, double error)
{
    double mean = 0, weights = 0, total = 0;
    bool all_equal = true;
    for (size_t i = 0; i < problem->n; i++) {
        mean += weight_at(problem, i) * problem->speedup[i];
        weights += weight_at(problem, i);
        all_equal = all_equal && problem->speedup[i] == problem->speedup[0];
    }
    mean /= weights;
    for (size_t i = 0; i < problem->n; i++) {
        double distance = problem->speedup[i] - mean;
        total += weight_at(problem, i) * distance * distance;
    }
    return all_equal ? NAN : 1 - error / total;
}

/* A kappa that changes nothing even at the largest count measured is rounding, not a peak. */
static void drop_rounding(const struct problem *problem, double *v)
{
    double most = 1;
    for (size_t i = 0; i < problem->n; i++)
        most = fmax(most, problem->workers[i]);
    if (v[KAPPA] * most * (most - 1) < 1e-9 * divisor(v, most))
        v[KAPPA] = 0;
}

int lab_scaling_fit(enum lab_scaling_law law, const double *workers, const double *speedup,
                    const double *weight, size_t n, double *residuals, struct lab_scaling *out,
                    struct lab_failure *failure)
{
    if ((unsigned)law >= sizeof laws / sizeof *laws)
        return lab_fail(failure, LAB_E_INVALID, "no scaling law has the number %d", (int)law);
    struct problem problem = {workers, speedup, weight, n, laws[law].parameters};
    int code = check_points(&problem, failure);
    if (code == LAB_OK)
        code = check_counts(law, &problem, failure);
    if (code != LAB_OK)
        return code;

    double v[PARAMETERS] = {0, 0, 1};
    solve(&problem, v);
    drop_rounding(&problem, v);
    double error = squared_error(&problem, v);
    double r2 = r_squared(&problem, error);
    if (!isfinite(error) || isinf(r2))
        return lab_fail(failure, LAB_E_INVALID, "the speed-ups are too large to square");

    struct lab_scaling fit = {
        .sigma = v[SIGMA],
        .kappa = v[KAPPA],
        .rate = v[RATE],
        .r_squared = r2,
        .residual_error = sqrt(error / (double)(n - (size_t)problem.parameters)),
        .has_peak = v[KAPPA] > 0,
    };
    fit.peak_workers = fit.has_peak ? fmax(1, sqrt((1 - fit.sigma) / fit.kappa)) : INFINITY;
    fit.peak_speedup = fit.has_peak    ? curve(v, fit.peak_workers)
                       : fit.sigma > 0 ? fit.rate / fit.sigma
                                       : INFINITY;
    if (residuals != NULL)
        for (size_t i = 0; i < n; i++)
            residuals[i] = speedup[i] - curve(v, workers[i]);
    *out = fit;
    return LAB_OK;
}
