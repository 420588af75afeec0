#include "futures/child.h"

#include <stdlib.h>
#include <string.h>

#include "futures/advance.h"
#include "futures/child_in.h"
#include "futures/child_out.h"
#include "futures/chunk.h"
#include "platform/parent.h"
#include "platform/process.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum {
    LONG = 4096,     /* bytes of a result: a pipe takes less without a wait worth showing */
    READ = 64 << 10, /* bytes of room at least for a read */
    DIRECT =
        32 << 10, /* bytes of a task: more are read to where they stay, not through the buffer */
    EVENTS = 128, /* that wait at most for a result that takes them along */
    MEMORY_NS = 10000000u, /* natively a look at the own memory takes as long as ten short tasks */
};

struct lab_child {
    const struct lab_child_ways *ways;
    lab_task_types types;
    bool blocking; /* lab_child_live(): nothing is read while a task runs, which may lie in the
                    * buffer then */
    struct lab_child_in in;
    /* A long task that is being read: its frame's header, and bytes[0…got) of padded size. */
    struct lab_frame long_frame;
    const struct lab_task_type *long_type;
    unsigned char *bytes;
    size_t got;
    /* The task being run. */
    bool busy;
    bool initializing; /* it is the initializer: an INITED answers it, and nothing is traced */
    bool receiving;    /* its header is here, the rest is still in the pipe */
    uint32_t id;
    unsigned char *task; /* a copy of its bytes, or NULL: they lie in data */
    struct lab_run run;
    struct lab_advance advance;
    /* The type that the last task had, by its name. */
    char name[LAB_FRAME_NAME + 1];
    const struct lab_task_type *type;
    bool untraced;
    bool touches;       /* what lies in `in` was there when the last task ended */
    uint64_t looked_at; /* at the own memory */
    bool over;
    int status;
    struct lab_child_out out; /* its lane is opened by the first task that is traced */
};

static struct lab_child *self; /* that this program is; NULL: none */

struct lab_child *lab_child_create(const struct lab_child_ways *ways, lab_task_types types)
{
    struct lab_child *child = calloc(1, sizeof *child);
    if (!child)
        return NULL;
    child->ways = ways;
    child->types = types;
    child->out.send = ways->send;
    self = child;
    return child;
}

void lab_child_destroy(struct lab_child *child)
{
    if (!child)
        return;
    self = NULL;
    if (child->busy)
        lab_run_release(&child->run);
    lab_advance_release(&child->advance);
    lab_lane_close(child->out.lane);
    free(child->bytes);
    free(child->task);
    free(child->in.data);
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

/* ---- in ---- */

bool lab_child_feed(struct lab_child *child, const void *data, size_t size)
{
    struct lab_child_in *in = &child->in;
    if (!lab_child_in_room(in, size)) {
        give_up(child, LAB_PROCESS_NO_MEMORY);
        return false;
    }
    child->touches = false;
    memcpy(in->data + in->to, data, size);
    lab_child_in_came(in, size);
    return true;
}

/* Reads what there is, to where it belongs. False: the parent is gone, or there is no memory. */
static bool read_on(struct lab_child *child)
{
    child->touches = false;
    if (child->bytes) {
        size_t left = lab_frame_padded(child->long_frame.size) -
                      lab_frame_padded((size_t)child->long_frame.code) - child->got;
        size_t n = lab_parent_read(child->bytes + child->got, left);
        child->got += n;
        return n > 0;
    }
    struct lab_child_in *in = &child->in;
    if (in->from == in->to)
        lab_child_in_empty(in);
    if (!lab_child_in_room(in, READ)) {
        give_up(child, LAB_PROCESS_NO_MEMORY);
        return false;
    }
    size_t n = lab_parent_read(in->data + in->to, in->capacity - in->to);
    lab_child_in_came(in, n);
    return n > 0;
}

/* ---- out ---- */

bool lab_child_say(const void *data, size_t size)
{
    return self && self->ways->send(data, size, true);
}

/* Sends what was gathered; nobody listens any more: that is the end. */
static void flush(struct lab_child *child, bool urgent)
{
    lab_child_out_flush(&child->out, urgent);
    if (child->out.broken)
        give_up(child, 0);
}

/* The own memory, now and then; 0: not looked at. */
static uint64_t memory(struct lab_child *child)
{
    uint64_t now = lab_now_ns();
    if (child->looked_at && now - child->looked_at < MEMORY_NS)
        return 0;
    child->looked_at = now;
    return lab_own_memory();
}

static void answer(struct lab_child *child, struct lab_frame frame, const void *body, bool failed)
{
    struct lab_lane *lane = lab_lane_current();
    bool urgent = lab_child_in_urgent(&child->in);
    bool is_long = frame.size > LONG;
    if (urgent)
        frame.value = memory(child);
    if (is_long) /* it has to wait for the reader at the other end */
        lab_trace_here(LAB_TRACE_BLOCK, child->id, LAB_WAIT_PIPE);
    else
        lab_trace(lane, LAB_TRACE_END, child->id, failed);
    child->touches = !is_long && !urgent; /* what comes next begins at once */
    if (is_long) {
        lab_child_out_frame(&child->out, frame, body, true);
        lab_trace_here(LAB_TRACE_UNBLOCK, child->id, LAB_WAIT_PIPE);
        lab_trace_here(LAB_TRACE_END, child->id, failed);
    }
    if (lane && (urgent || is_long || lab_lane_written(lane) - child->out.cursor >= EVENTS))
        lab_child_out_events(&child->out);
    if (!is_long)
        lab_child_out_frame(&child->out, frame, body, urgent);
    flush(child, urgent);
}

static void conclude(struct lab_child *child)
{
    struct lab_run *run = &child->run;
    struct lab_frame frame = {.type = child->initializing ? LAB_FRAME_INITED : LAB_FRAME_RESULT,
                              .id = child->id};
    char text[LAB_CHILD_TEXT];
    const void *body = run->out;
    if (!run->failure && run->out_size > LAB_FRAME_MAX)
        lab_run_fail(run, LAB_E_TOO_LARGE, "a result of %zu bytes does not fit a message",
                     run->out_size);
    bool failed = run->failure != NULL;
    frame.size = (uint32_t)run->out_size;
    if (failed)
        body = lab_child_out_failure(run->failure, &frame, text);
    if (child->initializing) {
        if (!failed)
            frame.size = 0; /* what it returns interests nobody */
        lab_child_out_frame(&child->out, frame, body, true);
        flush(child, true);
        if (failed)
            give_up(child, 0);
    } else {
        answer(child, frame, body, failed);
    }
    lab_run_release(run);
    free(child->task);
    child->task = NULL;
    child->busy = false;
}

/* ---- tasks ---- */

/* NULL: there is none of this name. The name is not terminated; length: at most LAB_FRAME_NAME. */
static const struct lab_task_type *find_type(struct lab_child *child, const unsigned char *name,
                                             size_t length)
{
    if (child->type && memcmp(child->name, name, length) == 0 && child->name[length] == '\0')
        return child->type;
    memcpy(child->name, name, length);
    child->name[length] = '\0';
    child->type = strcmp(child->name, lab__chunk_type.name) == 0 ? &lab__chunk_type
                                                                 : child->types(child->name);
    return child->type;
}

static void trace_start(struct lab_child *child, uint32_t id)
{
    if (child->untraced)
        return;
    if (!child->out.lane)
        child->out.lane = lab_lane_open("process", LAB_LANE_PROCESS, "processes", 1);
    lab_lane_set_current(child->out.lane);
    (child->touches ? lab_trace_touching : lab_trace)(child->out.lane, LAB_TRACE_START, id, 0);
}

/* Its header is there, the rest is not. */
static void begin_receiving(struct lab_child *child, const struct lab_frame *frame)
{
    if (child->receiving || frame->type != LAB_FRAME_TASK)
        return;
    child->receiving = true;
    trace_start(child, frame->id);
    lab_trace_here(LAB_TRACE_BLOCK, frame->id, LAB_WAIT_PIPE);
}

static bool malformed(const struct lab_frame *frame)
{
    return frame->code < 0 || frame->code > LAB_FRAME_NAME ||
           lab_frame_padded((size_t)frame->code) > frame->size;
}

/* The parent has taken it back. */
static void drop(struct lab_child *child, uint32_t id)
{
    if (child->receiving) {
        lab_trace_here(LAB_TRACE_UNBLOCK, id, LAB_WAIT_PIPE);
        lab_trace_here(LAB_TRACE_END, id, 2);
    }
    child->receiving = false;
    bool urgent = lab_child_in_urgent(&child->in);
    if (urgent)
        lab_child_out_events(&child->out);
    lab_child_out_frame(&child->out, (struct lab_frame){.type = LAB_FRAME_DROPPED, .id = id}, NULL,
                        urgent);
    flush(child, urgent);
}

/* bytes: the task's, which stay where they are while it runs. type NULL: there is none. */
static void begin(struct lab_child *child, const struct lab_frame *frame,
                  const struct lab_task_type *type, const unsigned char *bytes, size_t size)
{
    struct lab_run *run = &child->run;
    child->initializing = frame->type == LAB_FRAME_INIT;
    if (!child->initializing && child->ways->claim && !child->ways->claim()) {
        free(child->task);
        child->task = NULL;
        drop(child, frame->id);
        return;
    }
    child->busy = true;
    child->id = frame->id;
    child->advance.tag = frame->id;
    if (child->initializing)
        lab_lane_set_current(NULL);
    else if (child->receiving)
        lab_trace_here(LAB_TRACE_UNBLOCK, frame->id, LAB_WAIT_PIPE);
    else
        trace_start(child, frame->id);
    child->receiving = false;
    memset(run, 0, sizeof *run);
    if (malformed(frame)) {
        lab_run_fail(run, LAB_E_INVALID, "a task with a malformed name");
    } else if (!type) {
        lab_run_fail(run, LAB_E_INVALID, "no task type is called \"%s\" here", child->name);
    } else if (!bytes || lab_run_init(run, type, (struct lab_bytes){bytes, size})) {
        lab_run_fail(run, LAB_E_NOMEM, "out of memory for a task of %zu bytes", size);
    } else {
        run->types = child->types;
        if (type->decode)
            type->decode(run);
    }
}

/* body: all of it. */
static void begin_short(struct lab_child *child, const struct lab_frame *frame,
                        const unsigned char *body)
{
    if (malformed(frame)) {
        begin(child, frame, NULL, NULL, 0);
        return;
    }
    size_t skip = lab_frame_padded((size_t)frame->code), size = frame->size - skip;
    const unsigned char *bytes = body + skip;
    if (!child->blocking) {
        child->task = malloc(size ? size : 1);
        if (child->task && size)
            memcpy(child->task, bytes, size);
        bytes = child->task;
    }
    begin(child, frame, find_type(child, body, (size_t)frame->code), bytes, size);
}

/* Goes on reading the task to where it stays; body: what is there, its name at least. */
static bool begin_long(struct lab_child *child, const struct lab_frame *frame,
                       const unsigned char *body)
{
    size_t skip = lab_frame_padded((size_t)frame->code);
    unsigned char *bytes = aligned_alloc(LAB_FRAME_ALIGN, lab_frame_padded(frame->size) - skip);
    if (!bytes)
        return false; /* it goes through the buffer, if there is memory for that */
    child->long_frame = *frame;
    child->long_type = find_type(child, body, (size_t)frame->code);
    child->got = child->in.to - child->in.from - sizeof *frame - skip;
    memcpy(bytes, body + skip, child->got);
    child->bytes = bytes;
    lab_child_in_empty(&child->in);
    return true;
}

static bool next_long(struct lab_child *child)
{
    const struct lab_frame *frame = &child->long_frame;
    size_t skip = lab_frame_padded((size_t)frame->code);
    if (child->got < lab_frame_padded(frame->size) - skip)
        return false;
    child->task = child->bytes;
    child->bytes = NULL;
    begin(child, frame, child->long_type, child->task, frame->size - skip);
    return true;
}

/* Understands the next frame, if it is complete. */
static bool next_frame(struct lab_child *child)
{
    struct lab_frame frame;
    if (child->bytes)
        return next_long(child) && !child->over;
    const struct lab_child_in *in = &child->in;
    size_t inside = in->to - in->from;
    if (inside < sizeof frame)
        return false;
    memcpy(&frame, in->data + in->from, sizeof frame);
    const unsigned char *body = in->data + in->from + sizeof frame;
    if (frame.size > LAB_FRAME_MAX) {
        give_up(child, 4);
        return false;
    }
    if (in->from == in->scanned) { /* it is not whole */
        begin_receiving(child, &frame);
        if (child->blocking && frame.size > DIRECT && !malformed(&frame) &&
            inside - sizeof frame >= lab_frame_padded((size_t)frame.code))
            begin_long(child, &frame, body);
        return false;
    }
    lab_child_in_take(&child->in, &frame);
    switch (frame.type) {
    case LAB_FRAME_PING:
        child->untraced = frame.code == 1;
        lab_child_out_frame(&child->out,
                            (struct lab_frame){.type = LAB_FRAME_PONG,
                                               .id = (uint32_t)(lab_own_memory() >> 16),
                                               .time = lab_now_ns(),
                                               .value = frame.time},
                            NULL, true);
        flush(child, true);
        break;
    case LAB_FRAME_INIT:
    case LAB_FRAME_TASK:
        begin_short(child, &frame, body);
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
            if (lab_run_advance(run, &child->advance, child->blocking ? LAB_FOREVER : 0) ==
                LAB_CO_AWAIT)
                return lab_advance_next(&child->advance);
            if (!run->failure && run->type->encode)
                run->type->encode(run);
        }
        conclude(child);
    } while (!child->over);
    return LAB_FOREVER;
}

int lab_child_live(lab_task_types types)
{
    static const struct lab_child_ways ways = {lab_parent_write, lab_parent_claim};
    struct lab_child *child = lab_child_create(&ways, types);
    int status;
    if (!child)
        return lab_parent_no_memory();
    child->blocking = true;
    while (!lab_child_over(child, &status)) {
        if (!read_on(child)) {
            status = child->over ? child->status : 0; /* the parent is gone, or done with us */
            break;
        }
        lab_child_advance(child);
    }
    lab_child_destroy(child);
    return status == LAB_PROCESS_NO_MEMORY ? lab_parent_no_memory() : status;
}
