/* Rules 13–17: executors. */
#include "exhibits/futures/trial.h"
#include "stats/random.h"

#define SOURCE "rules_executor.c"

/* ---- 13: how many workers ---- */

static void the_default_number_of_workers(struct lab_trial *t)
{
    struct lab_environment environment;
    lab_environment(&environment);
    unsigned cores = environment.cores, expected = 1;
    if (t->method->processes)
        expected = cores;
    else if (t->method->parallel)
        expected = cores + 4 < 32 ? cores + 4 : 32;
    struct lab_executor *executor = trial_executor(t, NULL);
    EXPECT(t, executor != NULL, "an executor without options");
    EXPECT(t, lab_executor_max_workers(executor) == expected,
           "cores + 4 but at most 32 for threads, the cores for processes, 1 without workers");
}

static void no_workers_or_fewer_is_an_error(struct lab_trial *t)
{
    static const int numbers[] = {0, -1, LAB_MAX_WORKERS + 1};
    for (int i = 0; i < 3; i++) {
        struct lab_executor_options options = trial_options(t, 1);
        options.workers = numbers[i];
        EXPECT(t, trial_executor(t, &options) == NULL, "no executor");
        EXPECT(t, t->failure.code == LAB_E_INVALID && strstr(t->failure.text, "workers"),
               "an error that names the workers");
    }
}

/* ---- 14: workers on demand ---- */

static void workers_start_when_there_is_work(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 3);
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    EXPECT(t, lab_executor_workers(executor) == 0, "no worker before the first task");
    trial_hold(t, executor);
    UNTIL(t, lab_executor_workers(executor) >= 1)
    EXPECT(t, lab_executor_workers(executor) == 1, "one worker for one task");
    trial_hold(t, executor);
    UNTIL(t, lab_executor_workers(executor) >= 2)
    EXPECT(t, lab_executor_workers(executor) == 2, "a second one while the first is busy");
    trial_let_go(t);
}

static void an_idle_worker_is_used_again(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 3);
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    for (int i = 0; i < 3; i++) {
        struct lab_future *future = trial_submit(t, executor, &lab_task_double, 21);
        EXPECT(t, trial_wait(t, future) == 0 && trial_number(future) == 42, "its result");
    }
    EXPECT(t, lab_executor_workers(executor) == 1, "one worker for three tasks in a row");
}

static void many_tasks_use_all_workers_and_no_more(struct lab_trial *t)
{
    enum { WORKERS = 2, TASKS = 15 * WORKERS };
    struct lab_future *futures[TASKS];
    struct lab_executor_options options = trial_options(t, WORKERS);
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    for (int i = 0; i < TASKS; i++)
        futures[i] = trial_submit(t, executor, &lab_task_sleep, 200000);
    UNTIL(t, lab_executor_workers(executor) >= WORKERS)
    EXPECT(t, lab_executor_workers(executor) == WORKERS, "exactly max_workers workers");
    EXPECT(t, trial_wait_for(t, futures, TASKS, LAB_FOREVER, LAB_ALL_COMPLETED) == 0,
           "all tasks to end");
    EXPECT(t, lab_executor_workers(executor) == WORKERS, "still exactly max_workers workers");
}

/* ---- 15: shutdown ---- */

static void shutting_down_twice_is_fine(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    for (int i = 0; i < 3; i++)
        trial_shutdown(t, t->executor, i != 1, i == 2);
    EXPECT(t, lab_future_done(future) && trial_number(future) == 42, "the task to be done");
}

static void shutting_down_an_unused_executor_is_fine(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 3);
    struct lab_executor *executor = trial_executor(t, &options);
    struct lab_future *future;
    EXPECT(t, executor != NULL, "an executor");
    trial_shutdown(t, executor, true, false);
    EXPECT(t, trial_try_submit(t, executor, &lab_task_double, 1, &future) == LAB_E_SHUTDOWN,
           "a later submit to be an error");
}

static void a_submit_after_shutdown_is_an_error(struct lab_trial *t)
{
    struct lab_future *future;
    trial_shutdown(t, t->executor, false, false);
    EXPECT(t, trial_try_submit(t, t->executor, &lab_task_double, 1, &future) == LAB_E_SHUTDOWN,
           "a submit to be refused");
    EXPECT(t, future == NULL && t->failure.text[0], "no future, and a sentence");
    uint64_t number = 1;
    EXPECT(t, !trial_map(t, t->executor, &lab_task_double, &number, 1, NULL), "no map either");
    EXPECT(t, t->failure.code == LAB_E_SHUTDOWN, "for the same reason");
}

static void a_waiting_shutdown_returns_when_all_is_done(struct lab_trial *t)
{
    struct lab_future *futures[6];
    for (int i = 0; i < 6; i++)
        futures[i] = trial_submit(t, t->executor, &lab_task_sleep, 1000000);
    trial_shutdown(t, t->executor, true, false);
    for (int i = 0; i < 6; i++)
        EXPECT(t, trial_number(futures[i]) == 1000000, "every task to have its result");
    if (t->method->parallel)
        EXPECT(t, lab_executor_workers(t->executor) == 0, "no worker to be left");
}

static void shutdown_without_wait_still_finishes_the_work(struct lab_trial *t)
{
    struct lab_future *futures[6];
    trial_hold_all(t, t->executor);
    for (int i = 0; i < 6; i++)
        futures[i] = trial_submit(t, t->executor, &lab_task_double, 21);
    trial_shutdown(t, t->executor, false, false);
    EXPECT(t, !lab_future_done(futures[0]), "shutdown not to have waited");
    trial_let_go(t);
    EXPECT(t, trial_wait_for(t, futures, 6, LAB_FOREVER, LAB_ALL_COMPLETED) == 0, "all to end");
    for (int i = 0; i < 6; i++)
        EXPECT(t, trial_number(futures[i]) == 42, "every task to have its result");
}

static void cancel_futures_cancels_only_what_has_not_started(struct lab_trial *t)
{
    struct lab_future *futures[6];
    struct lab_future *running = trial_hold_all(t, t->executor);
    for (int i = 0; i < 6; i++)
        futures[i] = trial_submit(t, t->executor, &lab_task_double, 21);
    trial_shutdown(t, t->executor, false, true);
    EXPECT(t, !lab_future_done(running), "the running one to go on");
    trial_let_go(t);
    trial_shutdown(t, t->executor, true, true);
    EXPECT(t, lab_future_state(running) == LAB_FUTURE_FINISHED && !trial_failure_code(running),
           "the running one to finish");
    for (int i = 0; i < 6; i++)
        EXPECT(t, lab_future_state(futures[i]) == LAB_FUTURE_CANCELLED_AND_NOTIFIED,
               "those that had not started to be cancelled, and notified");
}

/* ---- 16: all at once ---- */

enum { STORM = 400 };

struct hurry {
    struct lab_trial *trial;
    uint64_t number;
    _Atomic(struct lab_future *) futures[STORM]; /* release: the future can be used */
    _Atomic bool over;
};

static void submit_in_a_hurry(void *argument)
{
    struct hurry *hurry = argument;
    struct lab_task task = {.type = &lab_task_double, .in = {&hurry->number, sizeof hurry->number}};
    for (int i = 0; i < STORM; i++) {
        struct lab_future *future;
        if (lab_submit(hurry->trial->executor, &task, &future, NULL))
            break; /* shut down */
        atomic_store_explicit(&hurry->futures[i], future, memory_order_release);
    }
    atomic_store(&hurry->over, true);
}

static void cancel_in_a_hurry(void *argument)
{
    struct hurry *hurry = argument;
    while (!atomic_load(&hurry->over))
        for (int i = 0; i < STORM; i += 3) {
            struct lab_future *future =
                atomic_load_explicit(&hurry->futures[i], memory_order_acquire);
            if (future)
                lab_future_cancel(future);
        }
}

/* How long the submitters have: drawn from the trial's seed. */
static uint64_t a_moment(struct lab_trial *t)
{
    struct lab_random random;
    lab_random_seed(&random, t->seed);
    return 100000 + lab_random_below(&random, 3000000);
}

static void submit_cancel_and_shutdown_at_once(struct lab_trial *t)
{
    struct hurry hurries[2] = {{.trial = t, .number = 1}, {.trial = t, .number = 2}};
    size_t ended = 0, made = 0;
    bool started = true;
    for (int i = 0; i < 2; i++)
        started = started && trial_start(t, submit_in_a_hurry, &hurries[i]) &&
                  trial_start(t, cancel_in_a_hurry, &hurries[i]);
    trial_sleep(t, a_moment(t));
    trial_shutdown(t, t->executor, true, true);
    trial_join(t);
    for (int i = 0; i < 2 * STORM; i++) {
        struct lab_future *future = hurries[i / STORM].futures[i % STORM];
        if (!future)
            continue;
        made++;
        ended += lab_future_done(future) && lab_future_state(future) != LAB_FUTURE_CANCELLED;
        lab_future_release(future);
    }
    EXPECT(t, started, "four threads");
    EXPECT(t, ended == made, "every future to be finished, or cancelled and notified");
}

static void submit_cancel_and_shutdown_in_turns(struct lab_trial *t)
{
    struct lab_random random;
    struct lab_future *futures[50];
    lab_random_seed(&random, t->seed);
    for (int i = 0; i < 50; i++) {
        futures[i] = trial_submit(t, t->executor, &lab_task_sleep, lab_random_below(&random, 9999));
        if (lab_random_below(&random, 3) == 0)
            lab_future_cancel(futures[lab_random_below(&random, (uint64_t)i + 1)]);
        if (lab_random_below(&random, 9) == 0)
            trial_wait_ns(t, futures[i], 0);
    }
    trial_shutdown(t, t->executor, false, lab_random_below(&random, 2) == 0);
    trial_shutdown(t, t->executor, true, false);
    for (int i = 0; i < 50; i++)
        EXPECT(t,
               lab_future_done(futures[i]) && lab_future_state(futures[i]) != LAB_FUTURE_CANCELLED,
               "every future to be finished, or cancelled and notified");
}

/* ---- 17: initializers ---- */

static void every_worker_is_initialized_before_its_first_task(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 2);
    options.initializer = trial_initializer(t, 7);
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    struct lab_future *futures[8];
    for (int i = 0; i < 8; i++)
        futures[i] = trial_submit(t, executor, &lab_task_initialized, 0);
    trial_shutdown(t, executor, true, false);
    for (int i = 0; i < 8; i++)
        EXPECT(t, trial_number(futures[i]) == 7, "its worker to remember what it was given");
}

static void an_initializer_that_fails_breaks_the_pool(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 2);
    options.initializer = trial_initializer(t, 13); /* fails */
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    struct lab_future *future, *futures[4];
    size_t accepted = 0;
    while (accepted < 4 &&
           trial_try_submit(t, executor, &lab_task_double, 21, &futures[accepted]) == 0)
        accepted++;
    EXPECT(t, accepted > 0, "the first submit to be accepted");
    for (size_t i = 0; i < accepted; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_failure_code(futures[i]) == LAB_E_BROKEN,
               "the pending futures to say that the pool is broken");
    EXPECT(t, trial_try_submit(t, executor, &lab_task_double, 21, &future) == LAB_E_BROKEN,
           "a later submit to say so too");
    EXPECT(t, t->failure.cause != 0, "with what broke it as the cause");
}

/* Two workers start well and are held; then the bytes that initializers are given change. */
static void an_initializer_that_fails_in_the_third_worker(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 3);
    struct lab_task *initializer = trial_initializer(t, 7);
    options.initializer = initializer;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    struct lab_future *well[2], *later;
    for (int i = 0; i < 2; i++)
        well[i] = trial_submit(t, executor, &lab_task_initialized, 0);
    EXPECT(t, trial_wait(t, well[0]) == 0 && trial_wait(t, well[1]) == 0, "two tasks to end");
    trial_hold(t, executor);
    trial_hold(t, executor);
    UNTIL(t, lab_executor_workers(executor) == 2)
    EXPECT(t, trial_ready(t, executor) == 0, "two workers to have been initialized");
    *(uint64_t *)initializer->in.data = 13;
    struct lab_future *third = trial_submit(t, executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, third) == 0 && trial_failure_code(third) == LAB_E_BROKEN,
           "the task for the third worker to say that the pool is broken");
    EXPECT(t, trial_try_submit(t, executor, &lab_task_double, 21, &later) == LAB_E_BROKEN,
           "a later submit to say so too");
    trial_let_go(t);
    trial_shutdown(t, executor, true, false);
}

static void an_initializer_for_no_workers_is_refused(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    options.initializer = trial_initializer(t, 7);
    EXPECT(t, trial_executor(t, &options) == NULL && t->failure.code == LAB_E_INVALID,
           "an executor without workers to refuse it");
}

#define WORKERS                                                                                    \
    "Unless told otherwise an executor has min(32, cores + 4) workers if they are threads or "     \
    "interpreters, and as many as there are cores if they are processes. Zero or fewer is an "     \
    "error."
#define ON_DEMAND                                                                                  \
    "Workers start when there is work and no other is idle: three submits one after another use "  \
    "one worker, and 15 times as many tasks as workers use exactly max_workers."
#define SHUTDOWN                                                                                   \
    "shutdown can be repeated, and a later submit is an error. Without waiting the pending work "  \
    "is still done; cancel_futures cancels only what has not started."
#define AT_ONCE "Submitting, cancelling and shutting down at the same time must not hang."
#define INITIALIZER                                                                                \
    "An initializer that fails breaks the pool: pending futures and later submits are told so."

const struct lab_rule_case lab_cases_executor[] = {
    {13, CASE(the_default_number_of_workers), .workers = 0, .source = SOURCE,
     .title = "the default", .meaning = WORKERS},
    {13, CASE(no_workers_or_fewer_is_an_error), .workers = 0, .source = SOURCE,
     .title = "none or fewer", .meaning = WORKERS},
    {14, CASE(workers_start_when_there_is_work), .workers = 0, .source = SOURCE,
     .title = "started on demand", .meaning = ON_DEMAND, .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {14, CASE(an_idle_worker_is_used_again), .workers = 0, .source = SOURCE,
     .title = "idle ones are used again", .meaning = ON_DEMAND,
     .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {14, CASE(many_tasks_use_all_workers_and_no_more), .workers = 0, .source = SOURCE,
     .title = "all, and no more", .meaning = ON_DEMAND, .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {15, CASE(shutting_down_twice_is_fine), .workers = 2, .source = SOURCE, .title = "again",
     .meaning = SHUTDOWN},
    {15, CASE(shutting_down_an_unused_executor_is_fine), .workers = 0, .source = SOURCE,
     .title = "before any task", .meaning = SHUTDOWN},
    {15, CASE(a_submit_after_shutdown_is_an_error), .workers = 1, .source = SOURCE,
     .title = "no submit afterwards", .meaning = SHUTDOWN},
    {15, CASE(a_waiting_shutdown_returns_when_all_is_done), .workers = 2, .source = SOURCE,
     .title = "waiting", .meaning = SHUTDOWN},
    {15, CASE(shutdown_without_wait_still_finishes_the_work), .workers = 1, .source = SOURCE,
     .title = "without waiting", .meaning = SHUTDOWN, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {15, CASE(cancel_futures_cancels_only_what_has_not_started), .workers = 1, .source = SOURCE,
     .title = "cancel_futures", .meaning = SHUTDOWN, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {16, CASE(submit_cancel_and_shutdown_at_once), .workers = 2, .source = SOURCE,
     .title = "from several threads", .meaning = AT_ONCE, .except = {{LAB_ON_CALLER, ONE_THREAD}}},
    {16, CASE(submit_cancel_and_shutdown_in_turns), .workers = 2, .source = SOURCE,
     .title = "from one thread", .meaning = AT_ONCE},
    {17, CASE(every_worker_is_initialized_before_its_first_task), .workers = 0, .source = SOURCE,
     .title = "before the first task", .meaning = INITIALIZER,
     .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {17, CASE(an_initializer_that_fails_breaks_the_pool), .workers = 0, .source = SOURCE,
     .title = "one that fails", .meaning = INITIALIZER, .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {17, CASE(an_initializer_that_fails_in_the_third_worker), .workers = 0, .source = SOURCE,
     .title = "one that fails in the third worker", .meaning = INITIALIZER,
     .except = {{LAB_ON_CALLER, NO_WORKERS}}},
    {17, CASE(an_initializer_for_no_workers_is_refused), .workers = 0, .source = SOURCE,
     .title = "no workers, no initializer", .meaning = INITIALIZER,
     .except = {{~(unsigned)LAB_ON_CALLER, "it has workers to initialize"}}},
    {0},
};
