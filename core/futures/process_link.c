/* - Clocks: an isolate's or process's clock has an offset to ours. Each child is pinged PINGS times when it
 *   starts; the round trip that took least tells the offset best (D. L. Mills, RFC 5905). The first waits
 *   for the child's start, the others take microseconds. The initializer and the first task follow the last
 *   ping without waiting for its answer.
 * - A short frame is put together in `out` and goes in one write; results are read into `in`, many at a
 *   time. It used to be a write and a read for every header and every body.
 * - Headers are looked at before bodies: garbage (a task that prints to stdout) would otherwise announce a
 *   body of any length, and be waited for. */
#include "futures/process_link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/process.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { PINGS = 8 };

/* ---- out ---- */

/* The pipe is empty when it is called: it fits. */
static void ping(struct lab_link *link)
{
    struct lab_frame frame = {.type = LAB_FRAME_PING, .time = lab_now_ns()};
    lab_process_write(link->process, &frame, sizeof frame);
}

/* Begins to write a frame, of a task's name and bytes where there is one. */
static void stage(struct lab_link *link, struct lab_frame frame, const struct lab_task *task)
{
    link->rest = (struct lab_bytes){NULL, 0};
    link->out_size = sizeof frame;
    if (task) {
        size_t length = strlen(task->type->name);
        frame.code = (int32_t)length;
        frame.size = (uint32_t)(length + task->in.size);
        memcpy(link->out + sizeof frame, task->type->name, length);
        link->out_size += length;
        if (task->in.size <= sizeof link->out - link->out_size) {
            if (task->in.size)
                memcpy(link->out + link->out_size, task->in.data, task->in.size);
            link->out_size += task->in.size;
        } else {
            link->rest = task->in;
        }
    }
    memcpy(link->out, &frame, sizeof frame);
    link->written = 0;
    link->writing = true;
    link->writing_task = frame.type == LAB_FRAME_TASK;
}

static void stage_exit(struct lab_link *link)
{
    link->told = true;
    stage(link, (struct lab_frame){.type = LAB_FRAME_EXIT}, NULL);
}

void lab_link_write(struct lab_link *link)
{
    while (link->writing) {
        size_t at = link->written, n;
        if (at < link->out_size)
            n = lab_process_write(link->process, link->out + at, link->out_size - at);
        else
            n = lab_process_write(link->process,
                                  (const char *)link->rest.data + (at - link->out_size),
                                  link->rest.size - (at - link->out_size));
        if (n == 0)
            return;
        link->written += n;
        if (link->written == link->out_size + link->rest.size) {
            link->writing = false;
            link->sent += link->writing_task;
            if (link->leaving && !link->told)
                stage_exit(link);
        }
    }
}

int lab_link_admit(const struct lab_task *task, struct lab_failure *failure)
{
    if (strlen(task->type->name) > LAB_FRAME_NAME)
        return lab_fail(failure, LAB_E_TOO_LARGE, "the name of task type \"%s\" is too long",
                        task->type->name);
    if (task->in.size > LAB_FRAME_MAX - LAB_FRAME_NAME)
        return lab_fail(failure, LAB_E_TOO_LARGE, "a task of %zu bytes does not fit a message",
                        task->in.size);
    if (!task->type->pack)
        return 0;
    failure->code = 0;
    int code = task->type->pack(task->in, failure);
    if (code && failure->code == 0)
        lab_fail(failure, code, "a task of type %s could not be packed", task->type->name);
    return code;
}

bool lab_link_room(const struct lab_link *link, unsigned window)
{
    return link->open && !link->leaving && !link->writing && link->count < window;
}

void lab_link_give(struct lab_link *link, struct lab_future *future)
{
    struct lab_task *task = lab_future_task(future);
    struct lab_frame frame = {.type = LAB_FRAME_TASK, .id = link->first_id + link->count};
    task->lane = lab_lane_number(link->lane);
    link->tags[frame.id % LAB_LINK_TAGS] = task->tag;
    if (link->count == 0)
        link->since = lab_now_ns();
    link->tasks[link->count++] = future;
    link->given++;
    stage(link, frame, task);
    lab_link_write(link);
}

struct lab_future *lab_link_take_back(struct lab_link *link)
{
    if (link->writing_task)
        link->writing = link->writing_task = false; /* half a frame: the child is of no more use */
    if (link->count == 0)
        return NULL;
    struct lab_future *future = link->tasks[0];
    link->count--;
    link->sent = 0;
    memmove(link->tasks, link->tasks + 1, link->count * sizeof *link->tasks);
    return future;
}

/* ---- in ---- */

static bool is_up(const struct lab_link *link)
{
    return link->pings == PINGS && link->initialized;
}

static enum lab_link_news on_pong(struct lab_link *link)
{
    const struct lab_frame *frame = &link->frame;
    uint64_t now = lab_now_ns(), trip = now - frame->value;
    if (link->pings == 0 || trip < link->best_ns) {
        link->best_ns = trip;
        link->offset_ns = (int64_t)(frame->time - (frame->value + trip / 2));
    }
    link->memory = (uint64_t)frame->id << 16;
    link->pings++;
    if (link->pings < PINGS && !link->leaving)
        ping(link);
    if (link->pings == PINGS - 1 && !link->leaving) {
        link->open = true;
        if (link->initializer) {
            stage(link, (struct lab_frame){.type = LAB_FRAME_INIT}, link->initializer);
            lab_link_write(link);
        }
    }
    return is_up(link) ? LAB_LINK_UP : LAB_LINK_QUIET;
}

static void on_events(struct lab_link *link)
{
    struct lab_trace_event event;
    lab_trace_lose(link->frame.value);
    for (size_t at = 0; link->body && at + sizeof event <= link->frame.size; at += sizeof event) {
        memcpy(&event, link->body + at, sizeof event);
        /* The child knows its tasks by our ids; the trace knows them by their tags. */
        lab_trace_at(link->lane, event.time_ns - (uint64_t)link->offset_ns, event.kind,
                     link->tags[event.task % LAB_LINK_TAGS], event.arg);
    }
}

/* What the frame says of a run: its failure, or none. */
static void read_outcome(const struct lab_link *link, struct lab_failure *failure)
{
    const struct lab_frame *frame = &link->frame;
    failure->code = 0;
    if (link->body_lost) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory for a result of %u bytes", frame->size);
    } else if (frame->code) {
        const char *text = link->body ? (const char *)link->body : "";
        size_t length = strnlen(text, frame->size);
        lab_fail(failure, frame->code, "%.*s", (int)length, text);
        if (length < frame->size)
            lab_fail_cause(failure, (int)(int64_t)frame->time, "%.*s",
                           (int)(frame->size - length - 1), text + length + 1);
    }
}

static enum lab_link_news on_inited(struct lab_link *link, struct lab_link_result *result)
{
    struct lab_failure why;
    read_outcome(link, &why);
    if (why.code) {
        result->failure = why;
        return LAB_LINK_LOST;
    }
    link->initialized = true;
    return is_up(link) ? LAB_LINK_UP : LAB_LINK_QUIET;
}

static void garble(struct lab_link *link)
{
    link->garbled = true;
}

static enum lab_link_news on_result(struct lab_link *link, struct lab_link_result *result)
{
    if (link->sent == 0 || link->frame.id != link->first_id) {
        garble(link);
        return LAB_LINK_QUIET;
    }
    uint64_t now = lab_now_ns();
    result->future = link->tasks[0];
    link->count--;
    link->sent--;
    link->first_id++;
    memmove(link->tasks, link->tasks + 1, link->count * sizeof *link->tasks);
    link->quick = now - link->since <= LAB_LINK_QUICK;
    link->since = now;
    if (link->frame.value > link->memory)
        link->memory = link->frame.value;
    read_outcome(link, &result->failure);
    if (result->failure.code == 0) {
        result->data = link->body;
        result->size = link->frame.size;
        link->body = NULL;
    }
    return LAB_LINK_RESULT;
}

static enum lab_link_news on_frame(struct lab_link *link, struct lab_link_result *result)
{
    enum lab_link_news news = LAB_LINK_QUIET;
    switch (link->frame.type) {
    case LAB_FRAME_PONG:
        news = on_pong(link);
        break;
    case LAB_FRAME_EVENTS:
        on_events(link);
        break;
    case LAB_FRAME_INITED:
        news = on_inited(link, result);
        break;
    default:
        news = on_result(link, result);
    }
    free(link->body);
    link->body = NULL;
    link->body_lost = false;
    link->got = 0;
    return news;
}

/* Up to size bytes of what there is; to NULL: skips them. */
static size_t take(struct lab_link *link, void *to, size_t size)
{
    if (link->in_from == link->in_to) {
        if (to && size >= sizeof link->in)
            return lab_process_read(link->process, to, size);
        link->in_from = 0;
        link->in_to = lab_process_read(link->process, link->in, sizeof link->in);
    }
    size_t n = link->in_to - link->in_from < size ? link->in_to - link->in_from : size;
    if (to && n)
        memcpy(to, link->in + link->in_from, n);
    link->in_from += n;
    return n;
}

/* The header is complete. */
static void begin_body(struct lab_link *link)
{
    const struct lab_frame *frame = &link->frame;
    bool known = frame->type == LAB_FRAME_PONG || frame->type == LAB_FRAME_EVENTS ||
                 frame->type == LAB_FRAME_RESULT || frame->type == LAB_FRAME_INITED;
    if (!known || frame->size > LAB_FRAME_MAX)
        garble(link);
    else if (frame->size && !(link->body = malloc(frame->size)))
        link->body_lost = true;
}

/* Reads until a frame is complete; false: it is not, and there is no more now. */
static bool read_frame(struct lab_link *link)
{
    const size_t head = sizeof link->frame;
    while (!link->garbled) {
        size_t n;
        if (link->got < head) {
            n = take(link, (char *)&link->frame + link->got, head - link->got);
            link->got += n;
            if (link->got == head)
                begin_body(link);
        } else {
            size_t at = link->got - head;
            n = take(link, link->body ? link->body + at : NULL, link->frame.size - at);
            link->got += n;
        }
        if (!link->garbled && link->got >= head && link->got == head + link->frame.size)
            return true;
        if (n == 0)
            return false;
    }
    return false;
}

enum lab_link_news lab_link_read(struct lab_link *link, struct lab_link_result *result)
{
    *result = (struct lab_link_result){.future = NULL};
    while (!link->deaf && read_frame(link)) {
        enum lab_link_news news = on_frame(link, result);
        if (news != LAB_LINK_QUIET)
            return news;
    }
    if (link->deaf)
        while (lab_process_read(link->process, link->in, sizeof link->in)) {
        }
    if (!link->garbled || link->deaf)
        return LAB_LINK_QUIET;
    lab_fail(&result->failure, LAB_E_IO, "it wrote something that is not a result");
    return LAB_LINK_LOST;
}

/* ---- its life ---- */

int lab_link_open(struct lab_link *link, struct lab_process_group *group, unsigned number,
                  unsigned workers, const struct lab_task *initializer, struct lab_failure *failure)
{
    char name[LAB_LANE_NAME];
    memset(link, 0, sizeof *link);
    int code = lab_process_spawn(group, &link->process, failure);
    if (code)
        return code;
    link->initializer = initializer;
    link->initialized = !initializer;
    snprintf(name, sizeof name, "process %u", number);
    link->lane = lab_lane_open(name, LAB_LANE_PROCESS, "processes", workers);
    ping(link);
    return 0;
}

void lab_link_leave(struct lab_link *link)
{
    link->leaving = true;
    link->leave_by = lab_now_ns() + LAB_LINK_PATIENCE;
    if (!link->writing) /* otherwise behind the initializer that is */
        stage_exit(link);
    lab_link_write(link);
}

void lab_link_end(struct lab_link *link)
{
    link->leaving = link->deaf = true;
    link->leave_by = lab_now_ns() + LAB_LINK_PATIENCE;
    link->writing = false;
    link->in_from = link->in_to = 0;
    lab_process_terminate(link->process);
}

bool lab_link_ended(struct lab_link *link, struct lab_failure *how)
{
    return link->in_from == link->in_to && lab_process_exited(link->process, how);
}

void lab_link_close(struct lab_link *link)
{
    lab_process_release(link->process);
    lab_lane_close(link->lane);
    free(link->body);
    link->body = NULL;
    link->process = NULL;
}
