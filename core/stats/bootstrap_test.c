#include "stats/bootstrap.h"

#include "check.h"
#include "platform/error.h"
#include "stats/random.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MOST = 64 };
static double scratch[LAB_BOOTSTRAP_SCRATCH(MOST, MOST)];

static double normal(struct lab_random *random) /* Box and Muller */
{
    double u = 1 - lab_random_unit(random), v = lab_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Efron 1979, section 3: the bootstrap distribution of the median of 13 values is known in closed
 * form. It puts .0015, .0142, .0550, .1242, .1936, .2230 on the 2nd to 7th order statistic, so
 * .0157 lie at or below the third. The expanded tail for n = 13 is .0117
 * (t(12) = 2.179, times sqrt(13/12) = 2.268): the interval is the 3rd to the 11th, except that 1999
 * resamples put fewer than 23 (.0117) there one time in 20; it is then the 4th or the 10th. */
static void thirteen_values_give_the_third_and_eleventh(void)
{
    double x[13];
    for (int i = 0; i < 13; i++)
        x[i] = 1 + i * 5 % 13; /* in an order that shows no dependence */
    int third = 0, eleventh = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct lab_interval interval;
        CHECK_INT(lab_bootstrap_median(x, 13, seed, scratch, &interval), LAB_OK);
        CHECK_DOUBLE(interval.median, 7, 0);
        CHECK(interval.low == 3 || interval.low == 4);
        CHECK(interval.high == 11 || interval.high == 10);
        third += interval.low == 3;
        eleventh += interval.high == 11;
    }
    CHECK_DOUBLE(third, 95, 6);
    CHECK_DOUBLE(eleventh, 95, 6);
}

/* By hand: at n = 7 a resampled median is the minimum when at least 4 of 7 draws are, which
 * happens with chance .0102 > .0041, the expanded tail (t(6) = 2.447, times sqrt(7/6) = 2.643). */
static void few_values_give_their_range(void)
{
    static const double x[] = {0.30, 0.10, 0.70, 0.50, 0.20, 0.60, 0.40};
    struct lab_interval interval;
    for (size_t n = 5; n <= 7; n++) {
        double low = x[0], high = x[0];
        for (size_t i = 1; i < n; i++) {
            low = fmin(low, x[i]);
            high = fmax(high, x[i]);
        }
        CHECK_INT(lab_bootstrap_median(x, n, 1, scratch, &interval), LAB_OK);
        CHECK_DOUBLE(interval.low, low, 0);
        CHECK_DOUBLE(interval.high, high, 0);
    }
}

static void coverage_is_about_95_percent(void)
{
    static const struct {
        size_t n;
        double least, most;
    } cases[] = {{5, .90, .97}, {6, .95, .985}, {10, .94, .985}, {20, .935, .985}, {31, .93, .98}};
    enum { SAMPLES = 400 };
    struct lab_random random;
    lab_random_seed(&random, 11);
    for (size_t c = 0; c < COUNT(cases); c++) {
        size_t n = cases[c].n;
        int covered = 0, skewed_covered = 0;
        for (uint64_t s = 0; s < SAMPLES; s++) {
            double x[MOST], skewed[MOST];
            for (size_t i = 0; i < n; i++) {
                x[i] = normal(&random);
                skewed[i] = exp(normal(&random)); /* median 1 */
            }
            struct lab_interval interval;
            CHECK_INT(lab_bootstrap_median(x, n, s, scratch, &interval), LAB_OK);
            covered += interval.low <= 0 && 0 <= interval.high;
            CHECK(interval.low <= interval.median && interval.median <= interval.high);
            CHECK_INT(lab_bootstrap_median(skewed, n, s, scratch, &interval), LAB_OK);
            skewed_covered += interval.low <= 1 && 1 <= interval.high;
        }
        double share = covered / (double)SAMPLES, skewed_share = skewed_covered / (double)SAMPLES;
        lab_check(share >= cases[c].least && share <= cases[c].most, __FILE__, __LINE__,
                  "normal, n %zu: covers %g", n, share);
        lab_check(skewed_share >= cases[c].least && skewed_share <= cases[c].most, __FILE__,
                  __LINE__, "log-normal, n %zu: covers %g", n, skewed_share);
    }
}

static void ratio_coverage_is_about_95_percent(void)
{
    static const size_t sizes[][2] = {{5, 5}, {7, 7}, {5, 30}, {20, 20}};
    enum { SAMPLES = 400 };
    struct lab_random random;
    lab_random_seed(&random, 12);
    for (size_t c = 0; c < COUNT(sizes); c++) {
        int covered = 0;
        for (uint64_t s = 0; s < SAMPLES; s++) {
            double x[MOST], y[MOST];
            for (size_t i = 0; i < sizes[c][0]; i++)
                x[i] = 2 * exp(0.1 * normal(&random));
            for (size_t i = 0; i < sizes[c][1]; i++)
                y[i] = exp(0.2 * normal(&random));
            struct lab_interval interval;
            CHECK_INT(lab_bootstrap_ratio(x, sizes[c][0], y, sizes[c][1], s, scratch, &interval),
                      LAB_OK);
            covered += interval.low <= 2 && 2 <= interval.high;
            CHECK(interval.low <= interval.median && interval.median <= interval.high);
        }
        double share = covered / (double)SAMPLES;
        lab_check(share >= .93 && share <= .98, __FILE__, __LINE__,
                  "ratio of %zu and %zu: covers %g", sizes[c][0], sizes[c][1], share);
    }
}

/* The rule the runner stops by, at 5% noise: the header says how much coverage it costs. */
static void stopping_costs_little_coverage(void)
{
    enum { RUNS = 200, ROUNDS = 60 };
    struct lab_random random;
    lab_random_seed(&random, 13);
    int covered = 0, rounds = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        double x[ROUNDS];
        struct lab_interval interval = {0};
        size_t n = 0;
        for (bool settled = false; n < ROUNDS && !settled;) {
            x[n++] = exp(0.05 * normal(&random));
            CHECK_INT(lab_settled(x, n, 5, 0.05, run, scratch, &interval, &settled), LAB_OK);
        }
        covered += interval.low <= 1 && 1 <= interval.high;
        rounds += (int)n;
    }
    CHECK_DOUBLE(covered / (double)RUNS, 0.94, 0.04);
    CHECK_DOUBLE(rounds / (double)RUNS, 11, 2);
}

/* Independent values may come in any order; beyond LAB_DEPENDENCE_LEAST the order is looked at. */
static void order_does_not_matter_and_the_seed_does(void)
{
    double x[9], y[9];
    struct lab_random random;
    lab_random_seed(&random, 14);
    for (int i = 0; i < 9; i++) {
        x[i] = 1 + lab_random_unit(&random);
        y[i] = 1 + lab_random_unit(&random);
    }
    struct lab_interval before, after, ratio_before, ratio_after, other;
    lab_bootstrap_median(x, 9, 3, scratch, &before);
    lab_bootstrap_ratio(x, 9, y, 9, 3, scratch, &ratio_before);
    lab_bootstrap_ratio(x, 9, y, 9, 4, scratch, &other);
    CHECK(memcmp(&ratio_before, &other, sizeof other) != 0);
    CHECK_DOUBLE(other.low, ratio_before.low, 0.05);
    lab_random_shuffle(&random, x, 9, sizeof *x);
    lab_random_shuffle(&random, y, 9, sizeof *y);
    lab_bootstrap_median(x, 9, 3, scratch, &after);
    lab_bootstrap_ratio(x, 9, y, 9, 3, scratch, &ratio_after);
    CHECK(memcmp(&before, &after, sizeof after) == 0);
    CHECK(memcmp(&ratio_before, &ratio_after, sizeof ratio_after) == 0);
}

/* The same values, in an order in which they drift, say less. */
static void rounds_that_depend_on_each_other_widen(void)
{
    double drifting[20], mixed[20], y[20];
    struct lab_random random;
    lab_random_seed(&random, 15);
    for (int i = 0; i < 20; i++) {
        drifting[i] = 1 + 0.01 * i;
        mixed[i] = 1 + 0.01 * (i * 7 % 20);
        y[i] = 1 + 0.1 * lab_random_unit(&random);
    }
    struct lab_interval narrow, wide;
    CHECK_INT(lab_bootstrap_median(mixed, 20, 1, scratch, &narrow), LAB_OK);
    CHECK_INT(lab_bootstrap_median(drifting, 20, 1, scratch, &wide), LAB_OK);
    CHECK(wide.high - wide.low > 1.5 * (narrow.high - narrow.low));
    CHECK(wide.low >= drifting[0] && wide.high <= drifting[19] && wide.median == narrow.median);
    CHECK_INT(lab_bootstrap_ratio(mixed, 20, y, 20, 1, scratch, &narrow), LAB_OK);
    CHECK_INT(lab_bootstrap_ratio(drifting, 20, y, 20, 1, scratch, &wide), LAB_OK);
    CHECK(wide.high - wide.low > 1.5 * (narrow.high - narrow.low));
}

static void intervals_scale_with_the_unit(void)
{
    double seconds[9], milliseconds[9];
    for (int i = 0; i < 9; i++) {
        seconds[i] = (i * 5 % 9 + 1) / 8.0;
        milliseconds[i] = seconds[i] * 1024; /* a power of two: exact */
    }
    struct lab_interval a, b;
    CHECK_INT(lab_bootstrap_median(seconds, 9, 1, scratch, &a), LAB_OK);
    CHECK_INT(lab_bootstrap_median(milliseconds, 9, 1, scratch, &b), LAB_OK);
    CHECK(b.low == a.low * 1024 && b.median == a.median * 1024 && b.high == a.high * 1024);
    CHECK_INT(lab_bootstrap_ratio(milliseconds, 9, seconds, 9, 1, scratch, &b), LAB_OK);
    CHECK_DOUBLE(b.median, 1024, 0);
    CHECK(b.low < 1024 && b.high > 1024);
}

static void equal_values_have_no_width(void)
{
    double x[10];
    for (int i = 0; i < 10; i++)
        x[i] = 0.1;
    struct lab_interval interval;
    CHECK_INT(lab_bootstrap_median(x, 10, 1, scratch, &interval), LAB_OK);
    CHECK(interval.low == 0.1 && interval.median == 0.1 && interval.high == 0.1);
    CHECK_INT(lab_bootstrap_ratio(x, 10, x, 10, 1, scratch, &interval), LAB_OK);
    CHECK(interval.low == 1 && interval.median == 1 && interval.high == 1);
}

/* "95%" had been claimed for what covers 50, 75 and 87.5%. */
static void fewer_than_five_values_have_no_interval(void)
{
    double x[] = {2, 2, 2, 2}, y[] = {1, 1, 1, 1, 1};
    struct lab_interval interval;
    for (size_t n = 1; n < LAB_INTERVAL_LEAST; n++) {
        CHECK_INT(lab_bootstrap_median(x, n, 1, scratch, &interval), LAB_E_AGAIN);
        CHECK(interval.median == 2 && isnan(interval.low) && isnan(interval.high));
        CHECK(!lab_interval_within(&interval, 0.05));
        CHECK_INT(lab_bootstrap_ratio(x, n, y, 5, 1, scratch, &interval), LAB_E_AGAIN);
        CHECK(interval.median == 2 && isnan(interval.low) && isnan(interval.high));
        CHECK_INT(lab_bootstrap_ratio(y, 5, x, n, 1, scratch, &interval), LAB_E_AGAIN);
        CHECK_DOUBLE(interval.median, 0.5, 0);
    }
    CHECK_INT(lab_bootstrap_median(y, 5, 1, scratch, &interval), LAB_OK);
}

static void bad_samples_are_refused_and_write_nothing(void)
{
    static const double good[] = {1, 2, 3};
    static const double bad[][3] = {{1, NAN, 2}, {INFINITY, 1, 1}, {1, 1, -INFINITY}};
    static const double not_times[][3] = {{1, 0, 2}, {1, -1, 2}};
    struct lab_interval interval = {42, 42, 42};
    for (size_t i = 0; i < COUNT(bad); i++) {
        CHECK_INT(lab_bootstrap_median(bad[i], 3, 1, scratch, &interval), LAB_E_INVALID);
        CHECK_INT(lab_bootstrap_ratio(bad[i], 3, good, 3, 1, scratch, &interval), LAB_E_INVALID);
        CHECK_INT(lab_bootstrap_ratio(good, 3, bad[i], 3, 1, scratch, &interval), LAB_E_INVALID);
    }
    for (size_t i = 0; i < COUNT(not_times); i++) {
        CHECK_INT(lab_bootstrap_ratio(not_times[i], 3, good, 3, 1, scratch, &interval),
                  LAB_E_INVALID);
        CHECK_INT(lab_bootstrap_ratio(good, 3, not_times[i], 3, 1, scratch, &interval),
                  LAB_E_INVALID);
    }
    static const double huge[] = {1e300, 1e300}, tiny[] = {1e-300, 1e-300};
    CHECK_INT(lab_bootstrap_ratio(huge, 2, tiny, 2, 1, scratch, &interval), LAB_E_INVALID);
    CHECK_INT(lab_bootstrap_median(NULL, 0, 1, scratch, &interval), LAB_E_INVALID);
    CHECK_INT(lab_bootstrap_ratio(good, 3, NULL, 0, 1, scratch, &interval), LAB_E_INVALID);
    CHECK_INT(lab_bootstrap_ratio(NULL, 0, good, 3, 1, scratch, &interval), LAB_E_INVALID);
    CHECK_INT(lab_bootstrap_median(good, LAB_BOOTSTRAP_MAX + 1, 1, scratch, &interval),
              LAB_E_TOO_LARGE);
    CHECK(interval.median == 42 && interval.low == 42 && interval.high == 42);
}

static void within_is_about_the_whole_interval(void)
{
    CHECK(lab_interval_within(&(struct lab_interval){100, 95, 105}, 0.05));
    CHECK(!lab_interval_within(&(struct lab_interval){100, 94.9, 100}, 0.05));
    CHECK(!lab_interval_within(&(struct lab_interval){100, 100, 105.1}, 0.05));
    CHECK(!lab_interval_within(&(struct lab_interval){0, 0, 0}, 0.05));
    CHECK(!lab_interval_within(&(struct lab_interval){-1, -1, -1}, 0.05));
    CHECK(!lab_interval_within(&(struct lab_interval){NAN, NAN, NAN}, 0.05));
}

static void settled_waits_for_enough_rounds(void)
{
    static const double x[] = {1, 1, 1, 1, 1, 1, 1, 1};
    struct lab_interval interval;
    for (size_t n = 1; n <= 8; n++) {
        bool settled = n < 5;
        CHECK_INT(lab_settled(x, n, 0, 0.05, 1, scratch, &interval, &settled), LAB_OK);
        CHECK(settled == (n >= 5));
        settled = n < 7;
        CHECK_INT(lab_settled(x, n, 7, 0.05, 1, scratch, &interval, &settled), LAB_OK);
        CHECK(settled == (n >= 7));
    }
    static const double wide[] = {1, 1.2, 0.8, 1.1, 0.9};
    bool settled = true;
    CHECK_INT(lab_settled(wide, 5, 5, 0.05, 1, scratch, &interval, &settled), LAB_OK);
    CHECK(!settled);
    CHECK_INT(lab_settled(x, 0, 5, 0.05, 1, scratch, &interval, &settled), LAB_E_INVALID);
    CHECK_INT(lab_settled(x, 5, 5, NAN, 1, scratch, &interval, &settled), LAB_E_INVALID);
    CHECK_INT(lab_settled(x, 5, 5, -1, 1, scratch, &interval, &settled), LAB_E_INVALID);
}

LAB_SUITE(bootstrap)
{
    RUN(thirteen_values_give_the_third_and_eleventh);
    RUN(few_values_give_their_range);
    RUN(coverage_is_about_95_percent);
    RUN(ratio_coverage_is_about_95_percent);
    RUN(stopping_costs_little_coverage);
    RUN(order_does_not_matter_and_the_seed_does);
    RUN(rounds_that_depend_on_each_other_widen);
    RUN(intervals_scale_with_the_unit);
    RUN(equal_values_have_no_width);
    RUN(fewer_than_five_values_have_no_interval);
    RUN(bad_samples_are_refused_and_write_nothing);
    RUN(within_is_about_the_whole_interval);
    RUN(settled_waits_for_enough_rounds);
}
