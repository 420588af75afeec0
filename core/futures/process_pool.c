/* The process pool: N children (futures/child.h), a pipe each way, one who tends them.
 *
 * - pump() does everything that can be done without waiting: reads frames, ends futures, hands out tasks,
 *   writes. Where there are threads, a manager thread pumps and sleeps in lab_process_group_wait();
 *   elsewhere whoever drives the executor does.
 * - A child has at most WINDOW tasks: the one it runs and one that waits in its pipe, so that it never
 *   idles for a round trip. More would let a child hoard tasks that another could run.
 * - A task's bytes go from the submitter's memory to the pipe without a copy between.
 * - A child that dies breaks the pool: every unfinished future gets a failure of its own that says how
 *   the child ended, and later submits are refused (rule 19 of the futures' contract).
 * - Clocks: an isolate's or process's clock has an offset to ours. Each child is pinged PINGS times when
 *   it starts; the round trip that took least tells the offset best (D. L. Mills, RFC 5905).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "futures/executor.h"
#include "futures/frame.h"
#include "platform/process.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { WINDOW = 2, PINGS = 8 };

struct child {
    struct lab_process *process;
    struct lab_lane *lane;
    unsigned pings;    /* answered */
    uint64_t best_ns;  /* shortest round trip */
    int64_t offset_ns; /* the child's clock minus ours */
    uint64_t memory;
    /* Tasks that it has: the oldest first. sent is how many of them are fully written. */
    struct lab_future *tasks[WINDOW];
    unsigned count, sent;
    uint32_t first_id; /* of tasks[0]; ids count up per child */
    uint32_t
        tags[4 * WINDOW]; /* the trace's names of the latest tasks, by id modulo their number */
    /* Being written: head, then the task's bytes. */
    unsigned char head[sizeof(struct lab_frame) + 64];
    size_t head_size, written; /* written counts through head and bytes */
    bool writing;
    /* Being read. */
    struct lab_frame frame;
    size_t got; /* bytes of header and body read */
    unsigned char *body;
    bool body_lost; /* no memory for it: its bytes are skipped */
};

struct process_pool {
    struct lab_executor base; /* first */
    struct lab_process_group *group;
    unsigned count;
    lab_mutex mutex;
    struct lab_future_queue queue; /* under mutex */
    bool shutdown;                 /* under mutex */
    bool broken;                   /* under mutex; why is written once, before */
    struct lab_failure why;
    _Atomic uint32_t up;     /* children that answered their pings; a counter that ready() polls */
    _Atomic uint64_t memory; /* of all children; relaxed: a figure for people */
    bool managed;            /* there is a manager thread */
    lab_thread manager;
    struct child children[]; /* the manager's (or driver's) alone */
};

static void fail_future(struct lab_future *future, const struct lab_failure *failure)
{
    lab_future_set_failure(future, failure);
    lab_future_release(future);
}

/* Breaks the pool: no child is of use any more. */
static void break_pool(struct process_pool *pool, const char *who, const struct lab_failure *cause)
{
    struct lab_future_queue pending;
    struct lab_failure why;
    lab_fail(&why, LAB_E_BROKEN, "the process pool broke: %s: %s", who, cause->text);
    lab_mutex_lock(&pool->mutex);
    bool already = pool->broken;
    if (!already)
        pool->why = why;
    pool->broken = true;
    pending = pool->queue;
    pool->queue = (struct lab_future_queue){0};
    lab_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->count; i++) {
        struct child *child = &pool->children[i];
        if (child->process)
            lab_process_release(child->process);
        child->process = NULL;
        for (unsigned j = 0; j < child->count; j++)
            fail_future(child->tasks[j], &why);
        child->count = child->sent = 0;
        free(child->body);
        child->body = NULL;
    }
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));)
        if (lab_future_set_running_or_notify_cancel(future) == 0)
            fail_future(future, &why);
        else
            lab_future_release(future);
}

static void ping(struct child *child)
{
    struct lab_frame frame = {.type = LAB_FRAME_PING, .time = lab_now_ns()};
    lab_process_write(child->process, &frame, sizeof frame); /* the pipe is empty: it fits */
}

static void on_pong(struct process_pool *pool, struct child *child, const struct lab_frame *frame)
{
    uint64_t now = lab_now_ns(), trip = now - frame->value;
    if (child->pings == 0 || trip < child->best_ns) {
        child->best_ns = trip;
        child->offset_ns = (int64_t)(frame->time - (frame->value + trip / 2));
    }
    child->memory = (uint64_t)frame->id << 16;
    if (++child->pings < PINGS) {
        ping(child);
        return;
    }
    atomic_fetch_add_explicit(&pool->memory, child->memory, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->up, 1, memory_order_release);
    lab_futex_wake(&pool->up, 1);
}

static void on_events(struct child *child)
{
    struct lab_trace_event event;
    lab_trace_lose(child->frame.value);
    for (size_t at = 0; child->body && at + sizeof event <= child->frame.size; at += sizeof event) {
        memcpy(&event, child->body + at, sizeof event);
        /* The child knows its tasks by our ids; the trace knows them by their tags. */
        lab_trace_at(child->lane, event.time_ns - (uint64_t)child->offset_ns, event.kind,
                     child->tags[event.task % (4 * WINDOW)], event.arg);
    }
}

static bool on_result(struct process_pool *pool, struct child *child)
{
    struct lab_frame *frame = &child->frame;
    if (child->sent == 0 || frame->id != child->first_id)
        return false;
    struct lab_future *future = child->tasks[0];
    child->count--;
    child->sent--;
    child->first_id++;
    memmove(child->tasks, child->tasks + 1, child->count * sizeof *child->tasks);
    if (frame->value > child->memory) {
        atomic_fetch_add_explicit(&pool->memory, frame->value - child->memory,
                                  memory_order_relaxed);
        child->memory = frame->value;
    }
    if (child->body_lost) {
        struct lab_failure failure;
        lab_fail(&failure, LAB_E_NOMEM, "out of memory for a result of %u bytes", frame->size);
        fail_future(future, &failure);
    } else if (frame->code) {
        struct lab_failure failure;
        lab_fail(&failure, frame->code, "%.*s", (int)frame->size,
                 child->body ? (char *)child->body : "");
        fail_future(future, &failure);
    } else {
        if (lab_future_set_result(future, child->body, frame->size) == 0)
            child->body = NULL;
        lab_future_release(future);
    }
    return true;
}

static bool on_frame(struct process_pool *pool, struct child *child)
{
    bool fine = true;
    switch (child->frame.type) {
    case LAB_FRAME_PONG:
        on_pong(pool, child, &child->frame);
        break;
    case LAB_FRAME_EVENTS:
        on_events(child);
        break;
    case LAB_FRAME_RESULT:
        fine = on_result(pool, child);
        break;
    default:
        fine = false;
    }
    free(child->body);
    child->body = NULL;
    child->body_lost = false;
    child->got = 0;
    return fine;
}

/* Reads what there is. False: the stream makes no sense. */
static bool pump_in(struct process_pool *pool, struct child *child)
{
    unsigned char skipped[4096];
    for (;;) {
        size_t head = sizeof child->frame, n;
        if (child->got < head) {
            n = lab_process_read(child->process, (char *)&child->frame + child->got,
                                 head - child->got);
            child->got += n;
            if (child->got == head) {
                if (child->frame.size > LAB_FRAME_MAX)
                    return false;
                child->body = child->frame.size ? malloc(child->frame.size) : NULL;
                child->body_lost = child->frame.size && !child->body;
            }
        } else {
            size_t at = child->got - head, left = child->frame.size - at;
            if (child->body_lost)
                n = lab_process_read(child->process, skipped,
                                     left < sizeof skipped ? left : sizeof skipped);
            else
                n = lab_process_read(child->process, child->body + at, left);
            child->got += n;
        }
        if (child->got >= head && child->got == head + child->frame.size) {
            if (!on_frame(pool, child))
                return false;
        } else if (n == 0) {
            return true;
        }
    }
}

static void begin_write(struct child *child, struct lab_future *future)
{
    struct lab_task *task = lab_future_task(future);
    size_t length = strlen(task->type->name);
    struct lab_frame frame = {.type = LAB_FRAME_TASK,
                              .id = child->first_id + child->count,
                              .code = (int32_t)length,
                              .size = (uint32_t)(length + task->in.size)};
    memcpy(child->head, &frame, sizeof frame);
    memcpy(child->head + sizeof frame, task->type->name, length);
    child->head_size = sizeof frame + length;
    child->written = 0;
    child->writing = true;
    task->lane = child->lane;
    child->tags[frame.id % (4 * WINDOW)] = task->tag;
    child->tasks[child->count++] = future;
}

/* Writes what there is room for; true: all of the current task is written. */
static bool pump_out(struct child *child)
{
    struct lab_bytes in = lab_future_task(child->tasks[child->count - 1])->in;
    while (child->written < child->head_size) {
        size_t n = lab_process_write(child->process, child->head + child->written,
                                     child->head_size - child->written);
        if (n == 0)
            return false;
        child->written += n;
    }
    while (child->written - child->head_size < in.size) {
        size_t at = child->written - child->head_size;
        size_t n = lab_process_write(child->process, (const char *)in.data + at, in.size - at);
        if (n == 0)
            return false;
        child->written += n;
    }
    child->writing = false;
    child->sent++;
    return true;
}

static struct lab_future *next_task(struct process_pool *pool)
{
    for (;;) {
        lab_mutex_lock(&pool->mutex);
        struct lab_future *future = lab_future_dequeue(&pool->queue);
        lab_mutex_unlock(&pool->mutex);
        if (!future)
            return NULL;
        struct lab_task *task = lab_future_task(future);
        if (lab_future_set_running_or_notify_cancel(future)) {
            lab_future_release(future);
        } else if (task->in.size > LAB_FRAME_MAX - 64 || strlen(task->type->name) > 63) {
            struct lab_failure failure;
            lab_fail(&failure, LAB_E_TOO_LARGE, "a task of %zu bytes does not fit a message",
                     task->in.size);
            fail_future(future, &failure);
        } else {
            return future;
        }
    }
}

static bool pump_child(struct process_pool *pool, struct child *child, unsigned window)
{
    struct lab_failure end;
    bool sane = pump_in(pool, child);
    if (sane && child->pings == PINGS) {
        while (child->writing ? pump_out(child) : child->count < window) {
            if (child->writing || child->count >= window)
                continue;
            struct lab_future *future = next_task(pool);
            if (!future)
                break;
            begin_write(child, future);
        }
    }
    if (sane && !lab_process_exited(child->process, &end))
        return true;
    char who[32];
    snprintf(who, sizeof who, "process %u", (unsigned)(child - pool->children) + 1);
    if (!sane)
        lab_fail(&end, LAB_E_BROKEN, "it wrote something that is not a result");
    break_pool(pool, who, &end);
    return false;
}

static void pump(struct process_pool *pool)
{
    /* First one task for everybody, then a second: an idle child comes before a busy one's reserve. */
    for (unsigned window = 1; window <= WINDOW; window++)
        for (unsigned i = 0; i < pool->count; i++) {
            struct child *child = &pool->children[i];
            if (!child->process || !pump_child(pool, child, window))
                return;
        }
}

static void manage(void *argument)
{
    struct process_pool *pool = argument;
    for (;;) {
        pump(pool);
        lab_mutex_lock(&pool->mutex);
        bool over = pool->shutdown;
        lab_mutex_unlock(&pool->mutex);
        if (over)
            break;
        lab_process_group_wait(pool->group, 1000000000);
    }
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct process_pool *pool = (struct process_pool *)base;
    lab_mutex_lock(&pool->mutex);
    int code = pool->shutdown ? LAB_E_SHUTDOWN : pool->broken ? LAB_E_BROKEN : 0;
    bool first = pool->queue.count == 0;
    if (code == 0)
        lab_future_enqueue(&pool->queue, lab_future_retain(future));
    lab_mutex_unlock(&pool->mutex);
    if (code == LAB_E_BROKEN)
        return lab_fail(failure, code, "%s", pool->why.text);
    if (code)
        return lab_fail(failure, code, "the process pool was shut down");
    if (pool->managed && first)
        lab_process_group_wake(pool->group);
    return 0;
}

static int ready(struct lab_executor *base, struct lab_failure *failure)
{
    struct process_pool *pool = (struct process_pool *)base;
    uint32_t up = atomic_load_explicit(&pool->up, memory_order_acquire);
    lab_mutex_lock(&pool->mutex);
    bool broken = pool->broken;
    lab_mutex_unlock(&pool->mutex);
    if (broken)
        return lab_fail(failure, LAB_E_BROKEN, "%s", pool->why.text);
    if (up == pool->count)
        return 0;
    if (pool->managed)
        lab_futex_wait(&pool->up, up, 10000000);
    return LAB_E_AGAIN;
}

static void drive(struct lab_executor *base, uint64_t timeout_ns)
{
    struct process_pool *pool = (struct process_pool *)base;
    (void)timeout_ns; /* nothing can block here */
    pump(pool);
}

static uint64_t memory(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    return atomic_load_explicit(&pool->memory, memory_order_relaxed);
}

/* Lets the children end by themselves, and does not wait long for it. */
static void end_children(struct process_pool *pool)
{
    struct lab_frame exit_frame = {.type = LAB_FRAME_EXIT};
    struct lab_failure end;
    bool kindly = !lab_stopping() && !pool->broken;
    for (unsigned i = 0; i < pool->count; i++) {
        struct child *child = &pool->children[i];
        if (child->process && kindly && child->count == 0)
            lab_process_write(child->process, &exit_frame, sizeof exit_frame);
    }
    for (unsigned i = 0; i < pool->count; i++) {
        struct child *child = &pool->children[i];
        uint64_t start = lab_now_ns();
        while (child->process && kindly && pool->managed && lab_now_ns() - start < 200000000 &&
               !lab_process_exited(child->process, &end)) {
            unsigned char rest[256];
            if (!lab_process_read(child->process, rest, sizeof rest))
                lab_process_group_wait(pool->group, 10000000);
        }
        if (child->process)
            lab_process_release(child->process);
        child->process = NULL;
        lab_lane_close(child->lane);
    }
}

static void destroy(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    struct lab_failure gone;
    lab_mutex_lock(&pool->mutex);
    pool->shutdown = true;
    lab_mutex_unlock(&pool->mutex);
    if (pool->managed) {
        lab_process_group_wake(pool->group);
        lab_thread_join(pool->manager);
    }
    for (struct lab_future *future; (future = lab_future_dequeue(&pool->queue));) {
        lab_future_discard(future);
    }
    end_children(pool);
    lab_fail(&gone, LAB_E_SHUTDOWN, "the process pool was shut down while the task ran");
    for (unsigned i = 0; i < pool->count; i++) {
        struct child *child = &pool->children[i];
        for (unsigned j = 0; j < child->count; j++)
            fail_future(child->tasks[j], &gone);
        free(child->body);
    }
    lab_process_group_destroy(pool->group);
    lab_mutex_destroy(&pool->mutex);
    free(pool);
}

static const struct lab_executor_class class = {
    .submit = submit,
    .ready = ready,
    .drive = drive,
    .memory = memory,
    .destroy = destroy,
};

int lab_process_pool_create(struct lab_executor **executor,
                            const struct lab_executor_options *options, struct lab_failure *failure)
{
    unsigned workers = (unsigned)options->workers;
    struct process_pool *pool = calloc(1, sizeof *pool + workers * sizeof *pool->children);
    if (!pool || !(pool->group = lab_process_group_create())) {
        free(pool);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %u processes", workers);
    }
    pool->base = (struct lab_executor){.class = &class, .driven = !lab_has_threads()};
    pool->count = workers;
    lab_mutex_init(&pool->mutex);
    for (unsigned i = 0; i < workers; i++) {
        struct child *child = &pool->children[i];
        char name[LAB_LANE_NAME];
        int code = lab_process_spawn(pool->group, &child->process, failure);
        if (code) {
            destroy(&pool->base);
            return code;
        }
        snprintf(name, sizeof name, "process %u", i + 1);
        child->lane = lab_lane_open(name, LAB_LANE_PROCESS, "processes", workers);
        ping(child);
    }
    if (lab_has_threads()) {
        if (lab_thread_start(&pool->manager, manage, pool)) {
            destroy(&pool->base);
            return lab_fail(failure, LAB_E_UNAVAILABLE, "the pool's manager could not be started");
        }
        pool->managed = true;
    }
    *executor = &pool->base;
    return 0;
}
