#include "exhibits/compare/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "exhibits/compare/verdict.h"
#include "lab/duration.h"

static void amount(char *text, size_t size, double bytes)
{
    if (bytes >= 1048576)
        snprintf(text, size, "%.3g MiB", bytes / 1048576);
    else if (bytes >= 1024)
        snprintf(text, size, "%.3g KiB", bytes / 1024);
    else if (bytes > 0)
        snprintf(text, size, "%.0f B", bytes);
    else
        snprintf(text, size, "-");
}

static void write_row(struct lab_text *out, const struct lab_experiment *experiment,
                      const struct lab_cell *cell)
{
    char median[24] = "-", low[24], high[24], interval[64] = "-", speedup[64] = "-",
         start[24] = "-";
    char memory[24];
    struct lab_interval s;
    const struct lab_pool *pool = cell->pool;
    if (cell->failure.code || cell->count == 0) {
        lab_text_printf(out, "  %-12s %7u  %s\n", pool->method->name, pool->workers,
                        cell->failure.code ? cell->failure.text : "stopped before it was measured");
        return;
    }
    lab_duration_text(median, sizeof median, cell->interval.median);
    if (!isnan(cell->interval.low)) {
        lab_duration_text(low, sizeof low, cell->interval.low);
        lab_duration_text(high, sizeof high, cell->interval.high);
        snprintf(interval, sizeof interval, "%s - %s", low, high);
    }
    if (lab_experiment_speedup(experiment, cell, &s)) {
        if (isnan(s.low) || s.low == s.high)
            snprintf(speedup, sizeof speedup, "%.2f", s.median);
        else
            snprintf(speedup, sizeof speedup, "%.2f (%.2f-%.2f)", s.median, s.low, s.high);
    }
    double scratch[LAB_STARTS], seconds;
    if (lab_sample_median(pool->starts, pool->start_count, scratch, &seconds) == 0)
        lab_bounded_text(start, sizeof start, seconds, experiment->machine.timer_resolution_ns);
    amount(memory, sizeof memory, (double)cell->memory);
    lab_text_printf(out, "  %-12s %7u  %-9s %-21s %-19s %9s  %9s %9.4g\n", pool->method->name,
                    pool->workers, median, interval, speedup, start, memory,
                    (double)cell->work->problem.task_count / cell->interval.median);
}

/* Noise that outlasts a round: which cells had it. */
static void note_dependence(struct lab_text *out, const struct lab_experiment *experiment,
                            const struct lab_case *work)
{
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        double rho = cell->work == work ? lab_experiment_autocorrelation(experiment, cell) : 0;
        if (rho > 0)
            lab_text_printf(out,
                            "  Rounds of %s with %u worker%s depend on the ones before (%.1f); "
                            "their intervals are widened by that.\n",
                            cell->pool->method->name, cell->pool->workers,
                            cell->pool->workers == 1 ? "" : "s", rho);
    }
}

/* The size, where it is less than the default. */
static void note_size(struct lab_text *out, const struct lab_case *work)
{
    const struct lab_workload *workload = work->problem.workload;
    char seconds[24];
    if (!work->trial_size || work->problem.size >= workload->default_size)
        return;
    lab_text_printf(out, "Size %llu of %llu %s", (unsigned long long)work->problem.size,
                    (unsigned long long)workload->default_size, workload->size_unit);
    if (isfinite(work->round_seconds)) {
        lab_duration_text(seconds, sizeof seconds, work->round_seconds);
        lab_text_printf(out, ", for rounds of about %s", seconds);
    }
    lab_text_printf(out, "; all of it: --size full\n");
}

static bool has_samples(const struct lab_experiment *experiment, const struct lab_case *work)
{
    for (size_t i = 0; i < experiment->cell_count; i++)
        if (experiment->cells[i].work == work && experiment->cells[i].count > 0)
            return true;
    return false;
}

void lab_compare_table(struct lab_text *out, const void *subject)
{
    const struct lab_experiment *experiment = subject;
    const struct lab_environment *environment = &experiment->machine.environment;
    char resolution[24];
    lab_duration_text(resolution, sizeof resolution, experiment->machine.timer_resolution_ns / 1e9);
    lab_text_printf(out, "%s, %s, %s; %u logical core%s", environment->runtime, environment->engine,
                    environment->platform, environment->cores, environment->cores == 1 ? "" : "s");
    if (experiment->machine.parallelism > 0)
        lab_text_printf(out, " (measured parallelism %.2f)", experiment->machine.parallelism);
    lab_text_printf(out, "; clock steps of %s\n", resolution);
    for (size_t w = 0; w < experiment->options.workload_count; w++) {
        const struct lab_case *work = &experiment->cases[w];
        struct lab_verdict verdict;
        char rounds[16] = "no";
        if (has_samples(experiment, work))
            snprintf(rounds, sizeof rounds, "%u", experiment->rounds);
        lab_text_printf(out, "\n%s: %s\n%zu tasks, %s rounds after one warm-up%s\n",
                        work->problem.workload->name, work->problem.workload->sentence,
                        work->problem.task_count, rounds, lab_ended_text(&experiment->ended));
        note_size(out, work);
        lab_text_printf(out, "\n  %-12s %7s  %-9s %-21s %-19s %9s  %9s %9s\n", "method", "workers",
                        "median", "95% interval", "speed-up", "start-up", "memory", "tasks/s");
        for (size_t i = 0; i < experiment->cell_count; i++)
            if (experiment->cells[i].work == work)
                write_row(out, experiment, &experiment->cells[i]);
        lab_verdict_make(&verdict, experiment, work);
        lab_text_printf(out, "\n  %s\n", verdict.why.data ? verdict.why.data : "");
        lab_text_release(&verdict.why);
        note_dependence(out, experiment, work);
    }
    for (size_t i = 0; i < experiment->options.method_count; i++) {
        const char *reason = experiment->options.methods[i]->unavailable();
        if (reason)
            lab_text_printf(out, "\n%s is not available: %s\n",
                            experiment->options.methods[i]->name, reason);
    }
    lab_observed_table(out, &experiment->observed);
    if (experiment->trace_lost)
        lab_text_printf(out, "\nThe trace kept the newest %llu of %llu events.\n",
                        (unsigned long long)(experiment->trace_events - experiment->trace_lost),
                        (unsigned long long)experiment->trace_events);
}
