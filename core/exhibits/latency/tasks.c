/* An empty task from submit to result, under each method: one at a time, on an executor that has
 * been started and has one worker, while the submitter waits. */
#include <stdlib.h>

#include "exhibits/latency/rows.h"
#include "futures/executor.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "workloads/workload.h"

struct tasks {
    struct lab_executor *executor;
    bool ready;
    struct lab_task task; /* what is submitted */
    /* Of the turn under way. */
    bool begun;
    uint64_t start, done;
    struct lab_future *future; /* the one that is waited for, or NULL */
};

static void end_tasks(void *state)
{
    struct tasks *tasks = state;
    lab_future_release(tasks->future);
    lab_executor_destroy(tasks->executor);
    free(tasks);
}

static int begin_tasks(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    const struct lab_method *method = lab_method_find(turn->row->of);
    const char *reason = method->unavailable ? method->unavailable() : NULL;
    if (reason)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "%s", reason);
    struct tasks *tasks = calloc(1, sizeof *tasks);
    if (!tasks)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    turn->state = tasks;
    turn->release = end_tasks;
    /* A child process finds it by its name; of no bytes it does nothing. */
    tasks->task.type = lab_task_type_find("echo");
    struct lab_executor_options options;
    lab_executor_options_init(&options, method);
    options.workers = 1;
    options.prestart = true;
    return lab_executor_create(&tasks->executor, method, &options, failure);
}

/* 0 when the workers are there. LAB_E_AGAIN: not yet, and nothing can block. */
static int wait_until_ready(struct tasks *tasks, struct lab_failure *failure)
{
    while (!tasks->ready) {
        if (lab_stopping())
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        /* Before it is asked: what the last news brought may have been all that was missing. */
        if (lab_executor_needs_driving(tasks->executor))
            lab_executor_drive(tasks->executor, 0);
        int code = lab_executor_ready(tasks->executor, failure);
        if (code && (code != LAB_E_AGAIN || !lab_can_block()))
            return code;
        tasks->ready = code == 0;
    }
    return 0;
}

static int one_task(struct tasks *tasks, struct lab_failure *failure)
{
    int code = 0;
    if (!tasks->future)
        code = lab_submit(tasks->executor, &tasks->task, &tasks->future, failure);
    if (code)
        return code;
    code = lab_future_wait(tasks->future, LAB_FOREVER);
    if (code)
        return code == LAB_E_AGAIN ? code : lab_fail(failure, code, "%s", lab_error_text(code));
    struct lab_bytes result;
    code = lab_future_result(tasks->future, &result);
    const struct lab_failure *why = code ? lab_future_failure(tasks->future) : NULL;
    if (code)
        lab_fail(failure, code, "%s", why ? why->text : lab_error_text(code));
    lab_future_release(tasks->future);
    tasks->future = NULL;
    return code;
}

static int task_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_tasks(turn, failure);
    struct tasks *tasks = turn->state;
    if (!code)
        code = wait_until_ready(tasks, failure);
    if (code)
        return code;
    if (!tasks->begun) {
        tasks->begun = true;
        tasks->done = 0;
        tasks->start = lab_now_ns();
    }
    for (; tasks->done < turn->operations; tasks->done++) {
        code = one_task(tasks, failure);
        if (code)
            return code;
    }
    turn->seconds = (double)(lab_now_ns() - tasks->start) / 1e9;
    tasks->begun = false;
    return 0;
}

#define TASK(method, words)                                                                        \
    {.name = "task-" method,                                                                       \
     .of = method,                                                                                 \
     .title = "Empty task, " method,                                                               \
     .about = words,                                                                               \
     .group = LAB_LATENCY_TASKS,                                                                   \
     .turn = task_turn}

const struct lab_latency_row lab__latency_tasks[] = {
    TASK("sequential",
         "An empty task is submitted, and run at once by the thread that submits it."),
    TASK("threads", "An empty task is submitted to a pool of one thread that sleeps; the submitter "
                    "sleeps until it has "
                    "the result."),
    TASK("threads-gil", "The same with a pool whose thread must take the GIL to run the task."),
    TASK("interpreters", "The same with a pool of one interpreter, to which the task's bytes and "
                         "the result are copied."),
    TASK("processes", "An empty task is submitted to a pool of one process: through a queue to the "
                      "thread that looks "
                      "after it, through a pipe to the process, and back."),
    TASK("async", "An empty task is submitted to the event loop, which runs it when the submitter "
                  "waits for the result."),
    {0},
};
