#include "exhibits/gil/report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/duration.h"
#include "lab/look.h"
#include "platform/system.h"
#include "stats/sample.h"

/* Seconds: finer clocks hide no time that a GIL has. */
static const double RESOLVED = 100e-6;

static double or_null(bool known, double value)
{
    return known ? value : (double)NAN;
}

/* Of the switches; NaN: there were none. */
static double forced_fraction(const struct lab_gil_stats *stats)
{
    return stats->switches ? (double)stats->forced / (double)stats->switches : (double)NAN;
}

static double switches_per_second(const struct lab_gil_span *span)
{
    return span->seconds > 0 ? (double)span->gil.switches / span->seconds : 0;
}

/* A single time is rounded to a step of the clock, up as often as down: the mean of many is right
 * to half a step by the root of their number, a quantile is not. */
static bool mean_is_resolved(const struct lab_gil_distribution *distribution, double step)
{
    return distribution->count > 0 &&
           !(distribution->mean < 2 * step / sqrt((double)distribution->count));
}

/* NaN where it is no more than two steps of the clock. */
static double quantile(double value, double step)
{
    return value < 2 * step && step > RESOLVED ? (double)NAN : value;
}

static void write_distribution(struct lab_text *out, const char *key,
                               const struct lab_gil_distribution *distribution, double step,
                               bool whole)
{
    if (!mean_is_resolved(distribution, step)) {
        json_null(out, key);
        return;
    }
    json_object(out, key);
    json_number(out, "p50", quantile(distribution->p50, step));
    if (whole) {
        json_number(out, "p90", quantile(distribution->p90, step));
        json_number(
            out, "p99",
            or_null(distribution->count >= LAB_P99_LEAST, quantile(distribution->p99, step)));
    }
    json_number(out, "mean", distribution->mean);
    json_end(out);
}

/* The members that a window of a running phase and the document have in common. */
static void write_span(struct lab_text *out, const struct lab_gil_span *span, double step,
                       bool whole)
{
    json_number(out, "intervalUs", or_null(span->interval_us > 0, span->interval_us));
    json_number(out, "switchesPerSecond", switches_per_second(span));
    json_number(out, "forcedFraction", forced_fraction(&span->gil));
    write_distribution(out, "holdSeconds", &span->gil.hold, step, whole);
    write_distribution(out, "waitSeconds", &span->gil.wait, step, whole);
    write_distribution(out, "responseSeconds", &span->response, step, whole);
    json_number(out, "cpuTasksPerSecond", span->units_per_second);
    json_number(out, "ioPerSecond", span->ios_per_second);
}

/* ---- while it runs ---- */

static void progress(const char *part, double elapsed, double total, const char *more)
{
    if (lab_is_terminal(2))
        lab_print(2, "\r\033[K%s: %.1f of %.1f s%s", part, elapsed, total, more);
}

static void begin(struct lab_text *text, const char *phase)
{
    json_object(text, NULL);
    json_string(text, "type", "gil");
    json_string(text, "phase", phase);
}

static void emit(struct lab_text *text)
{
    json_end(text);
    lab_look_report(text);
}

void lab_gil_event(const struct lab_gil_span *window, bool gil, double elapsed, double total,
                   double step)
{
    struct lab_text text = {0};
    char more[64] = "";
    if (gil)
        snprintf(more, sizeof more, ", %.0f switches a second", switches_per_second(window));
    progress(gil ? "with the GIL" : "without a GIL", elapsed, total, more);
    if (!lab_has_events())
        return;
    begin(&text, gil ? "gil" : "no-gil");
    json_number(&text, "elapsedSeconds", elapsed);
    json_number(&text, "totalSeconds", total);
    write_span(&text, window, step, false);
    emit(&text);
}

static void write_count(struct lab_text *out, const struct lab_counter_result *count)
{
    json_string(out, "kind", lab_counter_kind_text(count->kind));
    json_bool(out, "gil", count->gil);
    json_integer(out, "threads", count->threads);
    json_integer(out, "expected", count->expected);
    json_integer(out, "counted", count->counted);
    json_integer(out, "lost", count->expected - count->counted);
    json_number(out, "seconds", count->seconds);
}

void lab_gil_event_count(const struct lab_counter_result *count, size_t number, double elapsed)
{
    struct lab_text text = {0};
    if (!lab_has_events())
        return;
    begin(&text, "counter");
    json_number(&text, "elapsedSeconds", elapsed);
    /* A guess: as if all rows took alike. */
    json_number(&text, "totalSeconds", elapsed * LAB_GIL_COUNTS / (double)(number + 1));
    json_integer(&text, "row", number);
    json_integer(&text, "rows", LAB_GIL_COUNTS);
    write_count(&text, count);
    emit(&text);
}

/* ---- the document ---- */

static void write_phase(struct lab_text *out, const char *key, bool has,
                        const struct lab_gil_span *span, const struct lab_gil_result *result)
{
    const struct lab_gil_options *options = &result->options;
    if (!has) {
        json_null(out, key);
        return;
    }
    json_object(out, key);
    write_span(out, span, result->machine.timer_resolution_ns / 1e9, true);
    json_integer(out, "threads", options->threads);
    json_integer(out, "ioThreads", options->io_threads);
    json_number(out, "seconds", span->seconds);
    json_integer(out, "takes", span->gil.takes);
    json_integer(out, "switches", span->gil.switches);
    json_integer(out, "forced", span->gil.forced);
    json_integer(out, "dropRequests", span->gil.drop_requests);
    json_integer(out, "timeouts", span->gil.timeouts);
    json_end(out);
}

static void write_document(struct lab_text *out, const void *subject)
{
    const struct lab_gil_result *result = subject;
    lab_document_envelope(out, "gil", result->options.seed, &result->machine);
    lab_document_ended(out, &result->ended);
    json_number(out, "seconds", result->seconds);
    lab_observed_document(out, &result->observed);
    json_integer(out, "intervalChanges", result->interval_changes);
    json_integer(out, "ioUs", result->options.io_us);
    write_phase(out, "gil", result->has_gil, &result->gil, result);
    write_phase(out, "noGil", result->has_no_gil, &result->no_gil, result);
    json_array(out, "counter");
    for (size_t i = 0; i < result->count_count; i++) {
        json_object(out, NULL);
        write_count(out, &result->counts[i]);
        json_end(out);
    }
    json_end(out);
    json_object(out, "trace");
    json_integer(out, "events", result->trace_events);
    json_integer(out, "lost", result->trace_lost);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
}

/* ---- the table ---- */

struct column {
    const struct lab_gil_span *span;
    bool has;
};

static void row(struct lab_text *out, const char *name, const char *with, const char *without)
{
    lab_text_printf(out, "  %-26s %-34s %s\n", name, with, without);
}

static void number_row(struct lab_text *out, const char *name, const struct column *columns,
                       double (*value)(const struct lab_gil_span *span))
{
    char text[2][40];
    for (int i = 0; i < 2; i++)
        snprintf(text[i], sizeof text[i], columns[i].has ? "%.4g" : "-",
                 columns[i].has ? value(columns[i].span) : 0.0);
    row(out, name, text[0], text[1]);
}

static void distribution_row(struct lab_text *out, const char *name, const struct column *columns,
                             const struct lab_gil_distribution *(*of)(const struct lab_gil_span *),
                             double step)
{
    char text[2][80];
    for (int i = 0; i < 2; i++) {
        char mean[24], p50[24], p90[24];
        const struct lab_gil_distribution *d = of(columns[i].span);
        if (!columns[i].has || d->count == 0) {
            snprintf(text[i], sizeof text[i], "-");
            continue;
        }
        if (!mean_is_resolved(d, step)) {
            snprintf(text[i], sizeof text[i], "too short for this clock");
            continue;
        }
        lab_duration_text(mean, sizeof mean, d->mean);
        lab_duration_text(p50, sizeof p50, quantile(d->p50, step));
        lab_duration_text(p90, sizeof p90, quantile(d->p90, step));
        snprintf(text[i], sizeof text[i], "%s (%s, %s)", mean, p50, p90);
    }
    row(out, name, text[0], text[1]);
}

static double units_of(const struct lab_gil_span *span)
{
    return span->units_per_second;
}

static double ios_of(const struct lab_gil_span *span)
{
    return span->ios_per_second;
}

static const struct lab_gil_distribution *hold_of(const struct lab_gil_span *span)
{
    return &span->gil.hold;
}

static const struct lab_gil_distribution *wait_of(const struct lab_gil_span *span)
{
    return &span->gil.wait;
}

static const struct lab_gil_distribution *response_of(const struct lab_gil_span *span)
{
    return &span->response;
}

static void write_counts(struct lab_text *out, const struct lab_gil_result *result)
{
    if (result->count_count == 0)
        return;
    lab_text_printf(out, "\n%u threads add to one counter, %" PRIu64 " times in all\n\n",
                    result->counts[0].threads, result->counts[0].expected);
    for (size_t i = 0; i < result->count_count; i++) {
        const struct lab_counter_result *count = &result->counts[i];
        char name[40], took[24];
        snprintf(name, sizeof name, "%s%s", lab_counter_kind_text(count->kind),
                 count->gil ? ", with the GIL" : "");
        lab_bounded_text(took, sizeof took, count->seconds, result->machine.timer_resolution_ns);
        lab_text_printf(out, "  %-26s %" PRIu64 " lost, %s\n", name,
                        count->expected - count->counted, took);
    }
}

static void write_table(struct lab_text *out, const void *subject)
{
    const struct lab_gil_result *result = subject;
    const struct lab_gil_options *options = &result->options;
    const struct column columns[2] = {{&result->gil, result->has_gil},
                                      {&result->no_gil, result->has_no_gil}};
    const struct lab_gil_stats *stats = &result->gil.gil;
    double step = result->machine.timer_resolution_ns / 1e9;
    char text[64];
    if (result->has_gil || result->has_no_gil) {
        lab_text_printf(out, "%u CPU-bound thread%s, %u I/O thread%s%s\n\n", options->threads,
                        options->threads == 1 ? "" : "s", options->io_threads,
                        options->io_threads == 1 ? "" : "s", lab_ended_text(&result->ended));
        row(out, "", "with the GIL", "without");
        if (result->has_gil) {
            snprintf(text, sizeof text, "%" PRIu32 " us", result->gil.interval_us);
            row(out, "switch interval", text, "-");
            snprintf(text, sizeof text, "%.4g (%.0f%% forced)", switches_per_second(&result->gil),
                     stats->switches ? forced_fraction(stats) * 100 : 0);
            row(out, "switches a second", text, "0");
            snprintf(text, sizeof text, "%" PRIu64 " (%" PRIu64 ")", stats->drop_requests,
                     stats->timeouts);
            row(out, "drop requests (time-outs)", text, "0");
        }
        row(out, "", "mean (median, p90)", "mean (median, p90)");
        distribution_row(out, "held for", columns, hold_of, step);
        distribution_row(out, "waited for", columns, wait_of, step);
        distribution_row(out, "response after I/O", columns, response_of, step);
        number_row(out, "CPU tasks a second", columns, units_of);
        if (options->io_threads)
            number_row(out, "I/O operations a second", columns, ios_of);
        if (step > RESOLVED) {
            lab_duration_text(text, sizeof text, step);
            lab_text_printf(out,
                            "\nThe clock has steps of %s: a median or p90 of less than two "
                            "is not told.\n",
                            text);
        }
    }
    write_counts(out, result);
    lab_observed_table(out, &result->observed);
    if (result->trace_lost)
        lab_text_printf(out, "\nThe trace kept the newest %" PRIu64 " of %" PRIu64 " events.\n",
                        result->trace_events - result->trace_lost, result->trace_events);
}

void lab_gil_report_keep(struct lab_gil_result *result)
{
    lab_keep_report(result, &result->ended, result->seconds, write_table, write_document,
                    result->options.json);
}

int lab_gil_report(const struct lab_gil_result *result)
{
    return lab_deliver_report(result, write_table, write_document, result->options.json,
                              result->options.trace, NULL);
}
