#include "exhibits/bench/command.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/report.h"
#include "lab/live.h"
#include "lab/words.h"
#include "loop/co.h"
#include "platform/system.h"

struct command {
    struct lab_bench_report report;
    struct lab_bench *bench; /* of the row that is being measured */
    size_t at;               /* its place */
    bool begun;
    uint64_t began_ns;
    int status;
};

/* ---- the words ---- */

static size_t rows_there_are(void)
{
    size_t count = 0;
    while (lab_bench_rows[count].name)
        count++;
    return count;
}

static void add_row(struct lab_bench_options *options, const struct lab_bench_row *row)
{
    for (size_t i = 0; i < options->row_count; i++)
        if (options->rows[i] == row)
            return;
    options->rows[options->row_count++] = row;
}

/* Those of this program. */
static void add_all(struct lab_bench_options *options)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++)
        if (lab_bench_here(row))
            add_row(options, row);
}

static const char *row_name(size_t i)
{
    return lab_bench_rows[i].name;
}

static int parse_only(struct lab_bench_options *options, const char *list,
                      struct lab_failure *failure)
{
    while (list) {
        char name[40];
        const char *comma = strchr(list, ',');
        size_t length = comma ? (size_t)(comma - list) : strlen(list);
        snprintf(name, sizeof name, "%.*s", (int)(length < 40 ? length : 39), list);
        const struct lab_bench_row *row = length < sizeof name ? lab_bench_find(name) : NULL;
        if (!row)
            return lab_words_no_such_row(list, length, rows_there_are(), row_name,
                                         "; without --only all are run", failure);
        add_row(options, row);
        list = comma ? comma + 1 : NULL;
    }
    return 0;
}

static int parse_seconds(struct lab_bench_options *options, const char *value,
                         struct lab_failure *failure)
{
    if (!lab_parse_decimal(value, 0.1, 3600, &options->seconds))
        return lab_fail(failure, LAB_E_USAGE,
                        "--seconds \"%.40s\": it must be a number from 0.1 to 3600", value);
    return 0;
}

static int parse_option(struct lab_bench_options *options, const char *name, const char *value,
                        struct lab_failure *failure)
{
    bool rounds = strcmp(name, "--rounds") == 0;
    uint64_t integer, low = rounds ? 1 : 0, high = rounds ? 1000 : LAB_MAX_SEED;
    if (strcmp(name, "--only") == 0)
        return parse_only(options, value, failure);
    if (strcmp(name, "--seconds") == 0)
        return parse_seconds(options, value, failure);
    if (strcmp(name, "--json") == 0) {
        options->json = value;
        return 0;
    }
    if (!lab_parse_integer(value, low, high, &integer))
        return lab_fail(failure, LAB_E_USAGE,
                        "%s \"%.40s\": it must be a whole number from %" PRIu64 " to %" PRIu64,
                        name, value, low, high);
    if (rounds)
        options->rounds = (unsigned)integer;
    else
        options->seed = integer;
    return 0;
}

static const struct lab_word known[] = {
    {"--only", LAB_WORD_VALUE}, {"--rounds", LAB_WORD_VALUE}, {"--seconds", LAB_WORD_VALUE},
    {"--seed", LAB_WORD_VALUE}, {"--json", LAB_WORD_FILE},    {NULL, LAB_WORD_VALUE},
};

static int parse(struct lab_bench_options *options, int argc, char **argv,
                 struct lab_failure *failure)
{
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        if (strncmp(argv[i], "--", 2) != 0)
            return lab_fail(failure, LAB_E_USAGE,
                            "bench takes options and no other words, not \"%.60s\"; `lab bench "
                            "--help` lists them",
                            argv[i]);
        int code = lab_words_option("bench", known, argc, argv, &i, &name, &value, failure);
        if (!code)
            code = parse_option(options, name, value, failure);
        if (code)
            return code;
    }
    if (options->row_count == 0)
        add_all(options);
    return lab_words_files(options->json, NULL, failure);
}

/* ---- the command ---- */

static void destroy(void *state);

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct command *command = calloc(1, sizeof *command);
    struct lab_bench_report *report = command ? &command->report : NULL;
    int code = LAB_E_NOMEM;
    if (command) {
        report->options = (struct lab_bench_options){.rounds = 5, .seconds = 3, .seed = 1};
        report->options.rows = calloc(rows_there_are(), sizeof *report->options.rows);
        if (report->options.rows)
            code = parse(&report->options, argc, argv, failure);
        if (!code)
            report->results = calloc(report->options.row_count, sizeof *report->results);
        if (report->results)
            return command;
    }
    if (code == 0 || code == LAB_E_NOMEM)
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
    destroy(command);
    return NULL;
}

static void begin(struct command *command)
{
    struct lab_bench_report *report = &command->report;
    lab_live_reset();
    lab_machine_measure(&report->machine);
    for (size_t i = 0; i < report->options.row_count; i++)
        lab_bench_result_init(&report->results[i], report->options.rows[i]);
    command->begun = true;
    command->began_ns = lab_now_ns();
}

static bool went_wrong(const struct lab_failure *failure)
{
    return failure->code && failure->code != LAB_E_UNAVAILABLE;
}

static double elapsed(const struct command *command)
{
    return (double)(lab_now_ns() - command->began_ns) / 1e9;
}

static void finish(struct command *command)
{
    struct lab_bench_report *report = &command->report;
    report->ended.stopped = lab_stopping();
    report->seconds = elapsed(command);
    command->status = report->ended.stopped;
    for (size_t i = 0; i < report->options.row_count; i++) {
        if (went_wrong(&report->results[i].failure))
            command->status = 1;
        for (size_t j = 0; j < LAB_BENCH_PEERS; j++)
            if (went_wrong(&report->results[i].peers[j].failure))
                command->status = 1;
    }
    if (lab_bench_report(report))
        command->status = 1;
}

/* A round of the row at hand. True: the row is over. */
static bool measure(struct command *command)
{
    struct lab_bench_report *report = &command->report;
    const struct lab_bench_options *options = &report->options;
    struct lab_bench_result *result = &report->results[command->at];
    if (!command->bench)
        command->bench = lab_bench_begin(options->rows[command->at], options->rounds,
                                         options->seconds, options->seed);
    if (!command->bench) {
        lab_fail(&result->failure, LAB_E_NOMEM, "out of memory");
        return true;
    }
    lab_bench_progress(report, command->at, lab_bench_result(command->bench));
    if (lab_bench_round(command->bench))
        return false;
    *result = *lab_bench_result(command->bench);
    lab_bench_end(command->bench);
    command->bench = NULL;
    return true;
}

static int step(void *state)
{
    struct command *command = state;
    if (!command->begun)
        begin(command);
    if (command->at < command->report.options.row_count && !lab_stopping()) {
        if (measure(command)) {
            command->at++;
            command->report.seconds = elapsed(command);
            lab_bench_report_keep(&command->report);
        }
        return LAB_CO_AWAIT;
    }
    /* Stopped between two rounds: what the row has counts. */
    if (command->bench) {
        command->report.results[command->at] = *lab_bench_result(command->bench);
        lab_bench_end(command->bench);
        command->bench = NULL;
    }
    finish(command);
    return LAB_CO_DONE;
}

static int status(const void *state)
{
    const struct command *command = state;
    return command->status;
}

static void destroy(void *state)
{
    struct command *command = state;
    if (!command)
        return;
    lab_bench_end(command->bench);
    free(command->report.options.rows);
    free(command->report.results);
    free(command);
}

const struct lab_command lab_bench_command = {
    LAB_BENCH_WORDS, .create = create, .step = step, .status = status, .destroy = destroy,
};
