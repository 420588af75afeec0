#include "exhibits/bench/report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/duration.h"
#include "platform/system.h"

static bool at_most(const struct lab_bench_row *row)
{
    return row->unit == LAB_BENCH_SECONDS;
}

static double or_null(bool known, double value)
{
    return known ? value : (double)NAN;
}

/* Why the row has no numbers, or no more of them; NULL: nothing to say. */
static const char *reason(const struct lab_bench_result *result)
{
    if (result->failure.code)
        return result->failure.text;
    return result->rounds == 0 ? "stopped before it was measured" : NULL;
}

/* Why a peer has no number; NULL: it has one, or its row has none. */
static const char *missing(const struct lab_bench_result *result, size_t peer)
{
    const struct lab_failure *failure = &result->peers[peer].failure;
    return failure->code ? failure->text : NULL;
}

static void string_or_null(struct lab_text *out, const char *name, const char *text)
{
    if (text)
        json_string(out, name, text);
    else
        json_null(out, name);
}

static void ratio_text(char *text, size_t size, const struct lab_bench_result *result)
{
    const struct lab_interval *ratio = &result->ratio;
    /* Costs of a percent want three decimals, ratios of ten and more none. */
    int decimals = ratio->median < 2 ? 3 : ratio->median < 20 ? 2 : 0;
    if (isnan(ratio->median))
        snprintf(text, size, "-");
    else if (isnan(ratio->low))
        snprintf(text, size, "%.*f", decimals, ratio->median);
    else
        snprintf(text, size, "%.*f (%.*f-%.*f)", decimals, ratio->median, decimals, ratio->low,
                 decimals, ratio->high);
}

static void value_text(char *text, size_t size, const struct lab_bench_row *row, double value)
{
    if (at_most(row))
        lab_duration_text(text, size, value);
    else if (row->unit == LAB_BENCH_FACTOR)
        snprintf(text, size, "%.3f", value);
    else if (value >= 0.9995e9)
        snprintf(text, size, "%.3g G/s", value / 1e9);
    else if (value >= 0.9995e6)
        snprintf(text, size, "%.3g M/s", value / 1e6);
    else if (value >= 0.9995e3)
        snprintf(text, size, "%.3g k/s", value / 1e3);
    else
        snprintf(text, size, "%.3g /s", value);
}

void lab_bench_progress(const struct lab_bench_report *report, size_t i,
                        const struct lab_bench_result *result)
{
    char ratio[64] = "", so_far[80] = "warming up";
    if (!lab_is_terminal(2))
        return;
    if (result && result->rounds) {
        if (result->best >= 0)
            ratio_text(ratio, sizeof ratio, result);
        else
            value_text(ratio, sizeof ratio, result->row, result->ours.median);
        snprintf(so_far, sizeof so_far, "round %u, so far %s", result->rounds + 1, ratio);
    }
    lab_print(2, "\r\033[Krow %zu of %zu  %s: %s", i + 1, report->options.row_count,
              report->options.rows[i]->name, so_far);
}

/* ---- the document ---- */

static void write_peers(struct lab_text *out, const struct lab_bench_result *result)
{
    json_array(out, "peers");
    for (size_t i = 0; i < lab_bench_peer_count(result->row); i++) {
        double median = result->peers[i].median;
        json_object(out, NULL);
        json_string(out, "name", result->row->peers[i].name);
        json_number(out, "value", or_null(median > 0, median));
        string_or_null(out, "reason", missing(result, i));
        json_end(out);
    }
    json_end(out);
}

static void write_beside(struct lab_text *out, const struct lab_bench_result *result)
{
    const struct lab_bench_row *row = result->row;
    if (!row->beside) {
        json_null(out, "beside");
        return;
    }
    json_object(out, "beside");
    json_string(out, "unit", row->beside);
    json_number(out, "value", or_null(result->beside > 0, result->beside));
    json_number(out, "goal", or_null(row->beside_goal > 0, row->beside_goal));
    json_end(out);
}

static void write_row(struct lab_text *out, const struct lab_bench_result *result)
{
    const struct lab_bench_row *row = result->row;
    enum lab_bench_verdict verdict = lab_bench_verdict(result);
    bool measured = result->rounds > 0, compared = result->best >= 0;
    char unit[40];
    json_object(out, NULL);
    json_string(out, "name", row->name);
    json_string(out, "title", row->title);
    json_string(out, "description", row->description);
    json_string(out, "unit", lab_bench_unit_text(row, unit, sizeof unit));
    json_number(out, "ours", or_null(measured, result->ours.median));
    json_number(out, "oursLow", result->ours.low);
    json_number(out, "oursHigh", result->ours.high);
    json_number(out, "peer", or_null(compared, compared ? result->peers[result->best].median : 0));
    string_or_null(out, "peerName", compared ? row->peers[result->best].name : NULL);
    write_peers(out, result);
    json_number(out, "ratio", result->ratio.median);
    json_number(out, "low", result->ratio.low);
    json_number(out, "high", result->ratio.high);
    json_string(out, "direction", at_most(row) ? "at most" : "at least");
    json_number(out, "goal", or_null(row->goal > 0, row->goal));
    json_string(out, "goalOf", row->absolute ? "ours" : "ratio");
    write_beside(out, result);
    if (verdict == LAB_BENCH_MET || verdict == LAB_BENCH_MISSED)
        json_bool(out, "met", verdict == LAB_BENCH_MET);
    else
        json_null(out, "met");
    json_integer(out, "rounds", result->rounds);
    string_or_null(out, "note", row->note);
    string_or_null(out, "reason", reason(result));
    json_end(out);
}

static void write_document(struct lab_text *out, const void *subject)
{
    const struct lab_bench_report *report = subject;
    lab_document_envelope(out, "bench", report->options.seed, &report->machine);
    lab_document_ended(out, &report->ended);
    json_number(out, "seconds", report->seconds);
    json_array(out, "rows");
    for (size_t i = 0; i < report->options.row_count; i++)
        write_row(out, &report->results[i]);
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
}

/* ---- the table ---- */

static void goal_text(char *text, size_t size, const struct lab_bench_row *row)
{
    char number[20];
    snprintf(number, sizeof number, "%.3g", row->goal);
    if (row->absolute)
        value_text(number, sizeof number, row, row->goal);
    snprintf(text, size, "-");
    if (row->goal > 0)
        snprintf(text, size, "%s %s", at_most(row) ? "<=" : ">=", number);
}

/* The peers that are not the best one, with their values; and what stands beside. */
static void write_others(struct lab_text *out, const struct lab_bench_result *result)
{
    const struct lab_bench_row *row = result->row;
    const char *before = "";
    char value[24];
    for (size_t i = 0; i < lab_bench_peer_count(row); i++) {
        if (result->peers[i].median <= 0 || (int)i == result->best)
            continue;
        value_text(value, sizeof value, row, result->peers[i].median);
        if (before[0])
            lab_text_printf(out, "%s%s %s", before, row->peers[i].name, value);
        else
            lab_text_printf(out, "  %-22s %s %s", "", row->peers[i].name, value);
        before = ", ";
    }
    if (before[0])
        lab_text_printf(out, "\n");
    if (row->beside && result->beside > 0) {
        lab_text_printf(out, "  %-22s %.4g %s", "", result->beside, row->beside);
        if (row->beside_goal > 0)
            lab_text_printf(out, " (goal <= %g)", row->beside_goal);
        lab_text_printf(out, "\n");
    }
}

static void write_line(struct lab_text *out, const struct lab_bench_result *result)
{
    static const char *const words[] = {
        [LAB_BENCH_NO_GOAL] = "-",
        [LAB_BENCH_MET] = "yes",
        [LAB_BENCH_MISSED] = "no",
        [LAB_BENCH_UNSURE] = "unsure",
    };
    const struct lab_bench_row *row = result->row;
    char ours[24], peer[24] = "-", ratio[64], goal[24];
    if (result->rounds == 0) {
        lab_text_printf(out, "  %-22s  %s\n", row->name, reason(result));
        return;
    }
    value_text(ours, sizeof ours, row, result->ours.median);
    if (result->best >= 0)
        value_text(peer, sizeof peer, row, result->peers[result->best].median);
    ratio_text(ratio, sizeof ratio, result);
    goal_text(goal, sizeof goal, row);
    const char *met = words[lab_bench_verdict(result)];
    if (result->best < 0 && row->goal > 0 && !row->absolute)
        met = "no peer";
    lab_text_printf(out, "  %-22s %-10s %-10s %-21s %-9s %-7s %6u  %s\n", row->name, ours, peer,
                    ratio, goal, met, result->rounds,
                    result->best < 0 ? "-" : row->peers[result->best].name);
    write_others(out, result);
    if (reason(result))
        lab_text_printf(out, "  %-22s %s\n", "", reason(result));
}

struct missing_peer {
    const char *name, *reason;
};

/* The peers that are missing, each name and reason once. malloc'd; NULL: none, or no memory. */
static struct missing_peer *list_missing(const struct lab_bench_report *report, size_t *count)
{
    size_t rows = report->options.row_count;
    struct missing_peer *list = calloc(rows * LAB_BENCH_PEERS + 1, sizeof *list);
    *count = 0;
    for (size_t i = 0; list && i < rows * LAB_BENCH_PEERS; i++) {
        const struct lab_bench_result *result = &report->results[i / LAB_BENCH_PEERS];
        struct missing_peer one = {result->row->peers[i % LAB_BENCH_PEERS].name,
                                   missing(result, i % LAB_BENCH_PEERS)};
        bool known = !one.reason;
        for (size_t j = 0; j < *count && !known; j++)
            known = strcmp(list[j].name, one.name) == 0 && strcmp(list[j].reason, one.reason) == 0;
        if (!known)
            list[(*count)++] = one;
    }
    return list;
}

/* A line for each reason, with all whom it keeps away. */
static void write_missing(struct lab_text *out, const struct lab_bench_report *report)
{
    size_t count;
    struct missing_peer *list = list_missing(report, &count);
    for (size_t i = 0; i < count; i++) {
        const char *reason = list[i].reason, *before = "not here: ";
        for (size_t j = i; reason && j < count; j++) {
            if (!list[j].reason || strcmp(list[j].reason, reason) != 0)
                continue;
            lab_text_printf(out, "%s%s", before, list[j].name);
            before = ", ";
            list[j].reason = NULL;
        }
        if (reason)
            lab_text_printf(out, ": %s\n", reason);
    }
    free(list);
}

/* Why goals were not met, as far as that is known. */
static void write_notes(struct lab_text *out, const struct lab_bench_report *report)
{
    for (size_t i = 0; i < report->options.row_count; i++) {
        const struct lab_bench_result *result = &report->results[i];
        if (result->row->note && result->rounds > 0 && lab_bench_verdict(result) != LAB_BENCH_MET)
            lab_text_printf(out, "%s: %s\n", result->row->name, result->row->note);
    }
}

static void write_table(struct lab_text *out, const void *subject)
{
    const struct lab_bench_report *report = subject;
    const struct lab_environment *environment = &report->machine.environment;
    lab_text_printf(out, "%s, %s, %s; %u logical core%s (measured parallelism %.2f)%s\n\n",
                    environment->runtime, environment->engine, environment->platform,
                    environment->cores, environment->cores == 1 ? "" : "s",
                    report->machine.parallelism, lab_ended_text(&report->ended));
    lab_text_printf(out, "  %-22s %-10s %-10s %-21s %-9s %-7s %6s  %s\n", "row", "ours", "peer",
                    "ours / peer", "goal", "met", "rounds", "the peer");
    for (size_t i = 0; i < report->options.row_count; i++)
        write_line(out, &report->results[i]);
    write_notes(out, report);
    write_missing(out, report);
}

void lab_bench_report_keep(struct lab_bench_report *report)
{
    lab_keep_report(report, &report->ended, report->seconds, write_table, write_document,
                    report->options.json);
}

int lab_bench_report(const struct lab_bench_report *report)
{
    const struct lab_bench_options *options = &report->options;
    lab_progress_clear();
    for (size_t i = 0; i < options->row_count; i++) {
        const struct lab_failure *failure = &report->results[i].failure;
        if (failure->code && failure->code != LAB_E_UNAVAILABLE && failure->code != LAB_E_STOPPED)
            lab_print(2, "lab: %s: %s\n", report->results[i].row->name, failure->text);
    }
    return lab_deliver_report(report, write_table, write_document, options->json, NULL, NULL);
}
