#include "exhibits/latency/latency.h"

#include <math.h>
#include <string.h>

#include "check.h"
#include "exhibits/latency/chase.h"
#include "exhibits/latency/ladder.h"
#include "platform/system.h"

/* A row that only pretends to take time. */
static struct {
    double each; /* seconds an operation */
    double busy; /* seconds that a turn really takes */
    uint64_t most, asked;
    double sets_up; /* seconds that the first turn takes to begin with */
    double first;   /* seconds that the first turn says more */
    double step;    /* of the clock */
    unsigned turns, slow_every, fails_at, waits_at, released;
    int code;
} fake;

static void release_fake(void *state)
{
    CHECK(state == &fake);
    fake.released++;
}

static int fake_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    bool first = !turn->state;
    turn->state = &fake;
    turn->release = release_fake;
    fake.turns++;
    if (fake.waits_at == fake.turns)
        return LAB_E_AGAIN;
    if (fake.fails_at == fake.turns)
        return lab_fail(failure, fake.code, "because");
    fake.asked = turn->operations;
    if (fake.most && turn->operations > fake.most)
        turn->operations = fake.most;
    turn->seconds = (double)turn->operations * fake.each;
    if (fake.slow_every && fake.turns % fake.slow_every == 0)
        turn->seconds *= 10;
    if (first)
        turn->seconds += fake.first;
    if (fake.step)
        turn->seconds = fake.step * floor(turn->seconds / fake.step);
    double busy = fake.busy + (first ? fake.sets_up : 0);
    for (uint64_t start = lab_now_ns(); (double)(lab_now_ns() - start) / 1e9 < busy;) {
    }
    return 0;
}

static void reset(double each)
{
    memset(&fake, 0, sizeof fake);
    fake.each = each;
}

static struct lab_latency_result measure_for(double seconds, double least_seconds, bool least)
{
    struct lab_latency_row row = {.name = "fake", .turn = fake_turn, .least = least};
    struct lab_latency_result result = {0};
    struct lab_latency *latency = lab_latency_begin(&row, seconds, least_seconds, 7);
    CHECK(latency != NULL);
    if (!latency)
        return result;
    while (lab_latency_round(latency))
        CHECK(lab_latency_waits(latency) == (fake.waits_at > 0 && fake.waits_at == fake.turns));
    result = *lab_latency_result(latency);
    lab_latency_end(latency);
    CHECK_INT(fake.released, 1);
    return result;
}

static struct lab_latency_result measure(bool least)
{
    return measure_for(0.02, 0.001, least);
}

static void as_many_operations_as_the_clock_needs(void)
{
    reset(1e-6);
    struct lab_latency_result result = measure(false);
    CHECK_INT(result.failure.code, 0);
    CHECK(fake.asked >= 1000 && fake.asked <= 4000);
    CHECK(result.rounds >= 3); /* more, where the machine is not busy */
    CHECK_DOUBLE(result.seconds.median, 1e-6, 1e-12);
    if (result.rounds >= 5) /* fewer have no interval */
        CHECK_DOUBLE(result.seconds.low, 1e-6, 1e-12);
    /* What lasts long enough is done once a turn. */
    reset(0.5);
    result = measure(false);
    CHECK_INT(fake.asked, 1);
    CHECK_DOUBLE(result.seconds.median, 0.5, 1e-9);
    /* What cannot be done so often is not asked for more. */
    reset(1e-9);
    fake.most = 10;
    result = measure(false);
    CHECK(fake.asked <= 16);
    CHECK_DOUBLE(result.seconds.median, 1e-9, 1e-15);
}

static void the_fastest_where_others_only_add(void)
{
    reset(1e-6);
    fake.slow_every = 2;
    CHECK_DOUBLE(measure(true).seconds.median, 1e-6, 1e-12);
    CHECK(fake.turns >= 3 * 5);
    /* Where others have a part in it their part counts. */
    reset(1e-6);
    fake.slow_every = 2;
    struct lab_latency_result result = measure(false);
    if (result.rounds >= 5)
        CHECK(result.seconds.high > 9e-6);
}

/* The thread that the first turn starts takes its time; that does not make two operations
 * enough. */
static void a_first_turn_that_sets_up(void)
{
    reset(1e-6);
    fake.sets_up = 0.012;
    struct lab_latency_result result = measure(false);
    CHECK(fake.asked >= 1000 && fake.asked <= 4000);
    CHECK_DOUBLE(result.seconds.median, 1e-6, 1e-12);
    /* Nor does a turn that was interrupted, and was not counted: the turns after it are too
     * short. */
    reset(1e-6);
    fake.first = 0.5;
    result = measure(false);
    CHECK(fake.asked >= 1000 && fake.asked <= 4000);
    if (result.rounds >= 5)
        CHECK_DOUBLE(result.seconds.high, 1e-6, 1e-12);
}

/* A clock that steps by a fiftieth of a turn is no reason for a number that is off by half a step,
 * or for an interval of no width. */
static void a_coarse_clock(void)
{
    reset(1.019e-6);
    fake.step = 0.001 / 50;
    struct lab_latency_result result = measure(false);
    CHECK(result.rounds < 20 || result.seconds.low < result.seconds.high);
    CHECK(result.rounds < 20 || (result.seconds.low > 0.98e-6 && result.seconds.high < 1.02e-6));
    CHECK_DOUBLE(result.seconds.median, 1.01e-6, 0.02e-6);
}

/* A difference that is lost in noise neither goes on for ever nor is told as none, or less. */
static void nothing_left_after_subtraction(void)
{
    reset(-1e-12);
    fake.busy = 0.010;
    struct lab_latency_result result = measure(false);
    CHECK_INT(result.failure.code, LAB_E_UNAVAILABLE);
    CHECK(strstr(result.failure.text, "from nothing"));
    CHECK_INT(result.rounds, 0);
    CHECK(isnan(result.seconds.median) && isnan(result.seconds.low));
    /* A difference of less than the clock's step is worth more operations, however long the turn
     * lasts. */
    reset(1e-10);
    fake.busy = 0.001;
    result = measure_for(0.1, 0.0001, false);
    CHECK_INT(result.failure.code, 0);
    CHECK(fake.asked >= 20000);
    CHECK_DOUBLE(result.seconds.median, 1e-10, 1e-15);
    /* And what takes no time however often it is done is an error, not an endless loop. */
    reset(0);
    CHECK_INT(measure(false).failure.code, LAB_E_INVALID);
}

static void failures(void)
{
    reset(1e-6);
    fake.fails_at = 1;
    fake.code = LAB_E_UNAVAILABLE;
    struct lab_latency_result result = measure(false);
    CHECK_INT(result.failure.code, LAB_E_UNAVAILABLE);
    CHECK_STR(result.failure.text, "because");
    CHECK_INT(result.rounds, 0);
    CHECK(isnan(result.seconds.median));
    CHECK_INT(fake.turns, 1);
    /* Later on it only ends the row. */
    reset(0.5);
    fake.busy = 0.0005;
    fake.fails_at = 20;
    fake.code = LAB_E_UNAVAILABLE;
    result = measure(false);
    CHECK_INT(result.failure.code, 0);
    CHECK(result.rounds >= 3); /* more, where the machine is not busy */
    CHECK_DOUBLE(result.seconds.median, 0.5, 1e-9);
    /* An error is one whenever it comes. */
    reset(1e-6);
    fake.fails_at = 3;
    fake.code = LAB_E_IO;
    CHECK_INT(measure(false).failure.code, LAB_E_IO);
}

static void a_turn_that_goes_on_later(void)
{
    reset(1e-6);
    fake.waits_at = 3;
    struct lab_latency_result result = measure(false);
    CHECK_INT(result.failure.code, 0);
    CHECK_DOUBLE(result.seconds.median, 1e-6, 1e-12);
}

static void stopped(void)
{
    reset(1e-6);
    lab_stop();
    struct lab_latency_result result = measure(false);
    lab_stop_clear();
    CHECK_INT(result.failure.code, LAB_E_STOPPED);
    CHECK_INT(fake.turns, 1);
}

static void the_table(void)
{
    const struct lab_latency_row *row, *before = NULL;
    for (size_t i = 0; (row = lab_latency_row(i)); before = row, i++) {
        CHECK(lab_latency_find(row->name) == row); /* so no name stands twice */
        CHECK(strlen(row->name) < 40 &&
              strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789-") == strlen(row->name));
        CHECK(row->title && row->title[0] && row->about && row->about[0]);
        CHECK(!row->about[0] || row->about[strlen(row->about) - 1] == '.');
        CHECK(!before || before->group <= row->group); /* groups stand together */
        CHECK(row->turn || row->of);
    }
    CHECK_INT(lab_latency_row_count() > 0, true);
    CHECK(lab_latency_find("no-such-row") == NULL);
}

/* ---- the ladder ---- */

static void a_chase_is_one_cycle(void)
{
    static const size_t lines[] = {2, 3, 16, 100, 2047, 2048, 2049, 4096, 10000, 16384, 5000, 17};
    struct lab_chase *chase = lab_chase_create(1 << 20, 1 << 20, 3);
    CHECK_OR_RETURN(chase != NULL);
    CHECK_INT(lab_chase_room(chase), 1 << 20);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        size_t bytes = lines[i] * LAB_LINE_BYTES;
        lab_chase_set(chase, bytes);
        CHECK_INT(lab__chase_length(chase, bytes), lines[i]);
        CHECK(lab_chase_run(chase, LAB_CHASE_STRIDE) >= 0);
        CHECK_INT(lab__chase_length(chase, bytes), lines[i]);
    }
    lab_chase_destroy(chase);
    /* No room for as much as it needs. */
    CHECK(lab_chase_create(2 << 20, 1 << 20, 3) == NULL);
}

struct rung {
    double kilobytes, seconds;
};

static size_t draw(const struct rung *rungs, double most, struct lab_ladder_point *points)
{
    size_t n = 0;
    for (double kilobytes = 1; kilobytes <= most * 1.01; kilobytes *= exp2(0.25), n++) {
        const struct rung *rung = rungs;
        while (kilobytes > rung->kilobytes * 1.01)
            rung++;
        points[n].bytes = (uint64_t)(kilobytes * 1024 + 0.5);
        points[n].seconds = (struct lab_interval){rung->seconds, rung->seconds, rung->seconds};
    }
    return n;
}

static void levels_by_name(void)
{
    static const struct rung four[] = {{32, 1e-9}, {512, 4e-9}, {8192, 13e-9}, {1e9, 90e-9}};
    static const struct rung small[] = {{64, 1e-9}, {1024, 5e-9}, {1e9, 120e-9}};
    static const struct rung large[] = {{32, 1e-9}, {1024, 4e-9}, {1e9, 15e-9}};
    struct lab_ladder_point points[LAB_LADDER_POINTS];
    struct lab_ladder_level levels[LAB_LADDER_LEVELS];
    struct lab_failure reason = {0};
    size_t n = draw(four, 262144, points), count = lab_ladder_levels(points, n, 1, levels);
    CHECK_INT(n, LAB_LADDER_POINTS);
    CHECK_OR_RETURN(count == 4);
    static const char *const names[] = {"l1", "l2", "l3", "memory"};
    static const uint64_t bytes[] = {32 << 10, 512 << 10, 8192 << 10, 0};
    for (size_t i = 0; i < 4; i++) {
        CHECK_STR(levels[i].name, names[i]);
        CHECK_INT(levels[i].bytes, bytes[i]);
        CHECK_DOUBLE(levels[i].seconds.median, four[i].seconds, 1e-15);
        CHECK(lab_ladder_find(levels, count, names[i], 1, &reason) == &levels[i]);
    }
    /* No L3. */
    n = draw(small, 131072, points);
    count = lab_ladder_levels(points, n, 1, levels);
    CHECK_OR_RETURN(count == 3);
    CHECK_STR(levels[2].name, "memory");
    CHECK(lab_ladder_find(levels, count, "l3", 1, &reason) == NULL);
    CHECK_INT(reason.code, LAB_E_UNAVAILABLE);
    CHECK(strstr(reason.text, "no such cache"));
    /* An L3 that everything fits into. */
    n = draw(large, 65536, points);
    count = lab_ladder_levels(points, n, 1, levels);
    CHECK_OR_RETURN(count == 3);
    CHECK_STR(levels[2].name, "l3");
    CHECK_INT(levels[2].bytes, 65536 << 10);
    CHECK(lab_ladder_find(levels, count, "memory", 65536 << 10, &reason) == NULL);
    CHECK(strstr(reason.text, "64 MB"));
    /* Too little to tell. */
    CHECK_INT(lab_ladder_levels(points, 0, 1, levels), 0);
    CHECK_INT(lab_ladder_levels(points, 3, 1, levels), 0);
}

static void a_ladder_is_climbed(void)
{
    struct lab_ladder *ladder = lab_ladder_begin(0.1, 0.0001, 1);
    size_t count = 0, steps = 0;
    CHECK_OR_RETURN(ladder != NULL);
    CHECK(lab_ladder_latest(ladder) == NULL);
    bool more = true;
    while (more && steps < 20) {
        more = lab_ladder_step(ladder);
        steps++;
        const struct lab_ladder_point *points = lab_ladder_points(ladder, &count);
        CHECK_INT(count, steps);
        CHECK(lab_ladder_latest(ladder) == &points[count - 1]);
        CHECK(points[count - 1].seconds.median > 0);
        CHECK(points[count - 1].seconds.low <= points[count - 1].seconds.median);
        CHECK(points[count - 1].seconds.high >= points[count - 1].seconds.median);
        CHECK(count < 2 || points[count - 1].bytes > points[count - 2].bytes);
    }
    CHECK_INT(lab_ladder_done(ladder), steps);
    CHECK(lab_ladder_total(ladder) >= steps);
    lab_ladder_end(ladder);
}

LAB_SUITE(latency)
{
    RUN(as_many_operations_as_the_clock_needs);
    RUN(the_fastest_where_others_only_add);
    RUN(a_first_turn_that_sets_up);
    RUN(a_coarse_clock);
    RUN(nothing_left_after_subtraction);
    RUN(failures);
    RUN(a_turn_that_goes_on_later);
    RUN(stopped);
    RUN(the_table);
    RUN(a_chase_is_one_cycle);
    RUN(levels_by_name);
    RUN(a_ladder_is_climbed);
}
