#include "exhibits/spin/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exhibits/spin/verdict.h"
#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/duration.h"
#include "platform/system.h"

void lab_spin_report_init(struct lab_spin_report *report)
{
    lab_mutex_init(&report->mutex);
}

void lab_spin_report_release(struct lab_spin_report *report)
{
    lab_mutex_destroy(&report->mutex);
}

/* ---- while it runs ---- */

static char glyph_of(unsigned frame)
{
    return LAB_SPIN_GLYPHS[frame % (sizeof LAB_SPIN_GLYPHS - 1)];
}

/* All spinners that run, on one line. Mutex held. */
static void draw_line(const struct lab_spin_report *report)
{
    const struct lab_spin_options *options = &report->options;
    char line[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < options->method_count && used < sizeof line; i++)
        if (report->glyphs[i] && options->method_count == 1)
            used += (size_t)snprintf(line, sizeof line, "%c ", report->glyphs[i]);
        else if (report->glyphs[i])
            used += (size_t)snprintf(line + used, sizeof line - used, "%c %s  ", report->glyphs[i],
                                     options->methods[i]->name);
    lab_print(2, "\r\033[K%s%s", line, used ? "thinking!" : "");
}

static void set_glyph(struct lab_spin_report *report, size_t i, char glyph)
{
    if (!lab_is_terminal(2))
        return;
    lab_mutex_lock(&report->mutex);
    report->glyphs[i] = glyph;
    draw_line(report);
    lab_mutex_unlock(&report->mutex);
}

static void write_run(struct lab_text *out, const char *key, const struct lab_spin_result *result,
                      bool together)
{
    char verdict[LAB_SPIN_VERDICT_SIZE];
    lab_spin_verdict(verdict, result, together);
    json_object(out, key);
    json_string(out, "method", result->method->name);
    json_string(out, "slow", lab_slow_name(result->slow));
    json_string(out, "answer", result->answer);
    json_bool(out, "correct", result->correct);
    json_number(out, "seconds", result->seconds);
    json_integer(out, "frames", result->frames);
    json_number(out, "longestFreezeSeconds", result->longest_freeze);
    if (result->has_jitter) {
        json_object(out, "jitterSeconds");
        json_number(out, "p50", result->jitter_p50);
        json_number(out, "p90", result->jitter_p90);
        json_number(out, "max", result->jitter_max);
        json_number(out, "step", result->step);
        json_end(out);
    } else {
        json_null(out, "jitterSeconds");
    }
    if (result->failure.code)
        json_string(out, "reason", result->failure.text);
    else
        json_null(out, "reason");
    json_string(out, "verdict", verdict);
    json_end(out);
}

static void emit(const struct lab_spin_report *report, size_t i, const char *state, unsigned frame,
                 double seconds, const struct lab_spin_result *result)
{
    const char glyph[2] = {glyph_of(frame), '\0'};
    struct lab_text text = {0};
    if (!lab_has_events())
        return;
    json_object(&text, NULL);
    json_string(&text, "type", "spin");
    json_string(&text, "method", report->options.methods[i]->name);
    json_string(&text, "state", state);
    json_integer(&text, "frame", frame);
    json_string(&text, "glyph", glyph);
    json_number(&text, "seconds", seconds);
    if (result)
        write_run(&text, "run", result, report->options.together);
    else
        json_null(&text, "run");
    json_end(&text);
    if (!text.failed)
        lab_emit_event(text.data, text.size);
    lab_text_release(&text);
}

void lab_spin_report_preparing(const struct lab_spin_report *report)
{
    if (report->options.slow == LAB_SLOW_PRIME && lab_is_terminal(2))
        lab_print(2, "\r\033[Khow often does the test fit into %g s?", report->options.seconds);
}

void lab_spin_report_start(struct lab_spin_report *report, size_t i)
{
    emit(report, i, "start", 0, 0, NULL);
}

void lab_spin_report_frame(struct lab_spin_report *report, size_t i, unsigned frame, double seconds)
{
    emit(report, i, "frame", frame, seconds, NULL);
    set_glyph(report, i, glyph_of(frame));
}

void lab_spin_report_end(struct lab_spin_report *report, size_t i,
                         const struct lab_spin_result *result)
{
    report->results[i] = *result;
    report->results[i].step = report->machine.timer_resolution_ns / 1e9;
    report->has[i] = true;
    emit(report, i, "end", result->frames ? result->frames - 1 : 0, result->seconds,
         &report->results[i]);
    set_glyph(report, i, '\0');
}

/* ---- the result ---- */

bool lab_spin_report_passed(const struct lab_spin_report *report)
{
    size_t right = 0;
    for (size_t i = 0; i < report->options.method_count; i++) {
        const struct lab_spin_result *result = &report->results[i];
        if (!report->has[i] || (!result->correct && !result->unavailable))
            return false;
        right += result->correct;
    }
    return right > 0 && !report->ended.stopped;
}

static void write_document(struct lab_text *out, const void *subject)
{
    const struct lab_spin_report *report = subject;
    const struct lab_spin_options *options = &report->options;
    lab_document_envelope(out, "spin", 1, &report->machine);
    lab_document_ended(out, &report->ended);
    json_number(out, "seconds", report->seconds);
    json_bool(out, "together", options->together);
    json_number(out, "slowSeconds", options->seconds);
    if (options->slow == LAB_SLOW_PRIME)
        json_integer(out, "tests", report->slow.amount);
    else
        json_null(out, "tests");
    json_array(out, "runs");
    for (size_t i = 0; i < options->method_count; i++)
        if (report->has[i])
            write_run(out, NULL, &report->results[i], options->together);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
}

static void write_row(struct lab_text *out, const struct lab_spin_result *result)
{
    char freeze[24], p50[24] = "", p90[24] = "", took[24], jitter[64] = "-";
    const char *name = result->method->name;
    lab_duration_text(freeze, sizeof freeze, result->longest_freeze);
    lab_duration_text(took, sizeof took, result->seconds);
    if (result->has_jitter) {
        lab_bounded_text(p50, sizeof p50, result->jitter_p50, result->step * 1e9);
        lab_bounded_text(p90, sizeof p90, result->jitter_p90, result->step * 1e9);
        snprintf(jitter, sizeof jitter, "%s (%s)", p50, p90);
    }
    if (result->unavailable)
        lab_text_printf(out, "  %-12s  %6s\n", name, "-");
    else
        lab_text_printf(out, "  %-12s  %6u  %14s  %-20s  %8s  %s\n", name, result->frames, freeze,
                        jitter, took, *result->answer ? result->answer : "-");
}

static void write_table(struct lab_text *out, const void *subject)
{
    const struct lab_spin_report *report = subject;
    const struct lab_spin_options *options = &report->options;
    lab_text_printf(out, "A frame every 100 ms while the slow function ");
    if (options->slow == LAB_SLOW_SLEEP)
        lab_text_printf(out, "sleeps for %g s", options->seconds);
    else
        lab_text_printf(out, "tests %" PRIu64 " for primality, %" PRIu64 " time%s", LAB_SLOW_NUMBER,
                        report->slow.amount, report->slow.amount == 1 ? "" : "s");
    lab_text_printf(out, "%s%s\n\n", options->together ? "; all methods at once" : "",
                    lab_ended_text(&report->ended));
    lab_text_printf(out, "  %-12s  %6s  %14s  %-20s  %8s  %s\n", "method", "frames",
                    "longest freeze", "late by half (p90)", "took", "answer");
    for (size_t i = 0; i < options->method_count; i++)
        if (report->has[i])
            write_row(out, &report->results[i]);
    lab_text_printf(out, "\n");
    for (size_t i = 0; i < options->method_count; i++) {
        char verdict[LAB_SPIN_VERDICT_SIZE];
        if (!report->has[i])
            continue;
        lab_spin_verdict(verdict, &report->results[i], options->together);
        lab_text_printf(out, "%s\n", verdict);
    }
}

void lab_spin_report_keep(struct lab_spin_report *report)
{
    lab_keep_report(report, &report->ended, report->seconds, write_table, write_document,
                    report->options.json);
}

int lab_spin_report_write(const struct lab_spin_report *report)
{
    return lab_deliver_report(report, write_table, write_document, report->options.json, NULL,
                              NULL);
}
