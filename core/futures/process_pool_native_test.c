/* Real child processes: this test program itself, started with --child. */
#include <signal.h>

#include "check.h"
#include "futures/test_tasks.h"
#include "workloads/workload.h"

struct lot {
    struct lab_problem problem;
    struct lab_executor *executor;
    struct lab_future *futures[64];
    size_t count;
};

static bool open_lot(struct lot *lot, const char *workload, uint64_t size, const char *fault,
                     unsigned workers)
{
    struct lab_workload_options wanted = {.seed = 1, .size = size, .fault = fault};
    struct lab_executor_options options = {.workers = workers};
    struct lab_failure failure = {0};
    memset(lot, 0, sizeof *lot);
    signal(SIGPIPE, SIG_IGN);
    int code = lab_problem_prepare(&lot->problem, lab_workload_find(workload), &wanted, &failure);
    CHECK_STR(failure.text, "");
    if (code)
        return false;
    code = lab_executor_create(&lot->executor, lab_method_find("processes"), &options, &failure);
    CHECK_STR(failure.text, "");
    return code == 0;
}

static void submit_all(struct lot *lot)
{
    for (size_t i = 0; i < lot->problem.task_count && i < 64; i++) {
        struct lab_task task = {
            .type = lot->problem.workload->task, .in = lot->problem.tasks[i], .tag = (uint32_t)i};
        if (lab_submit(lot->executor, &task, &lot->futures[i], NULL) == 0)
            lot->count = i + 1;
        else
            break;
    }
}

static void close_lot(struct lot *lot)
{
    lab_executor_destroy(lot->executor);
    for (size_t i = 0; i < lot->count; i++)
        lab_future_release(lot->futures[i]);
    lab_problem_release(&lot->problem);
}

static void results_come_from_children(void)
{
    static const char *const names[] = {"primes", "mandelbrot", "sha256", "sort", "matmul"};
    static const uint64_t sizes[] = {5, 64, 2, 100000, 128};
    for (size_t w = 0; w < 5; w++) {
        struct lot lot;
        struct lab_bytes results[64];
        struct lab_failure failure = {0};
        CHECK_OR_RETURN(open_lot(&lot, names[w], sizes[w], NULL, 2));
        submit_all(&lot);
        CHECK_INT(lot.count, lot.problem.task_count);
        for (size_t i = 0; i < lot.count; i++) {
            CHECK_INT(lab_future_wait(lot.futures[i], LAB_FOREVER), 0);
            CHECK_INT(lab_future_result(lot.futures[i], &results[i]), 0);
        }
        CHECK_INT(lab_problem_verify(&lot.problem, results, &failure), 0);
        CHECK(lab_executor_memory(lot.executor) > 100000);
        close_lot(&lot);
    }
}

/* Rule 19: a child that dies gives every unfinished future its own failure with the cause. */
static void death_breaks_the_pool(const char *fault, const char *cause)
{
    struct lot lot;
    struct lab_failure failure;
    size_t broken = 0;
    CHECK_OR_RETURN(open_lot(&lot, "fault", 20, fault, 2));
    submit_all(&lot);
    for (size_t i = 0; i < lot.count; i++) {
        CHECK_INT(lab_future_wait(lot.futures[i], LAB_FOREVER), 0);
        const struct lab_failure *why = lab_future_failure(lot.futures[i]);
        if (!why)
            continue;
        broken++;
        CHECK_INT(why->code, LAB_E_BROKEN);
        lab_check(strstr(why->text, cause) != NULL, __FILE__, __LINE__, "\"%s\" lacks \"%s\"",
                  why->text, cause);
    }
    CHECK(broken > 0);
    struct lab_task task = {.type = lot.problem.workload->task, .in = lot.problem.tasks[0]};
    struct lab_future *late = NULL;
    CHECK_INT(lab_submit(lot.executor, &task, &late, &failure), LAB_E_BROKEN);
    CHECK_INT(lab_executor_ready(lot.executor, &failure), LAB_E_BROKEN);
    close_lot(&lot);
}

static void a_trap_breaks_the_pool(void)
{
    death_breaks_the_pool("trap", "signal");
}

static void an_exit_breaks_the_pool(void)
{
    death_breaks_the_pool("exit", "exited with status 7");
}

static void a_failing_task_fails_alone(void)
{
    struct lot lot;
    size_t failed = 0;
    CHECK_OR_RETURN(open_lot(&lot, "fault", 9, "fail", 2));
    submit_all(&lot);
    for (size_t i = 0; i < lot.count; i++) {
        lab_future_wait(lot.futures[i], LAB_FOREVER);
        failed += lab_future_failure(lot.futures[i]) != NULL;
    }
    CHECK_INT(lot.count, 9);
    CHECK_INT(failed, 1);
    close_lot(&lot);
}

static void a_hanging_child_is_killed(void)
{
    struct lot lot;
    CHECK_OR_RETURN(open_lot(&lot, "fault", 1, "hang", 2));
    submit_all(&lot);
    CHECK_INT(lab_future_wait(lot.futures[0], 100000000), LAB_E_TIMEOUT);
    lab_executor_destroy(lot.executor);
    lot.executor = NULL;
    CHECK(lab_future_done(lot.futures[0]));
    close_lot(&lot);
}

static void a_missing_task_type_fails_alone(void)
{
    struct lot lot;
    uint64_t number = 1;
    CHECK_OR_RETURN(open_lot(&lot, "fault", 1, NULL, 1));
    struct lab_future *future = lab_test_submit(lot.executor, &lab_test_double_type, &number);
    CHECK_INT(lab_future_wait(future, LAB_FOREVER), 0);
    const struct lab_failure *why = lab_future_failure(future);
    CHECK(why && strstr(why->text, "no task type is called \"double\"") != NULL);
    lab_future_release(future);
    close_lot(&lot);
}

static void pools_come_and_go(void)
{
    for (int i = 0; i < 20; i++) {
        struct lot lot;
        CHECK_OR_RETURN(open_lot(&lot, "primes", 1, NULL, 3));
        if (i % 2)
            submit_all(&lot);
        close_lot(&lot); /* at once: starting, pinging or running */
    }
}

LAB_SUITE(process_pool)
{
    RUN(results_come_from_children);
    RUN(a_trap_breaks_the_pool);
    RUN(an_exit_breaks_the_pool);
    RUN(a_failing_task_fails_alone);
    RUN(a_hanging_child_is_killed);
    RUN(a_missing_task_type_fails_alone);
    RUN(pools_come_and_go);
}
