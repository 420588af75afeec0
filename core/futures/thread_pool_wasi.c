#include "futures/executor.h"

static int none(struct lab_executor **executor, struct lab_failure *failure)
{
    *executor = NULL;
    return lab_fail(failure, LAB_E_UNAVAILABLE, "threads: an isolate has none");
}

int lab_thread_pool_create(struct lab_executor **executor,
                           const struct lab_executor_options *options, struct lab_failure *failure)
{
    (void)options;
    return none(executor, failure);
}

int lab_thread_pool_gil_create(struct lab_executor **executor,
                               const struct lab_executor_options *options,
                               struct lab_failure *failure)
{
    (void)options;
    return none(executor, failure);
}

int lab_interpreter_pool_create(struct lab_executor **executor,
                                const struct lab_executor_options *options,
                                struct lab_failure *failure)
{
    (void)options;
    return none(executor, failure);
}
