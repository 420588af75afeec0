#include "futures/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "futures/chunk.h"
#include "futures/frame.h"
#include "futures/advance.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { LONG = 4096 }; /* bytes: a pipe takes less without a wait worth showing */

struct lab_child {
    lab_child_send send;
    lab_task_types types;
    /* Input not yet understood: data[from…to). */
    unsigned char *data;
    size_t from, to, capacity;
    /* The task being run. */
    bool busy;
    bool initializing; /* it is the initializer: an INITED answers it, and nothing is traced */
    bool receiving;    /* its header is here, the rest is still in the pipe */
    uint32_t id;
    unsigned char *task; /* a copy of its bytes */
    struct lab_run run;
    struct lab_advance advance;
    struct lab_lane *lane;
    uint64_t cursor; /* of lane: what was sent */
    /* Frames to be sent together: one write, and one waking of the parent, for a task's events and result. */
    unsigned char out[4096];
    size_t out_size;
    bool over;
    int status;
};

struct lab_child *lab_child_create(lab_child_send send, lab_task_types types)
{
    struct lab_child *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    child->send = send;
    child->types = types;
    child->lane = lab_lane_open("process", LAB_LANE_PROCESS, "processes", 1);
    lab_lane_set_current(child->lane);
    return child;
}

void lab_child_destroy(struct lab_child *child)
{
    if (!child)
        return;
    if (child->busy)
        lab_run_release(&child->run);
    lab_advance_release(&child->advance);
    lab_lane_close(child->lane);
    free(child->task);
    free(child->data);
    free(child);
}

static void give_up(struct lab_child *child, int status)
{
    child->over = true;
    child->status = status;
}

bool lab_child_over(const struct lab_child *child, int *status)
{
    *status = child->status;
    return child->over;
}

bool lab_child_feed(struct lab_child *child, const void *data, size_t size)
{
    if (child->from == child->to)
        child->from = child->to = 0;
    if (child->capacity - child->to < size && child->from > 0) {
        memmove(child->data, child->data + child->from, child->to - child->from);
        child->to -= child->from;
        child->from = 0;
    }
    if (child->capacity - child->to < size) {
        size_t capacity = child->capacity ? child->capacity : LAB_FRAME_MAX / 8192;
        while (capacity - child->to < size)
            capacity *= 2;
        unsigned char *grown = realloc(child->data, capacity);
        if (!grown) {
            give_up(child, 3);
            return false;
        }
        child->data = grown;
        child->capacity = capacity;
    }
    memcpy(child->data + child->to, data, size);
    child->to += size;
    return true;
}

static void flush(struct lab_child *child)
{
    if (child->out_size && !child->send(child->out, child->out_size))
        give_up(child, 0);
    child->out_size = 0;
}

static void keep(struct lab_child *child, const void *data, size_t size)
{
    if (size)
        memcpy(child->out + child->out_size, data, size);
    child->out_size += size;
}

/* Sends a frame, a short one only when flush() is called. */
static void send_frame(struct lab_child *child, struct lab_frame frame, const void *body)
{
    if (sizeof frame + frame.size > sizeof child->out - child->out_size)
        flush(child);
    if (sizeof frame + frame.size <= sizeof child->out) {
        keep(child, &frame, sizeof frame);
        keep(child, body, frame.size);
    } else if (!child->send(&frame, sizeof frame) || !child->send(body, frame.size)) {
        give_up(child, 0);
    }
}

static void send_events(struct lab_child *child)
{
    struct lab_trace_event events[256];
    uint64_t lost = 0;
    size_t count;
    while (child->lane && (count = lab_lane_read(child->lane, &child->cursor, events,
                                                 sizeof events / sizeof *events, &lost)))
        send_frame(child,
                   (struct lab_frame){.type = LAB_FRAME_EVENTS,
                                      .size = (uint32_t)(count * sizeof *events),
                                      .value = lost},
                   events);
}

/* Puts the failure into frame, and its sentences into text, which holds enough. Returns text. */
static const char *describe(const struct lab_failure *failure, struct lab_frame *frame, char *text)
{
    size_t size = strlen(failure->text);
    memcpy(text, failure->text, size);
    frame->code = failure->code;
    if (failure->cause) {
        size_t more = strlen(failure->cause_text);
        text[size++] = '\0';
        memcpy(text + size, failure->cause_text, more);
        size += more;
        frame->time = (uint64_t)(int64_t)failure->cause;
    }
    frame->size = (uint32_t)size;
    return text;
}

static void conclude(struct lab_child *child)
{
    struct lab_run *run = &child->run;
    struct lab_frame frame = {.type = child->initializing ? LAB_FRAME_INITED : LAB_FRAME_RESULT,
                              .id = child->id,
                              .value = lab_own_memory()};
    char text[sizeof run->failure->text + sizeof run->failure->cause_text];
    const void *body = run->out;
    if (!run->failure && run->out_size > LAB_FRAME_MAX)
        lab_run_fail(run, LAB_E_TOO_LARGE, "a result of %zu bytes does not fit a message",
                     run->out_size);
    bool failed = run->failure != NULL;
    frame.size = (uint32_t)run->out_size;
    if (failed)
        body = describe(run->failure, &frame, text);
    if (child->initializing) {
        if (!failed)
            frame.size = 0; /* what it returns interests nobody */
        lab_lane_set_current(child->lane);
        send_frame(child, frame, body);
        if (failed)
            give_up(child, 0);
    } else if (frame.size <= LONG) {
        lab_trace_here(LAB_TRACE_END, child->id, failed);
        send_events(child);
        send_frame(child, frame, body);
    } else {
        /* A long result has to wait for the reader at the other end. */
        lab_trace_here(LAB_TRACE_BLOCK, child->id, LAB_WAIT_PIPE);
        send_frame(child, frame, body);
        lab_trace_here(LAB_TRACE_UNBLOCK, child->id, LAB_WAIT_PIPE);
        lab_trace_here(LAB_TRACE_END, child->id, failed);
        send_events(child);
    }
    flush(child);
    lab_run_release(run);
    free(child->task);
    child->task = NULL;
    child->busy = false;
}

static void begin(struct lab_child *child, const struct lab_frame *frame, const unsigned char *body)
{
    char name[LAB_FRAME_NAME + 1] = "";
    size_t length = (size_t)frame->code;
    child->busy = true;
    child->id = frame->id;
    child->advance.tag = frame->id;
    child->initializing = frame->type == LAB_FRAME_INIT;
    if (child->initializing)
        lab_lane_set_current(NULL);
    else if (child->receiving)
        lab_trace_here(LAB_TRACE_UNBLOCK, frame->id, LAB_WAIT_PIPE);
    else
        lab_trace_here(LAB_TRACE_START, frame->id, 0);
    child->receiving = false;
    memset(&child->run, 0, sizeof child->run);
    if (length >= sizeof name || length > frame->size) {
        lab_run_fail(&child->run, LAB_E_INVALID, "a task with a malformed name");
        return;
    }
    memcpy(name, body, length);
    size_t size = frame->size - length;
    const struct lab_task_type *type =
        strcmp(name, lab__chunk_type.name) == 0 ? &lab__chunk_type : child->types(name);
    child->task = malloc(size ? size : 1);
    if (!type) {
        lab_run_fail(&child->run, LAB_E_INVALID, "no task type is called \"%s\" here", name);
    } else if (!child->task ||
               lab_run_init(&child->run, type, (struct lab_bytes){child->task, size})) {
        lab_run_fail(&child->run, LAB_E_NOMEM, "out of memory for a task of %zu bytes", size);
    } else {
        memcpy(child->task, body + length, size);
        child->run.types = child->types;
        if (type->decode)
            type->decode(&child->run);
    }
}

/* Understands the next frame, if it is complete. */
static bool next_frame(struct lab_child *child)
{
    struct lab_frame frame;
    if (child->to - child->from < sizeof frame)
        return false;
    memcpy(&frame, child->data + child->from, sizeof frame);
    if (frame.size > LAB_FRAME_MAX) {
        give_up(child, 4);
        return false;
    }
    if (child->to - child->from < sizeof frame + frame.size) {
        if (frame.type == LAB_FRAME_TASK && !child->receiving) {
            lab_trace_here(LAB_TRACE_START, frame.id, 0);
            lab_trace_here(LAB_TRACE_BLOCK, frame.id, LAB_WAIT_PIPE);
            child->receiving = true;
        }
        return false;
    }
    const unsigned char *body = child->data + child->from + sizeof frame;
    child->from += sizeof frame + frame.size;
    switch (frame.type) {
    case LAB_FRAME_PING:
        send_frame(child,
                   (struct lab_frame){.type = LAB_FRAME_PONG,
                                      .id = (uint32_t)(lab_own_memory() >> 16),
                                      .time = lab_now_ns(),
                                      .value = frame.time},
                   NULL);
        flush(child);
        break;
    case LAB_FRAME_INIT:
    case LAB_FRAME_TASK:
        begin(child, &frame, body);
        break;
    case LAB_FRAME_EXIT:
        give_up(child, 0);
        break;
    default:
        give_up(child, 4);
    }
    return !child->over;
}

uint64_t lab_child_advance(struct lab_child *child)
{
    do {
        while (!child->over && !child->busy && next_frame(child)) {
        }
        if (!child->busy || child->over)
            return LAB_FOREVER;
        struct lab_run *run = &child->run;
        if (!run->failure) {
            if (lab_run_advance(run, &child->advance, lab_can_block() ? LAB_FOREVER : 0) ==
                LAB_CO_AWAIT)
                return lab_advance_next(&child->advance);
            if (!run->failure && run->type->encode)
                run->type->encode(run);
        }
        conclude(child);
    } while (!child->over);
    return LAB_FOREVER;
}

static bool send_by_write(const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        ssize_t n = write(1, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

int lab_child_live(lab_task_types types)
{
    static unsigned char chunk[64 << 10];
    struct lab_child *child = lab_child_create(send_by_write, types);
    int status = 3;
    if (!child)
        return status;
    while (!lab_child_over(child, &status)) {
        ssize_t n = read(0, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            status = 0; /* the parent is gone, or done with us */
            break;
        }
        lab_child_feed(child, chunk, (size_t)n);
        lab_child_advance(child);
    }
    lab_child_destroy(child);
    return status;
}
