/* CPU-bound threads beside threads doing short I/O, under one GIL or under none, and what they did.
 *
 * What it is. A CPU-bound thread finds out by trial division, again and again, that one number is
 * prime: a unit of work, about a millisecond, with a checkpoint every few microseconds. An I/O
 * thread sleeps and notes how long it takes from the end of the sleep until it runs with the GIL
 * again: its response time. What the sleep itself overslept is not in it. Without a GIL it is the
 * same two readings of the clock.
 *
 * How it is used. lab_gil_phase_start(), any number of lab_gil_phase_read(), lab_gil_phase_end().
 * Readings only grow; lab_gil_span_between() makes rates and percentiles of two of them.
 *
 * Threads. The coordinator's, all of them. Blocking. start, until all threads stand ready; end,
 * until all have ended, which takes one checkpoint each. A stop of the run ends both early. Trace.
 * A lane for each thread: START and END around a unit or an I/O, BLOCK and UNBLOCK around the
 * sleep, the GIL's own events.
 */
#ifndef LAB_EXHIBITS_GIL_PHASE_H
#define LAB_EXHIBITS_GIL_PHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "exhibits/gil/options.h"
#include "gil/gil.h"
#include "platform/error.h"

struct lab_gil_phase;

struct lab_gil_reading {
    uint64_t at_ns;
    uint32_t interval_us; /* 0: no GIL */
    uint64_t units, ios;
    struct lab_gil_totals gil;
    struct lab_histogram response; /* ns */
};

struct lab_gil_span {
    double seconds;
    uint32_t interval_us; /* at its end; 0: no GIL */
    double units_per_second, ios_per_second;
    struct lab_gil_stats gil;
    struct lab_gil_distribution response;
};

/* NULL with the failure (LAB_E_NOMEM, LAB_E_UNAVAILABLE, LAB_E_STOPPED). gil NULL: without. */
struct lab_gil_phase *lab_gil_phase_start(const struct lab_gil_options *options,
                                          struct lab_gil *gil, struct lab_failure *failure);
void lab_gil_phase_read(struct lab_gil_phase *phase, struct lab_gil_reading *reading);
/* Ends the threads and frees. LAB_E_UNVERIFIED if a unit of work came out wrong. */
int lab_gil_phase_end(struct lab_gil_phase *phase, struct lab_failure *failure);

void lab_gil_span_between(struct lab_gil_span *span, const struct lab_gil_reading *from,
                          const struct lab_gil_reading *to);

/* Internal: what one unit of work is, here for the test. Tries odd divisors from 3 to the root of
 * n, with a checkpoint every few microseconds; gives up (false) when over becomes non-zero or the
 * run is stopped. */
bool lab__gil_is_prime(uint64_t n, const _Atomic uint32_t *over, bool *prime);

#endif
