/* The sequential executor: a task runs to its end inside submit. In an isolate that cannot block, a task
 * that awaits goes on when driven, and the next one starts only after it: still one after another. */
#include <stdlib.h>

#include "futures/executor.h"
#include "futures/advance.h"
#include "platform/sync.h"
#include "trace/trace.h"

struct sequential {
    struct lab_executor base; /* first */
    struct lab_future_queue queue;
    struct lab_advance advance;
    struct lab_future *current; /* running: run is in use */
    struct lab_run run;
    struct lab_lane *lane;
};

static bool begin(struct sequential *sequential)
{
    struct lab_future *future = lab_future_dequeue(&sequential->queue);
    if (!future)
        return false;
    struct lab_task *task = lab_future_task(future);
    if (!lab_future_start(future)) {
        lab_future_release(future);
        return begin(sequential);
    }
    task->lane = sequential->lane;
    lab_trace(sequential->lane, LAB_TRACE_START, task->tag, 0);
    sequential->current = future;
    sequential->advance.tag = task->tag;
    if (lab_run_init(&sequential->run, task->type, task->in))
        lab_run_fail(&sequential->run, LAB_E_NOMEM, "out of memory for a task");
    return true;
}

static void drive(struct lab_executor *base, uint64_t timeout_ns)
{
    struct sequential *sequential = (struct sequential *)base;
    struct lab_lane *outer = lab_lane_current();
    lab_lane_set_current(sequential->lane);
    while (sequential->current || begin(sequential)) {
        struct lab_run *run = &sequential->run;
        if (!run->failure && lab_run_advance(run, &sequential->advance, timeout_ns) == LAB_CO_AWAIT)
            break;
        struct lab_future *future = sequential->current;
        sequential->current = NULL;
        lab_trace(sequential->lane, LAB_TRACE_END, lab_future_task(future)->tag,
                  run->failure != NULL);
        lab_future_finish(future, run);
        lab_run_release(run);
        lab_future_release(future);
    }
    lab_lane_set_current(outer);
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct sequential *sequential = (struct sequential *)base;
    (void)failure;
    lab_future_enqueue(&sequential->queue, lab_future_retain(future));
    if (!base->driven)
        drive(base, LAB_FOREVER);
    return 0;
}

static uint64_t next_drive(const struct lab_executor *base)
{
    const struct sequential *sequential = (const struct sequential *)base;
    if (sequential->current)
        return lab_advance_next(&sequential->advance);
    return sequential->queue.first ? 0 : LAB_FOREVER;
}

static void destroy(struct lab_executor *base)
{
    struct sequential *sequential = (struct sequential *)base;
    for (struct lab_future *future; (future = lab_future_dequeue(&sequential->queue));) {
        if (lab_future_cancel(future))
            lab_future_start(future);
        lab_future_release(future);
    }
    while (sequential->current) {
        lab_advance_cancel(&sequential->advance, &sequential->run);
        drive(base, 0);
    }
    lab_advance_release(&sequential->advance);
    lab_lane_close(sequential->lane);
    free(sequential);
}

static const struct lab_executor_class class = {
    .submit = submit,
    .drive = drive,
    .next_drive = next_drive,
    .destroy = destroy,
};

int lab_sequential_create(struct lab_executor **executor,
                          const struct lab_executor_options *options, struct lab_failure *failure)
{
    (void)options;
    struct sequential *sequential = calloc(1, sizeof *sequential);
    if (!sequential)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for an executor");
    sequential->base = (struct lab_executor){.class = &class, .driven = !lab_can_block()};
    sequential->lane = lab_lane_open("main thread", LAB_LANE_THREAD, "sequential", 1);
    *executor = &sequential->base;
    return 0;
}
