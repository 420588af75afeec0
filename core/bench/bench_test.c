#include "bench/bench.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "platform/system.h"
#include "trace/trace.h"

/* Rows that only pretend to take time: a turn of ours takes ms[0] milliseconds, one of the peer ms[1]. */
static struct {
    double ms[2];
    unsigned slow_every; /* each so-many-th turn takes ten times as long; 0: none */
    unsigned turns[2], in_a_row, longest;
    int last, fails_at;
} fake;

static int fake_turn(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    unsigned n = ++fake.turns[turn->peer];
    fake.in_a_row = fake.last == turn->peer ? fake.in_a_row + 1 : 1;
    fake.last = turn->peer;
    fake.longest = fake.in_a_row > fake.longest ? fake.in_a_row : fake.longest;
    if (fake.fails_at && (int)fake.turns[0] == fake.fails_at)
        return lab_fail(failure, LAB_E_TASK, "it broke");
    turn->seconds = fake.ms[turn->peer] / 1e3;
    if (fake.slow_every && n % fake.slow_every == 0)
        turn->seconds *= 10;
    turn->operations = 2;
    return 0;
}

static void reset(double ours_ms, double peer_ms)
{
    memset(&fake, 0, sizeof fake);
    fake.ms[0] = ours_ms;
    fake.ms[1] = peer_ms;
    fake.last = -1;
}

static struct lab_bench_result measure(const struct lab_bench_row *row, unsigned rounds)
{
    struct lab_bench_result result = {0};
    struct lab_bench *bench = lab_bench_begin(row, rounds, 0, 7);
    CHECK(bench != NULL);
    if (!bench)
        return result;
    while (lab_bench_round(bench)) {
    }
    result = *lab_bench_result(bench);
    lab_bench_end(bench);
    return result;
}

static void medians_and_their_ratio(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn, .goal = 1.3};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 6);
    CHECK_INT(result.rounds, 6);
    CHECK_INT(result.failure.code, 0);
    CHECK_DOUBLE(result.ours, 0.0025005, 1e-12);
    CHECK_DOUBLE(result.peer, 0.0020005, 1e-12);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 4.001, 1e-9);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    /* The warm-up is long, then 20 ms each: 40 and 50 turns, and 6 times 4 and 5. */
    CHECK_INT(fake.turns[0], 40 + 6 * 4);
    CHECK_INT(fake.turns[1], 50 + 6 * 5);
}

static void sides_take_turns(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn};
    reset(4.001, 4.001);
    struct lab_bench_result result = measure(&row, 20);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_NO_GOAL);
    /* Twice the same only where a round ends with the side that the next begins with. */
    CHECK_INT(fake.longest, 2);
}

static void rates_are_the_other_way_round(void)
{
    struct lab_bench_row row = {
        .name = "fake", .turn = fake_turn, .unit = LAB_BENCH_RATE, .goal = 0.9};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 5);
    CHECK_DOUBLE(result.ours, 2 / 0.005001, 1e-6);
    CHECK_DOUBLE(result.ratio.median, 4.001 / 5.001, 1e-9);
    row.goal = 0.81;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
    row.goal = 0.79;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
}

static void the_fastest_turn_is_not_disturbed(void)
{
    struct lab_bench_row row = {.name = "fake", .turn = fake_turn, .fastest = true, .goal = 1.01};
    reset(4.001, 4.001);
    fake.slow_every = 3;
    struct lab_bench_result result = measure(&row, 5);
    CHECK_DOUBLE(result.ours, 0.0020005, 1e-12);
    CHECK_DOUBLE(result.ratio.median, 1, 1e-9);
    row.fastest = false;
    reset(4.001, 4.001);
    fake.slow_every = 3;
    result = measure(&row, 5);
    CHECK(result.ours > 0.0021);
}

static void one_round_has_no_interval(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn, .goal = 2};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 1);
    CHECK_INT(result.rounds, 1);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 4.001, 1e-9);
    CHECK(isnan(result.ratio.low) && isnan(result.ratio.high));
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_UNSURE);
}

static void a_goal_inside_the_interval_is_open(void)
{
    struct lab_bench_row row = {.name = "fake", .goal = 1.0};
    struct lab_bench_result result = {.row = &row, .ratio = {1.0, 0.9, 1.1}};
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_UNSURE);
    row.goal = 1.1;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    row.goal = 0.89;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
}

static void a_failure_ends_the_row_and_keeps_what_there_is(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn};
    reset(5.001, 4.001);
    fake.fails_at = 40 + 4 + 4 + 2; /* in the third measured round */
    struct lab_bench_result result = measure(&row, 6);
    CHECK_INT(result.rounds, 2);
    CHECK_INT(result.failure.code, LAB_E_TASK);
    CHECK_STR(result.failure.text, "it broke");
}

static void a_turn_without_time_is_an_error(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn};
    reset(0, 4.001);
    CHECK_INT(measure(&row, 5).failure.code, LAB_E_INVALID);
}

static void a_stop_ends_the_row(void)
{
    const struct lab_bench_row row = {.name = "fake", .turn = fake_turn};
    reset(5.001, 4.001);
    lab_stop();
    CHECK_INT(measure(&row, 5).failure.code, LAB_E_STOPPED);
    lab_stop_clear();
}

static void rows_are_well_formed(void)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++) {
        CHECK(lab_bench_find(row->name) == row);
        CHECK(strlen(row->name) <= 22); /* the table's column */
        CHECK(row->description[strlen(row->description) - 1] == '.');
        CHECK(row->peer && row->operation && row->turn);
    }
    CHECK(lab_bench_find("nothing") == NULL);
    CHECK(lab_bench_find("") == NULL);
}

/* Two turns of each side; what they measure is not looked at. */
static void take_turns(const struct lab_bench_row *row)
{
    struct lab_failure failure = {0};
    struct lab_bench_turn turn = {.row = row, .bench = lab_bench_begin(row, 1, 0.001, 1)};
    CHECK_OR_RETURN(turn.bench != NULL);
    for (int i = 0; i < 4; i++) {
        turn.peer = i % 2;
        turn.seconds = 0;
        turn.operations = 0;
        int code = row->turn(&turn, &failure);
        lab_check(code == 0 && turn.operations > 0 && turn.seconds > 0, __FILE__, __LINE__,
                  "%s, side %d: %s", row->name, i % 2, failure.text);
    }
    if (turn.state)
        turn.release(turn.state);
    lab_bench_end(turn.bench);
}

static void every_row_takes_its_turns(void)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++)
        if (strcmp(row->name, "burst-processes") != 0) /* tests/headless/bench.test.js has it */
            take_turns(row);
}

/* With the switch off a pool's lanes do not exist; on again, lanes open as ever. */
static void an_untraced_executor_has_no_lanes(void)
{
    struct lab_failure failure = {0};
    lab_trace_reset();
    struct lab_bench *bench = lab_bench_begin(lab_bench_rows, 1, 0.001, 1);
    CHECK_OR_RETURN(bench != NULL);
    struct lab_executor *untraced = lab_bench_executor(bench, "threads", 2, true, &failure);
    CHECK(untraced != NULL);
    CHECK_INT(lab_lane_count(), 0);
    CHECK(lab_bench_executor(bench, "threads", 2, true, &failure) == untraced);
    struct lab_executor *traced = lab_bench_executor(bench, "threads", 2, false, &failure);
    CHECK(traced != NULL && traced != untraced);
    CHECK_INT(lab_lane_count(), 2);
    lab_bench_end(bench);
}

LAB_SUITE(bench)
{
    RUN(medians_and_their_ratio);
    RUN(sides_take_turns);
    RUN(rates_are_the_other_way_round);
    RUN(the_fastest_turn_is_not_disturbed);
    RUN(one_round_has_no_interval);
    RUN(a_goal_inside_the_interval_is_open);
    RUN(a_failure_ends_the_row_and_keeps_what_there_is);
    RUN(a_turn_without_time_is_an_error);
    RUN(a_stop_ends_the_row);
    RUN(rows_are_well_formed);
    RUN(every_row_takes_its_turns);
    RUN(an_untraced_executor_has_no_lanes);
}
