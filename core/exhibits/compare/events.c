#include "exhibits/compare/events.h"

#include <stdio.h>

#include "exhibits/compare/verdict.h"
#include "lab/look.h"

static void emit(struct lab_text *text)
{
    json_end(text);
    lab_look_report(text);
}

static void begin(struct lab_text *text, const char *type)
{
    json_object(text, NULL);
    json_string(text, "type", type);
}

void lab_event_plan(const struct lab_experiment *experiment)
{
    struct lab_text text = {0};
    if (!lab_has_events())
        return;
    begin(&text, "plan");
    json_array(&text, "cells");
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        json_object(&text, NULL);
        json_integer(&text, "cell", i);
        json_string(&text, "workload", cell->work->problem.workload->name);
        json_string(&text, "method", cell->pool->method->name);
        json_integer(&text, "workers", cell->pool->workers);
        json_integer(&text, "tasks", cell->work->problem.task_count);
        json_integer(&text, "size", cell->work->problem.size);
        json_end(&text);
    }
    json_end(&text);
    json_array(&text, "unavailable");
    for (size_t i = 0; i < experiment->options.method_count; i++) {
        const struct lab_method *method = experiment->options.methods[i];
        const char *reason = method->unavailable();
        if (!reason)
            continue;
        json_object(&text, NULL);
        json_string(&text, "method", method->name);
        json_string(&text, "reason", reason);
        json_end(&text);
    }
    json_end(&text);
    json_integer(&text, "minRounds", experiment->options.rounds);
    json_number(&text, "maxSeconds", experiment->options.seconds);
    emit(&text);
}

void lab_event_phase(const struct lab_cell *cell, const char *phase, unsigned round)
{
    if (lab_is_terminal(2) && lab_look_due()) {
        char width[64] = "";
        if (cell->interval.median > 0 && cell->count > 1)
            snprintf(width, sizeof width, ", so far %.4g s (%.4g-%.4g)", cell->interval.median,
                     cell->interval.low, cell->interval.high);
        lab_print(2, "\r\033[Kround %u  %s  %s, %u worker%s: %s%s", round,
                  cell->work->problem.workload->name, cell->pool->method->name, cell->pool->workers,
                  cell->pool->workers == 1 ? "" : "s", phase, width);
    }
    if (!lab_has_events())
        return;
    struct lab_text text = {0};
    begin(&text, "phase");
    json_integer(&text, "cell", cell->number);
    json_string(&text, "phase", phase);
    json_integer(&text, "round", round);
    emit(&text);
}

void lab_event_sample(const struct lab_cell *cell, unsigned round, double elapsed_seconds)
{
    if (!lab_has_events())
        return;
    struct lab_text text = {0};
    begin(&text, "sample");
    json_integer(&text, "cell", cell->number);
    json_integer(&text, "round", round);
    json_number(&text, "seconds", cell->samples[cell->count - 1]);
    json_number(&text, "median", cell->interval.median);
    json_number(&text, "low", cell->interval.low);
    json_number(&text, "high", cell->interval.high);
    json_number(&text, "elapsedSeconds", elapsed_seconds);
    emit(&text);
}

static void emit_verdict(const struct lab_experiment *experiment, const struct lab_case *work,
                         unsigned rounds)
{
    struct lab_verdict verdict;
    struct lab_interval speedup;
    struct lab_text text = {0};
    lab_verdict_make(&verdict, experiment, work);
    lab_text_release(&verdict.why);
    if (!verdict.best_count)
        return;
    begin(&text, "verdict");
    json_string(&text, "workload", work->problem.workload->name);
    json_integer(&text, "rounds", rounds);
    json_array(&text, "best");
    for (size_t i = 0; i < verdict.best_count; i++) {
        json_object(&text, NULL);
        json_string(&text, "method", verdict.best[i]->pool->method->name);
        json_integer(&text, "workers", verdict.best[i]->pool->workers);
        json_end(&text);
    }
    json_end(&text);
    if (lab_experiment_speedup(experiment, verdict.best[0], &speedup)) {
        json_object(&text, "speedup");
        json_number(&text, "median", speedup.median);
        json_number(&text, "low", speedup.low);
        json_number(&text, "high", speedup.high);
        json_end(&text);
    } else {
        json_null(&text, "speedup");
    }
    emit(&text);
}

void lab_event_verdicts(const struct lab_experiment *experiment, unsigned rounds)
{
    for (size_t w = 0; w < experiment->options.workload_count && lab_has_events(); w++)
        emit_verdict(experiment, &experiment->cases[w], rounds);
}

void lab_event_failure(size_t cell, const char *sentence)
{
    if (!lab_has_events())
        return;
    struct lab_text text = {0};
    begin(&text, "failure");
    json_integer(&text, "cell", cell);
    json_string(&text, "message", sentence);
    emit(&text);
}
