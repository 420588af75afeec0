#include "stats/scaling.h"

#include "check.h"
#include "stats/random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* SPEC SDM91 on a Sun SPARCcenter 2000 (Gunther 2007; specsdm91 in R's usl package). The package's
 * README and saved test output (version 3, nonlinear least squares) give alpha 0.0277285, beta
 * 0.0001044, gamma 89.9952330, residual standard error 82.8 on 4 degrees of freedom, peak 1884 at
 * load 96.52, and the residuals below. */
static const double users[] = {1, 18, 36, 72, 108, 144, 216};
static const double scripts[] = {64.9, 995.9, 1652.4, 1853.2, 1828.9, 1775, 1702.2};

/* The law as scaling.h writes it, not as scaling.c computes it. */
static double speedup_at(const struct lab_scaling *fit, double p)
{
    return fit->rate * p / (1 + fit->sigma * (p - 1) + fit->kappa * p * (p - 1));
}

static void usl_of_spec_sdm91(void)
{
    static const double want[] = {-25.10, -81.66, 111.09, 3.05, -49.99, -46.60, 56.00};
    struct lab_scaling fit;
    double residuals[7];
    CHECK_INT(lab_scaling_fit(LAB_USL_RATE, users, scripts, NULL, 7, residuals, &fit, NULL),
              LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.0277285, 5e-7);
    CHECK_DOUBLE(fit.kappa, 0.0001044, 5e-8);
    CHECK_DOUBLE(fit.rate, 89.9952330, 5e-4);
    CHECK_DOUBLE(fit.residual_error, 82.8, 0.05);
    CHECK(fit.has_peak);
    CHECK_DOUBLE(fit.peak_workers, 96.52, 0.005);
    CHECK_DOUBLE(fit.peak_speedup, 1884, 0.5);
    double squares = 0;
    for (int i = 0; i < 7; i++) {
        CHECK_DOUBLE(residuals[i], want[i], 0.006);
        CHECK_DOUBLE(scripts[i] - speedup_at(&fit, users[i]), residuals[i], 1e-12);
        squares += residuals[i] * residuals[i];
    }
    CHECK_DOUBLE(fit.residual_error, sqrt(squares / 4), 1e-9);
}

/* A ray tracer on an SGI Origin 2000 (Gunther 2007; raytracer in the same package), whose best
 * kappa would be negative: the vignette of version 3 gives alpha 0.057771, beta 0, gamma
 * 21.848843. */
static void usl_of_the_ray_tracer_holds_kappa_at_zero(void)
{
    static const double processors[] = {1, 4, 8, 12, 16, 20, 24, 28, 32, 48, 64};
    static const double rays[] = {20, 78, 130, 170, 190, 200, 210, 230, 260, 280, 310};
    struct lab_scaling fit;
    CHECK_INT(lab_scaling_fit(LAB_USL_RATE, processors, rays, NULL, 11, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.057771, 5e-7);
    CHECK_DOUBLE(fit.kappa, 0, 0);
    CHECK_DOUBLE(fit.rate, 21.848843, 5e-6);
    CHECK(!fit.has_peak);
    CHECK(isinf(fit.peak_workers));
    CHECK_DOUBLE(fit.peak_speedup, fit.rate / fit.sigma, 1e-12);
}

/* The usl package's test of its coefficients: alpha 0.02, beta 0.02, gamma 1.00. */
static void usl_of_known_coefficients(void)
{
    static const double load[] = {1, 2, 4, 6, 8, 10};
    static const double throughput[] = {1, 1.8868, 3.0769, 3.5294, 3.5398, 3.3557};
    struct lab_scaling fit;
    CHECK_INT(lab_scaling_fit(LAB_USL, load, throughput, NULL, 6, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.02, 5e-5);
    CHECK_DOUBLE(fit.kappa, 0.02, 5e-5);
    CHECK_DOUBLE(fit.rate, 1, 0);
    CHECK_DOUBLE(fit.peak_workers, 7, 0.01); /* sqrt(0.98 / 0.02) */
    CHECK(fit.r_squared > 0.999999);
    CHECK_INT(lab_scaling_fit(LAB_USL_RATE, load, throughput, NULL, 6, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.rate, 1, 5e-4);
    CHECK_DOUBLE(fit.kappa, 0.02, 5e-5);
}

/* Amdahl's own arithmetic: a tenth serial gives 1/(0.1 + 0.9/p), so 5.263 at 10 and 10 at the
 * limit. */
static void amdahl_recovers_a_serial_tenth(void)
{
    static const double workers[] = {1, 2, 4, 10, 100};
    double speedup[5], residuals[5];
    for (int i = 0; i < 5; i++)
        speedup[i] = 1 / (0.1 + 0.9 / workers[i]);
    CHECK_DOUBLE(speedup[3], 5.263, 0.0005);
    struct lab_scaling fit;
    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, workers, speedup, NULL, 5, residuals, &fit, NULL),
              LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.1, 1e-12);
    CHECK(fit.kappa == 0 && fit.rate == 1 && !fit.has_peak);
    CHECK_DOUBLE(fit.peak_speedup, 10, 1e-9);
    CHECK_DOUBLE(fit.r_squared, 1, 1e-12);
    for (int i = 0; i < 5; i++)
        CHECK_DOUBLE(residuals[i], 0, 1e-10);
    /* Nothing bends down here: USL must say so, and not place a peak by rounding. */
    CHECK_INT(lab_scaling_fit(LAB_USL, workers, speedup, NULL, 5, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.1, 1e-6);
    CHECK(!fit.has_peak);
}

/* Minimum found by scanning sigma in steps of 1e-4 and then ternary search, outside this program.
 */
static void amdahl_of_inexact_points(void)
{
    static const double workers[] = {1, 2, 4, 8}, speedup[] = {1, 1.9, 3.4, 5.3};
    struct lab_scaling fit;
    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, workers, speedup, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 0.0712985294, 1e-8);
    CHECK_DOUBLE(fit.residual_error, sqrt(0.013421563774488691 / 3), 1e-9);
    /* SST about the mean 2.9: 1.9^2 + 1^2 + 0.5^2 + 2.4^2 = 10.62 */
    CHECK_DOUBLE(fit.r_squared, 1 - 0.013421563774488691 / 10.62, 1e-9);
}

/* A weight counts as that many equal points. */
static void weights_are_repeats(void)
{
    static const double workers[] = {1, 2, 4, 8}, speedup[] = {1, 1.9, 3.4, 5.3};
    static const double weight[] = {1, 3, 1, 2};
    static const double repeated_workers[] = {1, 2, 2, 2, 4, 8, 8};
    static const double repeated_speedup[] = {1, 1.9, 1.9, 1.9, 3.4, 5.3, 5.3};
    struct lab_scaling weighted, repeated, plain;
    lab_scaling_fit(LAB_USL, workers, speedup, weight, 4, NULL, &weighted, NULL);
    lab_scaling_fit(LAB_USL, repeated_workers, repeated_speedup, NULL, 7, NULL, &repeated, NULL);
    lab_scaling_fit(LAB_USL, workers, speedup, NULL, 4, NULL, &plain, NULL);
    CHECK_DOUBLE(weighted.sigma, repeated.sigma, 1e-7);
    CHECK_DOUBLE(weighted.kappa, repeated.kappa, 1e-8);
    CHECK_DOUBLE(weighted.r_squared, repeated.r_squared, 1e-12);
    CHECK(fabs(weighted.sigma - plain.sigma) > 1e-4);
}

static double squared_error(const struct lab_scaling *fit, const double *p, const double *s,
                            size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (s[i] - speedup_at(fit, p[i])) * (s[i] - speedup_at(fit, p[i]));
    return sum;
}

/* On random curves with noise no other parameters within the bounds may fit better: neither random
 * ones nor small steps from the fit. */
static void no_other_parameters_fit_better(void)
{
    static const double workers[] = {1, 2, 3, 4, 6, 8, 12, 16, 32};
    struct lab_random random;
    lab_random_seed(&random, 31);
    for (int trial = 0; trial < 200; trial++) {
        struct lab_scaling truth = {.sigma = pow(lab_random_unit(&random), 3),
                                    .kappa = 0.1 * pow(lab_random_unit(&random), 5),
                                    .rate =
                                        trial % 2 ? 1 : pow(10, 12 * lab_random_unit(&random) - 6)};
        double speedup[COUNT(workers)];
        for (size_t i = 0; i < COUNT(workers); i++)
            speedup[i] =
                speedup_at(&truth, workers[i]) * (1 + 0.3 * (lab_random_unit(&random) - 0.5));
        enum lab_scaling_law law = trial % 2 ? LAB_USL : LAB_USL_RATE;
        struct lab_scaling fit;
        CHECK_INT(lab_scaling_fit(law, workers, speedup, NULL, COUNT(workers), NULL, &fit, NULL),
                  LAB_OK);
        CHECK(fit.sigma >= 0 && fit.sigma <= 1 && fit.kappa >= 0 && fit.rate > 0);
        double error = squared_error(&fit, workers, speedup, COUNT(workers));
        for (int other = 0; other < 300; other++) {
            struct lab_scaling moved = fit;
            if (other < 100) {
                moved.sigma = pow(lab_random_unit(&random), 3);
                moved.kappa = 0.1 * pow(lab_random_unit(&random), 5);
            } else {
                double step = other < 200 ? 0.1 : 1e-4;
                moved.sigma = fmin(1, moved.sigma * (1 + step * (lab_random_unit(&random) - 0.5)));
                moved.kappa *= 1 + step * (lab_random_unit(&random) - 0.5);
                if (law == LAB_USL_RATE)
                    moved.rate *= 1 + step * (lab_random_unit(&random) - 0.5);
            }
            CHECK(squared_error(&moved, workers, speedup, COUNT(workers)) >= error * (1 - 1e-9));
        }
    }
}

static void order_of_points_does_not_matter(void)
{
    static const double shuffled_users[] = {108, 1, 216, 36, 144, 18, 72};
    static const double shuffled_scripts[] = {1828.9, 64.9, 1702.2, 1652.4, 1775, 995.9, 1853.2};
    struct lab_scaling a, b;
    lab_scaling_fit(LAB_USL_RATE, users, scripts, NULL, 7, NULL, &a, NULL);
    lab_scaling_fit(LAB_USL_RATE, shuffled_users, shuffled_scripts, NULL, 7, NULL, &b, NULL);
    CHECK_DOUBLE(a.sigma, b.sigma, 1e-7);
    CHECK_DOUBLE(a.kappa, b.kappa, 1e-9);
}

static void curves_no_law_explains_end_at_the_bounds(void)
{
    static const double workers[] = {1, 2, 4, 8};
    static const double super[] = {1, 2.5, 6, 14}, flat[] = {1, 1, 1, 1};
    static const double slower[] = {1, 0.5, 0.25, 0.125};
    struct lab_scaling fit;
    CHECK_INT(lab_scaling_fit(LAB_USL, workers, super, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK(fit.sigma == 0 && fit.kappa == 0 && isinf(fit.peak_speedup));

    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, workers, flat, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 1, 1e-9);
    CHECK(isnan(fit.r_squared));

    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, workers, slower, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 1, 0);
    CHECK(fit.r_squared < 0);
    CHECK_INT(lab_scaling_fit(LAB_USL, workers, slower, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK(fit.has_peak);
    CHECK_DOUBLE(fit.peak_workers, 1, 0);
    CHECK_DOUBLE(fit.peak_speedup, 1, 0);
}

static void too_few_worker_counts_are_named(void)
{
    static const double two[] = {1, 2, 2, 1}, two_speedup[] = {1, 1.9, 1.8, 1};
    static const double three[] = {1, 2, 4}, three_speedup[] = {1, 1.9, 3.5};
    struct lab_scaling fit = {.sigma = 42};
    struct lab_failure failure;
    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, two, two_speedup, NULL, 4, NULL, &fit, &failure),
              LAB_E_UNAVAILABLE);
    CHECK_STR(failure.text, "the Amdahl fit needs 2 different worker counts above 1 and has 1");
    CHECK_INT(lab_scaling_fit(LAB_USL, three, three_speedup, NULL, 3, NULL, &fit, &failure),
              LAB_E_UNAVAILABLE);
    CHECK_STR(failure.text, "the USL fit needs 3 different worker counts above 1 and has 2");
    CHECK_INT(lab_scaling_fit(LAB_USL_RATE, three, three_speedup, NULL, 3, NULL, &fit, &failure),
              LAB_E_UNAVAILABLE);
    CHECK_STR(failure.text, "the USL fit needs 4 different worker counts and has 3");
    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, NULL, NULL, NULL, 0, NULL, &fit, NULL),
              LAB_E_UNAVAILABLE);
    CHECK_DOUBLE(fit.sigma, 42, 0);
    CHECK_INT(lab_scaling_fit(LAB_AMDAHL, three, three_speedup, NULL, 3, NULL, &fit, NULL), LAB_OK);
}

static void values_out_of_range_are_named(void)
{
    static const double good[] = {1, 2, 4, 8}, speedup[] = {1, 1.9, 3.4, 5.3};
    static const double bad_workers[] = {0, -1, 0.5, NAN, INFINITY, 1e10};
    static const double bad_speedups[] = {0, -1, NAN, INFINITY};
    struct lab_scaling fit = {.sigma = 42};
    struct lab_failure failure;
    for (size_t i = 0; i < COUNT(bad_workers); i++) {
        double workers[] = {1, bad_workers[i], 4, 8};
        CHECK_INT(lab_scaling_fit(LAB_USL, workers, speedup, NULL, 4, NULL, &fit, &failure),
                  LAB_E_INVALID);
        CHECK(strncmp(failure.text, "point 2: ", 9) == 0);
    }
    for (size_t i = 0; i < COUNT(bad_speedups); i++) {
        double values[] = {1, 1.9, bad_speedups[i], 5};
        CHECK_INT(lab_scaling_fit(LAB_USL, good, values, NULL, 4, NULL, &fit, &failure),
                  LAB_E_INVALID);
        CHECK(strncmp(failure.text, "point 3: ", 9) == 0);
        CHECK_INT(lab_scaling_fit(LAB_USL, good, speedup, values, 4, NULL, &fit, &failure),
                  LAB_E_INVALID);
    }
    static const double huge[] = {1e200, 2e200, 3e200, 4e200};
    CHECK_INT(lab_scaling_fit(LAB_USL, good, huge, NULL, 4, NULL, &fit, &failure), LAB_E_INVALID);
    CHECK_INT(lab_scaling_fit(LAB_USL_RATE, good, huge, NULL, 4, NULL, &fit, NULL), LAB_E_INVALID);
    CHECK_INT(lab_scaling_fit((enum lab_scaling_law)7, good, speedup, NULL, 4, NULL, &fit, NULL),
              LAB_E_INVALID);
    CHECK_DOUBLE(fit.sigma, 42, 0);
    static const double far[] = {1, 1e3, 1e6, 1e9}, far_speedup[] = {1, 500, 900, 1000};
    CHECK_INT(lab_scaling_fit(LAB_USL, far, far_speedup, NULL, 4, NULL, &fit, NULL), LAB_OK);
    CHECK_DOUBLE(fit.sigma, 1e-3, 2e-4);
}

LAB_SUITE(scaling)
{
    RUN(usl_of_spec_sdm91);
    RUN(usl_of_the_ray_tracer_holds_kappa_at_zero);
    RUN(usl_of_known_coefficients);
    RUN(amdahl_recovers_a_serial_tenth);
    RUN(amdahl_of_inexact_points);
    RUN(weights_are_repeats);
    RUN(no_other_parameters_fit_better);
    RUN(order_of_points_does_not_matter);
    RUN(curves_no_law_explains_end_at_the_bounds);
    RUN(too_few_worker_counts_are_named);
    RUN(values_out_of_range_are_named);
}
