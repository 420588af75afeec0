#include "exhibits/latency/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/duration.h"
#include "platform/system.h"

static double or_null(bool known, double value)
{
    return known ? value : (double)NAN;
}

static bool measured(const struct lab_latency_result *result)
{
    int code = result->failure.code;
    return result->rounds > 0 && (code == 0 || code == LAB_E_STOPPED);
}

/* Why the row has no numbers; NULL: it has. */
static const char *reason(const struct lab_latency_result *result)
{
    if (measured(result))
        return NULL;
    return result->failure.code && result->failure.code != LAB_E_STOPPED
               ? result->failure.text
               : "stopped before it was measured";
}

static double cycles(const struct lab_latency_report *report,
                     const struct lab_latency_result *result)
{
    return or_null(measured(result), result->seconds.median / report->cycle);
}

/* ---- the document, and the events that are parts of it ---- */

static void write_row(struct lab_text *out, const char *key,
                      const struct lab_latency_report *report,
                      const struct lab_latency_result *result)
{
    const struct lab_latency_row *row = result->row;
    bool known = measured(result);
    json_object(out, key);
    json_string(out, "name", row->name);
    json_string(out, "title", row->title);
    json_string(out, "about", row->about);
    json_string(out, "group", lab_latency_group_name(row->group));
    json_number(out, "seconds", or_null(known, result->seconds.median));
    json_number(out, "low", or_null(known, result->seconds.low));
    json_number(out, "high", or_null(known, result->seconds.high));
    json_number(out, "classicSeconds", or_null(row->classic_seconds > 0, row->classic_seconds));
    json_number(out, "cycles", cycles(report, result));
    if (known)
        json_null(out, "reason");
    else
        json_string(out, "reason", reason(result));
    json_end(out);
}

static void write_point(struct lab_text *out, const char *key, const struct lab_ladder_point *point)
{
    json_object(out, key);
    json_integer(out, "bytes", point->bytes);
    json_number(out, "seconds", point->seconds.median);
    json_number(out, "low", point->seconds.low);
    json_number(out, "high", point->seconds.high);
    json_end(out);
}

static void write_ladder(struct lab_text *out, const struct lab_latency_report *report)
{
    if (report->point_count == 0) {
        json_null(out, "ladder");
        return;
    }
    json_object(out, "ladder");
    json_array(out, "points");
    for (size_t i = 0; i < report->point_count; i++)
        write_point(out, NULL, &report->points[i]);
    json_end(out);
    json_array(out, "levels");
    for (size_t i = 0; i < report->level_count; i++) {
        const struct lab_ladder_level *level = &report->levels[i];
        json_object(out, NULL);
        json_string(out, "name", level->name);
        if (level->bytes)
            json_integer(out, "bytes", level->bytes);
        else
            json_null(out, "bytes");
        json_number(out, "seconds", level->seconds.median);
        json_end(out);
    }
    json_end(out);
    json_end(out);
}

static void write_document(struct lab_text *out, const void *subject)
{
    const struct lab_latency_report *report = subject;
    lab_document_envelope(out, "latency", report->options.seed, &report->machine);
    lab_document_ended(out, &report->ended);
    json_number(out, "seconds", report->seconds);
    lab_observed_document(out, &report->observed);
    json_number(out, "cycleSeconds", report->cycle);
    json_array(out, "rows");
    for (size_t i = 0; i < report->options.row_count; i++)
        write_row(out, NULL, report, &report->results[i]);
    json_end(out);
    write_ladder(out, report);
    json_end(out);
    lab_text_append(out, "\n", 1);
}

static void show_progress(const struct lab_latency_progress *progress)
{
    if (!lab_is_terminal(2) || !progress->name || !lab_look_due())
        return;
    lab_print(2, "\r\033[K%zu of %zu  %s", progress->done + 1, progress->total, progress->name);
}

void lab_latency_tell(const struct lab_latency_report *report,
                      const struct lab_latency_progress *progress,
                      const struct lab_latency_result *row, const struct lab_ladder_point *point)
{
    struct lab_text text = {0};
    show_progress(progress);
    if (!lab_has_events())
        return;
    json_object(&text, NULL);
    json_string(&text, "type", "latency");
    json_integer(&text, "done", progress->done);
    json_integer(&text, "total", progress->total);
    json_number(&text, "elapsedSeconds", progress->elapsed);
    json_number(&text, "totalSeconds", report->options.seconds);
    if (progress->name)
        json_string(&text, "name", progress->name);
    else
        json_null(&text, "name");
    if (row)
        write_row(&text, "row", report, row);
    else
        json_null(&text, "row");
    if (point)
        write_point(&text, "point", point);
    else
        json_null(&text, "point");
    json_end(&text);
    lab_look_report(&text);
}

/* ---- the table ---- */

/* Three digits, whatever the size of the number. */
static void number_text(char *text, size_t size, double value)
{
    if (isnan(value))
        snprintf(text, size, "-");
    else if (value >= 999.5e9)
        snprintf(text, size, "%.3gT", value / 1e12);
    else if (value >= 999.5e6)
        snprintf(text, size, "%.3gG", value / 1e9);
    else if (value >= 999.5e3)
        snprintf(text, size, "%.3gM", value / 1e6);
    else if (value >= 999.5)
        snprintf(text, size, "%.3gk", value / 1e3);
    else
        snprintf(text, size, "%.3g", value);
}

/* As lab_duration_text(), with the Greek letter. */
static void time_text(char *text, size_t size, double seconds)
{
    lab_duration_text(text, size, seconds);
    char *micro = strstr(text, " us");
    if (micro)
        snprintf(micro, size - (size_t)(micro - text), " µs");
}

/* Pads to a width that is counted in characters, not in bytes. */
static void add_cell(struct lab_text *out, const char *text, int width)
{
    int characters = 0;
    for (const char *c = text; *c; c++)
        characters += ((unsigned char)*c & 0xc0) != 0x80;
    lab_text_printf(out, "%*s%s", characters < width ? width - characters : 0, "", text);
}

static void interval_text(char *text, size_t size, const struct lab_interval *seconds)
{
    char low[24], high[24];
    text[0] = '\0';
    if (isnan(seconds->low))
        return;
    time_text(low, sizeof low, seconds->low);
    time_text(high, sizeof high, seconds->high);
    snprintf(text, size, "%s - %s", low, high);
}

static double two_digits(double value)
{
    char text[24];
    snprintf(text, sizeof text, "%.1e", value);
    return strtod(text, NULL);
}

/* The scale of the notes: a nanosecond is 100 metres. So a cycle is a few steps, 150 ms a tenth of
 * the way to the sun. */
static void distance_text(char *text, size_t size, double seconds)
{
    static const double metres_a_second = 100e9;
    static const double round_the_earth = 40.075e6, to_the_moon = 384.4e6, to_the_sun = 149.6e9;
    double metres = seconds * metres_a_second;
    if (isnan(metres))
        snprintf(text, size, "-");
    else if (metres < 995)
        snprintf(text, size, "walk %g m", two_digits(metres));
    else if (metres < 20e3)
        snprintf(text, size, "walk %g km", two_digits(metres / 1e3));
    else if (metres < 995e3)
        snprintf(text, size, "drive %g km", two_digits(metres / 1e3));
    else if (metres < 0.5 * round_the_earth)
        snprintf(text, size, "fly %g km", two_digits(metres / 1e3));
    else if (metres < 0.5 * to_the_moon)
        snprintf(text, size, "%g times round the Earth", two_digits(metres / round_the_earth));
    else if (metres < 0.01 * to_the_sun)
        snprintf(text, size, "%g times to the Moon", two_digits(metres / to_the_moon));
    else if (metres < 0.995 * to_the_sun)
        snprintf(text, size, "%g%% of the way to the Sun", two_digits(100 * metres / to_the_sun));
    else
        snprintf(text, size, "%g times to the Sun", two_digits(metres / to_the_sun));
}

static void write_line(struct lab_text *out, const struct lab_latency_report *report,
                       const struct lab_latency_result *result)
{
    const struct lab_latency_row *row = result->row;
    char seconds[24], interval[64], classic[24], ratio[24], ticks[24], distance[64];
    bool has_classic = row->classic_seconds > 0;
    time_text(classic, sizeof classic, or_null(has_classic, row->classic_seconds));
    lab_text_printf(out, "  %-24s", row->name);
    if (!measured(result)) {
        add_cell(out, "-", 9);
        lab_text_printf(out, "%23s", "");
        add_cell(out, classic, 9);
        lab_text_printf(out, "   %s\n", reason(result));
        return;
    }
    time_text(seconds, sizeof seconds, result->seconds.median);
    interval_text(interval, sizeof interval, &result->seconds);
    number_text(ratio, sizeof ratio,
                or_null(has_classic, result->seconds.median / row->classic_seconds));
    number_text(ticks, sizeof ticks, cycles(report, result));
    distance_text(distance, sizeof distance, result->seconds.median);
    add_cell(out, seconds, 9);
    add_cell(out, interval, 23);
    add_cell(out, classic, 9);
    add_cell(out, ratio, 8);
    add_cell(out, ticks, 8);
    lab_text_printf(out, "  %s\n", distance);
}

static void size_text(char *text, size_t size, uint64_t bytes)
{
    if (bytes >= 1048576)
        snprintf(text, size, "%.3g MB", (double)bytes / 1048576);
    else
        snprintf(text, size, "%.3g KB", (double)bytes / 1024);
}

static void write_levels(struct lab_text *out, const struct lab_latency_report *report)
{
    static const char *const titles[][2] = {{"l1", "L1"}, {"l2", "L2"}, {"l3", "L3"}};
    const char *before = "The ladder shows ";
    for (size_t i = 0; i < report->level_count; i++) {
        const struct lab_ladder_level *level = &report->levels[i];
        char seconds[24], bytes[24];
        const char *title = "memory";
        for (size_t t = 0; t < sizeof titles / sizeof *titles; t++)
            if (strcmp(level->name, titles[t][0]) == 0)
                title = titles[t][1];
        time_text(seconds, sizeof seconds, level->seconds.median);
        lab_text_printf(out, "%s%s", i + 1 == report->level_count && i ? " and " : before, title);
        before = ", ";
        if (level->bytes) {
            size_text(bytes, sizeof bytes, level->bytes);
            lab_text_printf(out, " of %s", bytes);
        }
        lab_text_printf(out, " at %s", seconds);
    }
    if (report->level_count)
        lab_text_printf(out, ".\n");
}

static void write_table(struct lab_text *out, const void *subject)
{
    const struct lab_latency_report *report = subject;
    const struct lab_environment *environment = &report->machine.environment;
    char cycle[24];
    time_text(cycle, sizeof cycle, report->cycle);
    lab_text_printf(out, "%s, %s, %s; %u logical core%s; a cycle takes %s%s\n",
                    environment->runtime, environment->engine, environment->platform,
                    environment->cores, environment->cores == 1 ? "" : "s", cycle,
                    lab_ended_text(&report->ended));
    lab_text_printf(out, "\n  %-24s%9s%23s%9s%8s%8s  %s\n", "row", "here", "95% interval",
                    "classic", "ratio", "cycles", "if 1 ns were 100 m");
    for (size_t i = 0; i < report->options.row_count; i++) {
        enum lab_latency_group group = report->results[i].row->group;
        if (i == 0 || report->results[i - 1].row->group != group)
            lab_text_printf(out, "\n%s\n", lab_latency_group_title(group));
        write_line(out, report, &report->results[i]);
    }
    if (report->level_count)
        lab_text_printf(out, "\n");
    write_levels(out, report);
    lab_observed_table(out, &report->observed);
}

void lab_latency_report_keep(struct lab_latency_report *report)
{
    lab_keep_report(report, &report->ended, report->seconds, write_table, write_document,
                    report->options.json);
}

int lab_latency_report(const struct lab_latency_report *report)
{
    const struct lab_latency_options *options = &report->options;
    lab_progress_clear();
    for (size_t i = 0; i < options->row_count; i++) {
        const struct lab_failure *failure = &report->results[i].failure;
        if (failure->code && failure->code != LAB_E_UNAVAILABLE && failure->code != LAB_E_STOPPED)
            lab_print(2, "lab: %s: %s\n", report->results[i].row->name, failure->text);
    }
    return lab_deliver_report(report, write_table, write_document, options->json, NULL, NULL);
}
