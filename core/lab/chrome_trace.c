#include "lab/chrome_trace.h"

#include <stdlib.h>

#include "trace/trace.h"

enum { BATCH = 1024, PIECE = 256 << 10 };

static uint64_t first_time(void)
{
    uint64_t first = UINT64_MAX;
    for (size_t i = 0; i < lab_lane_count(); i++) {
        struct lab_trace_event event;
        uint64_t cursor = 0, lost = 0;
        if (lab_lane_read(lab_lane_at(i), &cursor, &event, 1, &lost) && event.time_ns < first)
            first = event.time_ns;
    }
    return first;
}

static void describe(struct lab_text *out, size_t lane, const char *name, const char *value)
{
    json_object(out, NULL);
    json_string(out, "ph", "M");
    json_string(out, "name", name);
    json_integer(out, "pid", 1);
    json_integer(out, "tid", lane);
    json_object(out, "args");
    json_string(out, "name", value);
    json_end(out);
    json_end(out);
}

/* One of a GIL's events. Holding and wanting overlap the tasks' nesting (a task is begun without
 * the GIL, say), so they are spans of their own (b and e), one row for each lane; the rest are
 * instants. */
static void write_gil_part(struct lab_text *out, const struct lab_trace_event *event,
                           uint64_t epoch, const char *phase, const char *name)
{
    json_object(out, NULL);
    json_string(out, "ph", phase);
    json_string(out, "name", name);
    json_string(out, "cat", "gil");
    json_number(out, "ts", event->time_ns > epoch ? (double)(event->time_ns - epoch) / 1e3 : 0.0);
    json_integer(out, "pid", 1);
    json_integer(out, "tid", event->lane);
    if (phase[0] == 'i')
        json_string(out, "s", "t");
    else
        json_integer(out, "id", event->lane);
    json_object(out, "args");
    json_integer(out, "gil", event->task >> 16);
    if ((event->task & 0xffff) != LAB_TRACE_NOBODY)
        json_integer(out, "holder", event->task & 0xffff);
    json_end(out);
    json_end(out);
}

static void write_gil(struct lab_text *out, const struct lab_trace_event *event, uint64_t epoch)
{
    static const char wants[] = "wants the GIL", holds[] = "holds the GIL";
    switch (event->kind) {
    case LAB_TRACE_GIL_WANT:
        write_gil_part(out, event, epoch, "b", wants);
        break;
    case LAB_TRACE_GIL_TAKE:
        if (event->arg)
            write_gil_part(out, event, epoch, "e", wants);
        write_gil_part(out, event, epoch, "b", holds);
        break;
    case LAB_TRACE_GIL_RELEASE:
        write_gil_part(out, event, epoch, "e", holds);
        break;
    case LAB_TRACE_GIL_TIMEOUT:
        write_gil_part(out, event, epoch, "i",
                       event->arg ? "asks for the GIL" : "an interval has passed");
        break;
    case LAB_TRACE_GIL_YIELD:
        write_gil_part(out, event, epoch, "i", "forced switch");
        break;
    }
}

/* phase B and E nest within a lane; b and e are awaits, which overlap: their id is the task. */
static void write_event(struct lab_text *out, const struct lab_trace_event *event, uint64_t epoch)
{
    static const char phases[] = {
        [LAB_TRACE_SUBMIT] = 'i', [LAB_TRACE_START] = 'B',   [LAB_TRACE_END] = 'E',
        [LAB_TRACE_BLOCK] = 'B',  [LAB_TRACE_UNBLOCK] = 'E', [LAB_TRACE_AWAIT] = 'b',
        [LAB_TRACE_RESUME] = 'e', [LAB_TRACE_SAMPLE] = 'B'};
    if (event->kind >= LAB_TRACE_GIL_WANT && event->kind <= LAB_TRACE_GIL_YIELD) {
        write_gil(out, event, epoch);
        return;
    }
    if (event->kind == 0 || event->kind >= sizeof phases)
        return;
    char phase[2] = {phases[event->kind], '\0'};
    const char *name = "task";
    if (event->kind == LAB_TRACE_SAMPLE) {
        name = "sample";
        phase[0] = event->arg ? 'B' : 'E';
    } else if (event->kind == LAB_TRACE_SUBMIT) {
        name = "submit";
    } else if (event->kind >= LAB_TRACE_BLOCK && event->kind <= LAB_TRACE_RESUME) {
        name = lab_wait_reason_text(event->arg);
    }
    json_object(out, NULL);
    json_string(out, "ph", phase);
    json_string(out, "name", name);
    json_string(out, "cat", lab_trace_kind_text(event->kind));
    json_number(out, "ts", event->time_ns > epoch ? (double)(event->time_ns - epoch) / 1e3 : 0.0);
    json_integer(out, "pid", 1);
    json_integer(out, "tid", event->lane);
    if (phase[0] == 'i')
        json_string(out, "s", "t");
    if (phase[0] == 'b' || phase[0] == 'e')
        json_integer(out, "id", event->task);
    json_object(out, "args");
    json_integer(out, event->kind == LAB_TRACE_SAMPLE ? "cell" : "task", event->task);
    json_end(out);
    json_end(out);
}

void lab_chrome_trace(struct lab_text *out, int (*flush)(struct lab_text *out, void *user),
                      void *user)
{
    int code = 0;
    struct lab_trace_event *events = malloc(BATCH * sizeof *events);
    uint64_t epoch = first_time(), lost = 0;
    json_object(out, NULL);
    json_string(out, "displayTimeUnit", "ms");
    json_array(out, "traceEvents");
    describe(out, 0, "process_name", "Concurrency Lab");
    for (size_t i = 0; events && !code && i < lab_lane_count(); i++) {
        struct lab_lane *lane = lab_lane_at(i);
        struct lab_lane_info info;
        struct lab_text name = {0};
        uint64_t cursor = 0;
        lab_lane_describe(lane, &info);
        lab_text_printf(&name, "%s%s%s", info.name, *info.method ? ", " : "", info.method);
        if (info.workers > 1)
            lab_text_printf(&name, " × %u", info.workers);
        describe(out, i, "thread_name", name.data ? name.data : info.name);
        lab_text_release(&name);
        for (size_t count; !code && (count = lab_lane_read(lane, &cursor, events, BATCH, &lost));) {
            for (size_t j = 0; j < count; j++)
                write_event(out, &events[j], epoch);
            if (out->size > PIECE)
                code = flush(out, user);
        }
    }
    json_end(out);
    json_object(out, "otherData");
    json_integer(out, "lostEvents", lost);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
    if (!events)
        out->failed = true;
    if (!code)
        flush(out, user);
    free(events);
}
