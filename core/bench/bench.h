/* The benchmark's frame: what a part of the lab costs, measured against a peer in the same run.
 *
 * What it is. A row is a question with a peer to compare with ("what does the checkpoint in sort cost? the peer
 * is sort without it"): one function that does one turn, ours or the peer's, and one line in rows.c.
 *
 * How it is used. lab_bench_begin(), lab_bench_round() until it says that the row is over, read the result,
 * lab_bench_end(); one row at a time. `lab bench` (lab/bench.h) does so for all.
 *
 * How it measures. In a round ours and the peer take turns, A B A B …, until each has worked for 20 ms; who
 * begins is drawn from the seed. A side's sample is the seconds of its turns by their operations. Rows that ask
 * what something costs (`fastest`) have rounds of 150 ms, and the sample is the fastest turn: what else runs on
 * the machine can only add, and among a hundred turns of a millisecond some are left alone. The first round
 * warms up and is thrown away. The ratio is ours by the peer's, of the medians of all rounds, with its bootstrap
 * interval.
 *
 * Threads. One. Blocking. lab_bench_round(), for the turns; a stop of the run ends it after the turn.
 * Ownership. What a turn keeps in turn->state it frees by turn->release; executors are the frame's.
 */
#ifndef LAB_BENCH_BENCH_H
#define LAB_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"
#include "platform/error.h"
#include "stats/bootstrap.h"

/* What the numbers of a row count, and with it the direction of its goal. */
enum lab_bench_unit {
    LAB_BENCH_SECONDS, /* an operation takes: fewer are better, the ratio shall be at most the goal */
    LAB_BENCH_RATE, /* operations in a second: more are better, the ratio shall be at least the goal */
};

struct lab_bench_turn;

struct lab_bench_row {
    const char *name;
    const char *description; /* one sentence: what is compared, and which way is good */
    const char *peer;        /* its name */
    enum lab_bench_unit unit;
    const char *operation; /* one of what is counted: "task", "run" */
    double goal;           /* 0: none, the row is there to show changes */
    bool fastest;          /* a sample is the fastest turn */
    const char *of;        /* what the function is to measure, where it serves several rows */
    /* Does one turn, of some milliseconds: sets seconds and operations. Or a failure: LAB_E_UNAVAILABLE with
     * the reason why it cannot be measured here, LAB_E_STOPPED, or what went wrong. */
    int (*turn)(struct lab_bench_turn *turn, struct lab_failure *failure);
};

/* All rows, in the order they are shown; the last one has no name. */
extern const struct lab_bench_row lab_bench_rows[];
const struct lab_bench_row *lab_bench_find(const char *name);

struct lab_bench;

struct lab_bench_turn {
    struct lab_bench *bench;
    const struct lab_bench_row *row;
    bool peer; /* whose turn it is */
    /* Out. */
    double seconds;
    uint64_t operations;
    /* The row's own, from turn to turn; NULL before the first one. */
    void *state;
    void (*release)(void *state);
};

/* For turns: a started executor, the same one each time it is asked for with the same words; its workers' lanes
 * are open unless untraced. NULL with the failure. */
struct lab_executor *lab_bench_executor(struct lab_bench *bench, const char *method,
                                        unsigned workers, bool untraced,
                                        struct lab_failure *failure);

enum lab_bench_verdict {
    LAB_BENCH_NO_GOAL,
    LAB_BENCH_MET,    /* the whole interval reaches the goal */
    LAB_BENCH_MISSED, /* none of it does */
    LAB_BENCH_UNSURE, /* the goal lies in the interval, or there is none */
};

struct lab_bench_result {
    const struct lab_bench_row *row;
    unsigned rounds;   /* measured */
    double ours, peer; /* medians, in the row's unit; 0 without a round */
    struct lab_interval ratio;
    struct lab_failure failure; /* why there are no (more) rounds; LAB_E_UNAVAILABLE: not here */
};
enum lab_bench_verdict lab_bench_verdict(const struct lab_bench_result *result);
const char *lab_bench_unit_text(const struct lab_bench_row *row, char *text, size_t size);

/* At least rounds measured rounds; then until the ratio's interval is within ±0.5% or the row has taken
 * seconds. NULL: out of memory. */
struct lab_bench *lab_bench_begin(const struct lab_bench_row *row, unsigned rounds, double seconds,
                                  uint64_t seed);
/* One round. False: the row is over. */
bool lab_bench_round(struct lab_bench *bench);
const struct lab_bench_result *lab_bench_result(const struct lab_bench *bench);
void lab_bench_end(struct lab_bench *bench);

#endif
