/* A row's turn does as many operations as it was asked for, or says how many it did, and can be
 * released after any number of turns. Not the rows that ask a host or a process: tests/headless has
 * those. */
#include "check.h"
#include "exhibits/latency/latency.h"
#include "platform/system.h"

static const char *const in_the_program[] = {
    "futex-parked", "futex-spinning", "gil-hand-over",    "queue-hop",         "thread-start",
    "async-turn",   "task-threads",   "task-threads-gil", "task-interpreters", "task-sequential",
    "task-async",   "mutex",          "coroutine-switch",
};
enum { ROWS = sizeof in_the_program / sizeof *in_the_program };

static void turns_do_what_they_are_asked_for(void)
{
    for (size_t i = 0; i < ROWS; i++) {
        const struct lab_latency_row *row = lab_latency_find(in_the_program[i]);
        CHECK_OR_RETURN(row != NULL);
        struct lab_latency_turn turn = {.row = row};
        struct lab_failure failure = {0};
        for (uint64_t operations = 1; operations <= 1000; operations = operations * 10 + 1) {
            turn.operations = operations;
            turn.seconds = -1;
            int code = row->turn(&turn, &failure);
            /* No two cores were free at the same time, and then it does not say that it was
             * spinning. */
            if (code == LAB_E_UNAVAILABLE && strcmp(row->name, "futex-spinning") == 0)
                break;
            CHECK_INT(code, 0);
            /* A hand-over comes back: one more, where the number is odd. A loop may be unrolled. */
            lab_check(turn.operations >= operations && turn.operations <= operations + 16, __FILE__,
                      __LINE__, "%s: %llu operations of %llu", row->name,
                      (unsigned long long)turn.operations, (unsigned long long)operations);
            lab_check(turn.seconds >= 0 && turn.seconds < 60, __FILE__, __LINE__, "%s: %g s",
                      row->name, turn.seconds);
        }
        if (turn.state)
            turn.release(turn.state);
    }
}

/* More operations take more time; a hundred times as many not less than ten times as much. */
static void time_grows_with_operations(void)
{
    const struct lab_latency_row *row = lab_latency_find("coroutine-switch");
    struct lab_failure failure = {0};
    for (int tries = 1;; tries++) {
        struct lab_latency_turn turn = {.row = row, .operations = 100000};
        CHECK_INT(row->turn(&turn, &failure), 0);
        double few = turn.seconds;
        turn.operations = 10000000;
        CHECK_INT(row->turn(&turn, &failure), 0);
        double many = turn.seconds;
        turn.release(turn.state);
        if (many >= 10 * few || tries == 10) {
            lab_check(many >= 10 * few, __FILE__, __LINE__,
                      "%g s, %g s for a hundred times as many", few, many);
            return;
        }
    }
}

/* What has a classic number and no turn of its own says why, in words. */
static void classic_rows_have_their_reason(void)
{
    static const char *const names[] = {"send-2kb-network",      "ssd-random-read",
                                        "datacenter-round-trip", "disk-seek",
                                        "read-1mb-disk",         "packet-around-the-world"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct lab_latency_row *row = lab_latency_find(names[i]);
        CHECK_OR_RETURN(row != NULL);
        struct lab_latency_turn turn = {.row = row, .operations = 1};
        struct lab_failure failure = {0};
        CHECK_INT(row->turn(&turn, &failure), LAB_E_UNAVAILABLE);
        CHECK(strlen(failure.text) > 20 && strlen(failure.text) < sizeof failure.text - 1);
        CHECK(row->classic_seconds > 0);
        CHECK(turn.state == NULL);
    }
}

static void a_stop_ends_what_waits(void)
{
    static const char *const names[] = {"queue-hop", "task-threads", "thread-start"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct lab_latency_row *row = lab_latency_find(names[i]);
        struct lab_latency_turn turn = {.row = row, .operations = 3};
        struct lab_failure failure = {0};
        CHECK_INT(row->turn(&turn, &failure), 0);
        lab_stop();
        turn.operations = 1000000;
        CHECK_INT(row->turn(&turn, &failure), LAB_E_STOPPED);
        lab_stop_clear();
        if (turn.state)
            turn.release(turn.state);
    }
}

LAB_SUITE(latency_turns)
{
    RUN(turns_do_what_they_are_asked_for);
    RUN(time_grows_with_operations);
    RUN(classic_rows_have_their_reason);
    RUN(a_stop_ends_what_waits);
}
