/* Rules 24 to 31 of the GIL, one test each; gil_storm_test.c has what is judged by the trace. */
#include "futures/advance.h"
#include "gil/gil_test.h"
#include "platform/checkpoint.h"
#include "platform/system.h"

/* A thread that takes the GIL, says so, holds it until it may go, and lets go; with checkpoints or
 * without. release and acquire: what the thread did before it says something is seen by who reads
 * it. */
struct holder {
    struct lab_gil *gil;
    bool checkpoints;
    _Atomic uint32_t takes, may_go;
    lab_thread thread;
};

static void hold(void *argument)
{
    struct holder *holder = argument;
    lab_gil_take(holder->gil);
    atomic_fetch_add_explicit(&holder->takes, 1, memory_order_release);
    while (!atomic_load_explicit(&holder->may_go, memory_order_acquire))
        if (holder->checkpoints)
            lab_checkpoint();
    lab_gil_release(holder->gil);
}

static bool start(struct holder *holder, struct lab_gil *gil, bool checkpoints)
{
    *holder = (struct holder){.gil = gil, .checkpoints = checkpoints};
    return CHECK(lab_thread_start(&holder->thread, hold, holder) == 0);
}

static uint32_t takes(struct holder *holder)
{
    return atomic_load_explicit(&holder->takes, memory_order_acquire);
}

static void end(struct holder *holder)
{
    atomic_store_explicit(&holder->may_go, 1, memory_order_release);
    lab_thread_join(holder->thread);
}

/* ---- 24 ---- */

static void its_state_at_first(void)
{
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_US), *least = lab_gil_create(0);
    CHECK_OR_RETURN(gil && least);
    struct lab_gil_stats stats = stats_of(gil);
    CHECK_INT(lab_gil_interval(gil), 5000);
    CHECK_INT(lab_gil_interval(least), 1);
    CHECK_INT(stats.takes + stats.switches + stats.drop_requests + stats.hold.count, 0);
    CHECK(lab_gil_held() == NULL);
    CHECK(lab_gil_number(gil) != lab_gil_number(least));
    lab_gil_destroy(gil);
    lab_gil_destroy(least);
    lab_gil_destroy(NULL);
}

/* A waiter that began under a long interval keeps it; the next one waits the new one. */
static void the_interval_changes_while_it_runs(void)
{
    struct lab_gil *gil = lab_gil_create(20000);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    lab_gil_take(gil);
    CHECK_OR_RETURN(start(&holder, gil, false));
    WAIT_UNTIL(stats_of(gil).drop_requests == 1);
    lab_gil_set_interval(gil, 1000);
    CHECK_INT(lab_gil_interval(gil), 1000);
    uint64_t before = stats_of(gil).timeouts;
    WAIT_UNTIL(stats_of(gil).timeouts >= before + 3);
    CHECK_INT(stats_of(gil).drop_requests, 1); /* asked already */
    lab_gil_release(gil);
    WAIT_UNTIL(takes(&holder) == 1);
    lab_gil_set_interval(gil, 0);
    CHECK_INT(lab_gil_interval(gil), 1);
    end(&holder);
    lab_gil_destroy(gil);
}

/* The interval is read for every wait, not once for each take: at most the wait that is under way
 * is still a short one. */
static void a_waiter_reads_the_interval_for_every_wait(void)
{
    struct lab_gil *gil = lab_gil_create(500);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    lab_gil_take(gil);
    CHECK_OR_RETURN(start(&holder, gil, false));
    WAIT_UNTIL(stats_of(gil).timeouts >= 3);
    lab_gil_set_interval(gil, UINT32_MAX); /* more than an hour */
    uint64_t before = stats_of(gil).timeouts;
    rest(50 * MS); /* a hundred of the short ones */
    CHECK(stats_of(gil).timeouts <= before + 1);
    CHECK_INT(takes(&holder), 0);
    lab_gil_release(gil);
    end(&holder);
    lab_gil_destroy(gil);
}

/* ---- 25, 26 ---- */

static void a_waiter_waits_an_interval_before_it_asks(void)
{
    const uint64_t interval = 30 * MS;
    struct lab_gil *gil = lab_gil_create((uint32_t)(interval / 1000));
    struct holder holder;
    CHECK_OR_RETURN(gil);
    lab_gil_take(gil);
    uint64_t began = lab_now_ns();
    CHECK_OR_RETURN(start(&holder, gil, false));
    WAIT_UNTIL(stats_of(gil).drop_requests > 0);
    CHECK(lab_now_ns() - began >= interval);
    CHECK_INT(stats_of(gil).timeouts, 1);
    CHECK_INT(takes(&holder), 0);
    lab_gil_release(gil);
    end(&holder);
    CHECK(stats_of(gil).wait.count == 1 && stats_of(gil).wait_seconds >= (double)interval / 1e9);
    lab_gil_destroy(gil);
}

static void what_is_free_within_the_interval_is_not_asked_for(void)
{
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_MAX_US);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    for (int i = 0; i < 20; i++) {
        lab_gil_take(gil);
        CHECK_OR_RETURN(start(&holder, gil, false));
        lab_gil_release(gil);
        end(&holder);
    }
    CHECK_INT(stats_of(gil).drop_requests + stats_of(gil).timeouts + stats_of(gil).forced, 0);
    lab_gil_destroy(gil);
}

/* The interval is encouraged, not enforced. */
static void a_holder_drops_at_its_checkpoint_and_no_sooner(void)
{
    struct lab_gil *gil = lab_gil_create(1000);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    lab_gil_take(gil);
    CHECK(!lab_checkpoint());
    CHECK_OR_RETURN(start(&holder, gil, true));
    WAIT_UNTIL(stats_of(gil).timeouts >= 4);
    CHECK_INT(takes(&holder), 0);
    CHECK_INT(stats_of(gil).drop_requests, 1);
    CHECK(atomic_load(&lab_eval_breaker) != 0);
    CHECK(!lab_checkpoint()); /* comes back once the other has held it and dropped it in turn */
    CHECK(lab_gil_held() == gil);
    CHECK_INT(takes(&holder), 1);
    CHECK(stats_of(gil).forced >= 1);
    lab_gil_release(gil);
    end(&holder);
    CHECK_INT(atomic_load(&lab_eval_breaker), 0);
    lab_gil_destroy(gil);
}

/* Somebody else's GIL is asked for: nothing of ours. */
static void a_checkpoint_drops_only_its_own_gil(void)
{
    struct lab_gil *gil = lab_gil_create(1000), *mine = lab_gil_create(1000);
    struct holder owner, waiter;
    CHECK_OR_RETURN(gil && mine);
    CHECK_OR_RETURN(start(&owner, gil, false));
    WAIT_UNTIL(takes(&owner) == 1);
    CHECK_OR_RETURN(start(&waiter, gil, false));
    WAIT_UNTIL(stats_of(gil).drop_requests == 1);
    CHECK(!lab_checkpoint()); /* holds none */
    lab_gil_take(mine);
    CHECK(!lab_checkpoint());
    CHECK(lab_gil_held() == mine);
    CHECK_INT(stats_of(mine).takes, 1);
    lab_stop();
    CHECK(lab_checkpoint());
    lab_stop_clear();
    CHECK(!lab_checkpoint());
    lab_gil_release(mine);
    end(&owner);
    end(&waiter);
    CHECK_INT(atomic_load(&lab_eval_breaker), 0);
    lab_gil_destroy(gil);
    lab_gil_destroy(mine);
}

/* ---- 27 ---- */

static void who_drops_on_request_waits_until_another_has_it(void)
{
    struct lab_gil *gil = lab_gil_create(1000);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    for (unsigned i = 0; i < 50; i++) {
        lab_gil_take(gil);
        CHECK_OR_RETURN(start(&holder, gil, false));
        WAIT_UNTIL(stats_of(gil).drop_requests == i + 1);
        /* A release by itself with a request pending is one on request as well. */
        lab_gil_release(gil);
        CHECK_INT(stats_of(gil).switches, 2 * i + 2);
        end(&holder);
    }
    CHECK_INT(stats_of(gil).forced, 50);
    CHECK_INT(atomic_load(&lab_eval_breaker), 0);
    lab_gil_destroy(gil);
}

/* ---- 28 ---- */

static void the_switch_number_rises_only_when_the_holder_changes(void)
{
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_MAX_US);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    for (int i = 0; i < 1000; i++) {
        lab_gil_take(gil);
        lab_gil_release(gil);
    }
    CHECK_INT(stats_of(gil).switches, 1);
    CHECK_INT(stats_of(gil).takes, 1000);
    for (int i = 0; i < 10; i++) {
        CHECK_OR_RETURN(start(&holder, gil, false));
        end(&holder);
    }
    CHECK_INT(stats_of(gil).switches, 11); /* each a thread of its own */
    lab_gil_stats_reset(gil);
    lab_gil_take(gil);
    lab_gil_release(gil);
    CHECK_INT(stats_of(gil).switches, 1);
    CHECK_INT(stats_of(gil).hold.count, 1);
    lab_gil_destroy(gil);
}

/* One of two waiters is woken by a release, after which the holder has it again: the other one's
 * interval goes on, and when it ends the holder is the same as when it began. So the first time-out
 * is a request. False: somebody else got it, or more than one time-out had passed before we
 * looked. */
static bool a_take_by_the_same_holder_spends_no_interval(bool *asked)
{
    const uint64_t interval = 40 * MS;
    struct lab_gil *gil = lab_gil_create((uint32_t)(interval / 1000));
    struct holder waiters[2];
    if (!CHECK(gil))
        return false;
    lab_gil_take(gil);
    bool started = start(&waiters[0], gil, false) && start(&waiters[1], gil, false);
    for (int i = 0; i < 2; i++) /* whoever gets it lets go at once */
        atomic_store_explicit(&waiters[i].may_go, 1, memory_order_release);
    rest(interval / 4); /* so that both wait */
    lab_gil_release(gil);
    lab_gil_take(gil);
    WAIT_UNTIL(stats_of(gil).timeouts > 0 || stats_of(gil).takes > 2);
    struct lab_gil_stats stats = stats_of(gil);
    bool seen = started && stats.timeouts == 1 && stats.takes == 2 && stats.switches == 1;
    *asked = stats.drop_requests == 1;
    lab_gil_release(gil);
    for (int i = 0; i < 2; i++)
        if (started)
            end(&waiters[i]);
    lab_gil_destroy(gil);
    return seen;
}

static void what_the_same_holder_takes_again_is_asked_for(void)
{
    bool seen = false, asked = false;
    for (int i = 0; i < 50 && !seen; i++)
        seen = a_take_by_the_same_holder_spends_no_interval(&asked);
    if (seen)
        CHECK(asked);
    else
        lab_print(
            2, "this machine was too slow to see whether a holder that takes it again is asked\n");
}

/* ---- 29, 30 ---- */

static void a_blocking_call_gives_it_up_and_takes_it_again(void)
{
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_MAX_US);
    struct holder holder;
    CHECK_OR_RETURN(gil);
    CHECK(lab_gil_begin_allow_threads() == NULL);
    lab_gil_end_allow_threads(NULL);
    lab_gil_take(gil);
    CHECK_OR_RETURN(start(&holder, gil, false));
    struct lab_gil *held = lab_gil_begin_allow_threads();
    CHECK(held == gil && lab_gil_held() == NULL);
    WAIT_UNTIL(takes(&holder) == 1);
    end(&holder);
    lab_gil_end_allow_threads(held);
    CHECK(lab_gil_held() == gil);
    lab_gil_release(gil);
    CHECK_INT(stats_of(gil).drop_requests, 0);
    lab_gil_destroy(gil);
}

static struct holder *awaits_until_taken;

/* Sleeps a millisecond at a time until another thread took the GIL. */
static int sleep_step(struct lab_run *run)
{
    LAB_CO_BEGIN(&run->co);
    while (!takes(awaits_until_taken))
        LAB_AWAIT_SLEEP(&run->co, MS);
    LAB_CO_END(&run->co);
    return LAB_CO_DONE;
}

static void an_await_gives_it_up(void)
{
    static const struct lab_task_type type = {.name = "until taken", .step = sleep_step};
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_MAX_US);
    struct lab_advance advance = {.reactor = NULL};
    struct lab_run run;
    struct holder holder;
    CHECK_OR_RETURN(gil && lab_run_init(&run, &type, (struct lab_bytes){"", 0}) == 0);
    lab_gil_take(gil);
    CHECK_OR_RETURN(start(&holder, gil, false));
    atomic_store_explicit(&holder.may_go, 1, memory_order_release);
    awaits_until_taken = &holder;
    while (lab_run_advance(&run, &advance, LAB_FOREVER) != LAB_CO_DONE) {
    }
    CHECK(lab_gil_held() == gil);
    CHECK_INT(takes(&holder), 1);
    CHECK_INT(stats_of(gil).drop_requests, 0);
    lab_gil_release(gil);
    lab_thread_join(holder.thread);
    lab_run_release(&run);
    lab_advance_release(&advance);
    lab_gil_destroy(gil);
}

/* Beside a thread that only computes, each return from I/O costs an interval at least. */
static void the_convoy(void)
{
    enum { RETURNS = 5 };
    const uint64_t interval = 10 * MS;
    struct lab_gil *gil = lab_gil_create((uint32_t)(interval / 1000));
    struct holder computing;
    unsigned late = 0;
    CHECK_OR_RETURN(gil);
    CHECK_OR_RETURN(start(&computing, gil, true));
    WAIT_UNTIL(takes(&computing) == 1);
    lab_gil_take(gil);
    for (int i = 0; i < RETURNS; i++) {
        uint64_t takes_before = stats_of(gil).takes;
        struct lab_gil *held = lab_gil_begin_allow_threads();
        WAIT_UNTIL(stats_of(gil).takes > takes_before); /* our I/O */
        uint64_t ready = lab_now_ns();
        lab_gil_end_allow_threads(held);
        late += lab_now_ns() - ready >= interval;
    }
    CHECK_INT(late, RETURNS);
    CHECK(stats_of(gil).drop_requests >= RETURNS + 1);
    lab_gil_release(gil);
    end(&computing);
    lab_gil_destroy(gil);
}

/* ---- 31 ---- */

static void two_gils_are_two(void)
{
    struct lab_gil *a = lab_gil_create(LAB_GIL_INTERVAL_MAX_US), *b = lab_gil_create(1000);
    struct holder in_a, in_b, wants_b;
    CHECK_OR_RETURN(a && b);
    CHECK_OR_RETURN(start(&in_a, a, true));
    CHECK_OR_RETURN(start(&in_b, b, true));
    WAIT_UNTIL(takes(&in_a) == 1 && takes(&in_b) == 1); /* both at once */
    CHECK_OR_RETURN(start(&wants_b, b, true));
    WAIT_UNTIL(stats_of(b).forced >= 3); /* b changes hands in its interval */
    CHECK_INT(stats_of(a).drop_requests, 0);
    CHECK_INT(stats_of(a).takes, 1);
    CHECK(lab_gil_interval(a) != lab_gil_interval(b));
    end(&in_a);
    end(&in_b);
    end(&wants_b);
    lab_gil_destroy(a);
    lab_gil_destroy(b);
}

LAB_SUITE(gil)
{
    RUN(its_state_at_first);
    RUN(the_interval_changes_while_it_runs);
    RUN(a_waiter_reads_the_interval_for_every_wait);
    RUN(a_waiter_waits_an_interval_before_it_asks);
    RUN(what_is_free_within_the_interval_is_not_asked_for);
    RUN(a_holder_drops_at_its_checkpoint_and_no_sooner);
    RUN(a_checkpoint_drops_only_its_own_gil);
    RUN(who_drops_on_request_waits_until_another_has_it);
    RUN(the_switch_number_rises_only_when_the_holder_changes);
    RUN(what_the_same_holder_takes_again_is_asked_for);
    RUN(a_blocking_call_gives_it_up_and_takes_it_again);
    RUN(an_await_gives_it_up);
    RUN(the_convoy);
    RUN(two_gils_are_two);
}
