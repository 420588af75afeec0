#include "exhibits/compare/batch.h"

#include <stdlib.h>
#include <string.h>

#include "lab/live.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "platform/watch.h"
#include "trace/trace.h"

static int on_done(struct lab_future *future, void *user)
{
    struct lab_batch_task *task = user;
    struct lab_batch *batch = task->batch;
    struct lab_bytes result;
    task->done_ns = lab_now_ns();
    if (batch->pictured && lab_future_result(future, &result) == 0)
        lab_live_result((size_t)(task - batch->tasks), result, lab_future_task(future)->lane);
    /* After this the batch may be gone: whoever waits goes on. */
    if (atomic_fetch_sub_explicit(&batch->left, 1, memory_order_acq_rel) == 1)
        lab_futex_wake(&batch->left, 1);
    return 0;
}

int lab_batch_start(struct lab_batch *batch, const struct lab_problem *problem,
                    struct lab_executor *executor, uint32_t cell)
{
    size_t count = problem->task_count;
    memset(batch, 0, sizeof *batch);
    batch->problem = problem;
    batch->executor = executor;
    batch->tasks = calloc(count, sizeof *batch->tasks);
    batch->results = calloc(count, sizeof *batch->results);
    if (!batch->tasks || !batch->results)
        return lab_fail(&batch->failure, LAB_E_NOMEM, "out of memory for %zu task%s", count,
                        count == 1 ? "" : "s");
    batch->pictured = problem->workload->tile && lab_wants_live();
    if (batch->pictured)
        lab_live_begin(cell, problem);
    /* One more than there are tasks: the batch is not over while it is being submitted. */
    atomic_store_explicit(&batch->left, (uint32_t)count + 1, memory_order_relaxed);
    batch->start_ns = lab_now_ns();
    for (size_t i = 0; i < count; i++) {
        struct lab_batch_task *task = &batch->tasks[i];
        struct lab_task what = {
            .type = problem->workload->task, .in = problem->tasks[i], .tag = (uint32_t)i};
        task->batch = batch;
        lab_trace_here(LAB_TRACE_SUBMIT, (uint32_t)i, 0);
        int code = lab_submit(executor, &what, &task->future, &batch->failure);
        if (code == 0 && lab_future_on_done(task->future, on_done, task)) {
            /* No memory for the callback: wait for this one now. */
            while (lab_future_wait(task->future, LAB_FOREVER) == LAB_E_STOPPED && lab_can_block()) {
            }
            task->done_ns = lab_now_ns();
            code = lab_fail(&batch->failure, LAB_E_NOMEM, "out of memory for %zu task%s", count,
                            count == 1 ? "" : "s");
        }
        if (code) {
            batch->count = i + (task->future != NULL);
            atomic_fetch_sub_explicit(&batch->left, (uint32_t)(count - i), memory_order_acq_rel);
            break;
        }
        batch->count = i + 1;
    }
    atomic_fetch_sub_explicit(&batch->left, 1, memory_order_acq_rel);
    return 0;
}

bool lab_batch_poll(struct lab_batch *batch)
{
    const uint64_t slice = 50000000;
    uint32_t left = atomic_load_explicit(&batch->left, memory_order_acquire);
    if (left && lab_executor_needs_driving(batch->executor))
        lab_executor_drive(batch->executor, slice);
    else if (left)
        lab_futex_wait(&batch->left, left, slice);
    return atomic_load_explicit(&batch->left, memory_order_acquire) == 0;
}

int lab_batch_finish(struct lab_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct lab_batch_task *task = &batch->tasks[i];
        int code = lab_future_result(task->future, &batch->results[i]);
        if (task->done_ns > batch->end_ns)
            batch->end_ns = task->done_ns;
        if (code && batch->failure.code == 0) {
            const struct lab_failure *why = lab_future_failure(task->future);
            lab_fail(&batch->failure, code, "%s", why ? why->text : lab_error_text(code));
        }
    }
    /* Clocks of two threads may be a coarse step apart, which would be in every batch. */
    if (batch->one_clock)
        batch->end_ns = lab_now_ns();
    if (batch->end_ns <= batch->start_ns)
        batch->end_ns = batch->start_ns + 1;
    return batch->failure.code;
}

void lab_batch_release(struct lab_batch *batch)
{
    if (batch->pictured)
        lab_live_end();
    for (size_t i = 0; batch->tasks && i < batch->count; i++)
        lab_future_release(batch->tasks[i].future);
    free(batch->tasks);
    free(batch->results);
    memset(batch, 0, sizeof *batch);
}
