#include "exhibits/spin/command.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "exhibits/spin/report.h"
#include "lab/deliver.h"
#include "lab/live.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

#define LOOK_NS UINT64_C(20000000) /* how often a stop is looked for at the gate */

/* One method's turn. */
struct turn {
    struct command *command;
    size_t i; /* of the methods */
    struct lab_spin *spin;
    bool told; /* that it has started */
    lab_thread thread;
    bool has_thread;
};

struct command {
    struct lab_spin_report report;
    struct turn turns[LAB_MAX_METHODS];
    size_t at; /* whose turn it is, one after another */
    bool begun;
    uint64_t began_ns;
    /* Together: methods that stand ready or never will. Release: nothing, a counter; a futex. */
    _Atomic uint32_t gathered;
    uint32_t expected;
    int status;
};

static const char help[] =
    "lab spin METHOD... [OPTION...]\n"
    "\n"
    "Turns a spinner, a frame every 0.1 s, while a slow function runs under the same method.\n"
    "Says how long it stood still at the longest, and how late its frames were. METHOD: as lab\n"
    "list shows them, or all.\n"
    "\n"
    "  --slow WHAT       sleep: waits, and answers 42 (default); prime: computes whether\n"
    "                    5000111000222021 is prime, by trial division\n"
    "  --seconds S       how long that takes, 0.1 to 600 (default 3); prime is repeated until\n"
    "                    it takes about as long, equally often under all methods\n"
    "  --together        all methods at once, instead of one after another\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct command *command = calloc(1, sizeof *command);
    if (!command) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    struct lab_spin_options *options = &command->report.options;
    int code = lab_spin_options_parse(options, argc, argv, failure);
    if (!code && options->together && !lab_has_threads())
        code = lab_fail(failure, LAB_E_UNAVAILABLE,
                        "--together needs a thread for each method, and threads need memory to "
                        "share: " LAB_NO_SHARED_MEMORY);
    if (code) {
        free(command);
        return NULL;
    }
    lab_spin_report_init(&command->report);
    for (size_t i = 0; i < LAB_MAX_METHODS; i++)
        command->turns[i] = (struct turn){.command = command, .i = i};
    return command;
}

/* ---- one method ---- */

static void draw(void *user, unsigned frame, double seconds)
{
    struct turn *turn = user;
    lab_spin_report_frame(&turn->command->report, turn->i, frame, seconds);
}

/* Memory that ran out before there was anything to run. */
static void fail_turn(struct turn *turn, const char *why)
{
    struct lab_spin_report *report = &turn->command->report;
    struct lab_spin_result result = {
        .method = report->options.methods[turn->i], .slow = report->slow.kind, .answer = ""};
    lab_fail(&result.failure, LAB_E_NOMEM, "%s", why);
    lab_spin_report_end(report, turn->i, &result);
}

/* True: it stands ready, or it failed. */
static bool prepare_turn(struct turn *turn)
{
    struct lab_spin_report *report = &turn->command->report;
    if (!turn->spin)
        turn->spin = lab_spin_create(report->options.methods[turn->i], &report->slow, draw, turn);
    return !turn->spin || lab_spin_prepare(turn->spin) == LAB_CO_DONE;
}

/* True: it is over, and reported. */
static bool run_turn(struct turn *turn)
{
    struct lab_spin_report *report = &turn->command->report;
    if (!turn->spin) {
        fail_turn(turn, "out of memory");
        return true;
    }
    if (!turn->told && !lab_spin_failed(turn->spin))
        lab_spin_report_start(report, turn->i);
    turn->told = true;
    if (lab_spin_run(turn->spin) != LAB_CO_DONE)
        return false;
    lab_spin_report_end(report, turn->i, lab_spin_result(turn->spin));
    lab_spin_destroy(turn->spin);
    turn->spin = NULL;
    return true;
}

/* ---- all at once ---- */

static void gather(struct command *command)
{
    atomic_fetch_add_explicit(&command->gathered, 1, memory_order_relaxed);
    lab_futex_wake(&command->gathered, INT32_MAX);
    for (uint32_t here; (here = atomic_load_explicit(&command->gathered, memory_order_relaxed)) <
                            command->expected &&
                        !lab_stopping();)
        lab_futex_wait(&command->gathered, here, LOOK_NS);
}

/* In a thread of its own, which may block. */
static void take_turn(void *argument)
{
    struct turn *turn = argument;
    while (!prepare_turn(turn)) {
    }
    gather(turn->command);
    while (!run_turn(turn)) {
    }
}

static void run_together(struct command *command)
{
    size_t count = command->report.options.method_count;
    command->expected = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        struct turn *turn = &command->turns[i];
        turn->has_thread = lab_thread_start(&turn->thread, take_turn, turn) == 0;
        if (turn->has_thread)
            continue;
        fail_turn(turn, "its thread could not be started");
        atomic_fetch_add_explicit(&command->gathered, 1, memory_order_relaxed);
        lab_futex_wake(&command->gathered, INT32_MAX);
    }
    for (size_t i = 0; i < count; i++)
        if (command->turns[i].has_thread)
            lab_thread_join(command->turns[i].thread);
}

/* ---- the course of it ---- */

static void begin(struct command *command)
{
    struct lab_spin_report *report = &command->report;
    command->begun = true;
    lab_live_reset();
    command->began_ns = lab_now_ns();
    lab_spin_report_preparing(report);
    lab_machine_measure_clock(&report->machine);
    report->slow = lab_slow_prepare(report->options.slow, report->options.seconds);
}

static double elapsed(const struct command *command)
{
    return (double)(lab_now_ns() - command->began_ns) / 1e9;
}

static void finish(struct command *command)
{
    struct lab_spin_report *report = &command->report;
    report->ended.stopped = lab_stopping();
    report->seconds = elapsed(command);
    command->status = lab_spin_report_passed(report) ? 0 : 1;
    /* A page knows that it asked for it. */
    if (report->ended.stopped && !lab_has_events()) {
        lab_progress_clear();
        lab_print(2, "lab: stopped; what there was until then follows\n");
    }
    if (lab_spin_report_write(report))
        command->status = 1;
}

static int step(void *state)
{
    struct command *command = state;
    const struct lab_spin_options *options = &command->report.options;
    if (!command->begun)
        begin(command);
    if (options->together && !lab_stopping()) {
        run_together(command);
        command->at = options->method_count;
    }
    while (command->at < options->method_count) {
        struct turn *turn = &command->turns[command->at];
        if (!turn->spin && lab_stopping())
            break;
        if (!prepare_turn(turn) || !run_turn(turn))
            return LAB_CO_AWAIT;
        command->at++;
        command->report.seconds = elapsed(command);
        lab_spin_report_keep(&command->report);
    }
    finish(command);
    return LAB_CO_DONE;
}

static uint64_t next(const void *state)
{
    const struct command *command = state;
    const struct lab_spin *spin =
        command->at < LAB_MAX_METHODS ? command->turns[command->at].spin : NULL;
    return spin ? lab_spin_next(spin) : 0;
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
    for (size_t i = 0; i < LAB_MAX_METHODS; i++)
        lab_spin_destroy(command->turns[i].spin);
    lab_spin_report_release(&command->report);
    free(command);
}

const struct lab_command lab_spin_command = {
    .name = "spin",
    .words = "spin METHOD...",
    .summary = "a spinner beside a slow function: does it keep turning?",
    .help = help,
    .task_type = lab_slow_task_type_find,
    .create = create,
    .step = step,
    .next = next,
    .status = status,
    .destroy = destroy,
};
