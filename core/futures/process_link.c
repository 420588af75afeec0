/* - Clocks: an isolate's or process's clock has an offset to ours. Each child is pinged PINGS times when it
 *   starts; the round trip that took least tells the offset best (D. L. Mills, RFC 5905). The first waits
 *   for the child's start, the others take microseconds. The initializer and the first task follow the last
 *   ping without waiting for its answer.
 * - Frames are put together in `out`, as many as there are to send at once, and go in one write; what the child has
 *   written is read into `in`, and understood there. A long body goes from the submitter's memory to the pipe,
 *   and from the pipe to where it stays.
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

struct lab_link_buffers {
    struct lab_future *tasks[LAB_LINK_TASKS]; /* by id, modulo their number */
    uint32_t tags[LAB_LINK_TAGS];             /* by id, modulo their number */
    _Alignas(LAB_FRAME_ALIGN) unsigned char out[LAB_LINK_OUT];
    _Alignas(LAB_FRAME_ALIGN) unsigned char in[LAB_LINK_IN];
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
    link->told = true;
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
        if (link->leaving && !link->told)
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
    /* Not while one is being written: its bytes would be needed for longer than its future lasts. */
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
    link->garbled = true;
}

static enum lab_link_news on_pong(struct lab_link *link)
{
    const struct lab_frame *frame = &link->frame;
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
    lab_trace_lose(link->frame.value);
    for (size_t at = 0; link->body && at + sizeof event <= link->frame.size; at += sizeof event) {
        memcpy(&event, link->body + at, sizeof event);
        /* The child knows its tasks by our ids; the trace knows them by their tags. */
        lab_trace_at(link->lane, event.time_ns - (uint64_t)link->offset_ns, event.kind,
                     link->buffers->tags[event.task % LAB_LINK_TAGS], event.arg);
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

/* A copy of the body that outlives the frame; or the body's own block. */
static void *keep_body(struct lab_link *link)
{
    void *data = link->long_body;
    link->long_body = NULL;
    if (!data && link->frame.size && (data = malloc(link->frame.size)))
        memcpy(data, link->body, link->frame.size);
    link->body_lost = link->frame.size && !data;
    return data;
}

static enum lab_link_news on_result(struct lab_link *link, struct lab_link_result *result)
{
    if (link->count == 0 || link->frame.id != link->first_id ||
        (link->rest.size && link->count == 1)) { /* of what is not even written */
        garble(link);
        return LAB_LINK_QUIET;
    }
    result->future = *task_of(link, link->first_id);
    link->count--;
    link->first_id++;
    link->task_ns = link->elapsed_ns / ++link->fresh;
    if (link->frame.value > link->memory)
        link->memory = link->frame.value;
    if (link->frame.code == 0 && !link->body_lost) {
        result->data = keep_body(link);
        result->size = link->frame.size;
    }
    read_outcome(link, &result->failure);
    return LAB_LINK_RESULT;
}

static enum lab_link_news on_dropped(struct lab_link *link)
{
    if (link->taken_back == 0 || link->count > 0 || link->frame.id != link->first_id) {
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
    case LAB_FRAME_DROPPED:
        news = on_dropped(link);
        break;
    default:
        news = on_result(link, result);
    }
    free(link->long_body);
    link->body = link->long_body = NULL;
    link->body_lost = link->is_long = false;
    return news;
}

static bool sensible(const struct lab_frame *frame)
{
    bool known = frame->type == LAB_FRAME_PONG || frame->type == LAB_FRAME_EVENTS ||
                 frame->type == LAB_FRAME_RESULT || frame->type == LAB_FRAME_INITED ||
                 frame->type == LAB_FRAME_DROPPED;
    return known && frame->size <= LAB_FRAME_MAX;
}

/* Reads what there is into `in`, behind the beginning of a frame. */
static bool refill(struct lab_link *link)
{
    unsigned char *in = link->buffers->in;
    size_t inside = link->in_to - link->in_from;
    if (inside)
        memmove(in, in + link->in_from, inside);
    link->in_from = 0;
    link->in_to = inside;
    size_t n = lab_process_read(link->process, in + inside, LAB_LINK_IN - inside);
    link->in_to += n;
    if (n) {
        uint64_t now = lab_now_ns();
        link->elapsed_ns = now - link->since;
        link->since = now;
        link->fresh = 0;
    }
    return n > 0;
}

/* Its header is in frame, what there is of its body in `in`. */
static void begin_long(struct lab_link *link)
{
    size_t size = lab_frame_padded(link->frame.size);
    size_t inside = link->in_to - link->in_from;
    link->is_long = true;
    link->long_body = malloc(size);
    link->body_lost = !link->long_body;
    link->body = link->long_body;
    link->got = inside < size ? inside : size;
    if (link->long_body)
        memcpy(link->long_body, link->buffers->in + link->in_from, link->got);
    link->in_from += link->got;
}

/* False: it is not complete, and there is no more now. */
static bool read_long(struct lab_link *link)
{
    size_t size = lab_frame_padded(link->frame.size), n;
    while (link->got < size) {
        size_t left = size - link->got;
        if (link->long_body)
            n = lab_process_read(link->process, link->long_body + link->got, left);
        else
            n = lab_process_read(link->process, link->buffers->in,
                                 left < LAB_LINK_IN ? left : LAB_LINK_IN);
        if (n == 0)
            return false;
        link->got += n;
    }
    return true;
}

/* Reads until a frame is complete; false: it is not, and there is no more now. */
static bool read_frame(struct lab_link *link)
{
    struct lab_frame *frame = &link->frame;
    if (link->is_long)
        return read_long(link);
    while (!link->garbled) {
        size_t inside = link->in_to - link->in_from;
        const unsigned char *at = link->buffers->in + link->in_from;
        if (inside >= sizeof *frame) {
            memcpy(frame, at, sizeof *frame);
            size_t size = sizeof *frame + lab_frame_padded(frame->size);
            if (!sensible(frame)) {
                garble(link);
            } else if (inside >= size) {
                link->body = frame->size ? at + sizeof *frame : NULL;
                link->in_from += size;
                return true;
            } else if (size > LAB_LINK_IN) {
                link->in_from += sizeof *frame;
                begin_long(link);
                return read_long(link);
            }
        }
        if (!link->garbled && !refill(link))
            return false;
    }
    return false;
}

enum lab_link_news lab_link_read(struct lab_link *link, struct lab_link_result *result)
{
    result->future = NULL;
    result->failure.code = 0;
    result->data = NULL;
    result->size = 0;
    while (!link->deaf && read_frame(link)) {
        enum lab_link_news news = on_frame(link, result);
        if (news != LAB_LINK_QUIET)
            return news;
    }
    if (link->deaf)
        while (lab_process_read(link->process, link->buffers->in, LAB_LINK_IN)) {
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
    link->buffers = malloc(sizeof *link->buffers);
    if (!link->buffers)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    int code = lab_process_spawn(group, &link->process, failure);
    if (code) {
        free(link->buffers);
        link->buffers = NULL;
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
    link->leaving = link->deaf = true;
    link->leave_by = lab_now_ns() + LAB_LINK_PATIENCE;
    link->out_size = link->written = 0;
    link->rest = (struct lab_bytes){NULL, 0};
    link->in_from = link->in_to = 0;
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
    free(link->long_body);
    free(link->buffers);
    link->long_body = NULL;
    link->buffers = NULL;
    link->process = NULL;
}
