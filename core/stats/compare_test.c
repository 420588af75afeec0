#include "stats/compare.h"

#include "check.h"

static enum lab_difference of(double median, double low, double high)
{
    return lab_difference(&(struct lab_interval){median, low, high});
}

static void what_excludes_one_differs(void)
{
    CHECK_INT(of(1.10, 1.01, 1.20), LAB_LARGER);
    CHECK_INT(of(0.90, 0.80, 0.99), LAB_SMALLER);
    CHECK_INT(of(1.01, 1.005, 1.02), LAB_LARGER);
    CHECK(lab_differs(&(struct lab_interval){1.01, 1.005, 1.02}));
    CHECK(!lab_differs(&(struct lab_interval){1.01, 1, 1.02})); /* 1 itself is inside */
}

/* A busy machine: 0.76 to 1.92 with a median of 1.00 had been called "nothing". */
static void nothing_needs_a_narrow_interval(void)
{
    CHECK_INT(of(1.00, 0.76, 1.92), LAB_CANNOT_TELL);
    CHECK_INT(of(1.00, 0.94, 1.00), LAB_CANNOT_TELL);
    CHECK_INT(of(1.00, 1.00, 1.06), LAB_CANNOT_TELL);
    CHECK_INT(of(1.00, 0.96, 1.04), LAB_NO_CHANGE);
    CHECK_INT(of(1.00, 1.00, 1.00), LAB_NO_CHANGE);
    CHECK(lab_changes_nothing(&(struct lab_interval){1.02, 1.01, 1.03}));
    CHECK(!lab_changes_nothing(&(struct lab_interval){1.02, 1.01, 1.06}));
}

static void without_an_interval_nothing_is_said(void)
{
    CHECK_INT(of(2, NAN, NAN), LAB_TOO_FEW);
    CHECK(!lab_differs(&(struct lab_interval){2, NAN, NAN}));
    CHECK(!lab_changes_nothing(&(struct lab_interval){1, NAN, NAN}));
}

LAB_SUITE(compare)
{
    RUN(what_excludes_one_differs);
    RUN(nothing_needs_a_narrow_interval);
    RUN(without_an_interval_nothing_is_said);
}
