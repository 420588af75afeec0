/* The async executor: every task a coroutine on one event loop, all started at once. */
#include <stdlib.h>

#include "futures/executor.h"
#include "loop/loop.h"
#include "loop/slab.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

struct async_task {
    struct lab_run run;        /* first, and in it the struct lab_co that the loop knows */
    struct lab_future *future; /* a reference */
};

struct async {
    struct lab_executor base;      /* first */
    struct lab_future_queue queue; /* submitted; coroutines with the next turn */
    bool shutdown;
    struct lab_loop *loop;
    struct lab_lane *lane;
    bool touches;          /* the next step begins where the last one ended */
    struct lab_slab tasks; /* struct async_task */
    size_t alive_bytes, peak_bytes;
};

static void finish(struct lab_co *co)
{
    struct async_task *task = (struct async_task *)co;
    struct async *async = (struct async *)lab_future_task(task->future)->executor;
    async->alive_bytes -= sizeof *task + task->run.type->frame_size;
    lab_run_release(&task->run);
    lab_future_release(task->future);
    lab_slab_give(&async->tasks, task);
}

static enum lab_wait_reason reason(const struct lab_co *co)
{
    return co->awaits == LAB_AWAITS_FETCH   ? LAB_WAIT_FETCH
           : co->awaits == LAB_AWAITS_SLEEP ? LAB_WAIT_SLEEP
                                            : LAB_WAIT_TURN;
}

/* Where a coroutine's step follows another's its beginning is the other's end: a million steps of
 * nanoseconds would mostly look at the clock. */
static void trace_begin(struct async *async, enum lab_trace_kind kind, uint32_t tag, unsigned arg)
{
    (async->touches ? lab_trace_touching : lab_trace)(async->lane, kind, tag, arg);
}

static void trace_end(struct async *async, enum lab_trace_kind kind, uint32_t tag, unsigned arg)
{
    lab_trace(async->lane, kind, tag, arg);
    async->touches = true;
}

static int step(struct async *async, struct async_task *task, uint32_t tag)
{
    struct lab_run *run = &task->run;
    if (run->type->step(run) == LAB_CO_AWAIT) {
        trace_end(async, LAB_TRACE_AWAIT, tag, reason(&run->co));
        if (run->co.awaits == LAB_AWAITS_FETCH)
            async->touches = false; /* starting it takes the loop a while */
        return LAB_CO_AWAIT;
    }
    trace_end(async, LAB_TRACE_END, tag, run->failure != NULL);
    if (lab_future_calls_back(task->future))
        async->touches = false;
    lab_future_finish(task->future, run);
    return LAB_CO_DONE;
}

static int resume(struct lab_co *co)
{
    struct async_task *task = (struct async_task *)co;
    const struct lab_task *own = lab_future_task(task->future);
    struct async *async = (struct async *)own->executor;
    trace_begin(async, LAB_TRACE_RESUME, own->tag, reason(co));
    return step(async, task, own->tag);
}

static const struct lab_co_type started = {resume, finish};

static int begin(struct lab_co *co)
{
    struct async_task *task = (struct async_task *)co;
    struct lab_task *own = lab_future_task(task->future);
    struct async *async = (struct async *)own->executor;
    if (lab_future_set_running_or_notify_cancel(task->future))
        return LAB_CO_DONE;
    co->type = &started;
    own->lane = lab_lane_number(async->lane);
    trace_begin(async, LAB_TRACE_START, own->tag, 0);
    return step(async, task, own->tag);
}

static const struct lab_co_type unstarted = {begin, finish};

/* Takes over the caller's reference. */
static void spawn(struct async *async, struct lab_future *future)
{
    const struct lab_task *own = lab_future_task(future);
    struct async_task *task = lab_slab_take(&async->tasks);
    if (!task || lab_run_init(&task->run, own->type, own->in)) {
        if (task)
            lab_slab_give(&async->tasks, task);
        if (lab_future_set_running_or_notify_cancel(future) == 0) {
            struct lab_failure failure;
            lab_fail(&failure, LAB_E_NOMEM, "out of memory for another coroutine");
            lab_future_set_failure(future, &failure);
        }
        lab_future_release(future);
        return;
    }
    task->future = future;
    async->alive_bytes += sizeof *task + own->type->frame_size;
    if (async->alive_bytes > async->peak_bytes)
        async->peak_bytes = async->alive_bytes;
    lab_loop_spawn(async->loop, &task->run.co, &unstarted);
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct async *async = (struct async *)base;
    if (async->shutdown)
        return lab_fail(failure, LAB_E_SHUTDOWN, "the event loop was shut down");
    lab_future_enqueue(&async->queue, lab_future_retain(future));
    return 0;
}

static void drive(struct lab_executor *base, uint64_t timeout_ns)
{
    struct async *async = (struct async *)base;
    for (struct lab_future *future; (future = lab_future_dequeue(&async->queue));)
        spawn(async, future);
    if (lab_stopping())
        lab_loop_cancel_waits(async->loop);
    async->touches = false;
    if (lab_loop_alive(async->loop))
        lab_loop_turn(async->loop, timeout_ns);
}

static uint64_t next_drive(const struct lab_executor *base)
{
    const struct async *async = (const struct async *)base;
    return async->queue.first ? 0 : lab_loop_next(async->loop);
}

static uint64_t memory(struct lab_executor *base)
{
    return ((struct async *)base)->peak_bytes;
}

static void shut_down(struct lab_executor *base, bool cancel_futures)
{
    struct async *async = (struct async *)base;
    async->shutdown = true;
    for (struct lab_future *future; cancel_futures && (future = lab_future_dequeue(&async->queue));)
        lab_future_discard(future);
}

static bool join(struct lab_executor *base)
{
    const struct async *async = (const struct async *)base;
    return !async->queue.first && lab_loop_alive(async->loop) == 0;
}

static void destroy(struct lab_executor *base)
{
    struct async *async = (struct async *)base;
    shut_down(base, true);
    /* What still waits is given up: each task ends by itself, with its await failed. */
    while (lab_loop_alive(async->loop)) {
        async->touches = false;
        lab_loop_cancel_waits(async->loop);
        lab_loop_turn(async->loop, 0);
    }
    lab_loop_destroy(async->loop);
    lab_slab_release(&async->tasks);
    lab_lane_close(async->lane);
    free(async);
}

static const struct lab_executor_class class = {
    .submit = submit,
    .drive = drive,
    .next_drive = next_drive,
    .shutdown = shut_down,
    .join = join,
    .memory = memory,
    .destroy = destroy,
};

int lab_async_create(struct lab_executor **executor, const struct lab_executor_options *options,
                     struct lab_failure *failure)
{
    (void)options;
    struct async *async = calloc(1, sizeof *async);
    if (!async || !(async->loop = lab_loop_create())) {
        free(async);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for an event loop");
    }
    async->base = (struct lab_executor){.class = &class, .driven = true};
    lab_slab_init(&async->tasks, sizeof(struct async_task));
    async->lane = lab_lane_open("event loop", LAB_LANE_LOOP, "async", 1);
    *executor = &async->base;
    return 0;
}
