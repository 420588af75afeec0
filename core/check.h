/* The test harness: plain functions, checks that say file, line and values, one process per suite.
 *
 *     #include "check.h"
 *     static void median_of_four(void) { CHECK_DOUBLE(lab_median(x, 4), 2.5, 1e-12); }
 *     LAB_SUITE(sample) { RUN(median_of_four); }
 *
 * A suite is named in suites.h. `lab_tests` runs all suites, `lab_tests sample steps` those two,
 * and none where one of the names is not a suite's (exit status 2); ctest runs each in a process of
 * its own, with a timeout. A failed check is counted and the test goes on; CHECK_OR_RETURN leaves
 * the test function. Checks may be made from any thread.
 */
#ifndef LAB_CHECK_H
#define LAB_CHECK_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

bool lab_check(bool passed, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void lab_run_test(const char *name, void (*test)(void));

#define LAB_SUITE(name) void lab_suite_##name(void)
#define RUN(test)       lab_run_test(#test, test)

#define CHECK(cond) lab_check((cond), __FILE__, __LINE__, "%s", #cond)
#define CHECK_OR_RETURN(cond)                                                                      \
    do {                                                                                           \
        if (!CHECK(cond))                                                                          \
            return;                                                                                \
    } while (0)
#define CHECK_INT(got, want)                                                                       \
    do {                                                                                           \
        long long got_ = (long long)(got), want_ = (long long)(want);                              \
        lab_check(got_ == want_, __FILE__, __LINE__, "%s is %lld, expected %lld", #got, got_,      \
                  want_);                                                                          \
    } while (0)
#define CHECK_DOUBLE(got, want, tolerance)                                                         \
    do {                                                                                           \
        double got_ = (got), want_ = (want);                                                       \
        lab_check(fabs(got_ - want_) <= (tolerance), __FILE__, __LINE__,                           \
                  "%s is %.17g, expected %.17g", #got, got_, want_);                               \
    } while (0)
#define CHECK_STR(got, want)                                                                       \
    do {                                                                                           \
        const char *got_ = (got), *want_ = (want);                                                 \
        lab_check(strcmp(got_, want_) == 0, __FILE__, __LINE__, "%s is \"%s\", expected \"%s\"",   \
                  #got, got_, want_);                                                              \
    } while (0)

#endif
