#include "exhibits/futures/deadlock.h"

#include <string.h>

#include "exhibits/futures/trial.h"

#define SOURCE "deadlock.c"

/* What the tasks of one deadlock share. */
struct scene {
    struct lab_executor *executor;
    _Atomic(struct lab_future *) futures[2]; /* release: the future can be used */
    _Atomic uint32_t running;                /* tasks that have begun; a counter */
    uint64_t bytes[2];                       /* the tasks': the scene's address, plus the number */
    _Atomic bool detected;                   /* release: deadlock is written */
    struct lab_deadlock deadlock;            /* its only writer: the first to exchange `refused` */
    _Atomic bool refused;
};

/* The task's bytes are the scene's address, whose lowest bit is the task's number: scenes are
 * aligned. */
static struct scene *scene_of(struct lab_run *run, int *number)
{
    uint64_t bytes;
    memcpy(&bytes, run->in.data, sizeof bytes);
    *number = (int)(bytes & 1);
    return (struct scene *)(uintptr_t)(bytes & ~(uint64_t)1);
}

/* Waits without a time-out; keeps what is said of the cycle if that is refused. */
static int wait_in_a_task(struct lab_run *run, struct scene *scene, struct lab_future *future)
{
    int code = lab_future_wait(future, LAB_FOREVER);
    if (code != LAB_E_DEADLOCK)
        return code ? lab_run_fail(run, code, "%s", lab_error_text(code))
                    : lab_run_result(run, NULL, 0);
    if (!atomic_exchange_explicit(&scene->refused, true, memory_order_relaxed)) {
        scene->deadlock = *lab_deadlock_last();
        atomic_store_explicit(&scene->detected, true, memory_order_release);
    }
    return lab_run_fail(run, LAB_E_DEADLOCK, "%s", lab_deadlock_last()->sentence);
}

static int wait_for_the_other_step(struct lab_run *run)
{
    const uint64_t turn = 1000000;
    int number;
    struct scene *scene = scene_of(run, &number);
    struct lab_future *other;
    LAB_CO_BEGIN(&run->co);
    atomic_fetch_add_explicit(&scene->running, 1, memory_order_relaxed);
    while (!lab_stopping() &&
           (atomic_load_explicit(&scene->running, memory_order_relaxed) < 2 ||
            !atomic_load_explicit(&scene->futures[!number], memory_order_relaxed)))
        LAB_AWAIT_SLEEP(&run->co, turn);
    LAB_CO_END(&run->co);
    other = atomic_load_explicit(&scene->futures[!number], memory_order_acquire);
    return other ? wait_in_a_task(run, scene, other) : lab_run_fail(run, LAB_E_STOPPED, "stopped");
}

static int submit_and_wait_step(struct lab_run *run)
{
    int number;
    struct scene *scene = scene_of(run, &number);
    struct lab_failure failure;
    struct lab_future *inner;
    static const uint64_t input = 21;
    struct lab_task task = {.type = &lab_task_double, .in = {&input, sizeof input}, .tag = 2};
    int code = lab_submit(scene->executor, &task, &inner, &failure);
    if (code)
        return lab_run_fail(run, code, "%s", failure.text);
    atomic_store_explicit(&scene->futures[1], inner, memory_order_release);
    return wait_in_a_task(run, scene, inner);
}

static const struct lab_task_type wait_for_the_other = {.name = "wait for the other",
                                                        .step = wait_for_the_other_step},
                                  submit_and_wait = {.name = "submit and wait",
                                                     .step = submit_and_wait_step};

static int submit(struct scene *scene, const struct lab_task_type *type, int number,
                  struct lab_failure *failure)
{
    struct lab_future *future;
    scene->bytes[number] = (uintptr_t)scene | (uint64_t)number;
    struct lab_task task = {.type = type,
                            .in = {&scene->bytes[number], sizeof scene->bytes[number]},
                            .tag = (uint32_t)number + 1};
    int code = lab_submit(scene->executor, &task, &future, failure);
    if (!code)
        atomic_store_explicit(&scene->futures[number], future, memory_order_release);
    return code;
}

/* Two workers, two tasks, each of which waits for the other's result. */
static int mutual(struct scene *scene, struct lab_failure *failure)
{
    int code = submit(scene, &wait_for_the_other, 0, failure);
    return code ? code : submit(scene, &wait_for_the_other, 1, failure);
}

/* One worker, whose task submits another one behind itself and waits for it. */
static int nested(struct scene *scene, struct lab_failure *failure)
{
    return submit(scene, &submit_and_wait, 0, failure);
}

/* Waits, also where that means driving. The second future is there at the latest when the first has
 * ended. */
static void settle(struct lab_future *future)
{
    while (future && lab_future_wait(future, LAB_FOREVER) == LAB_E_AGAIN) {
    }
}

int lab_deadlock_try(struct lab_deadlock_outcome *outcome, enum lab_deadlock_kind kind,
                     const struct lab_method *method, struct lab_failure *failure)
{
    struct scene scene = {0};
    struct lab_executor_options options;
    uint64_t start = lab_now_ns();
    *outcome = (struct lab_deadlock_outcome){0};
    lab_executor_options_init(&options, method);
    options.workers = method->parallel && kind == LAB_DEADLOCK_MUTUAL ? 2 : 1;
    int code = lab_executor_create(&scene.executor, method, &options, failure);
    if (code)
        return code;
    code = kind == LAB_DEADLOCK_MUTUAL ? mutual(&scene, failure) : nested(&scene, failure);
    for (int i = 0; i < 2 && !code; i++)
        settle(atomic_load_explicit(&scene.futures[i], memory_order_acquire));
    while (lab_executor_shutdown(scene.executor, true, false) == LAB_E_AGAIN) {
    }
    outcome->ended = true;
    for (int i = 0; i < 2; i++) {
        struct lab_future *future = atomic_load_explicit(&scene.futures[i], memory_order_acquire);
        outcome->ended &= !future || lab_future_done(future);
    }
    lab_executor_destroy(scene.executor);
    for (int i = 0; i < 2; i++)
        lab_future_release(atomic_load_explicit(&scene.futures[i], memory_order_acquire));
    outcome->detected = atomic_load_explicit(&scene.detected, memory_order_acquire);
    if (outcome->detected)
        outcome->deadlock = scene.deadlock;
    outcome->seconds = (double)(lab_now_ns() - start) / 1e9;
    return code;
}

/* ---- as cases ---- */

static void two_tasks_that_wait_for_each_other(struct lab_trial *t)
{
    struct lab_deadlock_outcome outcome;
    EXPECT(t, lab_deadlock_try(&outcome, LAB_DEADLOCK_MUTUAL, t->method, &t->failure) == 0,
           "two tasks to be accepted");
    EXPECT(t, outcome.detected && outcome.ended, "one wait to be refused, and both tasks to end");
    EXPECT(t, outcome.deadlock.count == 2, "a cycle of two waits");
    for (int i = 0; i < 2; i++)
        EXPECT(t, outcome.deadlock.steps[i].waits_for == outcome.deadlock.steps[!i].task,
               "each to wait for the other's task");
}

static void a_task_that_waits_for_the_one_behind_it(struct lab_trial *t)
{
    struct lab_deadlock_outcome outcome;
    EXPECT(t, lab_deadlock_try(&outcome, LAB_DEADLOCK_NESTED, t->method, &t->failure) == 0,
           "a task to be accepted");
    EXPECT(t, outcome.detected && outcome.ended, "the wait to be refused, and both tasks to end");
    EXPECT(t, outcome.deadlock.count == 1, "a cycle of one wait");
    EXPECT(t, outcome.deadlock.steps[0].waits_for == 2, "it to wait for the second task");
}

#define DEADLOCK                                                                                   \
    "Python's documentation shows two deadlocks: two workers whose tasks wait for each other's "   \
    "result, and one worker whose task submits another and waits for it. The wait that would "     \
    "close the cycle is refused, and the cycle named."
#define BYTES_ONLY "a task there gets bytes and nothing else: it cannot reach another's future"

const struct lab_rule_case lab_cases_deadlock[] = {
    {0, CASE(two_tasks_that_wait_for_each_other), .workers = 0, .source = SOURCE, .title = "mutual",
     .meaning = DEADLOCK,
     .except = {{LAB_ON_SEQUENTIAL, "the first task ends before the second begins: there is "
                                    "nothing yet to wait for"},
                {LAB_ON_ASYNC, "a coroutine that waits keeps the loop, so that the other cannot "
                               "begin to wait"},
                {LAB_ON_PROCESSES | LAB_ON_INTERPRETERS, BYTES_ONLY}}},
    {0, CASE(a_task_that_waits_for_the_one_behind_it), .workers = 0, .source = SOURCE,
     .title = "nested", .meaning = DEADLOCK,
     .except = {{LAB_ON_INLINE, "the inner task runs at once, inside the outer one: nothing waits"},
                {LAB_ON_PROCESSES | LAB_ON_INTERPRETERS, BYTES_ONLY}}},
    {0},
};
