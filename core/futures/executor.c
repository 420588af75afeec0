#include "futures/executor.h"

#include <string.h>

#include "platform/sync.h"

static const char *threads_unavailable(void)
{
    return lab_has_threads() ? NULL : "SharedArrayBuffer needs a cross-origin isolated page";
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
    .unavailable = threads_unavailable,
    .create = lab_thread_pool_create,
};

static const struct lab_method processes = {
    .name = "processes",
    .sentence = "Several programs, each with a memory of its own: they speak bytes over pipes.",
    .parallel = true,
    .unavailable = always,
    .create = lab_process_pool_create,
};

static const struct lab_method async = {
    .name = "async",
    .sentence = "One thread, many coroutines: while one waits for an answer, another goes on.",
    .unavailable = always,
    .create = lab_async_create,
};

const struct lab_method *const lab_methods[] = {&sequential, &threads, &processes, &async, NULL};

const struct lab_method *lab_method_find(const char *name)
{
    for (size_t i = 0; lab_methods[i]; i++)
        if (strcmp(lab_methods[i]->name, name) == 0)
            return lab_methods[i];
    return NULL;
}

static void drive(struct lab_driver *driver, uint64_t timeout_ns)
{
    lab_executor_drive(
        (struct lab_executor *)((char *)driver - offsetof(struct lab_executor, driver)),
        timeout_ns);
}

int lab_executor_create(struct lab_executor **executor, const struct lab_method *method,
                        const struct lab_executor_options *options, struct lab_failure *failure)
{
    const char *reason = method->unavailable();
    *executor = NULL;
    if (reason)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "%s: %s", method->name, reason);
    if (options->workers < 1 || options->workers > LAB_MAX_WORKERS)
        return lab_fail(failure, LAB_E_INVALID, "%u workers: it must be 1 to %d", options->workers,
                        LAB_MAX_WORKERS);
    int code = method->create(executor, options, failure);
    if (code == 0)
        (*executor)->driver.drive = drive;
    return code;
}

int lab_executor_ready(struct lab_executor *executor, struct lab_failure *failure)
{
    return executor->class->ready ? executor->class->ready(executor, failure) : 0;
}

int lab_submit(struct lab_executor *executor, const struct lab_task *task,
               struct lab_future **future, struct lab_failure *failure)
{
    *future = lab_future_create(executor->driven ? &executor->driver : NULL);
    if (!*future)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another task");
    *lab_future_task(*future) = *task;
    int code = executor->class->submit(executor, *future, failure);
    if (code) {
        lab_future_release(*future);
        *future = NULL;
    }
    return code;
}

bool lab_executor_needs_driving(const struct lab_executor *executor)
{
    return executor->driven;
}

void lab_executor_drive(struct lab_executor *executor, uint64_t timeout_ns)
{
    executor->class->drive(executor, timeout_ns);
}

uint64_t lab_executor_next_drive(const struct lab_executor *executor)
{
    return executor->class->next_drive ? executor->class->next_drive(executor) : LAB_FOREVER;
}

uint64_t lab_executor_memory(struct lab_executor *executor)
{
    return executor->class->memory ? executor->class->memory(executor) : 0;
}

void lab_executor_destroy(struct lab_executor *executor)
{
    if (executor)
        executor->class->destroy(executor);
}
