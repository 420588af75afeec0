/* Rules 7–9: wait and as_completed. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_wait.c"

/* ---- 7: any futures ---- */

static void a_future_named_twice_counts_once(struct lab_trial *t)
{
    struct lab_future *a = trial_submit(t, t->executor, &lab_task_double, 1);
    struct lab_future *b = trial_submit(t, t->executor, &lab_task_double, 2);
    struct lab_future *futures[] = {a, b, a, a, b};
    int code;
    EXPECT(t, trial_wait_for(t, futures, 5, LAB_FOREVER, LAB_ALL_COMPLETED) == 0, "all to end");
    EXPECT(t, t->sets.done_count == 2 && t->sets.not_done_count == 0, "two futures in the sets");
    struct lab_as_completed *iterator = trial_as_completed(t, futures, 5, LAB_FOREVER);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_next(t, iterator, &code) != NULL, "two futures to be yielded");
    EXPECT(t, trial_next(t, iterator, &code) == NULL && code == LAB_E_END, "and no third");
}

static void futures_of_two_executors_are_awaited_together(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    struct lab_executor *other = trial_executor(t, &options);
    EXPECT(t, other != NULL, "a second executor");
    struct lab_future *futures[] = {trial_submit(t, t->executor, &lab_task_sleep, 1000000),
                                    trial_submit(t, other, &lab_task_sleep, 1000001)};
    uint64_t sum = 0;
    int code;
    EXPECT(t, trial_wait_for(t, futures, 2, LAB_FOREVER, LAB_ALL_COMPLETED) == 0, "both to end");
    EXPECT(t, t->sets.done_count == 2, "both to be done");
    struct lab_future *more[] = {trial_submit(t, t->executor, &lab_task_double, 1),
                                 trial_submit(t, other, &lab_task_double, 2)};
    struct lab_as_completed *iterator = trial_as_completed(t, more, 2, LAB_FOREVER);
    for (struct lab_future *future; (future = trial_next(t, iterator, &code));)
        sum += trial_number(future);
    EXPECT(t, code == LAB_E_END && sum == 6, "as_completed to yield both");
}

/* ---- 8: what wait returns on ---- */

static void first_completed_returns_at_the_first(struct lab_trial *t)
{
    struct lab_future *slow = trial_hold(t, t->executor);
    struct lab_future *quick = trial_submit(t, t->executor, &lab_task_double, 21);
    struct lab_future *futures[] = {slow, quick};
    EXPECT(t, trial_wait_for(t, futures, 2, LAB_FOREVER, LAB_FIRST_COMPLETED) == 0,
           "the wait to end with the first");
    EXPECT(t, trial_is_done(t, quick) && t->sets.done_count == 1, "the quick one to be done");
    EXPECT(t, trial_is_not_done(t, slow), "the slow one not to be done");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, slow) == 0, "the slow one to end as well");
}

static void first_completed_counts_what_was_done_before(struct lab_trial *t)
{
    struct lab_future *early = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, early) == 0, "it to end");
    struct lab_future *slow = trial_hold(t, t->executor), *futures[] = {slow, early};
    EXPECT(t, trial_wait_for(t, futures, 2, LAB_FOREVER, LAB_FIRST_COMPLETED) == 0,
           "the wait to end at once");
    EXPECT(t, trial_is_done(t, early) && trial_is_not_done(t, slow), "the two in their sets");
    trial_let_go(t);
}

static void first_exception_returns_at_the_first_failure(struct lab_trial *t)
{
    struct lab_future *slow = trial_hold(t, t->executor);
    struct lab_future *good = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, good) == 0, "the good one to end");
    struct lab_future *futures[] = {good, slow, NULL};
    EXPECT(t, trial_wait_for(t, futures, 2, 0, LAB_FIRST_EXCEPTION) == LAB_E_TIMEOUT,
           "a success not to end the wait");
    futures[2] = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait_for(t, futures, 3, LAB_FOREVER, LAB_FIRST_EXCEPTION) == 0,
           "the failure to end the wait");
    EXPECT(t, trial_is_done(t, futures[2]) && trial_is_not_done(t, slow),
           "the failed one to be done, the slow one not");
    trial_let_go(t);
}

static void first_exception_ignores_a_cancellation(struct lab_trial *t)
{
    struct lab_future *cancelled = trial_future(t);
    lab_future_cancel(cancelled);
    lab_future_set_running_or_notify_cancel(cancelled);
    struct lab_future *slow = trial_hold(t, t->executor), *futures[] = {cancelled, slow};
    EXPECT(t, trial_wait_for(t, futures, 2, 1000000, LAB_FIRST_EXCEPTION) == LAB_E_TIMEOUT,
           "a cancellation not to end the wait");
    EXPECT(t, trial_is_done(t, cancelled) && trial_is_not_done(t, slow),
           "the cancelled one to be done, the slow one not");
    trial_let_go(t);
    EXPECT(t, trial_wait_for(t, futures, 2, LAB_FOREVER, LAB_FIRST_EXCEPTION) == 0,
           "the wait to end with the last");
}

static void first_exception_without_one_waits_for_all(struct lab_trial *t)
{
    struct lab_future *futures[] = {trial_submit(t, t->executor, &lab_task_double, 1),
                                    trial_submit(t, t->executor, &lab_task_sleep, 2000000),
                                    trial_submit(t, t->executor, &lab_task_double, 3)};
    EXPECT(t, trial_wait_for(t, futures, 3, LAB_FOREVER, LAB_FIRST_EXCEPTION) == 0, "all to end");
    EXPECT(t, t->sets.done_count == 3 && t->sets.not_done_count == 0, "all to be done");
}

static void all_completed_waits_for_all(struct lab_trial *t)
{
    struct lab_future *futures[] = {trial_submit(t, t->executor, &lab_task_double, 13),
                                    trial_submit(t, t->executor, &lab_task_sleep, 2000000),
                                    trial_submit(t, t->executor, &lab_task_double, 3)};
    EXPECT(t, trial_wait_for(t, futures, 3, LAB_FOREVER, LAB_ALL_COMPLETED) == 0, "all to end");
    EXPECT(t, t->sets.done_count == 3 && t->sets.not_done_count == 0,
           "all to be done, the failed one too");
    for (size_t i = 0; i < 3; i++)
        EXPECT(t, t->sets.done[i] == futures[i], "the order of the arguments");
}

static void cancelled_is_not_done_until_it_is_notified(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    lab_future_cancel(future);
    EXPECT(t, trial_wait_for(t, &future, 1, 0, LAB_FIRST_COMPLETED) == LAB_E_TIMEOUT,
           "cancelled alone not to be done");
    EXPECT(t, trial_is_not_done(t, future), "it to be in the other set");
    trial_let_go(t);
    EXPECT(t, trial_wait_for(t, &future, 1, LAB_FOREVER, LAB_ALL_COMPLETED) == 0,
           "it to be done when its executor has noticed");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED, "it to be notified");
}

struct canceller {
    struct lab_trial *trial;
    struct lab_future *future;
    uint64_t cancelled_ns; /* the thread's, until it is joined; 0: it could not */
};

static void cancel_amid_a_wait(void *argument)
{
    struct canceller *canceller = argument;
    trial_sleep(canceller->trial, canceller->trial->hold_ns / 8);
    uint64_t now = lab_now_ns();
    canceller->cancelled_ns = lab_future_cancel(canceller->future) ? now : 0;
}

/* The other way round than above: the wait is there first. Its time-out is over before the hold
 * is. */
static void cancelled_amid_a_wait_is_not_done_until_it_is_notified(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    struct canceller canceller = {.trial = t, .future = future};
    EXPECT(t, trial_start(t, cancel_amid_a_wait, &canceller), "a thread");
    uint64_t began = lab_now_ns();
    int code = trial_wait_for(t, &future, 1, t->hold_ns / 2, LAB_FIRST_COMPLETED);
    uint64_t over = lab_now_ns();
    trial_join(t);
    t->lost |= canceller.cancelled_ns <= began || canceller.cancelled_ns >= over;
    trial_let_go(t);
    EXPECT(t, canceller.cancelled_ns > 0, "cancel of a pending future to be true");
    EXPECT(t, code == LAB_E_TIMEOUT && trial_is_not_done(t, future),
           "the cancellation alone not to end the wait");
    EXPECT(t, trial_wait_for(t, &future, 1, LAB_FOREVER, LAB_ALL_COMPLETED) == 0,
           "it to be done when its executor has noticed");
}

static void waiting_for_nothing_returns_at_once(struct lab_trial *t)
{
    static const enum lab_return_when whens[] = {LAB_FIRST_COMPLETED, LAB_FIRST_EXCEPTION,
                                                 LAB_ALL_COMPLETED};
    for (int i = 0; i < 3; i++)
        EXPECT(t, trial_wait_for(t, NULL, 0, LAB_FOREVER, whens[i]) == 0, "an end at once");
    EXPECT(t, t->sets.done_count == 0 && t->sets.not_done_count == 0, "empty sets");
    EXPECT(t, trial_wait_for(t, NULL, 0, 0, (enum lab_return_when)7) == LAB_E_INVALID,
           "another condition to be an error");
}

/* ---- 9: time-outs, as_completed ---- */

static void wait_times_out_with_both_sets(struct lab_trial *t)
{
    struct lab_future *quick = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, quick) == 0, "the quick one to end");
    struct lab_future *slow = trial_hold(t, t->executor), *futures[] = {slow, quick};
    EXPECT(t, trial_wait_for(t, futures, 2, 1000000, LAB_ALL_COMPLETED) == LAB_E_TIMEOUT,
           "the wait to time out");
    EXPECT(t, trial_is_done(t, quick) && t->sets.done_count == 1, "what is done in one set");
    EXPECT(t, trial_is_not_done(t, slow) && t->sets.not_done_count == 1, "the rest in the other");
    trial_let_go(t);
}

static void as_completed_yields_the_finished_first(struct lab_trial *t)
{
    int code;
    struct lab_future *early = trial_submit(t, t->executor, &lab_task_double, 21);
    struct lab_future *failed = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait(t, early) == 0 && trial_wait(t, failed) == 0, "two of them to end");
    struct lab_future *slow = trial_hold(t, t->executor), *futures[] = {slow, early, failed};
    struct lab_as_completed *iterator = trial_as_completed(t, futures, 3, LAB_FOREVER);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_next(t, iterator, &code) != slow && !code, "first those that had ended");
    EXPECT(t, !lab_future_done(slow), "without a wait for the slow one");
    trial_let_go(t);
    EXPECT(t, trial_next(t, iterator, &code) == slow, "then the slow one, when it ends");
    EXPECT(t, trial_next(t, iterator, &code) == NULL && code == LAB_E_END, "and then the end");
}

/* Three that end between two calls, neither in the order of the arguments nor in the opposite one.
 * The case is their executor. */
static void as_completed_yields_in_the_order_in_which_they_ended(struct lab_trial *t)
{
    static const int order[] = {1, 2, 0};
    struct lab_future *futures[3];
    int code;
    for (int i = 0; i < 3; i++) {
        futures[i] = trial_future(t);
        lab_future_set_running_or_notify_cancel(futures[i]);
    }
    struct lab_as_completed *iterator = trial_as_completed(t, futures, 3, LAB_FOREVER);
    for (int i = 0; i < 3; i++)
        lab_future_set_result(futures[order[i]], NULL, 0);
    for (int i = 0; i < 3; i++)
        EXPECT(t, trial_next(t, iterator, &code) == futures[order[i]],
               "each in the order in which they ended");
    EXPECT(t, trial_next(t, iterator, &code) == NULL && code == LAB_E_END, "and then the end");
}

static void as_completed_yields_a_cancelled_future(struct lab_trial *t)
{
    int code;
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    lab_future_cancel(future);
    struct lab_as_completed *iterator = trial_as_completed(t, &future, 1, LAB_FOREVER);
    trial_let_go(t);
    EXPECT(t, trial_next(t, iterator, &code) == future, "the cancelled one to be yielded");
    EXPECT(t, lab_future_state(future) == LAB_FUTURE_CANCELLED_AND_NOTIFIED,
           "but only when its executor has noticed");
}

static void as_completed_says_how_many_are_unfinished(struct lab_trial *t)
{
    int code;
    struct lab_future *futures[4] = {trial_submit(t, t->executor, &lab_task_double, 1),
                                     trial_submit(t, t->executor, &lab_task_double, 2)};
    EXPECT(t, trial_wait(t, futures[0]) == 0 && trial_wait(t, futures[1]) == 0, "two to end");
    futures[2] = trial_hold(t, t->executor);
    futures[3] = trial_hold(t, t->executor);
    struct lab_as_completed *iterator = trial_as_completed(t, futures, 4, 0);
    for (int i = 0; i < 2; i++)
        EXPECT(t, trial_next(t, iterator, &code) != NULL, "the finished ones, without a wait");
    EXPECT(t, trial_next(t, iterator, &code) == NULL && code == LAB_E_TIMEOUT, "then a time-out");
    EXPECT(t, strcmp(t->failure.text, "2 (of 4) futures unfinished") == 0,
           "\"2 (of 4) futures unfinished\"");
    trial_let_go(t);
}

/* Half of the time-out passes before anybody asks: the question may last only for the other
 * half. */
static void the_timeout_of_as_completed_counts_from_the_call(struct lab_trial *t)
{
    int code;
    uint64_t timeout = t->hold_ns / 2;
    struct lab_future *slow = trial_hold(t, t->executor);
    struct lab_as_completed *iterator = trial_as_completed(t, &slow, 1, timeout);
    trial_sleep(t, timeout);
    uint64_t asked = lab_now_ns();
    EXPECT(t, trial_next(t, iterator, &code) == NULL && code == LAB_E_TIMEOUT, "a time-out");
    uint64_t waited = lab_now_ns() - asked;
    t->lost |=
        waited >= timeout; /* either it counts from here, or the machine is slow: once more */
    EXPECT(t, waited < timeout, "the time-out to have begun with the call");
    trial_let_go(t);
}

#define ANY "A future that is named twice counts once, and futures may come from several executors."
#define RETURN_WHEN                                                                                \
    "wait returns at the first that is completed, at the first that fails, or when all are "       \
    "completed. A future that is cancelled but not yet notified is not done. FIRST_EXCEPTION "     \
    "ignores cancellations, and waits for all when nothing fails."
#define TIMEOUTS                                                                                   \
    "On a time-out wait returns both sets. as_completed yields what is finished first, then each " \
    "as it ends; its time-out counts from the call and says how many are unfinished."

const struct lab_rule_case lab_cases_wait[] = {
    {7, CASE(a_future_named_twice_counts_once), .workers = 2, .source = SOURCE,
     .title = "duplicates collapse", .meaning = ANY},
    {7, CASE(futures_of_two_executors_are_awaited_together), .workers = 1, .source = SOURCE,
     .title = "several executors", .meaning = ANY},
    {8, CASE(first_completed_returns_at_the_first), .workers = 2, .source = SOURCE,
     .title = "FIRST_COMPLETED", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_SEQUENTIAL, INSIDE_SUBMIT}}},
    {8, CASE(first_completed_counts_what_was_done_before), .workers = 1, .source = SOURCE,
     .title = "FIRST_COMPLETED, done before", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {8, CASE(first_exception_returns_at_the_first_failure), .workers = 2, .source = SOURCE,
     .title = "FIRST_EXCEPTION", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_SEQUENTIAL, INSIDE_SUBMIT}}},
    {8, CASE(first_exception_ignores_a_cancellation), .workers = 1, .source = SOURCE,
     .title = "FIRST_EXCEPTION, cancelled", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {8, CASE(first_exception_without_one_waits_for_all), .workers = 2, .source = SOURCE,
     .title = "FIRST_EXCEPTION, none", .meaning = RETURN_WHEN},
    {8, CASE(all_completed_waits_for_all), .workers = 2, .source = SOURCE, .title = "ALL_COMPLETED",
     .meaning = RETURN_WHEN},
    {8, CASE(cancelled_is_not_done_until_it_is_notified), .workers = 1, .source = SOURCE,
     .title = "cancelled, not notified", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {8, CASE(cancelled_amid_a_wait_is_not_done_until_it_is_notified), .workers = 1,
     .source = SOURCE, .title = "cancelled amid a wait", .meaning = RETURN_WHEN,
     .except = {{LAB_ON_CALLER, ONE_THREAD}}},
    {8, CASE(waiting_for_nothing_returns_at_once), .workers = 1, .source = SOURCE,
     .title = "no futures at all", .meaning = RETURN_WHEN},
    {9, CASE(wait_times_out_with_both_sets), .workers = 1, .source = SOURCE,
     .title = "wait times out", .meaning = TIMEOUTS, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {9, CASE(as_completed_yields_the_finished_first), .workers = 1, .source = SOURCE,
     .title = "finished first, then as they end", .meaning = TIMEOUTS,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {9, CASE(as_completed_yields_in_the_order_in_which_they_ended), .workers = 1, .source = SOURCE,
     .title = "in the order in which they ended", .meaning = TIMEOUTS},
    {9, CASE(as_completed_yields_a_cancelled_future), .workers = 1, .source = SOURCE,
     .title = "cancelled ones too", .meaning = TIMEOUTS,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {9, CASE(as_completed_says_how_many_are_unfinished), .workers = 2, .source = SOURCE,
     .title = "2 (of 4) futures unfinished", .meaning = TIMEOUTS,
     .except = {{LAB_ON_SEQUENTIAL, INSIDE_SUBMIT}}},
    {9, CASE(the_timeout_of_as_completed_counts_from_the_call), .workers = 1, .source = SOURCE,
     .title = "the time-out counts from the call", .meaning = TIMEOUTS,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {0},
};
