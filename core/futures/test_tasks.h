/* Task types for the tests of executors: numbers in, numbers out. */
#ifndef LAB_FUTURES_TEST_TASKS_H
#define LAB_FUTURES_TEST_TASKS_H

#include <stdlib.h>
#include <string.h>

#include "futures/executor.h"
#include "platform/sync.h"
#include "platform/system.h"

static inline int lab_test_double(struct lab_run *run)
{
    uint64_t number;
    memcpy(&number, run->in.data, sizeof number);
    if (number == 13)
        return lab_run_fail(run, LAB_E_TASK, "13 is unlucky");
    number *= 2;
    return lab_run_result(run, &number, sizeof number);
}

/* Sleeps number nanoseconds, then returns it. */
static inline int lab_test_sleep(struct lab_run *run)
{
    uint64_t number;
    memcpy(&number, run->in.data, sizeof number);
    LAB_CO_BEGIN(&run->co);
    LAB_AWAIT_SLEEP(&run->co, number);
    LAB_CO_END(&run->co);
    return lab_run_result(run, &number, sizeof number);
}

static inline int lab_test_spin(struct lab_run *run)
{
    while (!lab_checkpoint()) {
    }
    return lab_run_fail(run, LAB_E_STOPPED, "stopped");
}

static const struct lab_task_type lab_test_double_type = {.name = "double",
                                                          .step = lab_test_double};
static const struct lab_task_type lab_test_sleep_type = {.name = "sleep", .step = lab_test_sleep};
static const struct lab_task_type lab_test_spin_type = {.name = "spin", .step = lab_test_spin};

static inline struct lab_future *lab_test_submit(struct lab_executor *executor,
                                                 const struct lab_task_type *type,
                                                 const uint64_t *number)
{
    struct lab_future *future = NULL;
    struct lab_task task = {.type = type, .in = {number, sizeof *number}};
    return lab_submit(executor, &task, &future, NULL) ? NULL : future;
}

/* The number that a done future holds; UINT64_MAX if it holds none. */
static inline uint64_t lab_test_number(const struct lab_future *future)
{
    struct lab_bytes result;
    uint64_t number = UINT64_MAX;
    if (lab_future_result(future, &result) == 0 && result.size == sizeof number)
        memcpy(&number, result.data, sizeof number);
    return number;
}

/* Waits where waiting may only mean driving. */
static inline int lab_test_wait(struct lab_future *future)
{
    int code;
    while ((code = lab_future_wait(future, LAB_FOREVER)) == LAB_E_AGAIN) {
    }
    return code;
}

#endif
