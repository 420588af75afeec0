/* The global interpreter lock: one thread at a time, as CPython does it.
 *
 * What it is. A held flag, a mutex, a condition, the last holder and a switch number. A waiter
 * waits one interval at a time; if the GIL was held all that time and nobody else got it meanwhile,
 * it asks the holder to drop. The holder looks at its next checkpoint (platform/checkpoint.h), lets
 * go, and waits until another thread has taken the GIL before it queues up again: a forced switch.
 *
 * How it is used. A thread that is to run under a GIL calls lab_gil_take(), works with checkpoints,
 * and lab_gil_release() at the end. Around anything that blocks (an await, a lock, a join, a
 * queue):
 *
 *     struct lab_gil *gil = lab_gil_begin_allow_threads();
 *     …blocks…
 *     lab_gil_end_allow_threads(gil);
 *
 * which does nothing in a thread that holds none.
 *
 * Threads. take, release, the pair and the checkpoint: the thread concerned; it holds at most one
 * GIL. Everything else: any thread. Blocking. take and end_allow_threads, until the GIL is there; a
 * checkpoint, release and begin_allow_threads if a drop was asked for, until another thread has it.
 * Where there are no threads nobody else can hold it, and nothing blocks. Progress. A waiter gets
 * the GIL once holders reach checkpoints; which waiter, is the system's choice. Trace. Each step is
 * an event on the calling thread's lane (trace/trace.h, GIL_…), which names who held it. Source.
 * CPython's Python/ceval_gil.c; PEP 684 for a GIL for each interpreter.
 */
#ifndef LAB_GIL_GIL_H
#define LAB_GIL_GIL_H

#include <stdbool.h>
#include <stdint.h>

#include "stats/histogram.h"

#define LAB_GIL_INTERVAL_US     5000u /* CPython's default */
#define LAB_GIL_INTERVAL_MIN_US 1u
#define LAB_GIL_INTERVAL_MAX_US 1000000u /* what the command line and the page accept */

struct lab_gil;

/* NULL: out of memory. interval_us as lab_gil_set_interval(). */
struct lab_gil *lab_gil_create(uint32_t interval_us);
/* Nobody may hold or want it. NULL is legal. */
void lab_gil_destroy(struct lab_gil *gil);
/* Its number in the trace: counted through the whole program from 1. */
unsigned lab_gil_number(const struct lab_gil *gil);

/* Waits until the GIL is the calling thread's. */
void lab_gil_take(struct lab_gil *gil);
void lab_gil_release(struct lab_gil *gil);
/* The GIL that the calling thread holds, or NULL. */
struct lab_gil *lab_gil_held(void);

/* Releases the GIL the calling thread holds, before it blocks; returns it, or NULL if it held
 * none. */
struct lab_gil *lab_gil_begin_allow_threads(void);
/* Takes it again. NULL is legal. */
void lab_gil_end_allow_threads(struct lab_gil *gil);

/* sys.setswitchinterval, for one GIL: counts from the next wait on. 0 becomes
 * LAB_GIL_INTERVAL_MIN_US. */
void lab_gil_set_interval(struct lab_gil *gil, uint32_t interval_us);
uint32_t lab_gil_interval(const struct lab_gil *gil);

struct lab_gil_distribution {
    uint64_t count;
    double p50, p90, p99, mean; /* seconds; 0 when count is 0 */
};
struct lab_gil_stats {
    uint64_t takes;                   /* times it was taken */
    uint64_t switches;                /* times the holder changed: the switch number (rule 28,
                                       * core/RULES.md) */
    uint64_t forced;                  /* of those, after a drop on request */
    uint64_t drop_requests;           /* a waiter asked the holder to drop */
    uint64_t timeouts;                /* a waiter waited a whole interval in vain */
    struct lab_gil_distribution hold; /* from take to release */
    struct lab_gil_distribution wait; /* from want to take, of those that had to wait */
    double wait_seconds;              /* sum of all waits */
};
/* Since creation or the last reset. A hold or wait counts when it ends. */
void lab_gil_stats(struct lab_gil *gil, struct lab_gil_stats *stats);
void lab_gil_stats_reset(struct lab_gil *gil);

/* The same as counters that only grow: for whoever wants several spans at once. */
struct lab_gil_totals {
    uint64_t takes, switches, forced, drop_requests, timeouts;
    struct lab_histogram hold, wait; /* ns */
};
void lab_gil_totals(struct lab_gil *gil, struct lab_gil_totals *totals);
/* What happened between two readings; from NULL: from the beginning. */
void lab_gil_stats_between(struct lab_gil_stats *stats, const struct lab_gil_totals *from,
                           const struct lab_gil_totals *to);
void lab_gil_describe(struct lab_gil_distribution *distribution,
                      const struct lab_histogram *histogram);

#endif
