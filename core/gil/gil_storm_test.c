/* The GIL's rules when several threads want it at once, checked in the trace afterwards. */
#include <stdlib.h>

#include "gil/gil_test.h"
#include "platform/checkpoint.h"
#include "stats/random.h"
#include "trace/trace.h"

/* ---- all at once ---- */

enum { STORMERS = 6, ROUNDS = 400 };

static struct {
    struct lab_gil *gil;
    uint64_t counter, holders; /* protected by the GIL alone */
    _Atomic uint32_t overlaps;
} storm;

static void stormer(void *argument)
{
    unsigned number = *(unsigned *)argument;
    struct lab_random random;
    char name[LAB_LANE_NAME];
    snprintf(name, sizeof name, "storm %u", number);
    struct lab_lane *lane = lab_lane_open(name, LAB_LANE_THREAD, "threads-gil", STORMERS);
    lab_lane_set_current(lane);
    lab_random_seed(&random, number);
    for (int i = 0; i < ROUNDS; i++) {
        lab_gil_take(storm.gil);
        for (uint64_t n = lab_random_below(&random, 40); n > 0; n--) {
            uint64_t seen = storm.counter;
            if (storm.holders++ != 0)
                atomic_fetch_add_explicit(&storm.overlaps, 1, memory_order_relaxed);
            storm.counter = seen + 1;
            storm.holders--;
            lab_checkpoint();
        }
        switch (lab_random_below(&random, 8)) {
        case 0:
            lab_gil_set_interval(storm.gil, (uint32_t)lab_random_below(&random, 300));
            break;
        case 1: {
            struct lab_gil *held = lab_gil_begin_allow_threads();
            rest(lab_random_below(&random, 100000));
            lab_gil_end_allow_threads(held);
            break;
        }
        case 2:
            rest(lab_random_below(&random, 400000)); /* a long step without a checkpoint */
            break;
        }
        lab_gil_release(storm.gil);
    }
    lab_lane_set_current(NULL);
    lab_lane_close(lane);
}

struct traced {
    struct lab_trace_event event;
    size_t order; /* within its lane */
};

static int by_time(const void *a, const void *b)
{
    const struct traced *x = a, *y = b;
    if (x->event.time_ns != y->event.time_ns)
        return x->event.time_ns < y->event.time_ns ? -1 : 1;
    if (x->event.lane != y->event.lane)
        return x->event.lane < y->event.lane ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Walks through the trace: each lane takes and releases in turn; between a drop on request and the
 * same lane's next take another one took it. How many takes and switches there were is returned. */
static void check_lanes(const struct lab_gil_stats *stats, unsigned gil_number)
{
    uint64_t totals[256] = {0}, asked = 0, lost = 0, strange = 0;
    static struct lab_trace_event events[LAB_TRACE_RING];
    for (size_t i = 0; i < lab_lane_count(); i++) {
        uint64_t cursor = 0;
        size_t count = lab_lane_read(lab_lane_at(i), &cursor, events, LAB_TRACE_RING, &lost);
        bool holds = false, wants = false, yields = false, asks = false;
        for (size_t n = 0; n < count; n++) {
            unsigned holder = events[n].task & 0xffff;
            totals[events[n].kind]++;
            strange += events[n].task >> 16 != gil_number;
            switch (events[n].kind) {
            case LAB_TRACE_GIL_WANT:
                strange += holds || wants || holder == i || holder == LAB_TRACE_NOBODY;
                wants = true;
                yields = false;
                break;
            case LAB_TRACE_GIL_TIMEOUT:
                strange += !wants || holder == i;
                asked += events[n].arg;
                break;
            case LAB_TRACE_GIL_TAKE:
                /* Straight back after a drop on request: never. */
                strange += holds || wants != (events[n].arg == 1) || (yields && holder == i);
                holds = true;
                wants = yields = false;
                break;
            case LAB_TRACE_GIL_RELEASE:
                strange += !holds || holder != i;
                holds = false;
                asks = events[n].arg;
                break;
            case LAB_TRACE_GIL_YIELD:
                strange += holds || !asks;
                yields = true;
                break;
            }
        }
        strange += holds || wants;
    }
    if (lost) {
        printf("  not seen: a slow machine made so many time-outs that a lane's ring overflowed\n");
        return;
    }
    CHECK_INT(strange, 0);
    CHECK_INT(totals[LAB_TRACE_GIL_TAKE], stats->takes);
    CHECK_INT(totals[LAB_TRACE_GIL_RELEASE], stats->takes);
    CHECK_INT(totals[LAB_TRACE_GIL_TIMEOUT], stats->timeouts);
    CHECK_INT(totals[LAB_TRACE_GIL_WANT], stats->wait.count);
    CHECK_INT(totals[LAB_TRACE_GIL_YIELD], stats->forced);
    CHECK_INT(asked, stats->drop_requests);
    CHECK_INT(stats->forced, stats->drop_requests);
}

static void a_storm_keeps_every_rule(void)
{
    lab_thread threads[STORMERS];
    unsigned numbers[STORMERS], started = 0;
    lab_trace_reset();
    storm.gil = lab_gil_create(50);
    storm.counter = storm.holders = 0;
    atomic_store(&storm.overlaps, 0);
    CHECK_OR_RETURN(storm.gil);
    for (; started < STORMERS; started++) {
        numbers[started] = started;
        if (!CHECK(lab_thread_start(&threads[started], stormer, &numbers[started]) == 0))
            break;
    }
    for (unsigned i = 0; i < started; i++)
        lab_thread_join(threads[i]);
    uint64_t want = 0;
    for (unsigned i = 0; i < STORMERS; i++) {
        struct lab_random random;
        lab_random_seed(&random, i);
        for (int round = 0; round < ROUNDS; round++) {
            want += lab_random_below(&random, 40);
            uint64_t what = lab_random_below(&random, 8);
            if (what < 3)
                lab_random_below(&random, what == 0 ? 300 : what == 1 ? 100000 : 400000);
        }
    }
    CHECK_INT(storm.counter, want);
    CHECK_INT(atomic_load(&storm.overlaps), 0);
    CHECK_INT(atomic_load(&lab_eval_breaker), 0); /* every request was withdrawn once */
    struct lab_gil_stats stats = stats_of(storm.gil);
    CHECK(stats.forced > 0);
    CHECK_INT(stats.hold.count, stats.takes);
    check_lanes(&stats, lab_gil_number(storm.gil));
    lab_gil_destroy(storm.gil);
    lab_trace_reset();
}

/* ---- 25, with several waiters ---- */

enum { WAITERS = 4 };

static _Atomic uint32_t queue_over;

static void compute(void *argument)
{
    struct lab_lane *lane = lab_lane_open(argument, LAB_LANE_THREAD, "threads-gil", WAITERS);
    lab_lane_set_current(lane);
    lab_gil_take(storm.gil);
    while (!atomic_load_explicit(&queue_over, memory_order_relaxed))
        lab_checkpoint();
    lab_gil_release(storm.gil);
    lab_lane_set_current(NULL);
    lab_lane_close(lane);
}

/* A switch while it waits spends a waiter's interval: no request is made until a whole one has
 * passed in which the holder stayed the same. */
static void a_waiter_asks_only_if_nobody_else_got_it_meanwhile(void)
{
    static struct traced all[WAITERS * 4096];
    static struct lab_trace_event events[4096];
    static char names[WAITERS][16];
    const uint64_t interval = 3 * MS;
    lab_thread threads[WAITERS];
    uint64_t lost = 0, early = 0, asked = 0, last_switch = 0;
    size_t count = 0;
    lab_trace_reset();
    storm.gil = lab_gil_create((uint32_t)(interval / 1000));
    atomic_store(&queue_over, 0);
    CHECK_OR_RETURN(storm.gil);
    for (int i = 0; i < WAITERS; i++) {
        snprintf(names[i], sizeof names[i], "%d", i);
        CHECK_OR_RETURN(lab_thread_start(&threads[i], compute, names[i]) == 0);
    }
    WAIT_UNTIL(stats_of(storm.gil).forced >= 30);
    atomic_store_explicit(&queue_over, 1, memory_order_relaxed);
    for (int i = 0; i < WAITERS; i++)
        lab_thread_join(threads[i]);
    for (size_t i = 0; i < lab_lane_count(); i++) {
        uint64_t cursor = 0;
        size_t n = lab_lane_read(lab_lane_at(i), &cursor, events, 4096, &lost);
        for (size_t j = 0; j < n; j++)
            all[count++] = (struct traced){events[j], j};
    }
    CHECK_INT(lost, 0);
    qsort(all, count, sizeof *all, by_time);
    for (size_t i = 0; i < count; i++) {
        const struct lab_trace_event *event = &all[i].event;
        if (event->kind == LAB_TRACE_GIL_TAKE)
            last_switch = event->time_ns;
        if (event->kind == LAB_TRACE_GIL_TIMEOUT && event->arg == 1) {
            asked++;
            early += event->time_ns - last_switch < interval;
        }
    }
    struct lab_gil_stats stats = stats_of(storm.gil);
    CHECK_INT(early, 0);
    CHECK_INT(asked, stats.drop_requests);
    CHECK(stats.timeouts >= stats.drop_requests);
    lab_gil_destroy(storm.gil);
    lab_trace_reset();
}

LAB_SUITE(gil_storm)
{
    RUN(a_storm_keeps_every_rule);
    RUN(a_waiter_asks_only_if_nobody_else_got_it_meanwhile);
}
