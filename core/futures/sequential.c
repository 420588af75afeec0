/* The sequential executor: a task runs to its end inside submit, also one that a task submits. In
 * an isolate that cannot block, a task that awaits goes on when driven, and the next one starts
 * only after it: still one after another. */
#include <stdlib.h>

#include "futures/executor.h"
#include "futures/advance.h"
#include "platform/sync.h"
#include "trace/trace.h"

struct sequential {
    struct lab_executor base; /* first */
    struct lab_lane *lane;
    bool shutdown;
    /* Where it is driven. */
    struct lab_future_queue queue;
    struct lab_advance advance;
    struct lab_future *current; /* running: run is in use */
    struct lab_run run;
};

/* Takes over the caller's reference; false: it was cancelled. */
static bool begin(struct sequential *sequential, struct lab_future *future, struct lab_run *run)
{
    struct lab_task *task = lab_future_task(future);
    if (lab_future_set_running_or_notify_cancel(future)) {
        lab_future_release(future);
        return false;
    }
    task->lane = lab_lane_number(sequential->lane);
    lab_trace(sequential->lane, LAB_TRACE_START, task->tag, 0);
    if (lab_run_init(run, task->type, task->in))
        lab_run_fail(run, LAB_E_NOMEM, "out of memory for a task");
    return true;
}

static void finish(struct sequential *sequential, struct lab_future *future, struct lab_run *run)
{
    lab_trace(sequential->lane, LAB_TRACE_END, lab_future_task(future)->tag, run->failure != NULL);
    lab_future_finish(future, run);
    lab_run_release(run);
    lab_future_release(future);
}

/* Where it can block: from the beginning to the end. */
static void run_inline(struct sequential *sequential, struct lab_future *future)
{
    struct lab_lane *outer = lab_lane_current();
    struct lab_advance advance = {.tag = lab_future_task(future)->tag};
    struct lab_run run;
    /* One reactor is kept between tasks, since it keeps connections open; a task inside a task that
     * has it makes its own. */
    advance.reactor = sequential->advance.reactor;
    sequential->advance.reactor = NULL;
    lab_lane_set_current(sequential->lane);
    if (begin(sequential, lab_future_retain(future), &run)) {
        while (!run.failure && lab_run_advance(&run, &advance, LAB_FOREVER) != LAB_CO_DONE) {
        }
        finish(sequential, future, &run);
    }
    if (sequential->advance.reactor)
        lab_advance_release(&advance);
    else
        sequential->advance.reactor = advance.reactor;
    lab_lane_set_current(outer);
}

static void drive(struct lab_executor *base, uint64_t timeout_ns)
{
    struct sequential *sequential = (struct sequential *)base;
    struct lab_lane *outer = lab_lane_current();
    lab_lane_set_current(sequential->lane);
    for (;;) {
        struct lab_run *run = &sequential->run;
        while (!sequential->current) {
            struct lab_future *next = lab_future_dequeue(&sequential->queue);
            if (!next)
                break;
            sequential->advance.tag = lab_future_task(next)->tag;
            if (begin(sequential, next, run))
                sequential->current = next;
        }
        if (!sequential->current || (!run->failure && lab_run_advance(run, &sequential->advance,
                                                                      timeout_ns) == LAB_CO_AWAIT))
            break;
        struct lab_future *future = sequential->current;
        sequential->current = NULL;
        finish(sequential, future, run);
    }
    lab_lane_set_current(outer);
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct sequential *sequential = (struct sequential *)base;
    if (sequential->shutdown)
        return lab_fail(failure, LAB_E_SHUTDOWN, "the sequential executor was shut down");
    if (base->driven)
        lab_future_enqueue(&sequential->queue, lab_future_retain(future));
    else
        run_inline(sequential, future);
    return 0;
}

static uint64_t next_drive(const struct lab_executor *base)
{
    const struct sequential *sequential = (const struct sequential *)base;
    if (sequential->current)
        return lab_advance_next(&sequential->advance);
    return sequential->queue.first ? 0 : LAB_FOREVER;
}

static void shut_down(struct lab_executor *base, bool cancel_futures)
{
    struct sequential *sequential = (struct sequential *)base;
    sequential->shutdown = true;
    for (struct lab_future *future;
         cancel_futures && (future = lab_future_dequeue(&sequential->queue));)
        lab_future_discard(future);
}

static bool join(struct lab_executor *base)
{
    const struct sequential *sequential = (const struct sequential *)base;
    return !sequential->current && !sequential->queue.first;
}

static void destroy(struct lab_executor *base)
{
    struct sequential *sequential = (struct sequential *)base;
    shut_down(base, true);
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
    .shutdown = shut_down,
    .join = join,
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
