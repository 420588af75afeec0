/* Rules 18–22: the process pool. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_processes.c"

static bool is_broken_by_a_death(const struct lab_future *future)
{
    const struct lab_failure *failure = lab_future_failure(future);
    return failure && failure->code == LAB_E_BROKEN && failure->cause == LAB_E_DIED &&
           failure->cause_text[0];
}

/* ---- 18: the call queue ---- */

static void the_call_queue_holds_one_more_than_the_workers(struct lab_trial *t)
{
    struct lab_future *futures[5];
    trial_hold(t, t->executor);
    for (int i = 0; i < 5; i++)
        futures[i] = trial_submit(t, t->executor, &lab_task_double, 21);
    UNTIL(t, lab_future_state(futures[1]) == LAB_FUTURE_RUNNING)
    EXPECT(t,
           lab_future_state(futures[0]) == LAB_FUTURE_RUNNING &&
               lab_future_state(futures[1]) == LAB_FUTURE_RUNNING,
           "two of them in the call queue, behind the one that runs");
    EXPECT(t, !lab_future_cancel(futures[0]) && !lab_future_cancel(futures[1]),
           "what has reached the call queue not to be cancelled any more");
    for (int i = 2; i < 5; i++)
        EXPECT(t, lab_future_cancel(futures[i]), "the rest still to be pending");
    trial_let_go(t);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_number(futures[i]) == 42,
               "those in the call queue to run");
}

/* ---- 19: a worker dies ---- */

static void a_death_ends_every_unfinished_future(struct lab_trial *t)
{
    struct lab_future *futures[8], *later;
    struct lab_future *early = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, early) == 0, "the first task to end");
    trial_hold_all(t, t->executor);
    for (uint64_t i = 0; i < 8; i++)
        futures[i] =
            trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS));
    trial_let_go(t);
    for (int i = 0; i < 8; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && is_broken_by_a_death(futures[i]),
               "each of them to say: broken, because a process died");
    for (int i = 1; i < 8; i++)
        EXPECT(t, lab_future_failure(futures[i]) != lab_future_failure(futures[0]),
               "each to have an error of its own");
    EXPECT(t, trial_number(early) == 42, "what was finished to keep its result");
    EXPECT(t, trial_try_submit(t, t->executor, &lab_task_double, 1, &later) == LAB_E_BROKEN,
           "a later submit to be refused");
    EXPECT(t, t->failure.cause == LAB_E_DIED, "with the death as its cause");
}

static void the_cause_names_the_exit_status(struct lab_trial *t)
{
    struct lab_future *future =
        trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_RUN, LAB_IT_EXITS));
    EXPECT(t, trial_wait(t, future) == 0 && is_broken_by_a_death(future), "a broken pool");
    EXPECT(t, strstr(lab_future_failure(future)->cause_text, "7") != NULL,
           "the exit status, 7, in the cause");
}

static void the_cause_names_the_trap(struct lab_trial *t)
{
    struct lab_future *future =
        trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS));
    EXPECT(t, trial_wait(t, future) == 0 && is_broken_by_a_death(future), "a broken pool");
    const char *cause = lab_future_failure(future)->cause_text;
    EXPECT(t, strstr(cause, "signal") || strstr(cause, "trap"), "the trap in the cause");
}

static void what_was_cancelled_stays_cancelled_when_the_pool_breaks(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *bad =
        trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS));
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, lab_future_cancel(future), "cancel of a pending future to be true");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, bad) == 0 && is_broken_by_a_death(bad), "the pool to break");
    UNTIL(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED)
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED,
           "the cancelled future to stay cancelled");
}

static void a_task_that_cannot_be_packed_fails_alone(struct lab_trial *t)
{
    struct lab_future *before = trial_submit(t, t->executor, &lab_task_double, 1);
    struct lab_future *bad =
        trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_PACK, LAB_IT_FAILS));
    struct lab_future *after = trial_submit(t, t->executor, &lab_task_double, 2);
    EXPECT(t, trial_wait(t, bad) == 0 && trial_failure_code(bad) == LAB_E_TASK,
           "its failure to be its own");
    EXPECT(t, trial_wait(t, before) == 0 && trial_number(before) == 2, "the one before to succeed");
    EXPECT(t, trial_wait(t, after) == 0 && trial_number(after) == 4, "the one after to succeed");
}

/* ---- 20: max_tasks_per_child ---- */

static void a_worker_is_replaced_after_its_last_task(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    options.max_tasks_per_child = 3;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "a pool");
    for (uint64_t i = 0; i < 8; i++) {
        struct lab_future *future = trial_submit(t, executor, &lab_task_serial, 0);
        EXPECT(t, trial_wait(t, future) == 0 && trial_number(future) == i % 3 + 1,
               "1, 2, 3 from each process, then a new one");
    }
}

static void replacing_workers_strands_nothing(struct lab_trial *t)
{
    struct lab_future *futures[10];
    struct lab_executor_options options = trial_options(t, 2);
    options.max_tasks_per_child = 1;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "a pool");
    for (int i = 0; i < 10; i++)
        futures[i] = trial_submit(t, executor, &lab_task_serial, 0);
    for (int i = 0; i < 10; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_number(futures[i]) == 1,
               "each of the backlog to run, in a process of its own");
}

static void a_backlog_waited_for_in_order_is_worked_off(struct lab_trial *t)
{
    enum { TASKS = 12 };
    struct lab_executor_options options = trial_options(t, 1);
    options.max_tasks_per_child = 2;
    for (int round = 0; round < 2; round++) {
        struct lab_future *futures[TASKS];
        struct lab_executor *executor = trial_executor(t, &options);
        EXPECT(t, executor != NULL, "a pool");
        for (int i = 0; i < TASKS; i++)
            futures[i] = trial_submit(t, executor, &lab_task_double, 21);
        for (int i = 0; i < TASKS; i++)
            EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_number(futures[i]) == 42,
                   "each to have its result, although who waits may read a process's last");
    }
}

static void a_shutdown_amid_replacements_finishes_the_work(struct lab_trial *t)
{
    struct lab_future *futures[5];
    struct lab_executor_options options = trial_options(t, 1);
    options.max_tasks_per_child = 2;
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "a pool");
    for (int i = 0; i < 5; i++)
        futures[i] = trial_submit(t, executor, &lab_task_double, 21);
    trial_shutdown(t, executor, true, false);
    for (int i = 0; i < 5; i++)
        EXPECT(t, trial_number(futures[i]) == 42, "every task to have its result");
}

static void a_wrong_max_tasks_per_child_is_an_error(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    options.max_tasks_per_child = t->method->processes ? -1 : 1;
    EXPECT(t, trial_executor(t, &options) == NULL && t->failure.code == LAB_E_INVALID,
           "less than none, or any for workers that are no processes, to be refused");
}

/* ---- 21: terminate and kill ---- */

static void end_them_amid_work(struct lab_trial *t, int (*end_workers)(struct lab_executor *),
                               const char *how)
{
    struct lab_future *futures[3], *later;
    trial_hold_all(t, t->executor);
    for (int i = 0; i < 3; i++)
        futures[i] = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, end_workers(t->executor) == 0, "the workers to be ended");
    for (int i = 0; i < 3; i++)
        EXPECT(t, trial_wait(t, futures[i]) == 0 && trial_failure_code(futures[i]) == LAB_E_BROKEN,
               "what was unfinished to say that the pool is broken");
    EXPECT(t, strstr(lab_future_failure(futures[0])->cause_text, how) != NULL,
           "the cause to say in which of the two ways they were ended");
    EXPECT(t, trial_try_submit(t, t->executor, &lab_task_double, 1, &later) != 0,
           "a later submit to be an error");
    UNTIL(t, lab_executor_workers(t->executor) == 0)
    EXPECT(t, lab_executor_workers(t->executor) == 0, "no worker to be left");
    EXPECT(t, end_workers(t->executor) == 0, "to end the dead to be harmless");
}

static void terminating_the_workers(struct lab_trial *t)
{
    end_them_amid_work(t, lab_executor_terminate_workers, "terminated");
}

static void killing_the_workers(struct lab_trial *t)
{
    end_them_amid_work(t, lab_executor_kill_workers, "killed");
}

static void ending_workers_that_never_started_is_harmless(struct lab_trial *t)
{
    for (int i = 0; i < 2; i++) {
        struct lab_future *later;
        struct lab_executor_options options = trial_options(t, 2);
        struct lab_executor *executor = trial_executor(t, &options);
        EXPECT(t, executor != NULL, "a pool");
        EXPECT(t,
               (i ? lab_executor_kill_workers(executor)
                  : lab_executor_terminate_workers(executor)) == 0,
               "nothing to happen to nobody");
        EXPECT(t, trial_try_submit(t, executor, &lab_task_double, 1, &later) != 0,
               "a later submit to be an error");
        trial_shutdown(t, executor, true, false);
    }
}

static void ending_workers_after_shutdown_is_harmless(struct lab_trial *t)
{
    trial_submit(t, t->executor, &lab_task_double, 21);
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, lab_executor_kill_workers(t->executor) == 0, "kill to find nobody");
    EXPECT(t, lab_executor_terminate_workers(t->executor) == 0, "terminate to find nobody");
}

static void only_processes_can_be_ended(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, lab_executor_terminate_workers(t->executor) == LAB_E_UNAVAILABLE, "a refusal");
    EXPECT(t, lab_executor_kill_workers(t->executor) == LAB_E_UNAVAILABLE, "a refusal");
    EXPECT(t, trial_wait(t, future) == 0 && trial_number(future) == 42, "and no harm");
}

/* ---- 22: a crash at any moment ---- */

/* One task is fine, one goes wrong, many wait behind it: all must end, the later submit too, and
 * shutdown. */
static void crash(struct lab_trial *t, uint64_t fault)
{
    struct lab_future *futures[12], *later;
    struct lab_future *bad = trial_submit(t, t->executor, &lab_task_fault, fault);
    for (int i = 0; i < 12; i++)
        if (trial_try_submit(t, t->executor, &lab_task_double, 21, &futures[i]))
            futures[i] = bad; /* broken already */
    EXPECT(t, trial_wait(t, bad) == 0 && is_broken_by_a_death(bad),
           "the task to say: broken, because a process died");
    for (int i = 0; i < 12; i++) {
        EXPECT(t, trial_wait(t, futures[i]) == 0, "every other future to end");
        EXPECT(t, trial_number(futures[i]) == 42 || is_broken_by_a_death(futures[i]),
               "with its result, or broken");
    }
    EXPECT(t, trial_try_submit(t, t->executor, &lab_task_double, 1, &later) == LAB_E_BROKEN,
           "a later submit to be refused");
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, lab_executor_workers(t->executor) == 0, "no worker to be left");
}

static void a_crash_while_decoding_the_task(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_DECODE, LAB_IT_TRAPS));
}

static void an_exit_while_decoding_the_task(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_DECODE, LAB_IT_EXITS));
}

static void a_crash_while_running_the_task(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS));
}

static void an_exit_while_running_the_task(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_RUN, LAB_IT_EXITS));
}

static void a_crash_while_encoding_the_result(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_ENCODE, LAB_IT_TRAPS));
}

static void an_exit_while_encoding_the_result(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_ENCODE, LAB_IT_EXITS));
}

/* The process writes a header and a part of the result, and dies. */
static void a_crash_while_writing_the_result(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_WRITE, LAB_IT_TRAPS));
}

static void an_exit_while_writing_the_result(struct lab_trial *t)
{
    crash(t, LAB_FAULT(LAB_AT_WRITE, LAB_IT_EXITS));
}

/* A failure is no crash: whatever it is that fails, it is this task alone. */
static void a_failure_in_a_process_is_the_tasks_alone(struct lab_trial *t)
{
    static const enum lab_fault_where wheres[] = {LAB_AT_PACK, LAB_AT_DECODE, LAB_AT_RUN,
                                                  LAB_AT_ENCODE};
    for (int i = 0; i < 4; i++) {
        struct lab_future *bad =
            trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(wheres[i], LAB_IT_FAILS));
        struct lab_future *good = trial_submit(t, t->executor, &lab_task_double, 21);
        EXPECT(t, trial_wait(t, bad) == 0 && trial_failure_code(bad) == LAB_E_TASK, "its failure");
        EXPECT(t, trial_wait(t, good) == 0 && trial_number(good) == 42, "the next to succeed");
    }
}

/* More than a pipe holds is under way in both directions when the process dies. */
static void a_crash_with_much_data_under_way(struct lab_trial *t)
{
    struct lab_future *futures[6];
    for (int i = 0; i < 6; i++)
        if (trial_try_submit(t, t->executor, i == 2 ? &lab_task_fault : &lab_task_bytes,
                             i == 2 ? LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS) : 1u << 20, &futures[i]))
            futures[i] = futures[2]; /* broken already */
    for (int i = 0; i < 6; i++) {
        EXPECT(t, trial_wait(t, futures[i]) == 0, "every future to end");
        EXPECT(t, is_broken_by_a_death(futures[i]) || !lab_future_failure(futures[i]),
               "with its result, or broken");
    }
}

static void a_crash_and_a_shutdown_at_once(struct lab_trial *t)
{
    struct lab_future *bad =
        trial_submit(t, t->executor, &lab_task_fault, LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS));
    trial_shutdown(t, t->executor, false, false);
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, lab_future_done(bad) && is_broken_by_a_death(bad), "the task to be broken");
}

#define QUEUE                                                                                      \
    "The call queue holds max_workers + 1 tasks. A future that has reached it can no longer be "   \
    "cancelled. Of tasks that have proved to take microseconds here, a batch counts as one."
#define DEATH                                                                                      \
    "A worker that dies gives every unfinished future an error of its own, with the exit status "  \
    "or the trap as its cause; later submits too. A task that cannot be encoded fails alone."
#define REPLACED "max_tasks_per_child replaces a worker without stranding the backlog."
#define ENDED                                                                                      \
    "After terminate_workers or kill_workers later submits are errors. Both are harmless when "    \
    "nothing has started or all are dead. What was unfinished says which of the two it was."
#define CRASH                                                                                      \
    "A crash while decoding the task, running it, encoding the result or writing it never "        \
    "deadlocks."
#define NO_PROCESSES   "its workers are no processes"
#define ONLY_PROCESSES .except = {{~(unsigned)LAB_ON_PROCESSES, NO_PROCESSES}}

const struct lab_rule_case lab_cases_processes[] = {
    {18, CASE(the_call_queue_holds_one_more_than_the_workers), .workers = 1, .source = SOURCE,
     .title = "max_workers + 1", .meaning = QUEUE, ONLY_PROCESSES},
    {19, CASE(a_death_ends_every_unfinished_future), .workers = 2, .source = SOURCE,
     .title = "a death ends them all", .meaning = DEATH, ONLY_PROCESSES},
    {19, CASE(the_cause_names_the_exit_status), .workers = 1, .source = SOURCE,
     .title = "the exit status", .meaning = DEATH, ONLY_PROCESSES},
    {19, CASE(the_cause_names_the_trap), .workers = 1, .source = SOURCE, .title = "the trap",
     .meaning = DEATH, ONLY_PROCESSES},
    {19, CASE(what_was_cancelled_stays_cancelled_when_the_pool_breaks), .workers = 1,
     .source = SOURCE, .title = "cancelled stays cancelled", .meaning = DEATH, ONLY_PROCESSES},
    {19, CASE(a_task_that_cannot_be_packed_fails_alone), .workers = 1, .source = SOURCE,
     .title = "what cannot be encoded", .meaning = DEATH, ONLY_PROCESSES},
    {20, CASE(a_worker_is_replaced_after_its_last_task), .workers = 0, .source = SOURCE,
     .title = "replaced", .meaning = REPLACED, ONLY_PROCESSES},
    {20, CASE(replacing_workers_strands_nothing), .workers = 0, .source = SOURCE,
     .title = "a backlog", .meaning = REPLACED, ONLY_PROCESSES},
    {20, CASE(a_backlog_waited_for_in_order_is_worked_off), .workers = 0, .source = SOURCE,
     .title = "a backlog, in order", .meaning = REPLACED, ONLY_PROCESSES},
    {20, CASE(a_shutdown_amid_replacements_finishes_the_work), .workers = 0, .source = SOURCE,
     .title = "and shutdown", .meaning = REPLACED, ONLY_PROCESSES},
    {20, CASE(a_wrong_max_tasks_per_child_is_an_error), .workers = 0, .source = SOURCE,
     .title = "a wrong number", .meaning = REPLACED},
    {21, CASE(terminating_the_workers), .workers = 2, .source = SOURCE, .title = "terminate",
     .meaning = ENDED, ONLY_PROCESSES},
    {21, CASE(killing_the_workers), .workers = 2, .source = SOURCE, .title = "kill",
     .meaning = ENDED, ONLY_PROCESSES},
    {21, CASE(ending_workers_that_never_started_is_harmless), .workers = 0, .source = SOURCE,
     .title = "before the first task", .meaning = ENDED, ONLY_PROCESSES},
    {21, CASE(ending_workers_after_shutdown_is_harmless), .workers = 1, .source = SOURCE,
     .title = "after shutdown", .meaning = ENDED, ONLY_PROCESSES},
    {21, CASE(only_processes_can_be_ended), .workers = 1, .source = SOURCE,
     .title = "other executors refuse", .meaning = ENDED,
     .except = {{LAB_ON_PROCESSES, "its workers are processes: they can be ended"}}},
    {22, CASE(a_crash_while_decoding_the_task), .workers = 2, .source = SOURCE,
     .title = "decoding: a trap", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(an_exit_while_decoding_the_task), .workers = 2, .source = SOURCE,
     .title = "decoding: an exit", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_crash_while_running_the_task), .workers = 2, .source = SOURCE,
     .title = "running: a trap", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(an_exit_while_running_the_task), .workers = 2, .source = SOURCE,
     .title = "running: an exit", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_crash_while_encoding_the_result), .workers = 2, .source = SOURCE,
     .title = "encoding: a trap", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(an_exit_while_encoding_the_result), .workers = 2, .source = SOURCE,
     .title = "encoding: an exit", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_crash_while_writing_the_result), .workers = 2, .source = SOURCE,
     .title = "writing: a trap", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(an_exit_while_writing_the_result), .workers = 2, .source = SOURCE,
     .title = "writing: an exit", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_failure_in_a_process_is_the_tasks_alone), .workers = 1, .source = SOURCE,
     .title = "a failure is no crash", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_crash_with_much_data_under_way), .workers = 2, .source = SOURCE,
     .title = "much data under way", .meaning = CRASH, ONLY_PROCESSES},
    {22, CASE(a_crash_and_a_shutdown_at_once), .workers = 2, .source = SOURCE,
     .title = "shutdown at once", .meaning = CRASH, ONLY_PROCESSES},
    {0},
};
