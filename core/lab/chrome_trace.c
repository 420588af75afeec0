#include "lab/chrome_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lab/chrome_event.h"
#include "trace/merge.h"
#include "trace/pending.h"

/* What a lane is in the middle of. Its open slices are, from the outside in: sample, task,
 * inner. */
struct row {
    bool sampling, running, blocked, asked;
    uint8_t gil; /* LAB_TRACE_GIL_WANT, _TAKE or _YIELD; 0: has none and wants none */
    uint8_t reason;
    uint32_t sample, task;
    struct name {
        bool known;
        uint32_t cell;
    } cell;                             /* of the task's name */
    const char *inner, *inner_category; /* NULL: no such slice is open */
    uint32_t awaits;
};

struct writer {
    struct lab_text *out;
    const struct lab_trace_cells *cells;
    struct row *rows;
    size_t row_count;
    struct lab_pending submitted; /* by task */
    struct lab_pending awaited;   /* by lane and task */
    struct name cell;             /* the sample that is under way */
    uint64_t epoch_ns, now_ns;
    int64_t
        queued; /* below 0 where a submission was lost: kept, so that the next steps stay right */
    int64_t queued_shown;
    uint64_t arrows, unmatched;
};

static struct row *row_of(struct writer *writer, size_t lane)
{
    return lane < writer->row_count ? &writer->rows[lane] : NULL;
}

static void event(struct writer *writer, const char *phase, const char *name, const char *category,
                  size_t lane, uint64_t time_ns)
{
    lab_chrome_event(writer->out, phase, name, category, lane, time_ns - writer->epoch_ns);
}

/* ---- slices ---- */

enum { NAME = 96 };

static const char *task_name(char name[NAME], const char *before, const struct writer *writer,
                             struct name cell, uint32_t task)
{
    const char *workload =
        cell.known && writer->cells ? writer->cells->workload(writer->cells->run, cell.cell) : NULL;
    snprintf(name, NAME, "%s%s%stask %" PRIu32, before, workload ? workload : "",
             workload ? " " : "", task);
    return name;
}

static void task_slice(struct writer *writer, const char *phase, size_t lane, const char *flag)
{
    struct row *row = &writer->rows[lane];
    char name[NAME];
    event(writer, phase, task_name(name, "", writer, row->cell, row->task), "task", lane,
          writer->now_ns);
    if (phase[0] == 'B')
        lab_chrome_arg(writer->out, "task", row->task);
    else
        lab_chrome_flag(writer->out, flag);
    json_end(writer->out);
}

static void sample_slice(struct writer *writer, const char *phase, size_t lane)
{
    struct row *row = &writer->rows[lane];
    char label[NAME];
    snprintf(label, NAME, "cell %" PRIu32, row->sample);
    if (writer->cells)
        writer->cells->label(label, NAME, writer->cells->run, row->sample);
    event(writer, phase, label, "sample", lane, writer->now_ns);
    if (phase[0] == 'B')
        lab_chrome_arg(writer->out, "cell", row->sample);
    json_end(writer->out);
}

/* What the lane is blocked on, or does about its GIL. NULL: neither. */
static const char *inner_of(const struct row *row, const char **category)
{
    *category = row->blocked ? "blocked" : "gil";
    return row->blocked ? lab_chrome_blocked(row->reason) : lab_chrome_gil(row->gil, row->asked);
}

static void end_inner(struct writer *writer, size_t lane, const char *flag)
{
    struct row *row = &writer->rows[lane];
    if (!row->inner)
        return;
    event(writer, "E", row->inner, row->inner_category, lane, writer->now_ns);
    lab_chrome_flag(writer->out, flag);
    json_end(writer->out);
    row->inner = NULL;
}

/* Shows what the lane's state has become. */
static void show_inner(struct writer *writer, size_t lane)
{
    struct row *row = &writer->rows[lane];
    const char *category, *inner = inner_of(row, &category);
    if (inner == row->inner)
        return;
    end_inner(writer, lane, NULL);
    if (!inner)
        return;
    event(writer, "B", inner, category, lane, writer->now_ns);
    if (row->running)
        lab_chrome_arg(writer->out, "task", row->task);
    json_end(writer->out);
    row->inner = inner;
    row->inner_category = category;
}

static void end_task(struct writer *writer, size_t lane, const char *flag)
{
    struct row *row = &writer->rows[lane];
    end_inner(writer, lane, flag);
    if (row->running)
        task_slice(writer, "E", lane, flag);
    row->running = false;
}

static void begin_task(struct writer *writer, size_t lane, uint32_t task)
{
    struct row *row = &writer->rows[lane];
    writer->unmatched += row->running;
    end_task(writer, lane, row->running ? "lost" : NULL);
    row->running = true;
    row->blocked = false;
    row->task = task;
    row->cell = writer->cell;
    task_slice(writer, "B", lane, NULL);
}

/* ---- queue and awaits ---- */

static void show_queue(struct writer *writer)
{
    int64_t queued = writer->queued > 0 ? writer->queued : 0;
    if (queued == writer->queued_shown)
        return;
    writer->queued_shown = queued;
    lab_chrome_counter(writer->out, "queued", "tasks", (uint64_t)queued,
                       writer->now_ns - writer->epoch_ns);
}

static void submit(struct writer *writer, const struct lab_trace_event *from)
{
    struct lab_begun begun = {from->task, from->time_ns, from->lane, 0, true};
    char name[NAME];
    event(writer, "i", task_name(name, "submit ", writer, writer->cell, from->task), "submit",
          from->lane, writer->now_ns);
    json_string(writer->out, "s", "t");
    lab_chrome_arg(writer->out, "task", from->task);
    json_end(writer->out);
    writer->out->failed |= !lab_pending_put(&writer->submitted, begun);
    writer->queued++;
    show_queue(writer);
}

static void arrow(struct writer *writer, const char *phase, size_t lane, uint64_t time_ns)
{
    event(writer, phase, "submit", "submit", lane, time_ns);
    json_integer(writer->out, "id", writer->arrows);
    if (phase[0] == 'f')
        json_string(writer->out, "bp", "e");
    json_end(writer->out);
}

static void start(struct writer *writer, const struct lab_trace_event *at)
{
    struct lab_begun begun;
    begin_task(writer, at->lane, at->task);
    if (lab_pending_take(&writer->submitted, at->task, &begun)) {
        writer->arrows++;
        arrow(writer, "s", begun.lane, begun.time_ns);
        arrow(writer, "f", at->lane, at->time_ns);
    }
    writer->queued--;
    show_queue(writer);
}

static void await_slice(struct writer *writer, const char *phase, const struct lab_begun *await,
                        const char *flag)
{
    char name[NAME], id[NAME];
    snprintf(name, NAME, "await %s", lab_wait_reason_text(await->reason));
    snprintf(id, NAME, "0x%" PRIx64, await->key);
    event(writer, phase, name, "await", await->lane, writer->now_ns);
    json_string(writer->out, "id", id);
    if (phase[0] == 'b')
        lab_chrome_arg(writer->out, "task", (uint32_t)await->key);
    else
        lab_chrome_flag(writer->out, flag);
    json_end(writer->out);
}

static void show_awaits(struct writer *writer, size_t lane, int change)
{
    struct lab_lane_info info;
    struct row *row = &writer->rows[lane];
    row->awaits += (uint32_t)change;
    lab_lane_describe(lab_lane_at(lane), &info);
    lab_chrome_counter(writer->out, info.name, "awaits in flight", row->awaits,
                       writer->now_ns - writer->epoch_ns);
}

/* Ends a task's await. False: it is in none. */
static bool resume(struct writer *writer, size_t lane, uint32_t task, const char *flag)
{
    struct lab_begun await;
    if (!lab_pending_take(&writer->awaited, (uint64_t)lane << 32 | task, &await))
        return false;
    await_slice(writer, "e", &await, flag);
    show_awaits(writer, lane, -1);
    return true;
}

static void suspend(struct writer *writer, const struct lab_trace_event *at)
{
    struct lab_begun await = {(uint64_t)at->lane << 32 | at->task, at->time_ns, at->lane, at->arg,
                              true};
    end_task(writer, at->lane, NULL);
    writer->unmatched += resume(writer, at->lane, at->task, "lost");
    writer->out->failed |= !lab_pending_put(&writer->awaited, await);
    await_slice(writer, "b", &await, NULL);
    show_awaits(writer, at->lane, +1);
}

/* ---- what happened ---- */

static void end(struct writer *writer, const struct lab_trace_event *at)
{
    static const char *const results[] = {NULL, "failed", "cancelled"};
    struct row *row = &writer->rows[at->lane];
    const char *result = results[at->arg < 2 ? at->arg : 2];
    if (resume(writer, at->lane, at->task, NULL)) /* in its await: it ran no more, and is a task */
        begin_task(writer, at->lane, at->task);
    if (row->running && row->task == at->task) {
        row->blocked = false;
        end_inner(writer, at->lane, NULL);
        end_task(writer, at->lane, result);
    } else {
        writer->unmatched++;
    }
}

static void sample(struct writer *writer, const struct lab_trace_event *at)
{
    struct row *row = &writer->rows[at->lane];
    bool ends = row->sampling && (at->arg || row->sample == at->task);
    writer->unmatched += !at->arg != ends;
    if (ends) {
        end_task(writer, at->lane, row->running ? "lost" : NULL);
        sample_slice(writer, "E", at->lane);
        row->sampling = false;
    }
    writer->cell = (struct name){at->arg, at->task};
    if (at->arg) {
        end_task(writer, at->lane, row->running ? "lost" : NULL);
        row->sampling = true;
        row->sample = at->task;
        sample_slice(writer, "B", at->lane);
    }
    lab_pending_clear(&writer->submitted);
    writer->queued = 0;
    show_queue(writer);
}

static void gil(struct writer *writer, const struct lab_trace_event *at)
{
    struct row *row = &writer->rows[at->lane];
    struct row *holder = row_of(writer, at->task & 0xffff);
    switch (at->kind) {
    case LAB_TRACE_GIL_TIMEOUT: /* the one event that says something of another lane */
        if (at->arg && holder && holder->gil == LAB_TRACE_GIL_TAKE) {
            holder->asked = true;
            show_inner(writer, at->task & 0xffff);
        }
        return;
    case LAB_TRACE_GIL_RELEASE:
        writer->unmatched += row->gil != LAB_TRACE_GIL_TAKE;
        row->gil = 0;
        return;
    default: /* wanting and taking it back may be a part of the block that it was given up for */
        row->blocked = false;
        row->gil = at->kind;
    }
    row->asked = false;
}

static void take(struct writer *writer, const struct lab_trace_event *at)
{
    struct row *row = &writer->rows[at->lane];
    writer->now_ns = at->time_ns;
    switch (at->kind) {
    case LAB_TRACE_SUBMIT:
        submit(writer, at);
        return;
    case LAB_TRACE_SAMPLE:
        sample(writer, at);
        break;
    case LAB_TRACE_START:
        resume(writer, at->lane, at->task, "lost");
        start(writer, at);
        break;
    case LAB_TRACE_END:
        end(writer, at);
        break;
    case LAB_TRACE_BLOCK:
        row->blocked = true;
        row->reason = at->arg;
        break;
    case LAB_TRACE_UNBLOCK:
        row->blocked = false;
        break;
    case LAB_TRACE_AWAIT:
        suspend(writer, at);
        break;
    case LAB_TRACE_RESUME:
        writer->unmatched += !resume(writer, at->lane, at->task, NULL);
        begin_task(writer, at->lane, at->task);
        break;
    default:
        if (at->kind >= LAB_TRACE_GIL_WANT && at->kind <= LAB_TRACE_GIL_YIELD)
            gil(writer, at);
    }
    show_inner(writer, at->lane);
}

/* Ends what the run has left open, where the last event is. */
static void end_all(struct writer *writer)
{
    for (size_t lane = 0; lane < writer->row_count; lane++) {
        end_task(writer, lane, "open");
        if (writer->rows[lane].sampling)
            sample_slice(writer, "E", lane);
    }
    for (size_t i = 0; i < writer->awaited.capacity; i++) {
        if (writer->awaited.slots[i].used)
            await_slice(writer, "e", &writer->awaited.slots[i], "open");
    }
}

/* All events, as long as somebody takes them. */
static void write_events(struct writer *writer, struct lab_merge *merge)
{
    struct lab_trace_event at;
    bool any = false;
    while (!writer->out->failed && lab_merge_next(merge, &at)) {
        if (!any)
            writer->epoch_ns = at.time_ns;
        any = true;
        if (at.lane < writer->row_count) /* a lane that was opened meanwhile is another run's */
            take(writer, &at);
    }
    end_all(writer);
}

void lab_chrome_trace(struct lab_text *out, const struct lab_trace_cells *cells)
{
    struct writer writer = {.out = out, .cells = cells, .row_count = lab_lane_count()};
    struct lab_merge *merge = lab_merge_open();
    writer.rows = calloc(writer.row_count + 1, sizeof *writer.rows);
    out->failed |= !merge || !writer.rows;
    json_object(out, NULL);
    json_string(out, "displayTimeUnit", "ms");
    json_array(out, "traceEvents");
    if (!out->failed) {
        lab_chrome_describe(out, writer.row_count);
        write_events(&writer, merge);
    }
    json_end(out);
    json_object(out, "otherData");
    json_string(out, "source", "Concurrency Lab");
    json_integer(out, "eventsLost", (merge ? lab_merge_lost(merge) : 0) + lab_trace_lost());
    json_integer(out, "eventsUnmatched", writer.unmatched);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
    lab_pending_release(&writer.submitted);
    lab_pending_release(&writer.awaited);
    lab_merge_close(merge);
    free(writer.rows);
}
