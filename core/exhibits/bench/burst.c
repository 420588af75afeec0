/* A burst: what most rows of executors are made of. */
#include <stdlib.h>

#include "exhibits/bench/rows.h"
#include "platform/sync.h"
#include "platform/system.h"

int lab__bench_collect(struct lab_future **futures, size_t count, size_t result_size,
                       struct lab_failure *failure)
{
    int code = 0;
    for (size_t i = 0; i < count; i++) {
        struct lab_bytes result = {NULL, 0};
        int own = lab_future_wait(futures[i], LAB_FOREVER);
        if (own)
            lab_fail(failure, own, "%s", lab_error_text(own));
        else if ((own = lab_future_result(futures[i], &result)))
            lab_fail(failure, own, "%s",
                     lab_future_failure(futures[i]) ? lab_future_failure(futures[i])->text
                                                    : lab_error_text(own));
        else if (result_size != LAB__BENCH_ANY_SIZE && result.size != result_size)
            own = lab_fail(failure, LAB_E_UNVERIFIED, "a result of %zu bytes, not %zu", result.size,
                           result_size);
        code = own ? own : code;
    }
    return code;
}

int lab__bench_burst(struct lab_executor *executor, const struct lab_task *task, size_t count,
                     size_t result_size, double *seconds, struct lab_failure *failure)
{
    struct lab_future **futures = calloc(count, sizeof *futures);
    size_t submitted = 0;
    int code = futures ? 0 : lab_fail(failure, LAB_E_NOMEM, "out of memory");
    uint64_t start = lab_now_ns();
    for (; !code && submitted < count; submitted += code == 0)
        code = lab_submit(executor, task, &futures[submitted], failure);
    int waited = lab__bench_collect(futures, submitted, result_size, failure);
    *seconds = (double)(lab_now_ns() - start) / 1e9;
    for (size_t i = 0; i < submitted; i++)
        lab_future_release(futures[i]);
    free(futures);
    return code ? code : waited;
}
