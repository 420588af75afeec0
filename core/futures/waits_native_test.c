/* A future that ends while a deadlock through it is being looked for and described: every place
 * where that can happen is tried, by ending it just before the search looks at it once more. */
#include "check.h"
#include "futures/test_tasks.h"
#include "futures/waits.h"

/* The worker under test cancels `future` before its left-th look from now on. */
static _Thread_local struct {
    struct lab_future *future;
    unsigned left;
} cancelled;

bool __real_lab_future_done(const struct lab_future *future);
bool __wrap_lab_future_done(const struct lab_future *future);
bool __wrap_lab_future_done(const struct lab_future *future)
{
    if (cancelled.left && --cancelled.left == 0)
        lab_future_cancel(cancelled.future);
    return __real_lab_future_done(future);
}

struct trial {
    struct lab_executor *pool;
    unsigned look;
    bool meanwhile; /* it was cancelled before the wait was over */
    int code;
    struct lab_deadlock deadlock;
};

/* In a pool of one: submits a task and waits for it, which is a deadlock while nobody
 * cancels it. */
static int wait_for_cancelled(struct lab_run *run)
{
    static const uint64_t number = 21;
    struct trial *trial;
    struct lab_future *future;
    memcpy(&trial, run->in.data, sizeof trial);
    struct lab_task task = {
        .type = &lab_test_double_type, .in = {&number, sizeof number}, .tag = 7};
    if (lab_submit(trial->pool, &task, &future, NULL))
        return lab_run_fail(run, LAB_E_TASK, "not submitted");
    cancelled.future = future;
    cancelled.left = trial->look;
    trial->code = lab_future_wait(future, LAB_FOREVER);
    trial->meanwhile = cancelled.left == 0;
    cancelled.left = 0;
    trial->deadlock = *lab_deadlock_last();
    lab_future_cancel(future);
    lab_future_release(future);
    return 0;
}

static const struct lab_task_type trial_type = {.name = "trial", .step = wait_for_cancelled};

static void a_deadlock_that_ends_while_it_is_described(void)
{
    bool meanwhile = true;
    for (unsigned look = 1; meanwhile; look++) {
        struct lab_executor_options options = {.workers = 1};
        struct trial trial = {.look = look}, *pointer = &trial;
        struct lab_task task = {.type = &trial_type, .in = {&pointer, sizeof pointer}, .tag = 1};
        struct lab_future *future;
        CHECK_INT(lab_executor_create(&trial.pool, lab_method_find("threads"), &options, NULL), 0);
        CHECK_INT(lab_submit(trial.pool, &task, &future, NULL), 0);
        CHECK_INT(lab_future_wait(future, LAB_FOREVER), 0);
        meanwhile = trial.meanwhile;
        /* It waits on, and for nothing any more; or the cancel came when all was said. */
        CHECK(trial.code == 0 || trial.code == LAB_E_DEADLOCK);
        CHECK(meanwhile || trial.code == LAB_E_DEADLOCK);
        if (trial.code == LAB_E_DEADLOCK) {
            CHECK_INT(trial.deadlock.count, 1);
            CHECK_STR(trial.deadlock.steps[0].because,
                      "task 7 is pending, and the pool's only worker waits");
        }
        lab_future_release(future);
        lab_executor_destroy(trial.pool);
    }
}

LAB_SUITE(waits)
{
    RUN(a_deadlock_that_ends_while_it_is_described);
}
