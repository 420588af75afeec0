#include "exhibits/futures/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/document.h"
#include "platform/system.h"

static const char *const titles[LAB_RULES + 1] = {
    "the documented deadlocks",
    "states",
    "cancel",
    "set running or notify cancel",
    "a done future is not set again",
    "result, failure, time-outs",
    "callbacks",
    "any futures together",
    "what wait returns on",
    "time-outs, as_completed",
    "map: at once, in order",
    "map: failures, leaving early",
    "map: buffersize, chunksize",
    "default number of workers",
    "workers on demand",
    "shutdown",
    "submit, cancel, shutdown at once",
    "initializers",
    "processes: the call queue",
    "processes: a worker dies",
    "processes: max_tasks_per_child",
    "processes: terminate, kill",
    "processes: a crash at any moment",
    "interpreters",
};

static const char *const deadlock_names[] = {"mutual", "nested"};

bool lab_futures_chosen(const struct lab_futures_options *options, const struct lab_rule_case *rule)
{
    return options->rules >> rule->rule & 1;
}

static size_t count_of(const struct lab_futures_run *run, enum lab_trial_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < run->result_count; i++)
        count += run->results[i].status == status;
    return count;
}

bool lab_futures_passed(const struct lab_futures_run *run)
{
    if (run->ended.stopped)
        return false;
    if (run->options.part == LAB_FUTURES_DEADLOCK)
        return run->deadlock.detected && run->deadlock.ended;
    for (size_t i = 0; i < run->storm_count; i++)
        if (!run->storms[i].passed)
            return false;
    return count_of(run, LAB_TRIAL_FAIL) == 0;
}

/* ---- for people ---- */

/* All cases of a rule on an executor, as one mark. */
static const char *mark(const struct lab_futures_run *run, int rule,
                        const struct lab_method *method)
{
    size_t passed = 0, failed = 0, exempt = 0;
    for (size_t i = 0; i < run->result_count; i++) {
        const struct lab_trial_result *result = &run->results[i];
        if (result->rule->rule != rule || result->method != method)
            continue;
        passed += result->status == LAB_TRIAL_PASS;
        failed += result->status == LAB_TRIAL_FAIL;
        exempt += result->status == LAB_TRIAL_NOT_APPLICABLE;
    }
    return failed ? "✗" : passed ? "✓" : exempt ? "–" : " ";
}

static const char *rule_text(char text[32], int rule)
{
    if (rule)
        snprintf(text, 32, "rule %d", rule);
    else
        snprintf(text, 32, "%s", titles[0]);
    return text;
}

/* Why an executor has a dash: once each reason, with the rules that it is for. */
static void write_exemptions(const struct lab_futures_run *run, struct lab_text *out)
{
    char text[32];
    for (size_t i = 0; i < run->result_count; i++) {
        const struct lab_trial_result *one = &run->results[i];
        bool said = strcmp(mark(run, one->rule->rule, one->method), "–") != 0;
        for (size_t j = 0; j < i && !said; j++)
            said = run->results[j].method == one->method &&
                   run->results[j].status == LAB_TRIAL_NOT_APPLICABLE &&
                   strcmp(run->results[j].reason, one->reason) == 0 &&
                   strcmp(mark(run, run->results[j].rule->rule, one->method), "–") == 0;
        if (!said)
            lab_text_printf(out, "– %s, %s: %s\n", rule_text(text, one->rule->rule),
                            one->method->name, one->reason);
    }
}

static void write_failures(const struct lab_futures_run *run, struct lab_text *out)
{
    char text[32];
    for (size_t i = 0; i < run->result_count; i++) {
        const struct lab_trial_result *result = &run->results[i];
        if (result->status == LAB_TRIAL_FAIL)
            lab_text_printf(out, "✗ %s, %s, %s: %s\n", rule_text(text, result->rule->rule),
                            result->method->name, result->rule->name, result->reason);
    }
}

/* In front of how many passed. */
static const char *early(const struct lab_futures_run *run)
{
    return run->ended.unfinished ? "unfinished: " : run->ended.stopped ? "stopped: " : "";
}

static void suite_table(const struct lab_futures_run *run, struct lab_text *out)
{
    const struct lab_futures_options *options = &run->options;
    lab_text_printf(out, "%-38s", "rule");
    for (size_t i = 0; i < options->method_count; i++)
        lab_text_printf(out, "%s  ", options->methods[i]->name);
    lab_text_printf(out, "\n");
    for (int i = 1; i <= LAB_RULES + 1; i++) {
        int rule = i % (LAB_RULES + 1);
        if (!(options->rules >> rule & 1))
            continue;
        if (rule)
            lab_text_printf(out, "%3d  %-33s", rule, titles[rule]);
        else
            lab_text_printf(out, "%3s  %-33s", "", titles[rule]);
        for (size_t j = 0; j < options->method_count; j++) {
            size_t width = strlen(options->methods[j]->name);
            /* A mark is one column wide, and three bytes or one long. */
            lab_text_printf(out, "%*s%s%*s", (int)(width - 1) / 2, "",
                            mark(run, rule, options->methods[j]),
                            (int)(width - 1 - (width - 1) / 2 + 2), "");
        }
        lab_text_printf(out, "\n");
    }
    lab_text_printf(out, "\n%s%zu passed, %zu failed, %zu not applicable\n", early(run),
                    count_of(run, LAB_TRIAL_PASS), count_of(run, LAB_TRIAL_FAIL),
                    count_of(run, LAB_TRIAL_NOT_APPLICABLE));
    write_failures(run, out);
    write_exemptions(run, out);
}

static void deadlock_table(const struct lab_futures_run *run, struct lab_text *out)
{
    const struct lab_deadlock *deadlock = &run->deadlock.deadlock;
    if (!run->deadlock.detected) {
        lab_text_printf(out, "%s, %s: not detected%s%s\n", deadlock_names[run->options.deadlock],
                        run->options.methods[0]->name, run->deadlock_failure.code ? ": " : "",
                        run->deadlock_failure.code ? run->deadlock_failure.text : "");
        return;
    }
    lab_text_printf(out, "%s\n", deadlock->sentence);
    for (size_t i = 0; i < deadlock->count; i++)
        lab_text_printf(out, "  %s runs task %" PRIu32 ", which waits for task %" PRIu32 ": %s\n",
                        deadlock->steps[i].worker, deadlock->steps[i].task,
                        deadlock->steps[i].waits_for, deadlock->steps[i].because);
}

void lab_futures_storm_line(const struct lab_storm_result *one, struct lab_text *out)
{
    lab_text_printf(
        out,
        "seed %" PRIu64 "  %" PRIu64 " futures: %" PRIu64 " finished, %" PRIu64 " failed, %" PRIu64
        " cancelled; %" PRIu64 " callbacks, %" PRIu64 " failed; %" PRIu64 " pools, %" PRIu64
        " shut down, %" PRIu64 " killed; %.1f s: %s\n",
        one->seed, one->futures, one->finished, one->failed, one->cancelled, one->callbacks,
        one->callback_failures, one->pools, one->shutdowns, one->kills, one->seconds,
        one->problem[0] ? one->problem
        : one->stopped  ? "stopped"
                        : "nothing lost");
}

/* The seeds' own lines were written as each ended. */
static void storm_table(const struct lab_futures_run *run, struct lab_text *out)
{
    size_t passed = 0;
    for (size_t i = 0; i < run->storm_count; i++)
        passed += run->storms[i].passed;
    lab_text_printf(out, "\n%s%zu of %" PRIu64 " seed%s passed\n", early(run), passed,
                    run->options.seeds, run->options.seeds == 1 ? "" : "s");
}

void lab_futures_table(struct lab_text *out, const void *subject)
{
    const struct lab_futures_run *run = subject;
    switch (run->options.part) {
    case LAB_FUTURES_SUITE:
        suite_table(run, out);
        break;
    case LAB_FUTURES_DEADLOCK:
        deadlock_table(run, out);
        break;
    case LAB_FUTURES_STORM:
        storm_table(run, out);
        break;
    }
}

/* ---- JSON ---- */

static void write_cases(const struct lab_futures_options *options, struct lab_text *out)
{
    json_array(out, "cases");
    for (const struct lab_rule_case *const *at = lab_rule_cases(); *at; at++) {
        if (!lab_futures_chosen(options, *at))
            continue;
        json_object(out, NULL);
        json_integer(out, "rule", (uint64_t)(*at)->rule);
        json_string(out, "case", (*at)->name);
        json_string(out, "title", (*at)->title);
        json_string(out, "meaning", (*at)->meaning);
        json_string(out, "source", (*at)->source);
        json_end(out);
    }
    json_end(out);
}

/* The members of a result; the object is the caller's. */
static void write_result(const struct lab_trial_result *result, struct lab_text *out)
{
    json_integer(out, "rule", (uint64_t)result->rule->rule);
    json_string(out, "case", result->rule->name);
    json_string(out, "executor", result->method->name);
    json_string(out, "status", lab_trial_status_text(result->status));
    json_string(out, "reason", result->reason);
    json_number(out, "seconds", result->seconds);
}

static void suite_document(const struct lab_futures_run *run, struct lab_text *out)
{
    json_array(out, "rules");
    for (size_t i = 0; i < run->result_count; i++) {
        json_object(out, NULL);
        write_result(&run->results[i], out);
        json_end(out);
    }
    json_end(out);
    write_cases(&run->options, out);
    json_integer(out, "passed", count_of(run, LAB_TRIAL_PASS));
    json_integer(out, "failed", count_of(run, LAB_TRIAL_FAIL));
    json_integer(out, "notApplicable", count_of(run, LAB_TRIAL_NOT_APPLICABLE));
}

static void deadlock_document(const struct lab_futures_run *run, struct lab_text *out)
{
    const struct lab_deadlock *deadlock = &run->deadlock.deadlock;
    char words[40];
    json_object(out, "deadlock");
    json_string(out, "name", deadlock_names[run->options.deadlock]);
    json_string(out, "executor", run->options.methods[0]->name);
    json_bool(out, "detected", run->deadlock.detected);
    json_string(out, "sentence",
                run->deadlock.detected ? deadlock->sentence : run->deadlock_failure.text);
    json_array(out, "cycle");
    for (size_t i = 0; i < deadlock->count; i++) {
        const struct lab_deadlock_step *step = &deadlock->steps[i];
        json_object(out, NULL);
        json_string(out, "worker", step->worker);
        snprintf(words, sizeof words, "task %" PRIu32, step->task);
        json_string(out, "task", words);
        snprintf(words, sizeof words, "task %" PRIu32, step->waits_for);
        json_string(out, "waitsFor", words);
        json_string(out, "because", step->because);
        json_end(out);
    }
    json_end(out);
    json_number(out, "seconds", run->deadlock.seconds);
    json_end(out);
}

static void write_left(struct lab_text *out, const char *key, int left)
{
    if (left < 0)
        json_null(out, key);
    else
        json_integer(out, key, (uint64_t)left);
}

static void storm_document(const struct lab_futures_run *run, struct lab_text *out)
{
    json_object(out, "storm");
    json_integer(out, "futures", run->options.futures);
    json_bool(out, "passed", lab_futures_passed(run));
    json_array(out, "seeds");
    for (size_t i = 0; i < run->storm_count; i++) {
        const struct lab_storm_result *one = &run->storms[i];
        json_object(out, NULL);
        json_integer(out, "seed", one->seed);
        json_bool(out, "passed", one->passed);
        json_string(out, "problem", one->problem);
        json_integer(out, "futures", one->futures);
        json_integer(out, "finished", one->finished);
        json_integer(out, "failed", one->failed);
        json_integer(out, "cancelled", one->cancelled);
        json_integer(out, "refused", one->refused);
        json_integer(out, "callbacks", one->callbacks);
        json_integer(out, "callbackFailures", one->callback_failures);
        json_integer(out, "pools", one->pools);
        json_integer(out, "shutdowns", one->shutdowns);
        json_integer(out, "kills", one->kills);
        json_integer(out, "crashes", one->crashes);
        write_left(out, "threadsLeft", one->threads_left);
        write_left(out, "processesLeft", one->processes_left);
        json_number(out, "seconds", one->seconds);
        json_end(out);
    }
    json_end(out);
    json_end(out);
}

void lab_futures_document(struct lab_text *out, const void *subject)
{
    const struct lab_futures_run *run = subject;
    struct lab_machine machine = {.timer_resolution_ns = (double)NAN};
    lab_environment(&machine.environment);
    lab_document_envelope(out, "futures", run->options.seed, &machine);
    lab_document_ended(out, &run->ended);
    switch (run->options.part) {
    case LAB_FUTURES_SUITE:
        suite_document(run, out);
        break;
    case LAB_FUTURES_DEADLOCK:
        deadlock_document(run, out);
        break;
    case LAB_FUTURES_STORM:
        storm_document(run, out);
        break;
    }
    json_end(out);
    lab_text_append(out, "\n", 1);
}

/* ---- events ---- */

static void emit(struct lab_text *event)
{
    json_end(event);
    if (!event->failed)
        lab_emit_event(event->data, event->size);
    lab_text_release(event);
}

void lab_futures_event_plan(const struct lab_futures_options *options)
{
    struct lab_text event = {0};
    if (!lab_has_events())
        return;
    json_object(&event, NULL);
    json_string(&event, "type", "futures-plan");
    json_array(&event, "executors");
    for (size_t i = 0; i < options->method_count; i++)
        json_string(&event, NULL, options->methods[i]->name);
    json_end(&event);
    write_cases(options, &event);
    emit(&event);
}

void lab_futures_event_result(const struct lab_trial_result *result)
{
    struct lab_text event = {0};
    if (!lab_has_events())
        return;
    json_object(&event, NULL);
    json_string(&event, "type", "rule");
    write_result(result, &event);
    emit(&event);
}
