#include "stats/dependence.h"

#include "check.h"
#include "stats/random.h"
#include "stats/sample.h"

enum { MOST = 400 };

static double normal(struct lab_random *random) /* Box and Muller */
{
    double u = 1 - lab_random_unit(random), v = lab_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double autocorrelation(const double *x, size_t n)
{
    double sorted[MOST];
    memcpy(sorted, x, n * sizeof *x);
    lab_sample_sort(sorted, n);
    return lab_autocorrelation(x, sorted, n);
}

static void autoregressive(struct lab_random *random, double rho, double *x, size_t n)
{
    double value = normal(random);
    for (size_t i = 0; i < n; i++, value = rho * value + sqrt(1 - rho * rho) * normal(random))
        x[i] = exp(0.05 * value);
}

static void long_series_show_their_rho(void)
{
    static const double rhos[] = {0.3, 0.6, 0.9};
    struct lab_random random;
    lab_random_seed(&random, 1);
    for (size_t i = 0; i < 3; i++) {
        double x[MOST];
        autoregressive(&random, rhos[i], x, MOST);
        CHECK_DOUBLE(autocorrelation(x, MOST), rhos[i], 0.1);
    }
}

/* One in twenty is taken for dependent, as the quantile says. */
static void independent_values_show_none(void)
{
    static const size_t sizes[] = {10, 20, 40};
    struct lab_random random;
    lab_random_seed(&random, 2);
    for (size_t s = 0; s < 3; s++) {
        int seen = 0;
        for (int i = 0; i < 1000; i++) {
            double x[MOST];
            autoregressive(&random, 0, x, sizes[s]);
            seen += autocorrelation(x, sizes[s]) > 0;
        }
        CHECK(seen < 70);
    }
}

static void few_equal_or_alternating_values_show_none(void)
{
    double rising[MOST], equal[MOST], alternating[MOST];
    for (int i = 0; i < MOST; i++) {
        rising[i] = i;
        equal[i] = 1;
        alternating[i] = i % 2;
    }
    CHECK_DOUBLE(autocorrelation(rising, LAB_DEPENDENCE_LEAST - 1), 0, 0);
    CHECK(autocorrelation(rising, LAB_DEPENDENCE_LEAST) > 0.9);
    CHECK_DOUBLE(autocorrelation(rising, MOST), 0.95, 0);
    CHECK_DOUBLE(autocorrelation(equal, MOST), 0, 0);
    CHECK_DOUBLE(autocorrelation(alternating, MOST), 0, 0);
}

/* By hand, for two values: 1 + 2 (1/2)(2/pi) asin(1/2) = 1 + 1/3; and without end at rho 0.6. */
static void an_interval_gets_wider_by_what_the_signs_correlate(void)
{
    CHECK_DOUBLE(lab_dependence_widens(0, 40), 1, 0);
    CHECK_DOUBLE(lab_dependence_widens(0.5, 2), sqrt(4.0 / 3), 1e-12);
    CHECK_DOUBLE(lab_dependence_widens(0.6, 100000), sqrt(2.98), 0.02);
}

LAB_SUITE(dependence)
{
    RUN(long_series_show_their_rho);
    RUN(independent_values_show_none);
    RUN(few_equal_or_alternating_values_show_none);
    RUN(an_interval_gets_wider_by_what_the_signs_correlate);
}
