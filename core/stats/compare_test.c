#include "compare.h"

#include "../check.h"
#include "../platform/error.h"
#include "random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST = 200 };
static double scratch[2 * MOST];

/* R's help page of wilcox.test: Hollander and Wolfe (1973), permeability of the human chorioamnion
 * at term (x) and at 12 to 26 weeks (y). R prints W = 35, one-sided p = 0.1272; two-sided it is
 * 764/3003. */
static const double at_term[] = {0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46};
static const double early[] = {1.15, 0.88, 0.90, 0.74, 1.21};

static void exact_p_of_hollander_and_wolfe(void)
{
    struct lab_mann_whitney test;
    CHECK_INT(lab_mann_whitney(at_term, 10, early, 5, scratch, &test), LAB_OK);
    CHECK_DOUBLE(test.u, 35, 0);
    CHECK(test.exact);
    CHECK_DOUBLE(test.p, 764 / 3003.0, 1e-15);
    CHECK_DOUBLE(test.effect, 0.7, 1e-15);
    CHECK_INT(lab_mann_whitney(early, 5, at_term, 10, scratch, &test), LAB_OK);
    CHECK_DOUBLE(test.u, 15, 0);
    CHECK_DOUBLE(test.p, 764 / 3003.0, 1e-15);
}

/* The same help page: wilcox.test(Ozone ~ Month, airquality, subset = Month %in% c(5, 8)) prints
 * W = 127.5, p-value = 0.0001208, with ties and the continuity correction. */
static void tied_p_of_r_airquality(void)
{
    static const double may[] = {41, 36, 12, 18, 28, 23, 19, 8, 7,  16, 11, 14,  18,
                                 14, 34, 6,  30, 11, 1,  11, 4, 32, 23, 45, 115, 37};
    static const double august[] = {39, 9,  16, 78, 35, 66, 122, 89,  110, 44, 28,  65, 22,
                                    59, 23, 31, 44, 21, 9,  45,  168, 73,  76, 118, 84, 85};
    struct lab_mann_whitney test;
    CHECK_INT(lab_mann_whitney(may, COUNT(may), august, COUNT(august), scratch, &test), LAB_OK);
    CHECK_DOUBLE(test.u, 127.5, 0);
    CHECK(!test.exact);
    CHECK_DOUBLE(test.p, 0.0001208, 5e-8);
}

/* Samples of n and m without ties whose U is u. */
static double p_of_u(size_t n, size_t m, size_t u)
{
    double x[MOST], y[MOST];
    for (size_t j = 0; j < m; j++)
        y[j] = (double)j;
    size_t rest = u;
    for (size_t i = 0; i < n; i++) {
        size_t above = rest < m ? rest : m; /* this x exceeds so many y */
        rest -= above;
        x[i] = (double)above - 0.5 + (double)i * 1e-3;
    }
    struct lab_mann_whitney test;
    CHECK_INT(lab_mann_whitney(x, n, y, m, scratch, &test), LAB_OK);
    CHECK(test.exact);
    CHECK_DOUBLE(test.u, (double)u, 0);
    return test.p;
}

/* The usual table of critical values, two-sided 5%: the largest U that is significant. */
static void critical_values_of_the_textbook_table(void)
{
    static const size_t table[][3] = {{4, 4, 0},    {5, 5, 2},    {6, 13, 16},  {7, 9, 12},
                                      {8, 8, 13},   {10, 10, 23}, {12, 15, 49}, {15, 18, 80},
                                      {16, 20, 98}, {20, 20, 127}};
    for (size_t i = 0; i < COUNT(table); i++) {
        size_t n = table[i][0], m = table[i][1], u = table[i][2];
        lab_check(p_of_u(n, m, u) <= 0.05 && p_of_u(n, m, u + 1) > 0.05, __FILE__, __LINE__,
                  "critical U of %zu and %zu is not %zu", n, m, u);
        CHECK(p_of_u(m, n, u) == p_of_u(n, m, u));
        CHECK(p_of_u(n, m, n * m - u) == p_of_u(n, m, u)); /* symmetric */
    }
}

/* By hand: with 3 and 3 the 20 arrangements have U = 0..9 in 1 1 2 3 3 3 3 2 1 1 ways. */
static void three_against_three_by_hand(void)
{
    static const double ways_up_to[] = {1, 2, 4, 7, 10};
    for (size_t u = 0; u < 5; u++)
        CHECK_DOUBLE(p_of_u(3, 3, u), fmin(1, 2 * ways_up_to[u] / 20), 1e-15);
    CHECK_DOUBLE(p_of_u(1, 1, 0), 1, 0);
    CHECK_DOUBLE(p_of_u(1, 2, 0), 2 / 3.0, 1e-15);
}

/* Counted in exact integers by another method (how many sets of ranks have a rank sum), at the
 * largest sizes, where the counts pass 2^63. */
static void exact_p_at_the_largest_sizes(void)
{
    CHECK_DOUBLE(p_of_u(33, 33, 524), 0.7989044652795219, 1e-15);
    CHECK_DOUBLE(p_of_u(33, 33, 272), 0.0003566420462400122, 1e-18);
    CHECK_DOUBLE(p_of_u(20, 46, 440), 0.7873082723934736, 1e-15);
    CHECK_DOUBLE(p_of_u(20, 46, 230), 0.001050310050731493, 1e-17);
    CHECK_DOUBLE(p_of_u(1, 65, 0), 2 / 66.0, 1e-15);
}

/* Just above the limit the approximation takes over: it must not jump. */
static void approximation_joins_the_exact_values(void)
{
    double x[34], y[33];
    for (int i = 0; i < 34; i++)
        x[i] = 2 * i + 9;
    for (int i = 0; i < 33; i++)
        y[i] = 2 * i;
    struct lab_mann_whitney exact, normal;
    CHECK_INT(lab_mann_whitney(x, 33, y, 33, scratch, &exact), LAB_OK);
    CHECK_INT(lab_mann_whitney(x, 34, y, 33, scratch, &normal), LAB_OK);
    CHECK(exact.exact && !normal.exact);
    CHECK_DOUBLE(normal.p, exact.p, 0.05);

    /* The same 33 and 33, but for one tie across the samples. */
    y[32] = x[27];
    CHECK_INT(lab_mann_whitney(x, 33, y, 33, scratch, &normal), LAB_OK);
    CHECK(!normal.exact);
    CHECK_DOUBLE(normal.p, exact.p, 0.01);
}

/* Under no difference p <= 0.05 must come up at most 5% of the time, and nearly so. */
static void false_alarms_are_five_percent(void)
{
    enum { TRIALS = 4000 };
    struct lab_random random;
    lab_random_seed(&random, 21);
    int alarms = 0, tied_alarms = 0;
    for (int t = 0; t < TRIALS; t++) {
        double x[10], y[10], coarse_x[10], coarse_y[10];
        for (int i = 0; i < 10; i++) {
            x[i] = lab_random_unit(&random);
            y[i] = lab_random_unit(&random);
            coarse_x[i] = floor(x[i] * 6); /* a coarse timer makes ties */
            coarse_y[i] = floor(y[i] * 6);
        }
        struct lab_mann_whitney test;
        lab_mann_whitney(x, 10, y, 10, scratch, &test);
        alarms += test.p <= 0.05;
        lab_mann_whitney(coarse_x, 10, coarse_y, 10, scratch, &test);
        tied_alarms += test.p <= 0.05;
    }
    CHECK_DOUBLE(alarms / (double)TRIALS, 0.0433, 0.013); /* p_of_u(10, 10, 23), 4 errors */
    CHECK_DOUBLE(tied_alarms / (double)TRIALS, 0.045, 0.015);
}

static void order_and_monotone_maps_change_nothing(void)
{
    double x[10], y[5];
    for (int i = 0; i < 10; i++)
        x[i] = exp(at_term[9 - i]);
    for (int i = 0; i < 5; i++)
        y[i] = exp(early[4 - i]);
    struct lab_mann_whitney a, b;
    lab_mann_whitney(at_term, 10, early, 5, scratch, &a);
    lab_mann_whitney(x, 10, y, 5, scratch, &b);
    CHECK(a.u == b.u && a.p == b.p);
}

static void equal_values_are_no_difference(void)
{
    static const double x[] = {2, 2, 2}, y[] = {2, 2, 2, 2};
    struct lab_mann_whitney test;
    CHECK_INT(lab_mann_whitney(x, 3, y, 4, scratch, &test), LAB_OK);
    CHECK(test.p == 1 && test.u == 6 && test.effect == 0.5 && !test.exact);
    CHECK_INT(lab_mann_whitney(x, 1, y, 1, scratch, &test), LAB_OK);
    CHECK(test.p == 1 && test.u == 0.5);
}

static void bad_samples_are_refused_and_write_nothing(void)
{
    static const double good[] = {1, 2};
    static const double bad[][2] = {{NAN, 1}, {1, INFINITY}, {-INFINITY, 1}};
    struct lab_mann_whitney test = {.u = 42};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_INT(lab_mann_whitney(bad[i], 2, good, 2, scratch, &test), LAB_E_INVALID);
        CHECK_INT(lab_mann_whitney(good, 2, bad[i], 2, scratch, &test), LAB_E_INVALID);
    }
    CHECK_INT(lab_mann_whitney(NULL, 0, good, 2, scratch, &test), LAB_E_INVALID);
    CHECK_INT(lab_mann_whitney(good, 2, NULL, 0, scratch, &test), LAB_E_INVALID);
    CHECK_DOUBLE(test.u, 42, 0);
}

static void intervals_overlap_when_they_share_a_point(void)
{
    struct lab_interval low = {1.5, 1, 2}, touching = {2.5, 2, 3}, high = {3, 2.5, 4};
    struct lab_interval inside = {1.5, 1.4, 1.6}, none = {9, NAN, NAN};
    CHECK(lab_intervals_overlap(&low, &low));
    CHECK(lab_intervals_overlap(&low, &touching) && lab_intervals_overlap(&touching, &low));
    CHECK(!lab_intervals_overlap(&low, &high) && !lab_intervals_overlap(&high, &low));
    CHECK(lab_intervals_overlap(&low, &inside) && lab_intervals_overlap(&inside, &low));
    CHECK(lab_intervals_overlap(&low, &none) && lab_intervals_overlap(&none, &low));
}

LAB_SUITE(compare)
{
    RUN(exact_p_of_hollander_and_wolfe);
    RUN(tied_p_of_r_airquality);
    RUN(critical_values_of_the_textbook_table);
    RUN(three_against_three_by_hand);
    RUN(exact_p_at_the_largest_sizes);
    RUN(approximation_joins_the_exact_values);
    RUN(false_alarms_are_five_percent);
    RUN(order_and_monotone_maps_change_nothing);
    RUN(equal_values_are_no_difference);
    RUN(bad_samples_are_refused_and_write_nothing);
    RUN(intervals_overlap_when_they_share_a_point);
}
