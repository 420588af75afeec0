/* - Clocks: an isolate's or process's clock has an offset to ours. Each child is pinged PINGS times
 *   when it starts; the round trip that took least tells the offset best (D. L. Mills, RFC 5905).
 *   The first waits for the child's start, the others take microseconds. The initializer and the
 *   first task follow the last ping without waiting for its answer.
 * - Frames are put together in `out`, as many as there are to send at once, and go in one write. A
 *   long body goes from the submitter's memory to the pipe, and from the pipe to where it stays
 *   (link_in.h). */
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

struct lab_link_buffers {
    struct lab_future *tasks[LAB_LINK_TASKS]; /* by id, modulo their number */
    uint32_t tags[LAB_LINK_TAGS];             /* by id, modulo their number */
    _Alignas(LAB_FRAME_ALIGN) unsigned char out[LAB_LINK_OUT];
};

static const unsigned char zeros[LAB_FRAME_ALIGN];

static struct lab_future **task_of(struct lab_link *link, uint32_t id)
{
    return &link->buffers->tasks[id % LAB_LINK_TASKS];
}

/* Adds a frame to out, and a task's name and bytes where there is one; long bytes become rest. */
static void put(struct lab_link *link, struct lab_frame frame, const struct lab_task *task)
{
    unsigned char *at = link->buffers->out + link->out_size;
    link->out_size += sizeof frame;
    if (task) {
        size_t length = strlen(task->type->name), skip = lab_frame_padded(length);
        frame.code = (int32_t)length;
        frame.size = (uint32_t)(skip + task->in.size);
        memcpy(at + sizeof frame, task->type->name, length);
        memset(at + sizeof frame + length, 0, skip - length);
        link->out_size += skip;
        size_t padded = lab_frame_padded(task->in.size);
        if (padded <= LAB_LINK_OUT - link->out_size) {
            unsigned char *bytes = link->buffers->out + link->out_size;
            if (task->in.size)
                memcpy(bytes, task->in.data, task->in.size);
            memset(bytes + task->in.size, 0, padded - task->in.size);
            link->out_size += padded;
        } else {
            link->rest = task->in;
        }
    }
    memcpy(at, &frame, sizeof frame);
}

/* Whether a frame's header and name fit, with what is waiting to be written. */
static bool may_put(const struct lab_link *link)
{
    return link->rest.size == 0 &&
           LAB_LINK_OUT - link->out_size >= sizeof(struct lab_frame) + LAB_FRAME_NAME + 1;
}

static void put_exit(struct lab_link *link)
{
    link->exit_sent = true;
    put(link, (struct lab_frame){.type = LAB_FRAME_EXIT}, NULL);
}

static void ping(struct lab_link *link)
{
    put(link,
        (struct lab_frame){
            .type = LAB_FRAME_PING, .code = link->lane ? 0 : 1, .time = lab_now_ns()},
        NULL);
    lab_link_write(link);
}

/* What is to be written next, from link->written on. */
static struct lab_bytes unwritten(const struct lab_link *link)
{
    size_t at = link->written;
    if (at < link->out_size)
        return (struct lab_bytes){link->buffers->out + at, link->out_size - at};
    at -= link->out_size;
    if (at < link->rest.size)
        return (struct lab_bytes){(const char *)link->rest.data + at, link->rest.size - at};
    at -= link->rest.size;
    return (struct lab_bytes){zeros, lab_frame_padded(link->rest.size) - link->rest.size - at};
}

void lab_link_write(struct lab_link *link)
{
    if (link->ungranted)
        lab_process_grant(link->process, link->ungranted);
    link->ungranted = 0;
    while (link->out_size) {
        struct lab_bytes bytes = unwritten(link);
        size_t n = bytes.size ? lab_process_write(link->process, bytes.data, bytes.size) : 0;
        if (bytes.size && n == 0)
            return;
        link->written += n;
        link->moved += n;
        if (link->written < link->out_size + lab_frame_padded(link->rest.size))
            continue;
        link->out_size = link->written = 0;
        link->rest = (struct lab_bytes){NULL, 0};
        if (link->leaving && !link->exit_sent)
            put_exit(link);
    }
}

int lab_link_admit(const struct lab_task *task, struct lab_failure *failure)
{
    if (strlen(task->type->name) > LAB_FRAME_NAME)
        return lab_fail(failure, LAB_E_TOO_LARGE, "the name of task type \"%s\" is too long",
                        task->type->name);
    if (task->in.size > LAB_FRAME_MAX - LAB_FRAME_NAME - 1)
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
    return link->open && !link->leaving && link->taken_back == 0 && link->count < window &&
           link->count < LAB_LINK_TASKS && may_put(link);
}

void lab_link_give(struct lab_link *link, struct lab_future *future)
{
    struct lab_task *task = lab_future_task(future);
    struct lab_frame frame = {.type = LAB_FRAME_TASK, .id = link->first_id + link->count};
    task->lane = lab_lane_number(link->lane);
    link->buffers->tags[frame.id % LAB_LINK_TAGS] = task->tag;
    *task_of(link, frame.id) = future;
    if (link->count == 0)
        link->since = lab_now_ns();
    link->count++;
    link->given++;
    link->ungranted++;
    put(link, frame, task);
}

void lab_link_take_back(struct lab_link *link, struct lab_future_queue *futures)
{
    /* Not while one is being written: its bytes would be needed for longer than its future
     * lasts. */
    unsigned count = link->rest.size || link->ungranted ? 0 : lab_process_take_back(link->process);
    if (count > link->count)
        count = link->count; /* it claimed what it did not run */
    link->count -= count;
    link->given -= count;
    link->taken_back += count;
    for (unsigned i = 0; i < count; i++)
        lab_future_enqueue(futures, *task_of(link, link->first_id + link->count + i));
}

void lab_link_abandon(struct lab_link *link, struct lab_future_queue *futures)
{
    link->out_size = link->written = 0;
    link->rest = (struct lab_bytes){NULL, 0};
    for (unsigned i = 0; i < link->count; i++)
        lab_future_enqueue(futures, *task_of(link, link->first_id + i));
    link->count = 0;
}

/* ---- in ---- */

static bool is_up(const struct lab_link *link)
{
    return link->pings == PINGS && link->initialized;
}

static void garble(struct lab_link *link)
{
    link->in.garbled = true;
}

static enum lab_link_news on_pong(struct lab_link *link)
{
    const struct lab_frame *frame = &link->in.frame;
    uint64_t now = lab_now_ns(), trip = now - frame->value;
    if (link->pings == PINGS) { /* nobody asked */
        garble(link);
        return LAB_LINK_QUIET;
    }
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
            put(link, (struct lab_frame){.type = LAB_FRAME_INIT}, link->initializer);
            lab_link_write(link);
        }
    }
    return is_up(link) ? LAB_LINK_UP : LAB_LINK_QUIET;
}

static void on_events(struct lab_link *link)
{
    struct lab_trace_event event;
    lab_trace_lose(link->in.frame.value);
    for (size_t at = 0; link->in.body && at + sizeof event <= link->in.frame.size;
         at += sizeof event) {
        memcpy(&event, link->in.body + at, sizeof event);
        /* The child knows its tasks by our ids; the trace knows them by their tags. */
        lab_trace_at(link->lane, event.time_ns - (uint64_t)link->offset_ns, event.kind,
                     link->buffers->tags[event.task % LAB_LINK_TAGS], event.arg);
    }
}

/* What the frame says of a run: its failure, or none. */
static void read_outcome(const struct lab_link *link, struct lab_failure *failure)
{
    const struct lab_frame *frame = &link->in.frame;
    failure->code = 0;
    if (link->in.body_lost) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory for a result of %u bytes", frame->size);
    } else if (frame->code) {
        const char *text = link->in.body ? (const char *)link->in.body : "";
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
    if (link->initialized || !link->open) { /* nobody asked */
        garble(link);
        return LAB_LINK_QUIET;
    }
    read_outcome(link, &why);
    if (why.code) {
        result->failure = why;
        return LAB_LINK_LOST;
    }
    link->initialized = true;
    return is_up(link) ? LAB_LINK_UP : LAB_LINK_QUIET;
}

static enum lab_link_news on_result(struct lab_link *link, struct lab_link_result *result)
{
    if (link->count == 0 || link->in.frame.id != link->first_id ||
        (link->rest.size && link->count == 1)) { /* of what is not even written */
        garble(link);
        return LAB_LINK_QUIET;
    }
    result->future = *task_of(link, link->first_id);
    link->count--;
    link->first_id++;
    link->task_ns = link->elapsed_ns / ++link->fresh;
    if (link->in.frame.value > link->memory)
        link->memory = link->in.frame.value;
    if (link->in.frame.code == 0 && !link->in.body_lost) {
        result->data = lab_link_in_keep(&link->in);
        result->size = link->in.frame.size;
    }
    read_outcome(link, &result->failure);
    return LAB_LINK_RESULT;
}

static enum lab_link_news on_dropped(struct lab_link *link)
{
    if (link->taken_back == 0 || link->count > 0 || link->in.frame.id != link->first_id) {
        garble(link);
    } else {
        link->taken_back--;
        link->first_id++;
    }
    return LAB_LINK_QUIET;
}

static enum lab_link_news on_frame(struct lab_link *link, struct lab_link_result *result)
{
    enum lab_link_news news = LAB_LINK_QUIET;
    switch (link->in.frame.type) {
    case LAB_FRAME_PONG:
        news = on_pong(link);
        break;
    case LAB_FRAME_EVENTS:
        on_events(link);
        break;
    case LAB_FRAME_INITED:
        news = on_inited(link, result);
        break;
    case LAB_FRAME_DROPPED:
        news = on_dropped(link);
        break;
    default:
        news = on_result(link, result);
    }
    return news;
}

static bool next_frame(struct lab_link *link)
{
    struct lab_link_in *in = &link->in;
    uint64_t before = in->read_at;
    bool is_whole = lab_link_in_next(in, link->process);
    if (in->read_at != before) {
        link->elapsed_ns = in->read_at - link->since;
        link->since = in->read_at;
        link->fresh = 0;
    }
    return is_whole;
}

enum lab_link_news lab_link_read(struct lab_link *link, struct lab_link_result *result)
{
    result->future = NULL;
    result->failure.code = 0;
    result->data = NULL;
    result->size = 0;
    while (!link->ignored && next_frame(link)) {
        enum lab_link_news news = on_frame(link, result);
        if (news != LAB_LINK_QUIET)
            return news;
    }
    if (link->ignored)
        lab_link_in_drain(&link->in, link->process);
    if (!link->in.garbled || link->ignored)
        return LAB_LINK_QUIET;
    lab_fail(&result->failure, LAB_E_IO, "it wrote something that is not a result");
    return LAB_LINK_LOST;
}

/* ---- its life ---- */

static void free_buffers(struct lab_link *link)
{
    lab_link_in_end(&link->in);
    free(link->buffers);
    link->buffers = NULL;
}

int lab_link_open(struct lab_link *link, struct lab_process_group *group, unsigned number,
                  unsigned workers, const struct lab_task *initializer, struct lab_failure *failure)
{
    char name[LAB_LANE_NAME];
    memset(link, 0, sizeof *link);
    link->buffers = malloc(sizeof *link->buffers);
    bool is_room = lab_link_in_begin(&link->in) && link->buffers;
    int code = is_room ? lab_process_spawn(group, &link->process, failure)
                       : lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    if (code) {
        free_buffers(link);
        return code;
    }
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
    if (may_put(link)) /* otherwise behind the initializer that is being written */
        put_exit(link);
    lab_link_write(link);
}

void lab_link_end(struct lab_link *link)
{
    link->leaving = link->ignored = true;
    link->leave_by = lab_now_ns() + LAB_LINK_PATIENCE;
    link->out_size = link->written = 0;
    link->rest = (struct lab_bytes){NULL, 0};
    lab_process_terminate(link->process);
}

bool lab_link_ended(struct lab_link *link, struct lab_failure *how)
{
    return lab_process_exited(link->process, how);
}

void lab_link_close(struct lab_link *link)
{
    lab_process_release(link->process);
    lab_lane_close(link->lane);
    free_buffers(link);
    link->process = NULL;
}
