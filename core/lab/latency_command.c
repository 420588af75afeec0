#include "lab/latency_command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lab/latency_report.h"
#include "lab/live.h"
#include "latency/cycle.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

struct lab_latency_command {
    struct lab_latency_report report;
    struct lab_latency *latency; /* of the row that is being measured */
    size_t at;                   /* its place */
    bool begun;
    uint64_t began_ns;
    double least; /* of a turn */
    int status;
};

struct lab_latency_command *lab_latency_command_create(int argc, char **argv,
                                                       struct lab_failure *failure)
{
    struct lab_latency_command *command = calloc(1, sizeof *command);
    if (!command) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    struct lab_latency_report *report = &command->report;
    if (lab_latency_options_parse(&report->options, argc, argv, failure) == 0) {
        report->results = calloc(report->options.row_count, sizeof *report->results);
        if (report->results)
            return command;
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    lab_latency_command_destroy(command);
    return NULL;
}

static double elapsed(const struct lab_latency_command *command)
{
    return (double)(lab_now_ns() - command->began_ns) / 1e9;
}

static void tell(const struct lab_latency_command *command, const struct lab_latency_result *row,
                 const struct lab_ladder_point *point)
{
    const struct lab_latency_options *options = &command->report.options;
    struct lab_latency_progress progress = {
        .done = command->at,
        .total = options->row_count,
        .elapsed = elapsed(command),
        .name = command->at < options->row_count ? options->rows[command->at]->name : NULL};
    lab_latency_tell(&command->report, &progress, row, point);
}

static void begin(struct lab_latency_command *command)
{
    struct lab_latency_report *report = &command->report;
    command->begun = true;
    command->began_ns = lab_now_ns();
    lab_live_reset();
    lab_machine_measure(&report->machine);
    command->least = lab_latency_least(report->machine.timer_resolution_ns);
    report->cycle = lab_latency_cycle(command->least);
    for (size_t i = 0; i < report->options.row_count; i++)
        report->results[i] =
            (struct lab_latency_result){.row = report->options.rows[i], .seconds = {NAN, NAN, NAN}};
    tell(command, NULL, NULL);
}

static void finish(struct lab_latency_command *command)
{
    struct lab_latency_report *report = &command->report;
    report->stopped = lab_stopping();
    report->seconds = elapsed(command);
    command->status = report->stopped;
    for (size_t i = 0; i < report->options.row_count; i++) {
        int code = report->results[i].failure.code;
        if (code && code != LAB_E_UNAVAILABLE)
            command->status = 1;
    }
    if (lab_latency_report(report))
        command->status = 1;
}

/* What one row may take: what is left, in equal parts. */
static double share(const struct lab_latency_command *command)
{
    const struct lab_latency_options *options = &command->report.options;
    double left = options->seconds - elapsed(command);
    return left > 0 ? left / (double)(options->row_count - command->at) : 0;
}

static void end_row(struct lab_latency_command *command)
{
    struct lab_latency_result *result = &command->report.results[command->at];
    *result = *lab_latency_result(command->latency);
    lab_latency_end(command->latency);
    command->latency = NULL;
    command->at++;
    tell(command, result, NULL);
}

static void measure(struct lab_latency_command *command)
{
    const struct lab_latency_options *options = &command->report.options;
    const struct lab_latency_row *row = options->rows[command->at];
    if (!command->latency)
        command->latency = lab_latency_begin(row, share(command), command->least, options->seed);
    if (!command->latency) {
        lab_fail(&command->report.results[command->at].failure, LAB_E_NOMEM, "out of memory");
        command->at++;
    } else if (!lab_latency_round(command->latency)) {
        end_row(command);
    }
}

int lab_latency_command_step(struct lab_latency_command *command)
{
    if (!command->begun) {
        begin(command);
        return LAB_CO_AWAIT;
    }
    if (command->at < command->report.options.row_count && !lab_stopping()) {
        measure(command);
        return LAB_CO_AWAIT;
    }
    /* Stopped between two rounds: what the row has counts. */
    if (command->latency)
        end_row(command);
    finish(command);
    return LAB_CO_DONE;
}

uint64_t lab_latency_command_next(const struct lab_latency_command *command)
{
    return command->latency && lab_latency_waits(command->latency) ? LAB_FOREVER : 0;
}

int lab_latency_command_status(const struct lab_latency_command *command)
{
    return command->status;
}

void lab_latency_command_destroy(struct lab_latency_command *command)
{
    if (!command)
        return;
    lab_latency_end(command->latency);
    lab_latency_options_release(&command->report.options);
    free(command->report.results);
    free(command);
}
