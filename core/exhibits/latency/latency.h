/* The latency numbers' frame: how long the things take that everybody knows a number of, here and
 * now.
 *
 * What it is. A row is one such thing: a table entry, and one function that does one turn of it.
 * The rows stand in a table for each file of them, and rows.c has the tables in the order they are
 * shown. Only the memory hierarchy's rows have no turn of their own: they are read from the ladder
 * (ladder.h).
 *
 * How it is used. lab_latency_begin(), lab_latency_round() until it says that the row is over, read
 * the result, lab_latency_end(); one row at a time. `lab latency` (command.h) does so
 * for all.
 *
 * How it measures. The frame lets a turn do more and more operations until it lasts long enough for
 * the clock (lab_latency_least()), and goes on for 30 ms because WebAssembly is compiled anew as it
 * gets hot. Then come the rounds, until the row's time is up or the interval is narrow; should a
 * turn have become too short, all that begins again. Turns differ by up to a quarter in their
 * operations, so that a coarse clock rounds them up as often as down. A round is one turn, and its
 * sample is the turn's seconds by its operations; where only the machine is asked (`least`: no
 * other thread, no system has a part in it) whatever else runs can only add, and a round is five
 * turns, of which the fastest counts. The result is the median of the rounds with its 95% bootstrap
 * interval; where that reaches down to 0 there is none.
 *
 * Threads. One. Blocking. lab_latency_round(), for its turns.
 * Stopping. A turn that waits notices lab_stopping() within 100 ms; the others are too short to
 * bother. Ownership. What a turn keeps in turn->state it frees by turn->release.
 */
#ifndef LAB_EXHIBITS_LATENCY_LATENCY_H
#define LAB_EXHIBITS_LATENCY_LATENCY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"
#include "stats/bootstrap.h"

enum lab_latency_group {
    LAB_LATENCY_MEMORY,
    LAB_LATENCY_SYNC,
    LAB_LATENCY_TASKS,
    LAB_LATENCY_OUTSIDE,
};
/* "memory", "sync", "tasks", "outside"; for people: "Memory and the CPU", … */
const char *lab_latency_group_name(enum lab_latency_group group);
const char *lab_latency_group_title(enum lab_latency_group group);

struct lab_latency_turn;

struct lab_latency_row {
    const char *name;  /* "mutex-contended" */
    const char *title; /* "Mutex lock and unlock, contended" */
    const char *about; /* one sentence: what is really done, by whom */
    enum lab_latency_group group;
    double classic_seconds; /* what the table that everybody knows says; 0: nothing */
    /* Does turn->operations operations, and sets turn->seconds to what they took, whatever was
     * spent on preparing or on the loop itself subtracted. What cannot be done so often lowers
     * turn->operations to what it did. Or a failure: LAB_E_UNAVAILABLE with the reason why it
     * cannot be measured here, LAB_E_STOPPED, or what went wrong; LAB_E_AGAIN: the turn goes on
     * once the host has news, call it again (where lab_can_block() is false, and nowhere else).
     * NULL: the ladder has the row's number. */
    int (*turn)(struct lab_latency_turn *turn, struct lab_failure *failure);
    const char *of; /* what the function is to measure, where it serves several rows */
    bool least; /* nobody but this thread has a part in it: a round is the fastest of its turns */
};

struct lab_latency_turn {
    const struct lab_latency_row *row;
    uint64_t operations; /* in: do so many; out: so many were done. At least 1 */
    double
        seconds; /* out, for all operations; may be 0 or less where a difference drowns in noise */
    uint64_t seed; /* for what is random: another one each turn */
    /* The row's own, from turn to turn; NULL before the first one. */
    void *state;
    void (*release)(void *state);
};

/* All rows, in the order they are shown. */
size_t lab_latency_row_count(void);
const struct lab_latency_row *lab_latency_row(size_t i);
/* NULL: there is none of that name. */
const struct lab_latency_row *lab_latency_find(const char *name);

/* A failure for rows that need a second thread, where there is none: LAB_E_UNAVAILABLE with the
 * reason. 0 where there are threads. */
int lab_latency_needs_threads(struct lab_failure *failure);
/* The same for rows whose threads must run at the same time: 0 where there are two cores for
 * them. */
int lab_latency_needs_two_cores(struct lab_failure *failure);
/* The same for rows that wait for an answer of the host, or of a process: 0 where code may
 * block. */
int lab_latency_needs_blocking(struct lab_failure *failure);

/* Seconds that a turn must last so that a clock of that resolution (in ns) is off by at most 2%. */
double lab_latency_least(double resolution_ns);

struct lab_latency_result {
    const struct lab_latency_row *row;
    unsigned rounds; /* measured */
    struct lab_interval
        seconds; /* for one operation, above 0; NaN: not measured, or (low, high) no interval */
    struct lab_failure failure; /* why there are no (more) rounds; LAB_E_UNAVAILABLE: not here */
};

struct lab_latency;

/* Measures for about `seconds`, warming up included, and at least a few rounds. least:
 * lab_latency_least(). NULL: out of memory. */
struct lab_latency *lab_latency_begin(const struct lab_latency_row *row, double seconds,
                                      double least, uint64_t seed);
/* One round, or a turn that warms up. False: the row is over. */
bool lab_latency_round(struct lab_latency *latency);
/* The last round's turn waits for the host's news. */
bool lab_latency_waits(const struct lab_latency *latency);
const struct lab_latency_result *lab_latency_result(struct lab_latency *latency);
void lab_latency_end(struct lab_latency *latency);

#endif
