#include "exhibits/compare/document.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "exhibits/compare/verdict.h"
#include "gil/gil.h"
#include "lab/document.h"

static void write_interval(struct lab_text *out, const char *key,
                           const struct lab_interval *interval)
{
    json_object(out, key);
    json_number(out, "median", interval->median);
    json_number(out, "low", interval->low);
    json_number(out, "high", interval->high);
    json_end(out);
}

static void write_latency(struct lab_text *out, const struct lab_cell *cell)
{
    struct lab_distribution latency;
    if (lab_sample_describe(cell->latencies, cell->latency_count, &latency) == 0) {
        bool enough = latency.has_p99 && cell->work->problem.task_count >= LAB_P99_LEAST;
        json_object(out, "latency");
        json_number(out, "p50", latency.p50);
        json_number(out, "p90", latency.p90);
        json_number(out, "p99", enough ? latency.p99 : (double)NAN);
        json_number(out, "max", latency.max);
        json_end(out);
    } else {
        json_null(out, "latency");
    }
}

static void write_run(struct lab_text *out, const struct lab_experiment *experiment,
                      const struct lab_cell *cell)
{
    const struct lab_problem *problem = &cell->work->problem;
    const struct lab_pool *pool = cell->pool;
    struct lab_interval speedup;
    char checksum[20];
    json_object(out, NULL);
    json_string(out, "workload", problem->workload->name);
    json_string(out, "family", lab_family_text(problem->workload->family));
    json_string(out, "method", pool->method->name);
    json_integer(out, "workers", pool->workers);
    json_integer(out, "tasks", problem->task_count);
    json_integer(out, "size", problem->size);
    json_bool(out, "verified", cell->verified && cell->count > 0 && !cell->failure.code);
    if (cell->failure.code) {
        json_string(out, "error", cell->failure.text);
        json_end(out);
        return;
    }
    if (cell->count == 0) {
        json_string(out, "error", "stopped before it was measured");
        json_end(out);
        return;
    }
    snprintf(checksum, sizeof checksum, "%016" PRIx64, cell->checksum);
    json_string(out, "checksum", checksum);
    json_integer(out, "rounds", cell->count);
    json_integer(out, "repeats", cell->repeats);
    json_bool(out, "converged", cell->converged);
    json_array(out, "samples");
    for (size_t i = 0; i < cell->count; i++)
        json_number(out, NULL, cell->samples[i]);
    json_end(out);
    write_interval(out, "seconds", &cell->interval);
    if (lab_experiment_speedup(experiment, cell, &speedup))
        write_interval(out, "speedup", &speedup);
    else
        json_null(out, "speedup");
    json_number(out, "autocorrelation", lab_experiment_autocorrelation(experiment, cell));
    double scratch[LAB_STARTS], start = 0;
    if (lab_sample_median(pool->starts, pool->start_count, scratch, &start))
        start = (double)NAN;
    /* Shorter than the clock can tell. */
    double step = experiment->machine.timer_resolution_ns / 1e9;
    json_number(out, "startupSeconds", start >= step ? start : (double)NAN);
    json_number(out, "firstStartupSeconds",
                pool->start_count && pool->starts[0] >= step ? pool->starts[0] : (double)NAN);
    json_integer(out, "memoryBytes", cell->memory);
    json_number(out, "tasksPerSecond", (double)problem->task_count / cell->interval.median);
    write_latency(out, cell);
    if (cell->has_gil) {
        json_object(out, "gil");
        json_integer(out, "intervalUs", LAB_GIL_INTERVAL_US);
        json_integer(out, "switches", cell->gil_switches);
        json_integer(out, "forced", cell->gil_forced);
        json_number(out, "waitSeconds", cell->gil_wait_seconds);
        json_end(out);
    }
    json_end(out);
}

static void write_residuals(struct lab_text *out, const double *residuals, size_t count)
{
    json_array(out, "residuals");
    for (size_t i = 0; i < count; i++)
        json_number(out, NULL, residuals[i]);
    json_end(out);
}

static void write_scaling(struct lab_text *out, const struct lab_experiment *experiment)
{
    json_array(out, "scaling");
    for (size_t w = 0; w < experiment->options.workload_count; w++)
        for (size_t m = 0; m < experiment->options.method_count; m++) {
            const struct lab_method *method = experiment->options.methods[m];
            struct lab_scaling_report report;
            if (!method->parallel || method->unavailable())
                continue;
            lab_experiment_scaling(&report, experiment, &experiment->cases[w], method);
            json_object(out, NULL);
            json_string(out, "workload", experiment->cases[w].problem.workload->name);
            json_string(out, "method", method->name);
            if (report.has_amdahl) {
                json_object(out, "amdahl");
                json_number(out, "serialFraction", report.serial_fraction);
                json_number(out, "rSquared", report.amdahl_r_squared);
                write_residuals(out, report.amdahl_residuals, report.points);
                json_end(out);
            } else {
                json_null(out, "amdahl");
            }
            if (report.has_usl) {
                json_object(out, "usl");
                json_number(out, "sigma", report.sigma);
                json_number(out, "kappa", report.kappa);
                json_number(out, "lambda", report.lambda);
                json_number(out, "rSquared", report.usl_r_squared);
                write_residuals(out, report.usl_residuals, report.points);
                json_number(out, "peakWorkers",
                            report.peak_workers > 0 ? report.peak_workers : (double)NAN);
                json_end(out);
            } else {
                json_null(out, "usl");
            }
            if (report.reason[0])
                json_string(out, "reason", report.reason);
            json_end(out);
        }
    json_end(out);
}

/* How the sizes were found that nobody named. */
static void write_calibration(struct lab_text *out, const struct lab_experiment *experiment)
{
    json_array(out, "calibration");
    for (size_t w = 0; w < experiment->options.workload_count; w++) {
        const struct lab_case *work = &experiment->cases[w];
        if (!work->trial_size)
            continue;
        json_object(out, NULL);
        json_string(out, "workload", work->problem.workload->name);
        json_integer(out, "size", work->problem.size);
        json_integer(out, "fullSize", work->problem.workload->default_size);
        json_integer(out, "trialSize", work->trial_size);
        json_number(out, "trialSeconds",
                    work->trial_seconds > 0 ? work->trial_seconds : (double)NAN);
        json_number(out, "roundSeconds", work->round_seconds);
        json_end(out);
    }
    json_end(out);
}

void lab_compare_document(struct lab_text *out, const void *subject)
{
    const struct lab_experiment *experiment = subject;
    const struct lab_options *options = &experiment->options;
    lab_document_envelope(out, "compare", options->seed, &experiment->machine);
    lab_document_ended(out, &experiment->ended);
    json_integer(out, "rounds", experiment->rounds);
    json_number(out, "seconds", experiment->seconds);
    lab_observed_document(out, &experiment->observed);
    write_calibration(out, experiment);
    json_array(out, "runs");
    for (size_t i = 0; i < experiment->cell_count; i++)
        write_run(out, experiment, &experiment->cells[i]);
    json_end(out);
    json_array(out, "unavailable");
    for (size_t i = 0; i < options->method_count; i++) {
        const char *reason = options->methods[i]->unavailable();
        if (!reason)
            continue;
        json_object(out, NULL);
        json_string(out, "method", options->methods[i]->name);
        json_string(out, "reason", reason);
        json_end(out);
    }
    json_end(out);
    write_scaling(out, experiment);
    json_array(out, "verdict");
    for (size_t w = 0; w < options->workload_count; w++) {
        struct lab_verdict verdict;
        lab_verdict_make(&verdict, experiment, &experiment->cases[w]);
        json_object(out, NULL);
        json_string(out, "workload", options->workloads[w]->name);
        json_string(out, "family", lab_family_text(options->workloads[w]->family));
        json_array(out, "best");
        for (size_t i = 0; i < verdict.best_count; i++)
            json_string(out, NULL, verdict.best[i]->pool->method->name);
        json_end(out);
        json_string(out, "why", verdict.why.data ? verdict.why.data : "");
        json_end(out);
        lab_text_release(&verdict.why);
    }
    json_end(out);
    json_object(out, "trace");
    json_integer(out, "events", experiment->trace_events);
    json_integer(out, "lost", experiment->trace_lost);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
}
