/* The benchmark's frame: what a part of the lab costs, measured against its peers in the same run.
 *
 * What it is. A row is a question with up to six peers to compare with ("what does the checkpoint
 * in sort cost? the peer is sort without it"; "how many empty tasks a second? the peers are the
 * pools that people use today"): a function that does one turn of ours, one for each peer, and one
 * entry in rows.c.
 *
 * How it is used. lab_bench_begin(), lab_bench_round() until it says that the row is over, read the
 * result, lab_bench_end(); one row at a time. `lab bench` (command.h) does so for all.
 *
 * How it measures. In a round ours and the peers take turns, A B C A B C …, until each has worked
 * for 20 ms; the order is drawn anew for each round, from the seed. A side's sample is the seconds
 * of its turns by their operations. Rows that ask what something costs (`fastest`) have rounds of
 * 150 ms, and the sample is the fastest turn: what else runs on the machine can only add, and among
 * a hundred turns of a millisecond some are left alone. The first round warms up and is thrown
 * away. The ratio is ours by the best peer's, of the medians of all rounds, with its bootstrap
 * interval; the best is the peer with the best median.
 *
 * A peer that is not here (LAB_E_UNAVAILABLE), or that fails, is left out from then on, and the
 * result says why; with no peer left a row shows ours alone. When ours fails the row is over.
 *
 * How a row is written. A turn function in a file of its own or its subject's, declared in rows.h,
 * and an entry:
 *
 *     {.name = "burst-threads", .title = "Burst of empty tasks, threads",
 *      .turn = lab__bench_burst, .of = "threads", .unit = LAB_BENCH_RATE, .operation = "task",
 *      .goal = 100, .where = LAB_BENCH_WASM,
 *      .description = "…, against …; at least 100 times as many.",
 *      .peers = {{.name = "piscina", .turn = lab__bench_peer, .of = "js/burst piscina"},
 *                {.name = "plain pool", .turn = lab__bench_burst, .of = "plain"}}},
 *
 * Two goals against different peers are two rows. A peer without a turn of its own is asked through
 * the row's, with turn->peer set, and shares its state: so a kernel is prepared once for both. What
 * the program cannot do itself (JavaScript's and Python's pools, the native program when this is
 * WebAssembly) lab__bench_peer (rows.h) asks for.
 *
 * Threads. One. Blocking. lab_bench_round(), for the turns; a stop of the run ends it after the
 * turn. Ownership. What a turn keeps in turn->state it frees by turn->release; executors are the
 * frame's.
 */
#ifndef LAB_EXHIBITS_BENCH_BENCH_H
#define LAB_EXHIBITS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"
#include "platform/error.h"
#include "stats/bootstrap.h"

enum { LAB_BENCH_PEERS = 6, LAB_BENCH_SIDES = 1 + LAB_BENCH_PEERS };

/* What the numbers of a row count, and with it the direction of its goal. */
enum lab_bench_unit {
    LAB_BENCH_SECONDS, /* an operation takes: fewer are better, the ratio shall be at most the
                        * goal */
    LAB_BENCH_RATE,    /* operations in a second: more are better, the ratio shall be at least the
                        * goal */
    LAB_BENCH_FACTOR,  /* the same of two times ("seconds" of two workers, "operations" that are
                        * seconds of one): a number without a unit, an efficiency or a speed-up */
};

/* In which program a row is asked. */
enum lab_bench_where { LAB_BENCH_ANYWHERE, LAB_BENCH_NATIVE, LAB_BENCH_WASM };

struct lab_bench_turn;
/* Does one turn, of some milliseconds: sets seconds and operations. Or a failure: LAB_E_UNAVAILABLE
 * with the reason why it cannot be measured here, LAB_E_STOPPED, or what went wrong. */
typedef int lab_bench_turn_fn(struct lab_bench_turn *turn, struct lab_failure *failure);

struct lab_bench_peer {
    const char *name;
    lab_bench_turn_fn *turn; /* NULL: the row's own, which looks at turn->peer */
    const char *of;          /* NULL: the row's */
};

struct lab_bench_row {
    const char *name;
    const char *title;       /* a few words, for tables */
    const char *description; /* one sentence: what is compared, and which way is good */
    enum lab_bench_where where;
    enum lab_bench_unit unit;
    const char *operation;   /* one of what is counted: "task", "run" */
    double goal;             /* of the ratio; 0: none, the row is there to show changes */
    bool absolute;           /* the goal is of ours itself, in the unit, and not of the ratio */
    bool fastest;            /* a sample is the fastest turn */
    lab_bench_turn_fn *turn; /* ours */
    const char *of;          /* what the function is to measure, where it serves several rows */
    struct lab_bench_peer peers[LAB_BENCH_PEERS]; /* those that have a name */
    /* Another figure of ours that stands beside the ratio ("bytes a coroutine"), which turns
     * set. */
    const char *beside;
    double beside_goal; /* it shall be at most; 0: none */
    /* Where a goal is out of reach: why, and what the floor is. One sentence or two. */
    const char *note;
};

/* All rows, in the order they are shown; the last one has no name. */
extern const struct lab_bench_row lab_bench_rows[];
const struct lab_bench_row *lab_bench_find(const char *name);
/* Whether the row is asked in this program. */
bool lab_bench_here(const struct lab_bench_row *row);
size_t lab_bench_peer_count(const struct lab_bench_row *row);

struct lab_bench;

struct lab_bench_turn {
    struct lab_bench *bench;
    const struct lab_bench_row *row;
    const struct lab_bench_peer *peer; /* whose turn it is; NULL: ours */
    const char *of;                    /* the peer's, or the row's */
    /* Out. */
    double seconds, operations;
    double beside; /* only ours, where the row has one; the last one counts */
    /* The turn function's own, from turn to turn; NULL before the first one. Each function of a row
     * has one for itself, and for each peer that names it one more. */
    void *state;
    void (*release)(void *state);
};

/* For turns: a started executor, the same one each time it is asked for with the same words; its
 * workers' lanes are open unless untraced. NULL with the failure. */
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
    unsigned rounds;           /* measured */
    struct lab_interval ours;  /* in the row's unit; median 0 without a round */
    struct lab_interval ratio; /* ours by the best peer's; NaN without a round or a peer */
    double beside;             /* 0: not measured */
    int best;                  /* the best peer's place in row->peers; -1: there is none */
    struct {
        double median; /* in the row's unit; 0: not measured */
        struct lab_failure failure;
    } peers[LAB_BENCH_PEERS];
    struct lab_failure failure; /* why there are no (more) rounds; LAB_E_UNAVAILABLE: not here */
};
/* A goal of `beside` that was missed makes the row's missed. */
enum lab_bench_verdict lab_bench_verdict(const struct lab_bench_result *result);
const char *lab_bench_unit_text(const struct lab_bench_row *row, char *text, size_t size);

/* What a row has before it was measured. */
void lab_bench_result_init(struct lab_bench_result *result, const struct lab_bench_row *row);

/* At least rounds measured rounds; then until the ratio's interval is within ±0.5% or the row has
 * taken seconds. NULL: out of memory. */
struct lab_bench *lab_bench_begin(const struct lab_bench_row *row, unsigned rounds, double seconds,
                                  uint64_t seed);
/* One round. False: the row is over. */
bool lab_bench_round(struct lab_bench *bench);
/* One turn of a side (0: ours, else 1 + the peer's place) by itself, outside of rounds, in
 * whichever program. */
int lab_bench_turn(struct lab_bench *bench, unsigned side, double *seconds, double *operations,
                   struct lab_failure *failure);
const struct lab_bench_result *lab_bench_result(const struct lab_bench *bench);
void lab_bench_end(struct lab_bench *bench);

#endif
