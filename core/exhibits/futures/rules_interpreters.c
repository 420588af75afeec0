/* Rule 23: the interpreter pool. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_interpreters.c"

static bool addresses_of(const struct lab_future *future, struct lab_addresses *addresses)
{
    struct lab_bytes result;
    if (lab_future_result(future, &result) || result.size != sizeof *addresses)
        return false;
    memcpy(addresses, result.data, sizeof *addresses);
    return true;
}

/* Two tasks at once, each held until both run: each counts in its own interpreter's global. */
static void each_worker_has_globals_of_its_own(struct lab_trial *t)
{
    struct lab_future *first[2], *second[2];
    for (int i = 0; i < 2; i++)
        first[i] = trial_submit(t, t->executor, &lab_task_meet, (uintptr_t)&t->count);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_wait(t, first[i]) == 0 && trial_number(first[i]) == 1,
               "each interpreter to count its first task");
    for (int i = 0; i < 2; i++)
        second[i] = trial_submit(t, t->executor, &lab_task_meet, (uintptr_t)&t->count);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_wait(t, second[i]) == 0 && trial_number(second[i]) == 2,
               "each to remember it, and nobody else's");
}

static void arguments_and_results_are_copied(struct lab_trial *t)
{
    struct lab_addresses addresses;
    struct lab_bytes result;
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_addresses, 21);
    EXPECT(t, trial_wait(t, future) == 0 && addresses_of(future, &addresses), "its result");
    lab_future_result(future, &result);
    EXPECT(t, addresses.in != (uintptr_t)lab_future_task(future)->in.data,
           "the task to see a copy of its bytes");
    EXPECT(t, addresses.out != (uintptr_t)result.data, "its result to be a copy as well");
}

static void a_failure_arrives_with_its_cause(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    const struct lab_failure *failure = lab_future_failure(future);
    EXPECT(t, failure && failure->code == LAB_E_TASK, "the failure as the task made it");
    EXPECT(t, strcmp(failure->text, "13 is unlucky") == 0, "its own sentence");
    EXPECT(t, failure->cause == LAB_E_EXECUTION && failure->cause_text[0],
           "\"execution failed\" as its cause");
}

/* Where bytes cross, a task's own packing, decoding and encoding are part of the way. */
static void a_task_that_cannot_cross_fails_alone(struct lab_trial *t)
{
    static const enum lab_fault_where wheres[] = {LAB_AT_PACK, LAB_AT_DECODE, LAB_AT_ENCODE};
    for (int i = 0; i < 3; i++) {
        struct lab_future *bad =
            trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(wheres[i], LAB_IT_FAILS));
        struct lab_future *good = trial_submit(t, t->executor, &lab_task_double, 21);
        EXPECT(t, trial_wait(t, bad) == 0 && trial_failure_code(bad) == LAB_E_TASK, "its failure");
        EXPECT(t, trial_wait(t, good) == 0 && trial_number(good) == 42, "the next to succeed");
    }
}

static void a_task_that_overruns_its_heap_fails_alone(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    options.heap_limit = 1u << 20;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    struct lab_future *large = trial_submit(t, executor, &lab_task_bytes, 4u << 20);
    struct lab_future *small = trial_submit(t, executor, &lab_task_bytes, 4u << 10);
    EXPECT(t, trial_wait(t, large) == 0 && trial_failure_code(large) == LAB_E_NOMEM,
           "out of memory for the large one");
    EXPECT(t, trial_wait(t, small) == 0 && !trial_failure_code(small), "the next to succeed");
}

static void interpreters_may_share_one_gil(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 2);
    options.shared_gil = true;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "an executor");
    struct lab_future *futures[2];
    for (int i = 0; i < 2; i++)
        futures[i] = trial_submit(t, executor, &lab_task_meet, (uintptr_t)&t->count);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_number(futures[i]) == 1,
               "each to have globals of its own all the same");
}

#define INTERPRETER                                                                                \
    "It is a thread pool whose workers each own an interpreter. Arguments and results are copied " \
    "bytes, never shared. A task's failure arrives as it was, with \"execution failed\" as its "   \
    "cause."
#define ONLY_INTERPRETERS                                                                          \
    .except = {{~(unsigned)LAB_ON_INTERPRETERS, "its workers own no interpreters"}}

const struct lab_rule_case lab_cases_interpreters[] = {
    {23, CASE(each_worker_has_globals_of_its_own), .workers = 2, .source = SOURCE,
     .title = "globals of its own", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {23, CASE(arguments_and_results_are_copied), .workers = 1, .source = SOURCE,
     .title = "copied, not shared", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {23, CASE(a_failure_arrives_with_its_cause), .workers = 1, .source = SOURCE,
     .title = "a failure and its cause", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {23, CASE(a_task_that_cannot_cross_fails_alone), .workers = 1, .source = SOURCE,
     .title = "what cannot cross", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {23, CASE(a_task_that_overruns_its_heap_fails_alone), .workers = 0, .source = SOURCE,
     .title = "a heap of its own", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {23, CASE(interpreters_may_share_one_gil), .workers = 0, .source = SOURCE,
     .title = "one GIL for all", .meaning = INTERPRETER, ONLY_INTERPRETERS},
    {0},
};
