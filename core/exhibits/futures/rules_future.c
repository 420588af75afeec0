/* Rules 1–5: the future itself. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_future.c"

/* ---- 1: states ---- */

static void a_future_is_pending_then_running_then_finished(struct lab_trial *t)
{
    struct lab_future *first = trial_hold_all(t, t->executor);
    struct lab_future *second = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, lab_future_state(first) == LAB_FUTURE_RUNNING, "the first to be running");
    EXPECT(t, lab_future_state(second) == LAB_FUTURE_PENDING, "the second to be pending");
    EXPECT(t, !lab_future_done(first) && !lab_future_done(second), "neither to be done");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, first) == 0 && trial_wait(t, second) == 0, "both to end");
    EXPECT(t, lab_future_state(first) == LAB_FUTURE_FINISHED, "the first to be finished");
    EXPECT(t, lab_future_state(second) == LAB_FUTURE_FINISHED, "the second to be finished");
}

static void a_cancelled_future_is_notified_by_its_executor(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    lab_future_cancel(future);
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED, "it to be cancelled");
    EXPECT(t, lab_future_done(future), "a cancelled future to be done");
    trial_let_go(t);
    UNTIL(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED)
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED,
           "the executor to notice, and the future to be cancelled and notified");
}

static void a_task_that_succeeds_or_fails_is_finished(struct lab_trial *t)
{
    struct lab_future *good = trial_submit(t, t->executor, &lab_task_double, 21);
    struct lab_future *bad = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait(t, good) == 0 && trial_wait(t, bad) == 0, "both to end");
    EXPECT(t, lab_future_state(good) == LAB_FUTURE_FINISHED, "the result's future to be finished");
    EXPECT(t, lab_future_state(bad) == LAB_FUTURE_FINISHED, "the failure's future to be finished");
}

/* ---- 2: cancel ---- */

static void cancelling_what_is_pending_succeeds_and_again(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, lab_future_cancel(future), "cancel of a pending future to be true");
    EXPECT(t, lab_future_cancel(future), "cancel of a cancelled future to be true");
    trial_let_go(t);
    UNTIL(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED)
    EXPECT(t, lab_future_cancel(future), "cancel of a notified future to be true");
}

static void cancelling_what_runs_is_refused(struct lab_trial *t)
{
    struct lab_future *future = trial_hold(t, t->executor);
    EXPECT(t, !lab_future_cancel(future), "cancel of a running future to be false");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_RUNNING, "it to run on");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, trial_failure_code(future) == 0, "it to end with its result");
}

static void cancelling_what_is_finished_is_refused(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, !lab_future_cancel(future), "cancel of a finished future to be false");
    EXPECT(t, trial_number(future) == 42, "the result to stay");
}

static void a_cancelled_task_never_runs(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_count, (uintptr_t)&t->count);
    EXPECT(t, lab_future_cancel(future), "cancel of a pending future to be true");
    trial_let_go(t);
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, atomic_load(&t->count) == 0, "the cancelled task not to have run");
}

/* ---- 3: set_running_or_notify_cancel ---- */

static void a_pending_future_can_be_set_running_once(struct lab_trial *t)
{
    struct lab_future *future = trial_future(t);
    EXPECT(t, lab_future_set_running_or_notify_cancel(future) == 0, "pending to become running");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_RUNNING, "it to be running");
    EXPECT(t, lab_future_set_running_or_notify_cancel(future) == LAB_E_STATE,
           "a running future to refuse");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_RUNNING, "nothing to have changed");
}

static void setting_a_cancelled_future_running_tells_its_waiters(struct lab_trial *t)
{
    struct lab_future *future = trial_future(t);
    lab_future_cancel(future);
    EXPECT(t, trial_wait_for(t, &future, 1, 0, LAB_ALL_COMPLETED) == LAB_E_TIMEOUT,
           "a waiter not to know yet");
    EXPECT(t, lab_future_set_running_or_notify_cancel(future) == LAB_E_CANCELLED,
           "the executor to learn that it was cancelled");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED, "it to be notified");
    EXPECT(t, trial_wait_for(t, &future, 1, 0, LAB_ALL_COMPLETED) == 0, "a waiter to know now");
    EXPECT(t, lab_future_set_running_or_notify_cancel(future) == LAB_E_STATE,
           "a second time to be a usage error");
}

static void setting_an_ended_future_running_is_a_usage_error(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, lab_future_set_running_or_notify_cancel(future) == LAB_E_STATE, "it to refuse");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_FINISHED, "it to stay finished");
    EXPECT(t, trial_number(future) == 42, "the result to stay");
}

/* ---- 4: a done future is not set again ---- */

static void a_second_result_is_refused(struct lab_trial *t)
{
    uint64_t *number = malloc(sizeof *number);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    bool ended = trial_wait(t, future) == 0;
    int code = lab_future_set_result(future, number, sizeof *number);
    if (code)
        free(number); /* it was not taken over */
    EXPECT(t, ended, "it to end");
    EXPECT(t, code == LAB_E_STATE, "a second result to be an invalid-state error");
    EXPECT(t, trial_number(future) == 42, "the first result to stay");
}

static void a_failure_after_the_result_is_refused(struct lab_trial *t)
{
    struct lab_failure late = {.code = LAB_E_IO, .text = "late"};
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, lab_future_set_failure(future, &late) == LAB_E_STATE,
           "a late failure to be an invalid-state error");
    EXPECT(t, trial_failure_code(future) == 0 && trial_number(future) == 42, "the result to stay");
}

static void a_cancelled_future_takes_no_result(struct lab_trial *t)
{
    struct lab_failure late = {.code = LAB_E_IO, .text = "late"};
    struct lab_future *future = trial_future(t);
    struct lab_bytes result;
    lab_future_cancel(future);
    EXPECT(t, lab_future_set_failure(future, &late) == LAB_E_STATE,
           "a cancelled future to refuse it");
    lab_future_set_running_or_notify_cancel(future);
    EXPECT(t, lab_future_set_failure(future, &late) == LAB_E_STATE,
           "a notified future to refuse it");
    EXPECT(t, lab_future_result(future, &result) == LAB_E_CANCELLED, "it to stay cancelled");
}

/* ---- 5: result, failure, time-outs ---- */

static void a_timeout_of_zero_polls(struct lab_trial *t)
{
    struct lab_future *future = trial_hold(t, t->executor);
    EXPECT(t, trial_wait_ns(t, future, 0) == LAB_E_TIMEOUT, "a time-out while it runs");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, trial_wait_ns(t, future, 0) == 0, "no time-out when it is done");
}

static void a_wait_times_out_not_earlier_than_told(struct lab_trial *t)
{
    const uint64_t timeout = 5000000;
    struct lab_future *future = trial_hold(t, t->executor);
    uint64_t start = lab_now_ns();
    EXPECT(t, trial_wait_ns(t, future, timeout) == LAB_E_TIMEOUT, "the wait to time out");
    EXPECT(t, lab_now_ns() - start >= timeout, "the wait to last the time-out");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_RUNNING, "a time-out to change nothing");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end afterwards");
}

static void a_result_before_its_time_is_a_usage_error(struct lab_trial *t)
{
    struct lab_bytes result;
    struct lab_future *future = trial_hold(t, t->executor);
    EXPECT(t, lab_future_result(future, &result) == LAB_E_STATE, "no result while it runs");
    EXPECT(t, lab_future_failure(future) == NULL, "no failure while it runs");
    trial_let_go(t);
}

static void a_task_gives_its_result(struct lab_trial *t)
{
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, trial_number(future) == 42, "twice 21");
    EXPECT(t, lab_future_failure(future) == NULL, "no failure");
}

static void a_task_gives_its_failure(struct lab_trial *t)
{
    struct lab_bytes result;
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait(t, future) == 0, "it to end: a failed task is done");
    EXPECT(t, lab_future_result(future, &result) == LAB_E_TASK, "the failure's code for a result");
    const struct lab_failure *failure = lab_future_failure(future);
    EXPECT(t, failure && failure->code == LAB_E_TASK, "the failure");
    EXPECT(t, strcmp(failure->text, "13 is unlucky") == 0, "the failure's own sentence");
}

static void a_cancelled_future_says_so(struct lab_trial *t)
{
    struct lab_bytes result;
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    lab_future_cancel(future);
    EXPECT(t, trial_wait(t, future) == 0, "nobody to wait for a cancelled future");
    EXPECT(t, lab_future_result(future, &result) == LAB_E_CANCELLED, "cancelled for a result");
    EXPECT(t, lab_future_failure(future) == NULL, "cancelled to be no failure");
    trial_let_go(t);
}

static void cancel_soon(void *future)
{
    struct lab_trial *none = NULL;
    trial_sleep(none, 5000000);
    lab_future_cancel(future);
}

/* A wait that is under way ends when another thread cancels. */
static void a_cancel_ends_a_wait_that_is_under_way(struct lab_trial *t)
{
    struct lab_bytes result;
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_start(t, cancel_soon, future), "a thread");
    EXPECT(t, trial_wait(t, future) == 0, "the wait to end");
    EXPECT(t, lab_future_result(future, &result) == LAB_E_CANCELLED, "the future to be cancelled");
    trial_let_go(t);
}

/* ---- the cases ---- */

#define STATES                                                                                     \
    "A future is pending, then running, then finished; or pending, cancelled, then cancelled and " \
    "notified. It is never in another state."
#define CANCEL                                                                                     \
    "cancel() is true if the future is pending or cancelled already, false if it runs or is "      \
    "finished."
#define SET_RUNNING                                                                                \
    "An executor asks a future before it runs the task: pending becomes running; cancelled "       \
    "becomes notified, and waiters are told; anything else is a usage error."
#define SET_TWICE                                                                                  \
    "Setting a result or a failure on a future that is done is an invalid-state error."
#define RESULT                                                                                     \
    "Asking for a result or failure can time out, or say that the future was cancelled. A "        \
    "time-out of zero is legal: it polls."

const struct lab_rule_case lab_cases_future[] = {
    {1, CASE(a_future_is_pending_then_running_then_finished), .workers = 1, .source = SOURCE,
     .title = "pending, running, finished", .meaning = STATES,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {1, CASE(a_cancelled_future_is_notified_by_its_executor), .workers = 1, .source = SOURCE,
     .title = "pending, cancelled, notified", .meaning = STATES,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {1, CASE(a_task_that_succeeds_or_fails_is_finished), .workers = 1, .source = SOURCE,
     .title = "a result and a failure both finish", .meaning = STATES},
    {2, CASE(cancelling_what_is_pending_succeeds_and_again), .workers = 1, .source = SOURCE,
     .title = "cancel while pending, and again", .meaning = CANCEL,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {2, CASE(cancelling_what_runs_is_refused), .workers = 1, .source = SOURCE,
     .title = "no cancel while it runs", .meaning = CANCEL,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {2, CASE(cancelling_what_is_finished_is_refused), .workers = 1, .source = SOURCE,
     .title = "no cancel when finished", .meaning = CANCEL},
    {2, CASE(a_cancelled_task_never_runs), .workers = 1, .source = SOURCE,
     .title = "a cancelled task never runs", .meaning = CANCEL,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}, {LAB_ON_PROCESSES, OTHER_MEMORY}}},
    {3, CASE(a_pending_future_can_be_set_running_once), .workers = 1, .source = SOURCE,
     .title = "set running, once", .meaning = SET_RUNNING},
    {3, CASE(setting_a_cancelled_future_running_tells_its_waiters), .workers = 1, .source = SOURCE,
     .title = "a cancelled one tells its waiters", .meaning = SET_RUNNING},
    {3, CASE(setting_an_ended_future_running_is_a_usage_error), .workers = 1, .source = SOURCE,
     .title = "an ended one refuses", .meaning = SET_RUNNING},
    {4, CASE(a_second_result_is_refused), .workers = 1, .source = SOURCE,
     .title = "no second result", .meaning = SET_TWICE},
    {4, CASE(a_failure_after_the_result_is_refused), .workers = 1, .source = SOURCE,
     .title = "no failure after the result", .meaning = SET_TWICE},
    {4, CASE(a_cancelled_future_takes_no_result), .workers = 1, .source = SOURCE,
     .title = "nothing for a cancelled future", .meaning = SET_TWICE},
    {5, CASE(a_timeout_of_zero_polls), .workers = 1, .source = SOURCE,
     .title = "a time-out of zero polls", .meaning = RESULT,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {5, CASE(a_wait_times_out_not_earlier_than_told), .workers = 1, .source = SOURCE,
     .title = "a wait times out", .meaning = RESULT, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {5, CASE(a_result_before_its_time_is_a_usage_error), .workers = 1, .source = SOURCE,
     .title = "no result before it is done", .meaning = RESULT,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {5, CASE(a_task_gives_its_result), .workers = 1, .source = SOURCE, .title = "the result",
     .meaning = RESULT},
    {5, CASE(a_task_gives_its_failure), .workers = 1, .source = SOURCE, .title = "the failure",
     .meaning = RESULT},
    {5, CASE(a_cancelled_future_says_so), .workers = 1, .source = SOURCE,
     .title = "cancelled instead of a result", .meaning = RESULT,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {5, CASE(a_cancel_ends_a_wait_that_is_under_way), .workers = 1, .source = SOURCE,
     .title = "a cancel wakes who waits", .meaning = RESULT,
     .except = {{LAB_ON_CALLER, ONE_THREAD}}},
    {0},
};
