#include "trace/trace.h"

#include "check.h"
#include "platform/system.h"

static void events_come_back_in_order(void)
{
    struct lab_trace_event events[8];
    uint64_t cursor = 0, lost = 0;
    lab_trace_reset();
    struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2);
    CHECK_OR_RETURN(lane != NULL);
    lab_trace_at(lane, 10, LAB_TRACE_START, 7, 0);
    lab_trace_at(lane, 20, LAB_TRACE_BLOCK, 7, LAB_WAIT_FETCH);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 8, &lost), 2);
    CHECK_INT(events[0].time_ns, 10);
    CHECK_INT(events[0].kind, LAB_TRACE_START);
    CHECK_INT(events[1].task, 7);
    CHECK_INT(events[1].arg, LAB_WAIT_FETCH);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 8, &lost), 0);
    lab_trace_at(lane, 30, LAB_TRACE_END, UINT32_MAX, 1);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 8, &lost), 1);
    CHECK_INT(events[0].task, UINT32_MAX);
    CHECK_INT(lost, 0);
    lab_lane_close(lane);
}

static void a_full_ring_keeps_the_newest_and_counts_the_rest(void)
{
    static struct lab_trace_event events[LAB_TRACE_RING];
    const uint32_t total = LAB_TRACE_RING * 2 + 5;
    uint64_t cursor = 0, lost = 0;
    lab_trace_reset();
    struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 1);
    CHECK_OR_RETURN(lane != NULL);
    for (uint32_t i = 0; i < total; i++)
        lab_trace_at(lane, i, LAB_TRACE_START, i, 0);
    size_t count = lab_lane_read(lane, &cursor, events, LAB_TRACE_RING, &lost);
    CHECK_INT(count + lost, total);
    CHECK_INT(count, LAB_TRACE_RING - 1); /* one slot may be being written */
    CHECK_INT(events[count - 1].task, total - 1);
    CHECK_INT(events[0].task, total - count);
    CHECK_INT(lab_lane_written(lane), total);
    lab_lane_close(lane);
}

static void a_reopened_lane_goes_on(void)
{
    lab_trace_reset();
    struct lab_lane *first = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2);
    struct lab_lane *other = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2);
    CHECK(first != other); /* the first one is open */
    lab_lane_close(first);
    CHECK(lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 4) != first);
    CHECK(lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2) == first);
    CHECK_INT(lab_lane_count(), 3);
    struct lab_lane_info info;
    lab_lane_describe(lab_lane_at(2), &info);
    CHECK_STR(info.name, "thread 1");
    CHECK_INT(info.workers, 4);
    CHECK(lab_lane_at(3) == NULL);
    lab_trace_reset();
    CHECK_INT(lab_lane_count(), 0);
}

static void times_of_a_lane_never_go_back(void)
{
    struct lab_trace_event events[4];
    uint64_t cursor = 0, lost = 0, future = lab_now_ns() + 1000000000000;
    lab_trace_reset();
    struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 1);
    CHECK_OR_RETURN(lane != NULL);
    lab_trace_at(lane, future, LAB_TRACE_START, 1, 0);
    lab_trace_at(lane, 5, LAB_TRACE_BLOCK, 1, LAB_WAIT_FETCH);
    lab_trace(lane, LAB_TRACE_UNBLOCK, 1, LAB_WAIT_FETCH);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 4, &lost), 3);
    for (size_t i = 0; i < 3; i++)
        CHECK_INT(events[i].time_ns, future);
    lab_lane_close(lane);
}

static void events_that_touch_have_one_time(void)
{
    struct lab_trace_event events[4];
    uint64_t cursor = 0, lost = 0, before = lab_now_ns();
    lab_trace_reset();
    struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 1);
    CHECK_OR_RETURN(lane != NULL);
    lab_trace_touching(lane, LAB_TRACE_START, 1, 0); /* nothing: as lab_trace() */
    lab_trace(lane, LAB_TRACE_END, 1, 0);
    lab_trace_touching(lane, LAB_TRACE_START, 2, 0);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 4, &lost), 3);
    CHECK(events[0].time_ns + 100000 > before);
    CHECK(events[1].time_ns >= events[0].time_ns);
    CHECK_INT(events[2].time_ns, events[1].time_ns);
    CHECK_INT(events[2].task, 2);
    lab_lane_close(lane);
}

/* Long enough for the counter's rate to be known, and to be taken anew. */
static void a_stamp_is_the_time(void)
{
    const uint64_t beside = 20000;
    uint64_t start = lab_now_ns(), wrong = 0, before, after;
    do {
        before = lab_now_ns();
        uint64_t stamp = lab_stamp_ns();
        after = lab_now_ns();
        wrong += stamp + beside < before || stamp > after + beside;
    } while (after - start < 40000000);
    CHECK_INT(wrong, 0);
}

/* What a closed lane keeps is read as before, and goes on when it is opened again. */
static void a_closed_lane_keeps_its_events(void)
{
    struct lab_trace_event events[8];
    uint64_t cursor = 0, lost = 0;
    lab_trace_reset();
    struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2);
    CHECK_OR_RETURN(lane != NULL);
    for (uint32_t i = 0; i < 5; i++)
        lab_trace_at(lane, i, LAB_TRACE_START, i, 0);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 2, &lost), 2);
    lab_lane_close(lane);
    CHECK_INT(lab_lane_read(lane, &cursor, events, 8, &lost), 3);
    CHECK_INT(events[2].task, 4);
    CHECK(lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 2) == lane);
    lab_trace_at(lane, 5, LAB_TRACE_START, 5, 0);
    cursor = 0;
    CHECK_INT(lab_lane_read(lane, &cursor, events, 8, &lost), 6);
    CHECK_INT(events[0].task, 0);
    CHECK_INT(events[5].task, 5);
    CHECK_INT(lost, 0);
    lab_lane_close(lane);
}

/* Full lanes that were closed, until the first ones give up their events: which is counted, for
 * whoever has not read them yet and in all, and no two lanes' events are taken for each other. */
static void what_closed_lanes_keep_is_bounded(void)
{
    static struct lab_trace_event events[LAB_TRACE_RING];
    enum { LANES = LAB_TRACE_KEPT / (LAB_TRACE_RING * sizeof *events) + 4 };
    uint64_t written = 0, all_lost = 0, kept = 0, lost = 0;
    lab_trace_reset();
    for (unsigned i = 0; i < LANES; i++) {
        struct lab_lane *lane = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", i + 1);
        CHECK_OR_RETURN(lane != NULL);
        for (uint32_t k = 0; k < LAB_TRACE_RING; k++)
            lab_trace_at(lane, k, LAB_TRACE_START, i, 0);
        lab_lane_close(lane);
    }
    lab_trace_totals(&written, &all_lost);
    CHECK_INT(written, (uint64_t)LANES * LAB_TRACE_RING);
    for (unsigned i = 0; i < LANES; i++) {
        uint64_t cursor = 0;
        size_t count = lab_lane_read(lab_lane_at(i), &cursor, events, LAB_TRACE_RING, &lost);
        kept += count;
        CHECK(count == 0 || events[0].task == i);
        CHECK(count == (i < 4 ? 0 : count)); /* the oldest went first */
    }
    CHECK_INT(kept + lost, written);
    CHECK_INT(lost, all_lost);
    CHECK(kept * sizeof *events <= LAB_TRACE_KEPT);
    struct lab_lane *first = lab_lane_open("thread 1", LAB_LANE_THREAD, "threads", 1);
    CHECK(first == lab_lane_at(0));
    uint64_t cursor = 0;
    lost = 0;
    lab_trace_at(first, 7, LAB_TRACE_END, 7, 0);
    CHECK_INT(lab_lane_read(first, &cursor, events, 8, &lost), 1);
    CHECK_INT(events[0].task, 7);
    CHECK_INT(lost, LAB_TRACE_RING);
    lab_trace_reset();
}

static void no_lane_is_no_trouble(void)
{
    lab_trace(NULL, LAB_TRACE_START, 1, 0);
    lab_trace_touching(NULL, LAB_TRACE_START, 1, 0);
    lab_lane_close(NULL);
    lab_lane_set_current(NULL);
    lab_trace_here(LAB_TRACE_END, 1, 0);
    CHECK_INT(lab_lane_number(NULL), 0);
    CHECK_INT(lab_lane_written(NULL), 0);
}

static void reasons_and_roles_have_words(void)
{
    CHECK_STR(lab_wait_reason_text(LAB_WAIT_PIPE), "pipe");
    CHECK_STR(lab_wait_reason_text(99), "unknown");
    CHECK_STR(lab_lane_role_text(LAB_LANE_LOOP), "loop");
}

LAB_SUITE(trace)
{
    RUN(events_come_back_in_order);
    RUN(a_full_ring_keeps_the_newest_and_counts_the_rest);
    RUN(a_reopened_lane_goes_on);
    RUN(times_of_a_lane_never_go_back);
    RUN(events_that_touch_have_one_time);
    RUN(a_stamp_is_the_time);
    RUN(a_closed_lane_keeps_its_events);
    RUN(what_closed_lanes_keep_is_bounded);
    RUN(no_lane_is_no_trouble);
    RUN(reasons_and_roles_have_words);
}
