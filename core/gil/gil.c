/* - One mutex guards everything; it is held for some hundred nanoseconds at each step, never while
 *   anybody works. Where CPython has a second mutex for the forced switch, we have the first one:
 *   the switch number changes under it.
 * - A drop request belongs to one hold: set under the mutex while the GIL is held, at most once,
 *   and withdrawn under the mutex by the release that ends this hold, whatever the reason for it.
 *   So it is announced at the checkpoint (platform/checkpoint.h) and withdrawn there exactly once
 *   each, also when the holder lets go by itself at that moment, and none is left when a GIL is
 *   destroyed.
 * - Every release with a request pending is one on request, also that before a blocking call
 *   (drop_gil() does so too): a thread that makes one short call after another would otherwise win
 *   the GIL back each time before the waiter is awake.
 * - The dropper waits for the switch number to differ from what it was, not for a flag: it stays
 *   different however late the dropper wakes, and however often the GIL changed hands by then. It
 *   cannot wait for ever: a request has a waiter, which stays until it has the GIL.
 * - Who the last holder was is told by a number that no other thread ever has; an address of
 *   something thread-local comes back when threads end.
 * - The clock is read once for each step, inside the mutex: times of events are in the order of the
 *   steps.
 * - What tracing and counting cost: 50 ns for a take and a release together natively, 250 ns in
 *   Node, most of it the clock. Two threads that only look at checkpoints, from one change of hands
 *   to the next, with it and without (medians of windows in turn, 2 cores, real-time priority on a
 *   busy machine): interval 1 ms 1.114 and 1.114 ms; 100 us 177 and 174 us; 1 us 65 and 56 us,
 *   within the windows' scatter; in Node 1.114 and 1.117 ms, 189 and 178 us, 28 and 41 us.
 */
#include "gil/gil.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

struct lab_gil {
    unsigned number;              /* immutable */
    _Atomic uint32_t interval_us; /* relaxed: a number by itself */
    _Atomic uint32_t
        drop_request; /* written under mutex; the holder's checkpoint reads it without */
    lab_mutex mutex;
    lab_cond free;     /* it was released */
    lab_cond switched; /* somebody took it, and somebody else waits for that */
    /* Under mutex from here. Invariants: drop_request implies held; yielding threads do not
     * hold. */
    bool held;
    bool dropped;           /* the last release was on request */
    unsigned yielding;      /* threads in a forced switch */
    uint32_t last_holder;   /* 0: nobody yet */
    unsigned last_lane;     /* its lane's number, or LAB_TRACE_NOBODY */
    uint64_t switch_number; /* how often the holder changed */
    uint64_t taken_ns;      /* while held */
    struct lab_gil_totals totals;
};

/* The calling thread's. */
static _Thread_local struct {
    uint32_t number; /* from 1; 0: has none yet */
    struct lab_gil *held;
} self;

static _Atomic uint32_t thread_numbers, gil_numbers; /* relaxed: only unique */

/* ---- trace ---- */

static unsigned own_lane(void)
{
    struct lab_lane *lane = lab_lane_current();
    return lane ? lab_lane_number(lane) : LAB_TRACE_NOBODY;
}

static void trace(const struct lab_gil *gil, uint64_t now, enum lab_trace_kind kind,
                  unsigned holder, unsigned arg)
{
    lab_trace_at(lab_lane_current(), now, kind, holder | (uint32_t)(gil->number & 0xffff) << 16,
                 arg);
}

/* ---- take and release ---- */

/* A waiter that finds a request pending has nothing to ask until the GIL has changed hands, and is
 * woken if that is its turn. It sleeps for this long at least: at an interval of 1 us the waiters'
 * time-outs alone would keep the mutex from the holder, who needs it to let go. */
enum { PATIENCE_NS = 50000 };

/* Waits one interval at a time until it is free (mutex held). */
static void wait_until_free(struct lab_gil *gil)
{
    while (gil->held) {
        uint64_t number = gil->switch_number;
        uint64_t interval = lab_gil_interval(gil) * UINT64_C(1000);
        if (interval < PATIENCE_NS &&
            atomic_load_explicit(&gil->drop_request, memory_order_relaxed))
            interval = PATIENCE_NS;
        if (lab_cond_wait(&gil->free, &gil->mutex, interval) || !gil->held)
            continue;
        bool asks = gil->switch_number == number &&
                    !atomic_load_explicit(&gil->drop_request, memory_order_relaxed);
        gil->totals.timeouts++;
        gil->totals.drop_requests += asks;
        trace(gil, lab_now_ns(), LAB_TRACE_GIL_TIMEOUT, gil->last_lane, asks);
        if (asks) {
            /* Last, for the holder may be at its checkpoint already, and would sleep for the mutex.
             * Relaxed: it acts on it under the mutex. */
            atomic_store_explicit(&gil->drop_request, 1, memory_order_relaxed);
            lab_checkpoint_announce();
        }
    }
}

/* Makes the calling thread the holder (mutex held). */
static void become_holder(struct lab_gil *gil)
{
    gil->held = true;
    gil->totals.takes++;
    if (gil->last_holder != self.number) {
        gil->last_holder = self.number;
        gil->switch_number++;
        gil->totals.switches++;
        gil->totals.forced += gil->dropped;
        if (gil->yielding)
            lab_cond_broadcast(&gil->switched);
    }
    gil->last_lane = own_lane();
    self.held = gil;
}

static void release(struct lab_gil *gil)
{
    assert(self.held == gil && gil->held);
    lab_mutex_lock(&gil->mutex);
    uint64_t now = lab_now_ns();
    uint64_t number = gil->switch_number;
    bool asked = atomic_load_explicit(&gil->drop_request, memory_order_relaxed);
    if (asked) {
        atomic_store_explicit(&gil->drop_request, 0, memory_order_relaxed);
        lab_checkpoint_withdraw();
    }
    gil->held = false;
    gil->dropped = asked;
    lab_histogram_add(&gil->totals.hold, now - gil->taken_ns);
    self.held = NULL;
    trace(gil, now, LAB_TRACE_GIL_RELEASE, gil->last_lane, asked);
    lab_cond_signal(&gil->free);
    if (asked) {
        trace(gil, now, LAB_TRACE_GIL_YIELD, gil->last_lane, 0);
        gil->yielding++;
        while (gil->switch_number == number)
            lab_cond_wait(&gil->switched, &gil->mutex, LAB_FOREVER);
        gil->yielding--;
    }
    lab_mutex_unlock(&gil->mutex);
}

/* The hook at checkpoints: somebody wants some GIL dropped; ours? Relaxed: what is not seen now is
 * seen at the next checkpoint. */
static void drop_if_asked(void)
{
    struct lab_gil *gil = self.held;
    if (!gil || !atomic_load_explicit(&gil->drop_request, memory_order_relaxed))
        return;
    release(gil);
    lab_gil_take(gil);
}

void lab_gil_take(struct lab_gil *gil)
{
    assert(!self.held);
    if (!self.number) {
        self.number = 1 + atomic_fetch_add_explicit(&thread_numbers, 1, memory_order_relaxed);
        lab_checkpoint_set_hook(drop_if_asked);
    }
    lab_mutex_lock(&gil->mutex);
    uint64_t now = lab_now_ns();
    unsigned last = gil->last_lane;
    bool waits = gil->held;
    if (waits) {
        uint64_t wanted = now;
        trace(gil, wanted, LAB_TRACE_GIL_WANT, last, 0);
        wait_until_free(gil);
        now = lab_now_ns();
        last = gil->last_lane;
        lab_histogram_add(&gil->totals.wait, now - wanted);
    }
    become_holder(gil);
    gil->taken_ns = now;
    trace(gil, now, LAB_TRACE_GIL_TAKE, last, waits);
    lab_mutex_unlock(&gil->mutex);
}

void lab_gil_release(struct lab_gil *gil)
{
    release(gil);
}

struct lab_gil *lab_gil_held(void)
{
    return self.held;
}

struct lab_gil *lab_gil_begin_allow_threads(void)
{
    struct lab_gil *gil = self.held;
    if (gil)
        release(gil);
    return gil;
}

void lab_gil_end_allow_threads(struct lab_gil *gil)
{
    if (gil)
        lab_gil_take(gil);
}

/* ---- the rest ---- */

struct lab_gil *lab_gil_create(uint32_t interval_us)
{
    struct lab_gil *gil = calloc(1, sizeof *gil);
    if (!gil)
        return NULL;
    gil->number = 1 + atomic_fetch_add_explicit(&gil_numbers, 1, memory_order_relaxed);
    gil->last_lane = LAB_TRACE_NOBODY;
    lab_gil_set_interval(gil, interval_us);
    lab_mutex_init(&gil->mutex);
    lab_cond_init(&gil->free);
    lab_cond_init(&gil->switched);
    return gil;
}

void lab_gil_destroy(struct lab_gil *gil)
{
    if (!gil)
        return;
    /* Whoever released it last may still be inside the mutex. */
    lab_mutex_lock(&gil->mutex);
    assert(!gil->held && !gil->yielding);
    lab_mutex_unlock(&gil->mutex);
    lab_cond_destroy(&gil->switched);
    lab_cond_destroy(&gil->free);
    lab_mutex_destroy(&gil->mutex);
    free(gil);
}

unsigned lab_gil_number(const struct lab_gil *gil)
{
    return gil->number;
}

void lab_gil_set_interval(struct lab_gil *gil, uint32_t interval_us)
{
    if (interval_us < LAB_GIL_INTERVAL_MIN_US)
        interval_us = LAB_GIL_INTERVAL_MIN_US;
    atomic_store_explicit(&gil->interval_us, interval_us, memory_order_relaxed);
}

uint32_t lab_gil_interval(const struct lab_gil *gil)
{
    return atomic_load_explicit(&gil->interval_us, memory_order_relaxed);
}

void lab_gil_totals(struct lab_gil *gil, struct lab_gil_totals *totals)
{
    lab_mutex_lock(&gil->mutex);
    *totals = gil->totals;
    lab_mutex_unlock(&gil->mutex);
}

void lab_gil_stats(struct lab_gil *gil, struct lab_gil_stats *stats)
{
    struct lab_gil_totals totals;
    lab_gil_totals(gil, &totals);
    lab_gil_stats_between(stats, NULL, &totals);
}

void lab_gil_stats_reset(struct lab_gil *gil)
{
    lab_mutex_lock(&gil->mutex);
    memset(&gil->totals, 0, sizeof gil->totals);
    lab_mutex_unlock(&gil->mutex);
}

void lab_gil_describe(struct lab_gil_distribution *distribution,
                      const struct lab_histogram *histogram)
{
    *distribution = (struct lab_gil_distribution){
        .count = histogram->count,
        .p50 = lab_histogram_percentile(histogram, 50) / 1e9,
        .p90 = lab_histogram_percentile(histogram, 90) / 1e9,
        .p99 = lab_histogram_percentile(histogram, 99) / 1e9,
        .mean = lab_histogram_mean(histogram) / 1e9,
    };
}

void lab_gil_stats_between(struct lab_gil_stats *stats, const struct lab_gil_totals *from,
                           const struct lab_gil_totals *to)
{
    struct lab_gil_totals span = *to;
    if (from) {
        span.takes -= from->takes;
        span.switches -= from->switches;
        span.forced -= from->forced;
        span.drop_requests -= from->drop_requests;
        span.timeouts -= from->timeouts;
        lab_histogram_subtract(&span.hold, &from->hold);
        lab_histogram_subtract(&span.wait, &from->wait);
    }
    *stats = (struct lab_gil_stats){
        .takes = span.takes,
        .switches = span.switches,
        .forced = span.forced,
        .drop_requests = span.drop_requests,
        .timeouts = span.timeouts,
        .wait_seconds = (double)span.wait.sum / 1e9,
    };
    lab_gil_describe(&stats->hold, &span.hold);
    lab_gil_describe(&stats->wait, &span.wait);
}
