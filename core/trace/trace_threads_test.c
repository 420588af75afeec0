#include <stdatomic.h>

#include "check.h"
#include "platform/sync.h"
#include "trace/trace.h"

enum { EVENTS = 400000 };

static struct lab_lane *lane;
static _Atomic uint32_t finished;

static void write_events(void *unused)
{
    (void)unused;
    /* Time, task and argument say the same: a torn event would show. */
    for (uint32_t i = 0; i < EVENTS; i++)
        lab_trace_at(lane, (uint64_t)i * 3, LAB_TRACE_START, i, i & 0xff);
    atomic_store_explicit(&finished, 1, memory_order_release);
}

static void a_reader_never_sees_a_torn_event(void)
{
    static struct lab_trace_event events[4096];
    uint64_t cursor = 0, lost = 0, seen = 0;
    uint32_t next = 0;
    bool whole = true, rising = true, last;
    lab_thread writer;
    lab_trace_reset();
    lane = lab_lane_open("writer", LAB_LANE_THREAD, "threads", 1);
    atomic_store(&finished, 0);
    CHECK_OR_RETURN(lane && lab_thread_start(&writer, write_events, NULL) == 0);
    do {
        last = atomic_load_explicit(&finished, memory_order_acquire);
        for (size_t n; (n = lab_lane_read(lane, &cursor, events, 4096, &lost)) > 0; seen += n)
            for (size_t i = 0; i < n; i++) {
                whole &= events[i].time_ns == (uint64_t)events[i].task * 3 &&
                         events[i].arg == (events[i].task & 0xff);
                rising &= events[i].task >= next;
                next = events[i].task + 1;
            }
    } while (!last);
    lab_thread_join(writer);
    CHECK(whole);
    CHECK(rising);
    CHECK_INT(seen + lost, EVENTS);
    lab_lane_close(lane);
    lab_trace_reset();
}

LAB_SUITE(trace_threads)
{
    RUN(a_reader_never_sees_a_torn_event);
}
