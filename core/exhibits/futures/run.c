/* Runs trials: makes the executor, calls the case, frees what it made, and repeats it when its hold
 * was too short.
 *
 * - A watchdog thread ends the program when a trial does not end: whoever waits for ever cannot be
 *   told to stop, and a report that says so is better than none.
 * - Threads that a case starts are joined, gates are opened and executors destroyed before any
 *   memory that tasks could see is freed. */
#include <stdio.h>

#include "exhibits/futures/trial.h"
#include "exhibits/futures/watchdog.h"

enum { TRIES = 8, FIRST_HOLD_MS = 50, MAX_CASES = 160 };

const char *lab_trial_status_text(enum lab_trial_status status)
{
    switch (status) {
    case LAB_TRIAL_PASS:
        return "pass";
    case LAB_TRIAL_FAIL:
        return "fail";
    case LAB_TRIAL_NOT_APPLICABLE:
        break;
    }
    return "n/a";
}

const struct lab_rule_case *const *lab_rule_cases(void)
{
    static const struct lab_rule_case *const files[] = {
        lab_cases_future,       lab_cases_callbacks, lab_cases_wait,
        lab_cases_map,          lab_cases_executor,  lab_cases_processes,
        lab_cases_interpreters, lab_cases_deadlock,  lab_cases_deadlock_chains};
    static const struct lab_rule_case *all[MAX_CASES + 1];
    size_t count = 0;
    if (!all[0])
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            for (const struct lab_rule_case *rule = files[i]; rule->name && count < MAX_CASES;
                 rule++)
                all[count++] = rule;
    return all;
}

const char *lab_rule_not_applicable(const struct lab_rule_case *rule,
                                    const struct lab_method *method)
{
    const char *unavailable = method->unavailable();
    unsigned kind = trial_kind(method);
    if (unavailable)
        return unavailable;
    if (!lab_can_block() && !(kind & LAB_ON_CALLER))
        return "a case waits for processes by blocking, and nothing can block in a page without "
               "shared memory";
    for (size_t i = 0; i < sizeof rule->except / sizeof *rule->except; i++)
        if (rule->except[i].on & kind)
            return rule->except[i].reason;
    return NULL;
}

/* ---- one attempt ---- */

/* The case's executor. A process pool's workers are up before the case begins, so that a hold is
 * not spent on their start. */
static void make_executor(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, t->rule->workers);
    options.prestart = trial_kind(t->method) == LAB_ON_PROCESSES;
    t->executor = trial_executor(t, &options);
    if (t->executor && trial_ready(t, t->executor) == 0)
        return;
    t->failed = true;
    snprintf(t->reason, sizeof t->reason, "no executor: %s", t->failure.text);
}

static void clean_up(struct lab_trial *t)
{
    atomic_store_explicit(&t->gate, 1, memory_order_relaxed);
    trial_join(t);
    for (size_t i = 0; i < t->iterator_count; i++)
        lab_as_completed_destroy(t->iterators[i]);
    for (size_t i = 0; i < t->map_count; i++)
        lab_map_destroy(t->maps[i]);
    lab_wait_result_release(&t->sets);
    for (size_t i = 0; i < t->executor_count; i++)
        lab_executor_destroy(t->executors[i]);
    for (size_t i = 0; i < t->future_count; i++)
        lab_future_release(t->futures[i]);
    free(t->futures);
    trial_free_blocks(t);
    lab_future_log(NULL);
    lab_mutex_destroy(&t->mutex);
}

/* True: it counts; false: its hold was over too early. */
static bool attempt(struct lab_trial_result *result, uint64_t seed, uint64_t hold_ns)
{
    struct lab_trial t = {
        .rule = result->rule, .method = result->method, .seed = seed, .hold_ns = hold_ns};
    lab_mutex_init(&t.mutex);
    if (t.rule->workers)
        make_executor(&t);
    if (!t.failed)
        t.rule->run(&t);
    clean_up(&t);
    result->status = t.failed ? LAB_TRIAL_FAIL : LAB_TRIAL_PASS;
    snprintf(result->reason, sizeof result->reason, "%s", t.reason);
    return !t.lost;
}

/* ---- with a watchdog ---- */

struct watched {
    struct lab_trial_result result;
    lab_trial_hung hung;
    void *user;
};

static void hung(void *user)
{
    struct watched *watched = user;
    struct lab_trial_result *result = &watched->result;
    result->status = LAB_TRIAL_FAIL;
    result->seconds = LAB_TRIAL_SECONDS;
    snprintf(result->reason, sizeof result->reason, "it did not end within %d s",
             LAB_TRIAL_SECONDS);
    if (watched->hung)
        watched->hung(result, watched->user);
    else
        lab_print(2, "%s, %s: %s\n", result->rule->name, result->method->name, result->reason);
}

bool lab_trial_run(struct lab_trial_result *result, const struct lab_rule_case *rule,
                   const struct lab_method *method, uint64_t seed, lab_trial_hung on_hang,
                   void *user)
{
    const char *reason = lab_rule_not_applicable(rule, method);
    *result = (struct lab_trial_result){.rule = rule, .method = method};
    if (reason) {
        result->status = LAB_TRIAL_NOT_APPLICABLE;
        snprintf(result->reason, sizeof result->reason, "%s", reason);
        return true;
    }
    uint64_t start = lab_now_ns(), hold_ns = FIRST_HOLD_MS * 1000000ull;
    struct watched watched = {.result = *result, .hung = on_hang, .user = user};
    struct lab_watchdog watchdog;
    lab_watchdog_start(&watchdog, LAB_TRIAL_SECONDS, hung, &watched);
    /* A hold that is over too early and yet nothing failed: that, too, is tried again. */
    bool counts = false;
    for (int i = 0; i < TRIES && !counts && !lab_stopping(); i++, hold_ns *= 2)
        counts = attempt(result, seed, hold_ns);
    lab_watchdog_end(&watchdog);
    if (!counts && result->status == LAB_TRIAL_PASS) {
        result->status = LAB_TRIAL_NOT_APPLICABLE;
        result->unseen = true;
        snprintf(
            result->reason, sizeof result->reason,
            "this machine was too slow to see it: what the case needs to be still under way was "
            "over too early, %d times",
            TRIES);
    }
    result->seconds = (double)(lab_now_ns() - start) / 1e9;
    return !lab_stopping();
}
