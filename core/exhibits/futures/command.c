#include "exhibits/futures/command.h"

#include <stdlib.h>
#include <string.h>

#include "exhibits/futures/report.h"
#include "lab/deliver.h"
#include "lab/live.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

struct lab_futures {
    struct lab_futures_run run; /* first: reports read it */
    size_t case_number, method_number;
    bool begun;
    uint64_t began_ns;
    int status;
};

static const char help[] =
    "lab futures [OPTION...]\n"
    "\n"
    "Runs the conformance suite: what concurrent.futures promises, rule by rule, on every "
    "executor.\n"
    "\n"
    "  --executors a,b   only these (default: all)\n"
    "  --rules 1,6-9     only these rules, 1 to 23; deadlock: the documented deadlocks\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n"
    "\n"
    "lab futures --deadlock mutual|nested [--executor threads|threads-gil] [--json FILE]\n"
    "\n"
    "Makes one of the two deadlocks that Python's documentation shows, and says how it was found.\n"
    "\n"
    "lab futures --storm [--futures N] [--seed N] [--seeds K] [--executors a,b] [--json FILE]\n"
    "\n"
    "Throws N futures (default 100000) at all executors, with cancels, time-outs, failures and\n"
    "kills drawn from the seed, and looks whether one got lost; K times, with seeds N, N + 1, …\n";

static void destroy(void *state);

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_futures *futures = calloc(1, sizeof *futures);
    size_t cases = 0;
    if (!futures) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    struct lab_futures_run *run = &futures->run;
    if (lab_futures_options_parse(&run->options, argc, argv, failure)) {
        free(futures);
        return NULL;
    }
    while (lab_rule_cases()[cases])
        cases++;
    run->results = calloc(cases * run->options.method_count, sizeof *run->results);
    run->storms = calloc(run->options.seeds, sizeof *run->storms);
    if (!run->results || !run->storms) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        destroy(futures);
        return NULL;
    }
    return futures;
}

/* For the case that the program dies. */
static void keep_report(struct lab_futures *futures)
{
    struct lab_futures_run *run = &futures->run;
    lab_keep_report(run, &run->ended, (double)(lab_now_ns() - futures->began_ns) / 1e9,
                    lab_futures_table, lab_futures_document, run->options.json);
}

static void report(struct lab_futures *futures)
{
    const struct lab_futures_run *run = &futures->run;
    int code = lab_deliver_report(run, lab_futures_table, lab_futures_document, run->options.json,
                                  NULL, NULL);
    futures->status = code == 0 && lab_futures_passed(run) ? 0 : 1;
}

/* ---- the suite ---- */

static void progress(const struct lab_rule_case *rule, const struct lab_method *method)
{
    if (lab_is_terminal(2))
        lab_print(2, "\r\033[Krule %d  %s: %s", rule->rule, method->name, rule->title);
}

static void add_result(struct lab_futures *futures, const struct lab_trial_result *result)
{
    futures->run.results[futures->run.result_count++] = *result;
    lab_futures_event_result(result);
}

/* In the watchdog's thread; the coordinator hangs, and reads nothing. */
static void on_hang(const struct lab_trial_result *result, void *user)
{
    add_result(user, result);
    report(user);
}

/* Runs the next trial. False: there is none left. */
static bool try_next(struct lab_futures *futures)
{
    const struct lab_futures_options *options = &futures->run.options;
    const struct lab_rule_case *rule;
    struct lab_trial_result result;
    while ((rule = lab_rule_cases()[futures->case_number]) && !lab_futures_chosen(options, rule))
        futures->case_number++;
    if (!rule)
        return false;
    const struct lab_method *method = options->methods[futures->method_number];
    progress(rule, method);
    if (!lab_trial_run(&result, rule, method, options->seed, on_hang, futures))
        return false;
    add_result(futures, &result);
    if (++futures->method_number == options->method_count) {
        futures->method_number = 0;
        futures->case_number++;
    }
    return true;
}

/* ---- the storm ---- */

static void add_storm(struct lab_futures *futures, const struct lab_storm_result *result)
{
    struct lab_futures_run *run = &futures->run;
    const char *json = run->options.json;
    struct lab_text line = {0};
    run->storms[run->storm_count++] = *result;
    if (!json || strcmp(json, "-") != 0) {
        lab_futures_storm_line(result, &line);
        lab_deliver("-", &line);
        lab_text_release(&line);
    }
}

static void say_storm_hung(void *user)
{
    struct lab_futures *futures = user;
    struct lab_futures_run *run = &futures->run;
    struct lab_storm_result result = {.seed = run->options.seed + run->storm_count,
                                      .problem = "it did not end: something hangs"};
    add_storm(futures, &result);
    report(futures);
}

static bool storm_next(struct lab_futures *futures)
{
    struct lab_futures_run *run = &futures->run;
    if (run->storm_count == run->options.seeds)
        return false;
    struct lab_storm_options options = {
        .seed = run->options.seed + run->storm_count,
        .futures = run->options.futures,
        .methods = run->options.methods,
        .method_count = run->options.method_count,
        .hung = say_storm_hung,
        .user = futures,
    };
    struct lab_storm_result result;
    lab_storm_run(&result, &options);
    add_storm(futures, &result);
    return true;
}

static bool deadlock(struct lab_futures *futures)
{
    struct lab_futures_run *run = &futures->run;
    lab_deadlock_try(&run->deadlock, run->options.deadlock, run->options.methods[0],
                     &run->deadlock_failure);
    return false;
}

/* ---- the course of it ---- */

static bool next_part(struct lab_futures *futures)
{
    switch (futures->run.options.part) {
    case LAB_FUTURES_SUITE:
        return try_next(futures);
    case LAB_FUTURES_STORM:
        return storm_next(futures);
    case LAB_FUTURES_DEADLOCK:
        break;
    }
    return deadlock(futures);
}

static int step(void *state)
{
    struct lab_futures *futures = state;
    if (!futures->begun) {
        futures->begun = true;
        futures->began_ns = lab_now_ns();
        lab_live_reset();
        if (futures->run.options.part == LAB_FUTURES_SUITE)
            lab_futures_event_plan(&futures->run.options);
    }
    while (!lab_stopping() && next_part(futures)) {
        keep_report(futures);
        if (!lab_can_block())
            return LAB_CO_AWAIT; /* the host gets its turn between two trials */
    }
    futures->run.ended.stopped = lab_stopping();
    report(futures);
    return LAB_CO_DONE;
}

static int status(const void *state)
{
    const struct lab_futures *futures = state;
    return futures->status;
}

static void destroy(void *state)
{
    struct lab_futures *futures = state;
    if (!futures)
        return;
    free(futures->run.results);
    free(futures->run.storms);
    free(futures);
}

const struct lab_command lab_futures_command = {
    .name = "futures",
    .words = "futures [OPTION...]",
    .summary = "whether futures and executors keep their contract",
    .help = help,
    .task_type = lab_conformance_task_type_find,
    .create = create,
    .step = step,
    .status = status,
    .destroy = destroy,
};
