#include "lab/look.h"

#include <string.h>

#include "check.h"

static const struct lab_window windows[] = {{1000000, 3000000}, {10000000, 20000000}};

static void what_falls_into_windows_counts(void)
{
    const double outside[] = {0, 1, 3, 10, 20, 1e9}, inside[] = {1.5, 2, 12, 13},
                 across[] = {0, 2, 2.5, 11, 19, 25}, over_all[] = {0, 100};
    CHECK_DOUBLE(lab__look_overlap(windows, 2, outside, 3), 0, 1e-12);
    CHECK_DOUBLE(lab__look_overlap(windows, 2, inside, 2), 1.5e-3, 1e-12);
    CHECK_DOUBLE(lab__look_overlap(windows, 2, across, 3), 3.5e-3, 1e-12);
    CHECK_DOUBLE(lab__look_overlap(windows, 2, over_all, 1), 12e-3, 1e-12);
    CHECK_DOUBLE(lab__look_overlap(windows, 0, over_all, 1), 0, 1e-12);
    CHECK_DOUBLE(lab__look_overlap(windows, 2, over_all, 0), 0, 1e-12);
}

static void two_percent_are_left_unsaid(void)
{
    struct lab_text text = {0};
    lab_observed_table(&text, &(struct lab_observed){.measured = 10, .seconds = 0.2});
    lab_observed_table(&text, &(struct lab_observed){.measured = 0, .seconds = 0});
    CHECK(text.size == 0);
    lab_observed_table(&text, &(struct lab_observed){.measured = 10, .seconds = 0.5});
    CHECK(text.size > 0 && strstr(text.data, "0.5 s of the 10 s that were measured (5%)"));
    lab_text_release(&text);
    json_object(&text, NULL);
    lab_observed_document(&text, &(struct lab_observed){.measured = 10, .seconds = 0.1});
    json_end(&text);
    CHECK_STR(text.data, "{\"observerSeconds\":0.1}");
    lab_text_release(&text);
}

static void where_nobody_watches_nothing_waits(void)
{
    lab_look_reset();
    lab_look_measured(1000000000, 1500000000);
    lab_look_measured(2000000000, 2500000000);
    lab_look_begin();
    CHECK(lab_looked(0));
    struct lab_observed observed = lab_look_observed();
    CHECK(observed.measured == 1 && observed.seconds == 0);
}

LAB_SUITE(look)
{
    RUN(what_falls_into_windows_counts);
    RUN(two_percent_are_left_unsaid);
    RUN(where_nobody_watches_nothing_waits);
}
