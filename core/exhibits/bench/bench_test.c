#include "exhibits/bench/bench.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "exhibits/bench/rows.h"
#include "platform/system.h"
#include "trace/trace.h"

/* Rows that only pretend to take time: a turn of ours takes ms[0] milliseconds, one of peer i ms[1
 * + i]. */
static struct {
    double ms[LAB_BENCH_SIDES];
    unsigned slow_every; /* each so-many-th turn takes ten times as long; 0: none */
    unsigned turns[LAB_BENCH_SIDES], in_a_row, longest;
    int last;
    int fails_at[LAB_BENCH_SIDES], fails_with; /* at a side's so-many-th turn; 0: never */
    unsigned states, released;
} fake;

static int fake_turn(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int side = turn->peer ? (int)(turn->peer - turn->row->peers) + 1 : 0;
    unsigned n = ++fake.turns[side];
    fake.in_a_row = fake.last == side ? fake.in_a_row + 1 : 1;
    fake.last = side;
    fake.longest = fake.in_a_row > fake.longest ? fake.in_a_row : fake.longest;
    if ((int)n == fake.fails_at[side])
        return lab_fail(failure, fake.fails_with, "it broke");
    turn->seconds = fake.ms[side] / 1e3;
    if (fake.slow_every && n % fake.slow_every == 0)
        turn->seconds *= 10;
    turn->operations = 2;
    return 0;
}

static void release(void *state)
{
    (void)state;
    fake.released++;
}

/* The same, and it keeps a state. */
static int fake_turn_with_state(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    if (!turn->state) {
        turn->state = &fake;
        turn->release = release;
        fake.states++;
    }
    return fake_turn(turn, failure);
}

static void reset(double ours_ms, double peer_ms)
{
    memset(&fake, 0, sizeof fake);
    fake.fails_with = LAB_E_TASK;
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

#define ONE_PEER .peers = {{.name = "peer"}}

static void medians_and_their_ratio(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn, .goal = 1.3};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 6);
    CHECK_INT(result.rounds, 6);
    CHECK_INT(result.failure.code, 0);
    CHECK_DOUBLE(result.ours.median, 0.0025005, 1e-12);
    CHECK_INT(result.best, 0);
    CHECK_DOUBLE(result.peers[0].median, 0.0020005, 1e-12);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 4.001, 1e-9);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    /* The warm-up is long, then 20 ms each: 40 and 50 turns, and 6 times 4 and 5. */
    CHECK_INT(fake.turns[0], 40 + 6 * 4);
    CHECK_INT(fake.turns[1], 50 + 6 * 5);
}

static void sides_take_turns(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn};
    reset(4.001, 4.001);
    struct lab_bench_result result = measure(&row, 20);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_NO_GOAL);
    /* Twice the same only where a round ends with the side that the next begins with. */
    CHECK_INT(fake.longest, 2);
}

static void rates_are_the_other_way_round(void)
{
    struct lab_bench_row row = {
        .name = "fake", ONE_PEER, .turn = fake_turn, .unit = LAB_BENCH_RATE, .goal = 0.9};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 5);
    CHECK_DOUBLE(result.ours.median, 2 / 0.005001, 1e-6);
    CHECK_DOUBLE(result.ratio.median, 4.001 / 5.001, 1e-9);
    row.goal = 0.81;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
    row.goal = 0.79;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
}

static void the_fastest_turn_is_not_disturbed(void)
{
    struct lab_bench_row row = {
        .name = "fake", ONE_PEER, .turn = fake_turn, .fastest = true, .goal = 1.01};
    reset(4.001, 4.001);
    fake.slow_every = 3;
    struct lab_bench_result result = measure(&row, 5);
    CHECK_DOUBLE(result.ours.median, 0.0020005, 1e-12);
    CHECK_DOUBLE(result.ratio.median, 1, 1e-9);
    row.fastest = false;
    reset(4.001, 4.001);
    fake.slow_every = 3;
    result = measure(&row, 5);
    CHECK(result.ours.median > 0.0021);
}

static void one_round_has_no_interval(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn, .goal = 2};
    reset(5.001, 4.001);
    struct lab_bench_result result = measure(&row, 1);
    CHECK_INT(result.rounds, 1);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 4.001, 1e-9);
    CHECK(isnan(result.ratio.low) && isnan(result.ratio.high));
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_UNSURE);
}

static void a_goal_inside_the_interval_is_open(void)
{
    struct lab_bench_row row = {.name = "fake", ONE_PEER, .goal = 1.0};
    struct lab_bench_result result = {.row = &row, .ratio = {1.0, 0.9, 1.1}};
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_UNSURE);
    row.goal = 1.1;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    row.goal = 0.89;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
}

static void a_failure_ends_the_row_and_keeps_what_there_is(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn};
    reset(5.001, 4.001);
    fake.fails_at[0] = 40 + 4 + 4 + 2; /* in the third measured round */
    struct lab_bench_result result = measure(&row, 6);
    CHECK_INT(result.rounds, 2);
    CHECK_INT(result.failure.code, LAB_E_TASK);
    CHECK_STR(result.failure.text, "it broke");
}

static const struct lab_bench_row three = {
    .name = "fake",
    .turn = fake_turn,
    .goal = 2,
    .unit = LAB_BENCH_RATE,
    .peers = {{.name = "slow"}, {.name = "quick"}, {.name = "middle"}}};

static void the_best_peer_counts(void)
{
    reset(2.001, 9.001);
    fake.ms[2] = 4.001;
    fake.ms[3] = 5.001;
    struct lab_bench_result result = measure(&three, 6);
    CHECK_INT(result.best, 1);
    CHECK_DOUBLE(result.ratio.median, 4.001 / 2.001, 1e-9);
    CHECK_DOUBLE(result.peers[0].median, 2 / 0.009001, 1e-6);
    CHECK_DOUBLE(result.peers[2].median, 2 / 0.005001, 1e-6);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
}

/* Turns go round: none has two in a row while others have not had enough, whatever the order. */
static void all_sides_take_turns(void)
{
    reset(21, 21);
    fake.ms[2] = fake.ms[3] = 21;
    struct lab_bench_result result = measure(&three, 20);
    CHECK_INT(result.rounds, 20);
    CHECK(fake.longest <= 2);
    for (int i = 0; i < 4; i++)
        CHECK_INT(fake.turns[i], 10 + 20);
}

static void a_peer_that_is_not_here_is_left_out(void)
{
    reset(2.001, 9.001);
    fake.ms[2] = 4.001;
    fake.ms[3] = 5.001;
    fake.fails_at[2] = 1;
    fake.fails_with = LAB_E_UNAVAILABLE;
    struct lab_bench_result result = measure(&three, 6);
    CHECK_INT(result.rounds, 6);
    CHECK_INT(result.failure.code, 0);
    CHECK_INT(result.peers[1].failure.code, LAB_E_UNAVAILABLE);
    CHECK_STR(result.peers[1].failure.text, "it broke");
    CHECK_DOUBLE(result.peers[1].median, 0, 0);
    CHECK_INT(result.best, 2);
    CHECK_INT(fake.turns[2], 1);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 2.001, 1e-9);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
}

/* The best one fails in the third measured round: what it has so far no longer counts. */
static void a_peer_that_fails_later_is_left_out_too(void)
{
    reset(2.001, 9.001);
    fake.ms[2] = 4.001;
    fake.ms[3] = 5.001;
    fake.fails_at[2] = 50 + 5 + 5 + 1;
    struct lab_bench_result result = measure(&three, 6);
    CHECK_INT(result.rounds, 6);
    CHECK_INT(result.peers[1].failure.code, LAB_E_TASK);
    CHECK_DOUBLE(result.peers[1].median, 0, 0);
    CHECK_INT(result.best, 2);
    CHECK_DOUBLE(result.ratio.median, 5.001 / 2.001, 1e-9);
}

static void without_a_peer_ours_stands_alone(void)
{
    reset(2.001, 9.001);
    fake.fails_at[1] = fake.fails_at[2] = fake.fails_at[3] = 1;
    struct lab_bench_result result = measure(&three, 6);
    CHECK_INT(result.rounds, 6);
    CHECK_INT(result.best, -1);
    CHECK_DOUBLE(result.ours.median, 2 / 0.002001, 1e-6);
    CHECK(isnan(result.ratio.median));
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_UNSURE);
}

static void a_goal_of_ours_itself(void)
{
    struct lab_bench_row row = {
        .name = "fake", .turn = fake_turn, .goal = 0.0021, .absolute = true};
    reset(4.001, 0);
    struct lab_bench_result result = measure(&row, 6);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    row.goal = 0.0019;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
}

static int turn_with_bytes(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    if (!turn->peer)
        turn->beside = 96;
    return fake_turn(turn, failure);
}

static void a_figure_beside(void)
{
    struct lab_bench_row row = {
        .name = "fake", ONE_PEER, .turn = turn_with_bytes, .beside = "bytes", .beside_goal = 128};
    reset(4.001, 4.001);
    struct lab_bench_result result = measure(&row, 3);
    CHECK_DOUBLE(result.beside, 96, 0);
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MET);
    row.beside_goal = 95;
    row.goal = 2;
    CHECK_INT(lab_bench_verdict(&result), LAB_BENCH_MISSED);
}

static void states_belong_to_functions(void)
{
    const struct lab_bench_row row = {
        .name = "fake",
        .turn = fake_turn_with_state,
        .peers = {{.name = "shared"}, {.name = "own", .turn = fake_turn_with_state}}};
    reset(4.001, 4.001);
    fake.ms[2] = 4.001;
    measure(&row, 1);
    CHECK_INT(fake.states, 2);
    CHECK_INT(fake.released, 2);
}

static void a_turn_without_time_is_an_error(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn};
    reset(0, 4.001);
    CHECK_INT(measure(&row, 5).failure.code, LAB_E_INVALID);
}

static void a_stop_ends_the_row(void)
{
    const struct lab_bench_row row = {.name = "fake", ONE_PEER, .turn = fake_turn};
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
        CHECK(row->title && row->operation && row->turn);
        CHECK(!row->note || row->note[strlen(row->note) - 1] == '.');
        CHECK(!row->absolute || row->goal > 0);
        for (size_t i = 0; i < lab_bench_peer_count(row); i++)
            CHECK(strchr(row->peers[i].name, ',') == NULL); /* tables list them */
    }
    CHECK(lab_bench_find("nothing") == NULL);
    CHECK(lab_bench_find("") == NULL);
}

/* Peers, and where the host has nothing (.ci/run-wasm.mjs) also ours that needs one. */
static bool may_be_missing(unsigned side)
{
    return side > 0 || !lab__bench_is_native();
}

/* Two turns of ours and of each peer that is here; what they measure is not looked at. */
static void take_turns(const struct lab_bench_row *row)
{
    struct lab_bench *bench = lab_bench_begin(row, 1, 0.001, 1);
    CHECK_OR_RETURN(bench != NULL);
    for (unsigned side = 0; side <= lab_bench_peer_count(row); side++)
        for (int i = 0; i < 2; i++) {
            struct lab_failure failure = {0};
            double seconds, operations;
            int code = lab_bench_turn(bench, side, &seconds, &operations, &failure);
            lab_check(code == 0 ||
                          (may_be_missing(side) && code == LAB_E_UNAVAILABLE && failure.text[0]),
                      __FILE__, __LINE__, "%s, %s: %s", row->name,
                      side ? row->peers[side - 1].name : "ours", failure.text);
        }
    lab_bench_end(bench);
}

/* What tests/headless/bench.test.js has: children take their time to start natively, and under
 * Emscripten these tests' host has none. */
static bool needs_processes(const struct lab_bench_row *row)
{
#if defined(LAB_TEST_NATIVE)
    return strstr(row->name, "processes");
#else
    return strstr(row->name, "process") || strstr(row->name, "pipe");
#endif
}

static void every_row_takes_its_turns(void)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++)
        if (lab_bench_here(row) && !needs_processes(row))
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
    RUN(the_best_peer_counts);
    RUN(all_sides_take_turns);
    RUN(a_peer_that_is_not_here_is_left_out);
    RUN(a_peer_that_fails_later_is_left_out_too);
    RUN(without_a_peer_ours_stands_alone);
    RUN(a_goal_of_ours_itself);
    RUN(a_figure_beside);
    RUN(states_belong_to_functions);
    RUN(a_turn_without_time_is_an_error);
    RUN(a_stop_ends_the_row);
    RUN(rows_are_well_formed);
    RUN(every_row_takes_its_turns);
    RUN(an_untraced_executor_has_no_lanes);
}
