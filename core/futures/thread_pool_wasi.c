#include "futures/executor.h"

int lab_thread_pool_create(struct lab_executor **executor,
                           const struct lab_executor_options *options, struct lab_failure *failure)
{
    (void)options;
    *executor = NULL;
    return lab_fail(failure, LAB_E_UNAVAILABLE, "threads: an isolate has none");
}
