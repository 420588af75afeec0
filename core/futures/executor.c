#include "futures/executor.h"

#include <string.h>

#include "futures/waits.h"
#include "gil/gil.h"
#include "platform/sync.h"
#include "platform/system.h"

static const char *threads_unavailable(void)
{
    return lab_has_threads() ? NULL : LAB_NO_SHARED_MEMORY;
}

static const char *always(void)
{
    return NULL;
}

static const struct lab_method sequential = {
    .name = "sequential",
    .sentence = "One thread, one task after another: the baseline.",
    .unavailable = always,
    .create = lab_sequential_create,
};

static const struct lab_method threads = {
    .name = "threads",
    .sentence = "Several threads in one program: they share its memory and run in parallel.",
    .parallel = true,
    .worker = "thread",
    .workers = "threads",
    .unavailable = threads_unavailable,
    .create = lab_thread_pool_create,
};

static const struct lab_method threads_gil = {
    .name = "threads-gil",
    .sentence =
        "The same threads under one lock, as in CPython: one computes, others may wait for I/O.",
    .parallel = true,
    .worker = "thread under a GIL",
    .workers = "threads under a GIL",
    .unavailable = threads_unavailable,
    .create = lab_thread_pool_gil_create,
};

static const struct lab_method interpreters = {
    .name = "interpreters",
    .sentence =
        "Several threads, each with a lock, a heap and state of its own: data crosses by copy.",
    .parallel = true,
    .worker = "interpreter",
    .workers = "interpreters",
    .unavailable = threads_unavailable,
    .create = lab_interpreter_pool_create,
};

static const struct lab_method processes = {
    .name = "processes",
    .sentence = "Several programs, each with a memory of its own: they speak bytes over pipes.",
    .parallel = true,
    .worker = "process",
    .workers = "processes",
    .processes = true,
    .unavailable = always,
    .create = lab_process_pool_create,
};

static const struct lab_method async = {
    .name = "async",
    .sentence = "One thread, many coroutines: while one waits for an answer, another goes on.",
    .unavailable = always,
    .create = lab_async_create,
};

const struct lab_method *const lab_methods[] = {&sequential, &threads, &threads_gil, &interpreters,
                                                &processes,  &async,   NULL};

const struct lab_method *lab_method_find(const char *name)
{
    for (size_t i = 0; lab_methods[i]; i++)
        if (strcmp(lab_methods[i]->name, name) == 0)
            return lab_methods[i];
    return NULL;
}

void lab_executor_options_init(struct lab_executor_options *options,
                               const struct lab_method *method)
{
    struct lab_environment environment;
    lab_environment(&environment);
    unsigned cores = environment.cores, workers = 1;
    if (method->processes)
        workers = cores < LAB_MAX_WORKERS ? cores : LAB_MAX_WORKERS;
    else if (method->parallel)
        workers = cores + 4 < 32 ? cores + 4 : 32;
    *options = (struct lab_executor_options){
        .workers = (int)workers,
        .switch_interval_us = LAB_GIL_INTERVAL_US,
    };
}

static struct lab_executor *driven_by(const struct lab_driver *driver)
{
    return (struct lab_executor *)((char *)driver - offsetof(struct lab_executor, driver));
}

static bool drive(struct lab_driver *driver, uint64_t timeout_ns)
{
    return lab_executor_drive(driven_by(driver), timeout_ns);
}

static uint64_t next_drive(const struct lab_driver *driver)
{
    return lab_executor_next_drive(driven_by(driver));
}

int lab_executor_create(struct lab_executor **executor, const struct lab_method *method,
                        const struct lab_executor_options *wanted, struct lab_failure *failure)
{
    struct lab_executor_options options;
    const char *reason = method->unavailable();
    *executor = NULL;
    if (wanted)
        options = *wanted;
    else
        lab_executor_options_init(&options, method);
    if (reason)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "%s: %s", method->name, reason);
    if (options.workers < 1 || options.workers > LAB_MAX_WORKERS)
        return lab_fail(failure, LAB_E_INVALID, "%d workers: it must be 1 to %d", options.workers,
                        LAB_MAX_WORKERS);
    if (options.max_tasks_per_child < 0 || (options.max_tasks_per_child > 0 && !method->processes))
        return lab_fail(failure, LAB_E_INVALID,
                        "max_tasks_per_child %d: it must be 1 or more, or 0 for no limit, and only "
                        "processes have children",
                        options.max_tasks_per_child);
    if (options.initializer && !method->parallel)
        return lab_fail(failure, LAB_E_INVALID, "%s has no workers to initialize", method->name);
    if (options.switch_interval_us == 0)
        options.switch_interval_us = LAB_GIL_INTERVAL_US;
    int code = method->create(executor, &options, failure);
    if (code == 0) {
        (*executor)->driver.drive = drive;
        (*executor)->driver.next = next_drive;
        (*executor)->method = method;
        (*executor)->max_workers = (unsigned)options.workers;
    }
    return code;
}

int lab_executor_ready(struct lab_executor *executor, struct lab_failure *failure)
{
    return executor->class->ready ? executor->class->ready(executor, failure) : 0;
}

int lab_submit(struct lab_executor *executor, const struct lab_task *task,
               struct lab_future **future, struct lab_failure *failure)
{
    *future = lab_future_create(executor->driven);
    if (!*future)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another task");
    struct lab_task *own = lab_future_task(*future);
    *own = *task;
    own->executor = executor;
    int code = executor->class->submit(executor, *future, failure);
    if (code) {
        lab_future_release(*future);
        *future = NULL;
    }
    return code;
}

int lab_executor_shutdown(struct lab_executor *executor, bool wait, bool cancel_futures)
{
    executor->class->shutdown(executor, cancel_futures);
    if (!wait)
        return 0;
    if (lab_worker_executor() == executor)
        return LAB_E_DEADLOCK; /* a worker cannot wait for its own end */
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    int code = 0;
    while (!executor->class->join(executor)) {
        if (executor->driven && !lab_executor_drive(executor, 50000000)) {
            code = LAB_E_DEADLOCK;
            break;
        }
        if (!lab_can_block() && !executor->class->join(executor)) {
            code = LAB_E_AGAIN;
            break;
        }
    }
    lab_gil_end_allow_threads(gil);
    return code;
}

static int end_workers(struct lab_executor *executor, bool kindly)
{
    if (!executor->class->end_workers)
        return LAB_E_UNAVAILABLE;
    executor->class->end_workers(executor, kindly);
    return 0;
}

int lab_executor_terminate_workers(struct lab_executor *executor)
{
    return end_workers(executor, true);
}

int lab_executor_kill_workers(struct lab_executor *executor)
{
    return end_workers(executor, false);
}

const struct lab_method *lab_executor_method(const struct lab_executor *executor)
{
    return executor->method;
}

unsigned lab_executor_max_workers(const struct lab_executor *executor)
{
    return executor->max_workers;
}

unsigned lab_executor_workers(struct lab_executor *executor)
{
    return executor->class->workers ? executor->class->workers(executor) : 1;
}

bool lab_executor_needs_driving(const struct lab_executor *executor)
{
    return executor->driven;
}

bool lab_executor_drive(struct lab_executor *executor, uint64_t timeout_ns)
{
    if (executor->driving)
        return false;
    executor->driving = true;
    executor->class->drive(executor, timeout_ns);
    executor->driving = false;
    return true;
}

uint64_t lab_executor_next_drive(const struct lab_executor *executor)
{
    return executor->class->next_drive ? executor->class->next_drive(executor) : LAB_FOREVER;
}

uint64_t lab_executor_memory(struct lab_executor *executor)
{
    return executor->class->memory ? executor->class->memory(executor) : 0;
}

bool lab_executor_gil_stats(struct lab_executor *executor, struct lab_gil_stats *stats)
{
    return executor->class->gil_stats && executor->class->gil_stats(executor, stats);
}

void lab_executor_destroy(struct lab_executor *executor)
{
    if (!executor)
        return;
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    executor->class->destroy(executor);
    lab_gil_end_allow_threads(gil);
}
