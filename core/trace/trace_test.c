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

static void every_kind_has_a_word(void)
{
    CHECK_STR(lab_trace_kind_text(LAB_TRACE_SAMPLE), "sample");
    CHECK_STR(lab_trace_kind_text(99), "unknown");
    CHECK_STR(lab_wait_reason_text(LAB_WAIT_PIPE), "pipe");
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
    RUN(no_lane_is_no_trouble);
    RUN(every_kind_has_a_word);
}
