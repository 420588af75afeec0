/* Rule 6: what is called when a future is done. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_callbacks.c"

static void callbacks_run_in_the_order_they_were_added(struct lab_trial *t)
{
    struct lab_future *future = trial_hold(t, t->executor);
    trial_note_when_done(t, future, 'a');
    trial_note_when_done(t, future, 'b');
    trial_note_when_done(t, future, 'c');
    EXPECT(t, strcmp(trial_notes(t, 0), "") == 0, "no callback while it runs");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, strcmp(trial_notes(t, 3), "abc") == 0, "the callbacks in their order");
}

static void a_callback_on_a_done_future_runs_at_once(struct lab_trial *t)
{
    struct lab_future *good = trial_submit(t, t->executor, &lab_task_double, 21);
    struct lab_future *bad = trial_submit(t, t->executor, &lab_task_double, 13);
    EXPECT(t, trial_wait(t, good) == 0 && trial_wait(t, bad) == 0, "both to end");
    trial_note_when_done(t, good, 'g');
    EXPECT(t, strcmp(trial_notes(t, 0), "g") == 0, "a callback at once after a result");
    trial_note_when_done(t, bad, 'b');
    EXPECT(t, strcmp(trial_notes(t, 0), "gb") == 0, "a callback at once after a failure");
}

static void each_callback_runs_once(struct lab_trial *t)
{
    trial_hold_all(t, t->executor);
    struct lab_future *finished = trial_submit(t, t->executor, &lab_task_double, 21);
    struct lab_future *cancelled = trial_submit(t, t->executor, &lab_task_double, 22);
    trial_note_when_done(t, finished, 'f');
    trial_note_when_done(t, cancelled, 'c');
    lab_future_cancel(cancelled);
    lab_future_cancel(cancelled);
    EXPECT(t, strcmp(trial_notes(t, 0), "c") == 0, "one call for two cancels");
    trial_let_go(t);
    EXPECT(t, trial_wait(t, finished) == 0, "it to end");
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, lab_future_state(cancelled) == LAB_FUTURE_CANCELLED_AND_NOTIFIED,
           "the cancelled one to be notified");
    EXPECT(t, strcmp(trial_notes(t, 2), "cf") == 0, "each to have been called once");
}

static _Atomic int failures_logged;

static void count_failures(const struct lab_future *future, int code)
{
    (void)future;
    if (code == LAB_E_TASK)
        atomic_fetch_add(&failures_logged, 1);
}

/* A callback with a capital letter fails. */
static void a_callback_that_fails_is_logged_and_the_others_run(struct lab_trial *t)
{
    atomic_store(&failures_logged, 0);
    lab_future_log(count_failures);
    struct lab_future *future = trial_hold(t, t->executor);
    trial_note_when_done(t, future, 'a');
    trial_note_when_done(t, future, 'B');
    trial_note_when_done(t, future, 'c');
    trial_note_when_done(t, future, 'D');
    trial_note_when_done(t, future, 'e');
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, strcmp(trial_notes(t, 5), "aBcDe") == 0, "all of them to run");
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, atomic_load(&failures_logged) == 2, "two failures in the log");
    EXPECT(t, trial_failure_code(future) == 0, "the future's result to be untouched");
}

static void a_callback_that_fails_at_once_is_logged(struct lab_trial *t)
{
    atomic_store(&failures_logged, 0);
    lab_future_log(count_failures);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    trial_note_when_done(t, future, 'A');
    trial_note_when_done(t, future, 'b');
    EXPECT(t, strcmp(trial_notes(t, 0), "Ab") == 0, "both to run at once");
    EXPECT(t, atomic_load(&failures_logged) == 1, "one failure in the log");
}

struct patience {
    struct lab_trial *trial;
    _Atomic bool told; /* the waiter has been told */
};

static int wait_for_the_waiter(struct lab_future *future, void *user)
{
    struct patience *patience = user;
    (void)future;
    for (int i = 0; i < 10000 && !atomic_load(&patience->told); i++)
        trial_sleep(patience->trial, 1000000);
    trial_note(patience->trial, atomic_load(&patience->told) ? 'y' : 'n');
    return 0;
}

/* The callback waits until the waiter has gone on. That the waiter was told first is not yet
 * certain from this: it looks by itself now and then. How soon it goes on: the case after this
 * one. */
static void callbacks_come_after_the_waiters(struct lab_trial *t)
{
    static struct patience patience;
    struct lab_future *future = trial_hold(t, t->executor);
    patience.trial = t;
    atomic_store(&patience.told, false);
    lab_future_on_done(future, wait_for_the_waiter, &patience);
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    atomic_store(&patience.told, true);
    EXPECT(t, strcmp(trial_notes(t, 1), "y") == 0, "the waiter to be told before the callback");
}

enum { CROWD = 3, ROUNDS = 20 };

/* Waiters, and a callback that goes on when all of them have. */
struct crowd {
    struct lab_future *future;
    _Atomic int waiting, told; /* counters; seq_cst, as nothing here is in a hurry */
    uint64_t callback_ns;      /* how long the callback took */
};

static void wait_in_the_crowd(void *argument)
{
    struct crowd *crowd = argument;
    atomic_fetch_add(&crowd->waiting, 1);
    lab_future_wait(crowd->future, LAB_FOREVER);
    atomic_fetch_add(&crowd->told, 1);
}

static void wait_for_several_in_the_crowd(void *argument)
{
    struct crowd *crowd = argument;
    struct lab_wait_result sets;
    atomic_fetch_add(&crowd->waiting, 1);
    lab_wait(&crowd->future, 1, LAB_FOREVER, LAB_ALL_COMPLETED, &sets);
    lab_wait_result_release(&sets);
    atomic_fetch_add(&crowd->told, 1);
}

static int wait_for_the_crowd(struct lab_future *future, void *user)
{
    struct crowd *crowd = user;
    _Atomic uint32_t never = 0;
    uint64_t start = lab_now_ns();
    (void)future;
    while (atomic_load(&crowd->told) < CROWD && !lab_stopping())
        lab_futex_wait(&never, 0, 200000);
    crowd->callback_ns = lab_now_ns() - start;
    return 0;
}

/* A waiter looks by itself every 50 ms. All begin just before the future ends: those that nobody
 * told would go on 45 ms later. The case is the future's executor. */
static void every_waiter_is_told_before_the_callbacks(struct lab_trial *t)
{
    const uint64_t soon = 25000000, settled = 5000000;
    int quick = 0;
    for (int round = 0; round < ROUNDS && quick <= ROUNDS / 2 && !lab_stopping(); round++) {
        struct crowd crowd = {.future = trial_future(t)};
        lab_future_set_running_or_notify_cancel(crowd.future);
        lab_future_on_done(crowd.future, wait_for_the_crowd, &crowd);
        bool started = true;
        for (int i = 0; i < CROWD && started; i++)
            started = trial_start(t, i ? wait_in_the_crowd : wait_for_several_in_the_crowd, &crowd);
        if (!started)
            atomic_store(&crowd.told, CROWD); /* the callback waits for nobody */
        else
            UNTIL(t, atomic_load(&crowd.waiting) == CROWD)
        trial_sleep(t, settled);
        lab_future_set_result(crowd.future, NULL, 0);
        trial_join(t);
        EXPECT(t, started, "threads");
        quick += crowd.callback_ns < soon;
    }
    t->lost |= quick <= ROUNDS / 2; /* or the machine is slow: once more */
    EXPECT(t, quick > ROUNDS / 2, "all waiters to go on at once, and the callback after them");
}

static int use_the_future(struct lab_future *future, void *user)
{
    struct lab_trial *t = user;
    bool fine =
        lab_future_done(future) && !lab_future_cancel(future) && lab_future_wait(future, 0) == 0;
    trial_note(t, fine ? '1' : '!');
    trial_note_when_done(t, future, '2');
    return 0;
}

/* With the lock held each of these calls would wait for ever. */
static void a_callback_may_use_its_future(struct lab_trial *t)
{
    struct lab_future *future = trial_hold(t, t->executor);
    lab_future_on_done(future, use_the_future, t);
    trial_let_go(t);
    EXPECT(t, trial_wait(t, future) == 0, "it to end");
    EXPECT(t, strcmp(trial_notes(t, 2), "12") == 0,
           "the callback to see it done, and one that it adds to run at once");
}

/* The address of a thread's own variable is the thread's name. */
static _Thread_local char thread_mark;
static _Atomic(char *) called_in;

static int note_the_thread(struct lab_future *future, void *user)
{
    (void)future;
    (void)user;
    atomic_store(&called_in, &thread_mark);
    return 0;
}

static void cancelling_calls_back_in_the_canceller(struct lab_trial *t)
{
    atomic_store(&called_in, NULL);
    trial_hold_all(t, t->executor);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    lab_future_on_done(future, note_the_thread, t);
    EXPECT(t, atomic_load(&called_in) == NULL, "no callback while it is pending");
    EXPECT(t, lab_future_cancel(future), "cancel of a pending future to be true");
    EXPECT(t, atomic_load(&called_in) == &thread_mark,
           "the callback to have run, here, before cancel returned");
    trial_let_go(t);
}

static _Atomic unsigned called;

static int count_call(struct lab_future *future, void *user)
{
    (void)future;
    (void)user;
    atomic_fetch_add(&called, 1);
    return 0;
}

/* One at a time: whoever waits may be what ends a future, or may have to leave that to another. */
static void waiting_for_one_after_another_ends(struct lab_trial *t)
{
    enum { EACH = 150, FAILS = 13 };
    atomic_store(&called, 0);
    for (unsigned i = 0; i < 2 * EACH; i++) {
        struct lab_future *future =
            trial_submit(t, t->executor, &lab_task_double, i % 2 ? FAILS : 21);
        EXPECT(t, lab_future_on_done(future, count_call, NULL) == 0, "a callback to be added");
        EXPECT(t, trial_wait(t, future) == 0, "each to end");
        struct lab_future *failing = trial_submit(t, t->executor, &lab_task_double, FAILS);
        EXPECT(t, trial_wait(t, failing) == 0, "each failing one to end");
    }
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, atomic_load(&called) == 2 * EACH, "each to have been called once");
}

#define ORDER                                                                                      \
    "Callbacks run in the order they were added, or at once if the future is done already; each "  \
    "at most once."
#define FAILING "A callback that fails is logged, and the later ones still run."
#define OUTSIDE                                                                                    \
    "Callbacks run after waiters have been told and outside the future's lock; on cancel they "    \
    "run in the canceller."

const struct lab_rule_case lab_cases_callbacks[] = {
    {6, CASE(callbacks_run_in_the_order_they_were_added), .workers = 1, .source = SOURCE,
     .title = "in their order", .meaning = ORDER, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {6, CASE(a_callback_on_a_done_future_runs_at_once), .workers = 1, .source = SOURCE,
     .title = "at once when done", .meaning = ORDER},
    {6, CASE(each_callback_runs_once), .workers = 1, .source = SOURCE, .title = "each once",
     .meaning = ORDER, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {6, CASE(waiting_for_one_after_another_ends), .workers = 1, .source = SOURCE,
     .title = "hundreds, one by one", .meaning = ORDER},
    {6, CASE(a_callback_that_fails_is_logged_and_the_others_run), .workers = 1, .source = SOURCE,
     .title = "one that fails is logged", .meaning = FAILING,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {6, CASE(a_callback_that_fails_at_once_is_logged), .workers = 1, .source = SOURCE,
     .title = "also on a done future", .meaning = FAILING},
    {6, CASE(callbacks_come_after_the_waiters), .workers = 1, .source = SOURCE,
     .title = "after the waiters", .meaning = OUTSIDE,
     .except = {{LAB_ON_INLINE, INSIDE_SUBMIT},
                {LAB_ON_CALLER, "who waits drives it: the callback runs inside the wait, which "
                                "cannot return before"}}},
    {6, CASE(every_waiter_is_told_before_the_callbacks), .workers = 1, .source = SOURCE,
     .title = "every waiter at once", .meaning = OUTSIDE, .except = {{LAB_ON_CALLER, ONE_THREAD}}},
    {6, CASE(a_callback_may_use_its_future), .workers = 1, .source = SOURCE,
     .title = "outside the lock", .meaning = OUTSIDE, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {6, CASE(cancelling_calls_back_in_the_canceller), .workers = 1, .source = SOURCE,
     .title = "in the canceller", .meaning = OUTSIDE, .except = {{LAB_ON_INLINE, INSIDE_SUBMIT}}},
    {0},
};
