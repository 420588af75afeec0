/* The executors whose workers need nothing but this program: sequential and async everywhere,
 * threads where there are any. (Processes: process_pool_native_test.c and tests/headless.) */
#include "check.h"
#include "futures/test_tasks.h"
#include "trace/trace.h"

static void each(void (*test)(const struct lab_method *method, struct lab_executor *executor))
{
    for (size_t i = 0; lab_methods[i]; i++) {
        const struct lab_method *method = lab_methods[i];
        struct lab_executor *executor;
        struct lab_executor_options options = {.workers = method->parallel ? 3 : 1,
                                               .prestart = true};
        if (method->unavailable() || strcmp(method->name, "processes") == 0)
            continue;
        CHECK_OR_RETURN(lab_executor_create(&executor, method, &options, NULL) == 0);
        while (lab_executor_ready(executor, NULL) == LAB_E_AGAIN) {
        }
        test(method, executor);
        lab_executor_destroy(executor);
    }
}

static void run_thousands(const struct lab_method *method, struct lab_executor *executor)
{
    enum { TASKS = 10000 };
    static uint64_t numbers[TASKS];
    static struct lab_future *futures[TASKS];
    size_t right = 0;
    (void)method;
    for (uint64_t i = 0; i < TASKS; i++) {
        numbers[i] = i + 100;
        futures[i] = lab_test_submit(executor, &lab_test_double_type, &numbers[i]);
        CHECK_OR_RETURN(futures[i] != NULL);
    }
    for (size_t i = 0; i < TASKS; i++) {
        lab_test_wait(futures[i]);
        right += lab_test_number(futures[i]) == (i + 100) * 2;
        lab_future_release(futures[i]);
    }
    CHECK_INT(right, TASKS);
}

static void a_failure_is_its_own(const struct lab_method *method, struct lab_executor *executor)
{
    uint64_t numbers[3] = {1, 13, 2};
    struct lab_future *futures[3];
    struct lab_bytes result;
    (void)method;
    for (int i = 0; i < 3; i++)
        futures[i] = lab_test_submit(executor, &lab_test_double_type, &numbers[i]);
    for (int i = 0; i < 3; i++)
        CHECK_INT(lab_test_wait(futures[i]), 0);
    CHECK_INT(lab_test_number(futures[0]), 2);
    CHECK_INT(lab_future_result(futures[1], &result), LAB_E_TASK);
    CHECK_STR(lab_future_failure(futures[1])->text, "13 is unlucky");
    CHECK_INT(lab_test_number(futures[2]), 4);
    for (int i = 0; i < 3; i++)
        lab_future_release(futures[i]);
}

static void sleeps_end(const struct lab_method *method, struct lab_executor *executor)
{
    uint64_t ns = 2000000, start = lab_now_ns();
    struct lab_future *futures[6];
    (void)method;
    for (int i = 0; i < 6; i++)
        futures[i] = lab_test_submit(executor, &lab_test_sleep_type, &ns);
    for (int i = 0; i < 6; i++) {
        CHECK_INT(lab_test_wait(futures[i]), 0);
        CHECK_INT(lab_test_number(futures[i]), ns);
        lab_future_release(futures[i]);
    }
    CHECK(lab_now_ns() - start >= ns);
}

/* Futures outlive the executor: what had not run is cancelled, what ran has ended. */
static void destroying_ends_every_future(const struct lab_method *method,
                                         struct lab_executor *unused)
{
    struct lab_executor *executor;
    struct lab_executor_options options = {.workers = method->parallel ? 2 : 1};
    struct lab_future *futures[50];
    uint64_t ns = 1000000;
    (void)unused;
    CHECK_OR_RETURN(lab_executor_create(&executor, method, &options, NULL) == 0);
    for (int i = 0; i < 50; i++)
        futures[i] = lab_test_submit(executor, &lab_test_sleep_type, &ns);
    lab_executor_destroy(executor);
    for (int i = 0; i < 50; i++) {
        CHECK(lab_future_done(futures[i]));
        CHECK(lab_future_state(futures[i]) != LAB_FUTURE_CANCELLED); /* … and notified */
        lab_future_release(futures[i]);
    }
}

/* A task that never ends by itself ends when the run is stopped. */
static void a_stop_ends_what_runs(const struct lab_method *method, struct lab_executor *executor)
{
    uint64_t ns = 3600000000000ull;
    struct lab_future *future, *spinner = NULL;
    if (strcmp(method->name, "sequential") == 0 && !lab_executor_needs_driving(executor))
        return; /* its submit would block for an hour */
    future = lab_test_submit(executor, &lab_test_sleep_type, &ns);
    if (strcmp(method->name, "threads") == 0)
        spinner = lab_test_submit(executor, &lab_test_spin_type, &ns);
    lab_stop();
    CHECK(lab_future_wait(future, LAB_FOREVER) == LAB_E_STOPPED || lab_future_done(future));
    while (!lab_future_done(future) || (spinner && !lab_future_done(spinner)))
        if (lab_executor_needs_driving(executor))
            lab_executor_drive(executor, 0);
    lab_stop_clear();
    if (spinner)
        CHECK_INT(lab_future_failure(spinner)->code, LAB_E_STOPPED);
    lab_future_release(future);
    lab_future_release(spinner);
}

static void thousands_of_tasks(void)
{
    each(run_thousands);
}

static void one_failure_among_others(void)
{
    each(a_failure_is_its_own);
}

static void awaits_in_every_model(void)
{
    each(sleeps_end);
}

static void destroy_with_work_left(void)
{
    each(destroying_ends_every_future);
}

static void stop(void)
{
    each(a_stop_ends_what_runs);
}

static void bad_options_are_refused(void)
{
    struct lab_executor *executor;
    struct lab_failure failure = {0};
    const struct lab_method *method = lab_method_find("sequential");
    struct lab_executor_options none = {.workers = 0}, many = {.workers = 1000000000};
    CHECK_INT(lab_executor_create(&executor, method, &none, &failure), LAB_E_INVALID);
    CHECK_STR(failure.text, "0 workers: it must be 1 to 256");
    CHECK_INT(lab_executor_create(&executor, method, &many, &failure), LAB_E_INVALID);
    CHECK(lab_method_find("fibers") == NULL);
}

/* What every executor must trace of a task that blocks. */
static void a_task_leaves_its_trace(void)
{
    uint64_t ns = 1000;
    struct lab_executor *executor;
    struct lab_executor_options options = {.workers = 1};
    struct lab_trace_event events[16];
    lab_trace_reset();
    CHECK_OR_RETURN(lab_executor_create(&executor, lab_method_find("async"), &options, NULL) == 0);
    struct lab_future *future = lab_test_submit(executor, &lab_test_sleep_type, &ns);
    lab_test_wait(future);
    struct lab_lane *lane = lab_lane_at(lab_future_task(future)->lane);
    uint64_t cursor = 0, lost = 0;
    size_t count = lab_lane_read(lane, &cursor, events, 16, &lost);
    CHECK_INT(count, 4);
    CHECK_INT(events[0].kind, LAB_TRACE_START);
    CHECK_INT(events[1].kind, LAB_TRACE_AWAIT);
    CHECK_INT(events[1].arg, LAB_WAIT_SLEEP);
    CHECK_INT(events[2].kind, LAB_TRACE_RESUME);
    CHECK_INT(events[3].kind, LAB_TRACE_END);
    for (size_t i = 1; i < count; i++)
        CHECK(events[i].time_ns >= events[i - 1].time_ns);
    lab_future_release(future);
    lab_executor_destroy(executor);
    lab_trace_reset();
}

LAB_SUITE(executor)
{
    RUN(thousands_of_tasks);
    RUN(one_failure_among_others);
    RUN(awaits_in_every_model);
    RUN(destroy_with_work_left);
    RUN(stop);
    RUN(bad_options_are_refused);
    RUN(a_task_leaves_its_trace);
}
