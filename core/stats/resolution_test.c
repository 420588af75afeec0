#include "stats/resolution.h"

#include "check.h"
#include "platform/error.h"
#include "stats/random.h"

enum { READINGS = 4000 };
static uint64_t readings[READINGS];
static double scratch[READINGS];

/* A clock read every `cost` ns that shows multiples of `tick` ns. */
static void read_clock(uint64_t cost, uint64_t tick)
{
    for (uint64_t i = 0; i < READINGS; i++)
        readings[i] = 1000000000 + i * cost / tick * tick;
}

static void coarse_clocks_show_their_tick(void)
{
    static const uint64_t ticks[] = {5000, 20000, 100000}; /* browsers', isolated or not */
    for (int i = 0; i < 3; i++) {
        double ns;
        read_clock(150, ticks[i]);
        CHECK_INT(lab_clock_resolution(readings, READINGS, scratch, &ns), LAB_OK);
        CHECK_DOUBLE(ns, (double)ticks[i], 0);
    }
}

static void fine_clocks_show_the_cost_of_reading(void)
{
    double ns;
    read_clock(37, 1);
    CHECK_INT(lab_clock_resolution(readings, READINGS, scratch, &ns), LAB_OK);
    CHECK_DOUBLE(ns, 37, 0);
}

static void freaks_and_preemption_do_not_decide(void)
{
    struct lab_random random;
    lab_random_seed(&random, 41);
    uint64_t now = 0;
    for (int i = 0; i < READINGS; i++) {
        uint64_t die = lab_random_below(&random, 100);
        now += die < 2 ? 1 : die < 4 ? 3000000 : 1000; /* 2% freaks, 2% preempted */
        readings[i] = now;
    }
    double ns;
    CHECK_INT(lab_clock_resolution(readings, READINGS, scratch, &ns), LAB_OK);
    CHECK_DOUBLE(ns, 1000, 0);
}

/* 100 then 90 goes back; the return to 110 is no step, for nobody knows from where. */
static void backward_readings_are_passed_over(void)
{
    static const uint64_t back[] = {0, 100, 90, 110, 210, 310, 310, 410, 510};
    double ns;
    CHECK_INT(lab_clock_resolution(back, 9, scratch, &ns), LAB_OK);
    CHECK_DOUBLE(ns, 100, 0);
}

static void too_few_steps_ask_for_more(void)
{
    static const uint64_t stuck[] = {7, 7, 7, 7, 7, 7, 7}, four[] = {0, 1, 2, 3, 4};
    double ns = 42;
    CHECK_INT(lab_clock_resolution(NULL, 0, scratch, &ns), LAB_E_AGAIN);
    CHECK_INT(lab_clock_resolution(stuck, 1, scratch, &ns), LAB_E_AGAIN);
    CHECK_INT(lab_clock_resolution(stuck, 7, scratch, &ns), LAB_E_AGAIN);
    CHECK_INT(lab_clock_resolution(four, 5, scratch, &ns), LAB_E_AGAIN);
    CHECK_DOUBLE(ns, 42, 0);
}

LAB_SUITE(resolution)
{
    RUN(coarse_clocks_show_their_tick);
    RUN(fine_clocks_show_the_cost_of_reading);
    RUN(freaks_and_preemption_do_not_decide);
    RUN(backward_readings_are_passed_over);
    RUN(too_few_steps_ask_for_more);
}
