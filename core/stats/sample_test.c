#include "stats/sample.h"

#include "check.h"
#include "platform/error.h"
#include "stats/random.h"

#include <float.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { MANY = 5000 };

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* One of several shapes that trouble quicksorts. */
static double shaped(int shape, size_t i, size_t n, struct lab_random *random)
{
    switch (shape) {
    case 0:
        return lab_random_unit(random);
    case 1:
        return (double)i;
    case 2:
        return (double)(n - i);
    case 3:
        return 7;
    case 4:
        return (double)lab_random_below(random, 3);
    case 5: /* organ pipe */
        return (double)(i < n / 2 ? i : n - i);
    default:
        return i % 2 ? -INFINITY : INFINITY;
    }
}

/* Against libc's qsort, and the heap sort by itself: few inputs reach it through the front door. */
static void sorts_agree_with_qsort(void)
{
    static double ours[MANY], heap[MANY], theirs[MANY];
    static const size_t sizes[] = {0, 1, 2, 3, 15, 16, 17, 18, 33, 100, 1000, MANY};
    struct lab_random random;
    lab_random_seed(&random, 1);
    for (int shape = 0; shape < 7; shape++)
        for (size_t s = 0; s < COUNT(sizes); s++) {
            size_t n = sizes[s];
            for (size_t i = 0; i < n; i++)
                ours[i] = heap[i] = theirs[i] = shaped(shape, i, n, &random);
            qsort(theirs, n, sizeof *theirs, compare_doubles);
            CHECK_INT(lab_sample_sort(ours, n), LAB_OK);
            lab__sample_heap_sort(heap, n);
            CHECK(memcmp(ours, theirs, n * sizeof *ours) == 0);
            CHECK(memcmp(heap, theirs, n * sizeof *heap) == 0);
        }
}

static void sort_refuses_nan(void)
{
    double x[] = {3, NAN, 1};
    CHECK_INT(lab_sample_sort(x, 3), LAB_E_INVALID);
    CHECK(x[0] == 3 && isnan(x[1]) && x[2] == 1);
}

static void median_by_hand(void)
{
    double scratch[5], median;
    CHECK_INT(lab_sample_median((double[]){5}, 1, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, 5, 0);
    CHECK_INT(lab_sample_median((double[]){3, 1}, 2, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, 2, 0);
    double odd[] = {9, 1, 8, 2, 7};
    CHECK_INT(lab_sample_median(odd, 5, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, 7, 0);
    CHECK(odd[0] == 9 && odd[4] == 7); /* left in run order */
    CHECK_INT(lab_sample_median((double[]){4, 1, 3, 2}, 4, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, 2.5, 0);
    CHECK_INT(lab_sample_median((double[]){0.1, 0.1, 0.1}, 3, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, 0.1, 0);
    CHECK_INT(lab_sample_median((double[]){DBL_MAX, DBL_MAX}, 2, scratch, &median), LAB_OK);
    CHECK_DOUBLE(median, DBL_MAX, 0);
}

/* NIST StRD, univariate: NumAcc3 and NumAcc4 are 1001 values whose certified means are 1000000.2
 * and 10000000.2. The third is Neumaier's own: naive and Kahan summation give 0. */
static void mean_is_accurate(void)
{
    static double x[1001];
    static const double centre[] = {1000000.2, 10000000.2};
    for (int c = 0; c < 2; c++) {
        x[0] = centre[c];
        for (int i = 1; i < 1001; i++)
            x[i] = centre[c] + (i % 2 ? -0.1 : 0.1);
        double mean;
        CHECK_INT(lab_sample_mean(x, 1001, &mean), LAB_OK);
        CHECK_DOUBLE(mean, centre[c], 1e-15 * centre[c]);
    }
    double mean;
    CHECK_INT(lab_sample_mean((double[]){1, 1e100, 1, -1e100}, 4, &mean), LAB_OK);
    CHECK_DOUBLE(mean, 0.5, 0);
    CHECK_INT(lab_sample_mean((double[]){DBL_MAX, DBL_MAX}, 2, &mean), LAB_OK);
    CHECK_DOUBLE(mean, DBL_MAX, 0);
}

/* NIST/SEMATECH e-Handbook 7.2.6.2 works the 90th percentile of these twelve; by the definition
 * "1 + p(N - 1) = k + d", which is number 7, k = 10 and d = 0.9: 95.1937 + 0.9 x 0.0022. */
static void percentile_of_the_nist_example(void)
{
    double x[] = {95.1772, 95.1567, 95.1937, 95.1959, 95.1442, 95.0610,
                  95.1591, 95.1195, 95.1065, 95.0925, 95.1990, 95.1682};
    double value;
    CHECK_INT(lab_sample_percentile(x, 12, 90, &value), LAB_E_INVALID); /* not sorted */
    CHECK_INT(lab_sample_sort(x, 12), LAB_OK);
    CHECK_INT(lab_sample_percentile(x, 12, 90, &value), LAB_OK);
    CHECK_DOUBLE(value, 95.19568, 1e-10);
}

/* R: quantile(1:10, c(0, .05, .25, .5, .9, .99, 1)) */
static void percentiles_of_one_to_ten(void)
{
    static const double x[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    static const double p[] = {0, 5, 25, 50, 90, 99, 100};
    static const double want[] = {1, 1.45, 3.25, 5.5, 9.1, 9.91, 10};
    for (size_t i = 0; i < COUNT(p); i++) {
        double value;
        CHECK_INT(lab_sample_percentile(x, 10, p[i], &value), LAB_OK);
        CHECK_DOUBLE(value, want[i], 1e-14);
    }
    double value;
    CHECK_INT(lab_sample_percentile(x, 1, 99, &value), LAB_OK);
    CHECK_DOUBLE(value, 1, 0);
    static const double wide[] = {-DBL_MAX, DBL_MAX};
    CHECK_INT(lab_sample_percentile(wide, 2, 50, &value), LAB_OK);
    CHECK_DOUBLE(value, 0, 0);
    static const double bad[] = {-1, 101, NAN, INFINITY};
    for (size_t i = 0; i < COUNT(bad); i++)
        CHECK_INT(lab_sample_percentile(x, 10, bad[i], &value), LAB_E_INVALID);
}

static void describe_says_when_there_is_no_p99(void)
{
    double x[100];
    for (int i = 0; i < 100; i++)
        x[i] = 100 - i; /* 100 down to 1 */
    struct lab_distribution d;
    CHECK_INT(lab_sample_describe(x, 100, &d), LAB_OK);
    CHECK_INT(d.n, 100);
    CHECK_DOUBLE(d.min, 1, 0);
    CHECK_DOUBLE(d.p50, 50.5, 1e-12);
    CHECK_DOUBLE(d.p90, 90.1, 1e-12);
    CHECK(d.has_p99);
    CHECK_DOUBLE(d.p99, 99.01, 1e-12);
    CHECK_DOUBLE(d.max, 100, 0);
    CHECK_DOUBLE(d.mean, 50.5, 1e-12);

    CHECK_INT(lab_sample_describe(x, 99, &d), LAB_OK);
    CHECK(!d.has_p99);
    CHECK(isnan(d.p99));
    CHECK_INT(lab_sample_describe(x, 1, &d), LAB_OK);
    CHECK(d.p50 == 1 && d.p90 == 1 && d.max == 1 && !d.has_p99);

    double negative[] = {1, -1e-9}, untouched = d.mean;
    CHECK_INT(lab_sample_describe(negative, 2, &d), LAB_E_INVALID);
    CHECK(d.mean == untouched);
}

static void bad_samples_are_refused_and_write_nothing(void)
{
    static const double bad[][2] = {{1, NAN}, {INFINITY, 1}, {-INFINITY, 1}};
    double scratch[2], result = 42;
    struct lab_distribution d = {.n = 42};
    for (size_t i = 0; i < COUNT(bad); i++) {
        double copy[2] = {bad[i][0], bad[i][1]};
        CHECK(!lab_sample_valid(bad[i], 2));
        CHECK_INT(lab_sample_mean(bad[i], 2, &result), LAB_E_INVALID);
        CHECK_INT(lab_sample_median(bad[i], 2, scratch, &result), LAB_E_INVALID);
        CHECK_INT(lab_sample_percentile(bad[i], 2, 50, &result), LAB_E_INVALID);
        CHECK_INT(lab_sample_describe(copy, 2, &d), LAB_E_INVALID);
    }
    CHECK(!lab_sample_valid(NULL, 0));
    CHECK_INT(lab_sample_sort(NULL, 0), LAB_OK);
    CHECK_INT(lab_sample_mean(NULL, 0, &result), LAB_E_INVALID);
    CHECK_INT(lab_sample_median(NULL, 0, NULL, &result), LAB_E_INVALID);
    CHECK_INT(lab_sample_percentile(NULL, 0, 50, &result), LAB_E_INVALID);
    CHECK_INT(lab_sample_describe(NULL, 0, &d), LAB_E_INVALID);
    CHECK_DOUBLE(result, 42, 0);
    CHECK_INT(d.n, 42);
}

LAB_SUITE(sample)
{
    RUN(sorts_agree_with_qsort);
    RUN(sort_refuses_nan);
    RUN(median_by_hand);
    RUN(mean_is_accurate);
    RUN(percentile_of_the_nist_example);
    RUN(percentiles_of_one_to_ten);
    RUN(describe_says_when_there_is_no_p99);
    RUN(bad_samples_are_refused_and_write_nothing);
}
