#include "stats/histogram.h"

#include "check.h"
#include "stats/random.h"
#include "stats/sample.h"

static struct lab_histogram a, b;

static void clear(void)
{
    a = (struct lab_histogram){0};
    b = (struct lab_histogram){0};
}

static void every_value_comes_back_within_the_error(void)
{
    double worst = 0;
    for (uint64_t value = 1; value < LAB_HISTOGRAM_END; value += value / 97 + 1) {
        for (int step = -1; step <= 1; step++) {
            clear();
            uint64_t near = value + (uint64_t)step;
            lab_histogram_add(&a, near);
            double error = fabs(lab_histogram_percentile(&a, 50) - (double)near);
            if (near && error / (double)near > worst)
                worst = error / (double)near;
        }
    }
    CHECK(worst <= 1.0 / 64);
    CHECK(worst > 1.0 / 128); /* or this test looked at the wrong values */
}

static void small_values_are_exact(void)
{
    for (uint64_t value = 0; value < 64; value++) {
        clear();
        lab_histogram_add(&a, value);
        CHECK_DOUBLE(lab_histogram_percentile(&a, 50), (double)value, 0);
    }
}

static void percentiles_are_those_of_the_sorted_sample(void)
{
    enum { N = 5000 };
    static double values[N];
    static const double percents[] = {0, 1, 50, 90, 99, 99.9, 100};
    struct lab_random random;
    double sum = 0;
    clear();
    lab_random_seed(&random, 1);
    for (size_t i = 0; i < N; i++) {
        uint64_t value = UINT64_C(1) << lab_random_below(&random, 40);
        value += lab_random_below(&random, value);
        lab_histogram_add(&a, value);
        values[i] = (double)value;
        sum += (double)value;
    }
    lab_sample_sort(values, N);
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        size_t rank = (size_t)ceil(N * percents[i] / 100);
        double want = values[rank ? rank - 1 : 0];
        CHECK_DOUBLE(lab_histogram_percentile(&a, percents[i]), want, want / 64);
    }
    CHECK_DOUBLE(lab_histogram_mean(&a), sum / N, sum / N * 1e-12);
    CHECK_INT(a.count, N);
}

static void an_empty_one_says_nothing(void)
{
    clear();
    CHECK_DOUBLE(lab_histogram_percentile(&a, 50), 0, 0);
    CHECK_DOUBLE(lab_histogram_mean(&a), 0, 0);
}

static void the_longest_have_one_bucket(void)
{
    clear();
    lab_histogram_add(&a, LAB_HISTOGRAM_END - 1);
    lab_histogram_add(&a, LAB_HISTOGRAM_END);
    lab_histogram_add(&a, UINT64_MAX >> 2);
    CHECK_INT(a.buckets[LAB_HISTOGRAM_BUCKETS - 1], 3);
    CHECK_DOUBLE(lab_histogram_percentile(&a, 100), (double)LAB_HISTOGRAM_END,
                 (double)LAB_HISTOGRAM_END / 64);
}

static void a_difference_is_what_came_between(void)
{
    clear();
    for (uint64_t i = 0; i < 100; i++)
        lab_histogram_add(&a, 1000);
    b = a;
    lab_histogram_add(&a, 20);
    lab_histogram_add(&a, 40);
    lab_histogram_subtract(&a, &b);
    CHECK_INT(a.count, 2);
    CHECK_DOUBLE(lab_histogram_mean(&a), 30, 0);
    CHECK_DOUBLE(lab_histogram_percentile(&a, 50), 20, 0);
    CHECK_DOUBLE(lab_histogram_percentile(&a, 51), 40, 0);
}

LAB_SUITE(histogram)
{
    RUN(every_value_comes_back_within_the_error);
    RUN(small_values_are_exact);
    RUN(percentiles_are_those_of_the_sorted_sample);
    RUN(an_empty_one_says_nothing);
    RUN(the_longest_have_one_bucket);
    RUN(a_difference_is_what_came_between);
}
