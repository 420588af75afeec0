#include "exhibits/latency/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/latency/cycle.h"
#include "exhibits/latency/report.h"
#include "lab/look.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

struct command {
    struct lab_latency_report report;
    struct lab_ladder *ladder;
    bool ladder_over;
    struct lab_latency *latency; /* of the row that is being measured */
    size_t at;                   /* its place */
    bool begun;
    uint64_t began_ns;
    uint64_t resumed_ns; /* when the last look was over */
    bool looking, last_look;
    double least; /* of a turn */
    int status;
};

/* Of all the time, what the ladder has if there are rows of other kinds too. */
static const double LADDER_SHARE = 0.22;

static const char help[] =
    "lab latency [OPTION...]\n"
    "\n"
    "Measures what loads from the caches, locks, threads, messages, files and the like take on "
    "this\n"
    "machine, and prints each beside the number that everybody knows.\n"
    "\n"
    "  --only a,b        only these rows, or groups of them: memory, sync, tasks,\n"
    "                    outside (default: all)\n"
    "  --seconds S       time for all together (default 25)\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

static void destroy(void *state);

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct command *command = calloc(1, sizeof *command);
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
    destroy(command);
    return NULL;
}

static double elapsed(const struct command *command)
{
    return (double)(lab_now_ns() - command->began_ns) / 1e9;
}

static void tell(const struct command *command, const struct lab_latency_result *row,
                 const struct lab_ladder_point *point)
{
    const struct lab_latency_options *options = &command->report.options;
    const struct lab_ladder *ladder = command->ladder;
    struct lab_latency_progress progress = {
        .done = command->at + (ladder ? lab_ladder_done(ladder) : 0),
        .total = options->row_count + (ladder ? lab_ladder_total(ladder) : 0),
        .elapsed = elapsed(command),
        .name = command->at < options->row_count ? options->rows[command->at]->name : NULL};
    lab_latency_tell(&command->report, &progress, row, point);
}

static bool is_of_ladder(const struct lab_latency_row *row)
{
    return row->turn == NULL;
}

static void begin_ladder(struct command *command)
{
    const struct lab_latency_options *options = &command->report.options;
    size_t of_ladder = 0;
    for (size_t i = 0; i < options->row_count; i++)
        of_ladder += is_of_ladder(options->rows[i]);
    command->ladder_over = of_ladder == 0;
    if (of_ladder == 0)
        return;
    double seconds = of_ladder < options->row_count ? LADDER_SHARE * options->seconds
                                                    : options->seconds - elapsed(command);
    command->ladder = lab_ladder_begin(seconds, command->least, options->seed);
    command->ladder_over = command->ladder == NULL;
}

static void begin(struct command *command)
{
    struct lab_latency_report *report = &command->report;
    command->begun = true;
    command->began_ns = lab_now_ns();
    lab_look_reset();
    lab_machine_measure(&report->machine);
    command->least = lab_latency_least(report->machine.timer_resolution_ns);
    report->cycle = lab_latency_cycle(command->least);
    for (size_t i = 0; i < report->options.row_count; i++)
        report->results[i] =
            (struct lab_latency_result){.row = report->options.rows[i], .seconds = {NAN, NAN, NAN}};
    begin_ladder(command);
    tell(command, NULL, NULL);
}

static void read_ladder(struct command *command)
{
    struct lab_latency_report *report = &command->report;
    report->points = lab_ladder_points(command->ladder, &report->point_count);
    report->level_count = lab_ladder_levels(report->points, report->point_count,
                                            report->options.seed, report->levels);
}

/* A row is there, or the ladder. */
static void keep(struct command *command)
{
    command->report.seconds = elapsed(command);
    command->report.observed = lab_look_observed();
    lab_latency_report_keep(&command->report);
}

static void climb(struct command *command)
{
    command->ladder_over = !lab_ladder_step(command->ladder);
    if (command->ladder_over)
        read_ladder(command);
    tell(command, NULL, lab_ladder_latest(command->ladder));
    if (command->ladder_over)
        keep(command);
}

/* A row that is read from the ladder. */
static void read_row(struct command *command)
{
    struct lab_latency_report *report = &command->report;
    struct lab_latency_result *result = &report->results[command->at];
    const struct lab_ladder_level *level = NULL;
    if (!command->ladder)
        lab_fail(&result->failure, LAB_E_NOMEM, "out of memory");
    else
        level = lab_ladder_find(report->levels, report->level_count, result->row->of,
                                report->points[report->point_count - 1].bytes, &result->failure);
    if (level) {
        result->seconds = level->seconds;
        result->rounds = level->points;
    }
    command->at++;
    tell(command, result, NULL);
    keep(command);
}

static void finish(struct command *command)
{
    struct lab_latency_report *report = &command->report;
    report->ended.stopped = lab_stopping();
    report->seconds = elapsed(command);
    command->status = report->ended.stopped;
    for (size_t i = 0; i < report->options.row_count; i++) {
        int code = report->results[i].failure.code;
        if (code && code != LAB_E_UNAVAILABLE)
            command->status = 1;
    }
    if (lab_latency_report(report))
        command->status = 1;
}

/* What one row may take: what is left, in equal parts. */
static double share(const struct command *command)
{
    const struct lab_latency_options *options = &command->report.options;
    double left = options->seconds - elapsed(command);
    return left > 0 ? left / (double)(options->row_count - command->at) : 0;
}

static void end_row(struct command *command)
{
    struct lab_latency_result *result = &command->report.results[command->at];
    *result = *lab_latency_result(command->latency);
    lab_latency_end(command->latency);
    command->latency = NULL;
    command->at++;
    tell(command, result, NULL);
    keep(command);
}

static void measure(struct command *command)
{
    const struct lab_latency_options *options = &command->report.options;
    const struct lab_latency_row *row = options->rows[command->at];
    if (is_of_ladder(row)) {
        read_row(command);
        return;
    }
    if (!command->latency)
        command->latency = lab_latency_begin(row, share(command), command->least, options->seed);
    if (!command->latency) {
        lab_fail(&command->report.results[command->at].failure, LAB_E_NOMEM, "out of memory");
        command->at++;
    } else if (!lab_latency_round(command->latency)) {
        end_row(command);
    }
}

static void begin_look(struct command *command)
{
    if (command->resumed_ns)
        lab_look_measured(command->resumed_ns, lab_now_ns());
    lab_look_begin();
    command->looking = true;
}

/* True: they are still looking, and nothing is measured. */
static bool looking(struct command *command)
{
    const uint64_t slice = 50000000;
    if (!command->looking)
        return false;
    command->looking = !lab_looked(slice);
    command->resumed_ns = lab_now_ns();
    return command->looking;
}

static int step(void *state)
{
    struct command *command = state;
    if (looking(command))
        return LAB_CO_AWAIT;
    if (!command->begun) {
        begin(command);
        return LAB_CO_AWAIT;
    }
    bool stopping = lab_stopping();
    if (!command->latency && !stopping && lab_look_due()) {
        begin_look(command);
        return LAB_CO_AWAIT;
    }
    if (!command->ladder_over && !stopping) {
        climb(command);
        return LAB_CO_AWAIT;
    }
    if (command->at < command->report.options.row_count && !stopping) {
        measure(command);
        return LAB_CO_AWAIT;
    }
    /* Stopped: what was measured counts. The ladder's points are shown; its levels would be
     * guesses. */
    if (command->ladder && !command->ladder_over)
        command->report.points = lab_ladder_points(command->ladder, &command->report.point_count);
    if (command->latency)
        end_row(command);
    if (!command->last_look) {
        command->last_look = true;
        begin_look(command);
        return LAB_CO_AWAIT;
    }
    command->report.observed = lab_look_observed();
    finish(command);
    return LAB_CO_DONE;
}

static uint64_t next(const void *state)
{
    const struct command *command = state;
    if (command->looking)
        return LAB_FOREVER;
    return command->latency && lab_latency_waits(command->latency) ? LAB_FOREVER : 0;
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
    lab_latency_end(command->latency);
    lab_ladder_end(command->ladder);
    lab_latency_options_release(&command->report.options);
    free(command->report.results);
    free(command);
}

const struct lab_command lab_latency_command = {
    .name = "latency",
    .words = "latency [OPTION...]",
    .summary = "the latency numbers everybody knows, measured here",
    .help = help,
    .create = create,
    .step = step,
    .next = next,
    .status = status,
    .destroy = destroy,
};
