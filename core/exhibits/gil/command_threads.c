#include "exhibits/gil/command.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "exhibits/gil/report.h"
#include "lab/deliver.h"
#include "lab/look.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

#define GLANCE_NS UINT64_C(20000000)  /* how often a stop and a new interval are looked for */
#define WINDOW_NS UINT64_C(400000000) /* how often it is told how things go */

struct command {
    struct lab_gil_result result;
    struct lab_gil *gil;
    struct lab_gil_reading first, last_told, now;
    struct lab_failure failure;
    uint64_t began_ns;
    int status;
};

/* What was wanted for the command that runs; 0: nothing new. Relaxed: a number by itself. A command
 * takes it up between two looks, so that nobody outside touches its GIL. */
static _Atomic uint32_t wanted_interval;

void lab_set_switch_interval(uint32_t us)
{
    if (us < LAB_GIL_INTERVAL_MIN_US)
        us = LAB_GIL_INTERVAL_MIN_US;
    if (us > LAB_GIL_INTERVAL_MAX_US)
        us = LAB_GIL_INTERVAL_MAX_US;
    atomic_store_explicit(&wanted_interval, us, memory_order_relaxed);
}

static void take_up_interval(struct command *command)
{
    uint32_t us = atomic_exchange_explicit(&wanted_interval, 0, memory_order_relaxed);
    if (us == 0 || us == lab_gil_interval(command->gil))
        return;
    lab_gil_set_interval(command->gil, us);
    command->result.interval_changes++;
}

static void destroy(void *state);

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct command *command = calloc(1, sizeof *command);
    if (!command) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    /* Whatever was wanted while another command ran. */
    atomic_store_explicit(&wanted_interval, 0, memory_order_relaxed);
    struct lab_gil_options *options = &command->result.options;
    int code = lab_gil_options_parse(options, argc, argv, failure);
    if (!code && !(command->gil = lab_gil_create(options->interval_us)))
        code = lab_fail(failure, LAB_E_NOMEM, "out of memory");
    if (code) {
        destroy(command);
        return NULL;
    }
    return command;
}

static void sum_up(struct command *command)
{
    struct lab_gil_result *result = &command->result;
    result->seconds = (double)(lab_now_ns() - command->began_ns) / 1e9;
    result->observed = lab_look_observed();
    lab_trace_totals(&result->trace_events, &result->trace_lost);
}

/* ---- with and without ---- */

/* Shows whoever watches how things go, and keeps what there is. Nothing is being measured. */
static void show(struct command *command)
{
    sum_up(command);
    lab_gil_report_keep(&command->result);
    while (!lab_looked(GLANCE_NS)) {
    }
    lab_look_begin();
    while (!lab_looked(GLANCE_NS)) {
    }
}

/* Lets the phase go on until its time is over or the run is stopped, and tells how it goes. The
 * threads are not stopped for a look: a convoy that is halted twice a second is another one. So
 * looks are few, they are not waited for, and what they took is in the document. */
static void watch(struct command *command, struct lab_gil_phase *phase, bool gil, double seconds)
{
    static _Atomic uint32_t never;
    struct lab_gil_span window;
    uint64_t end = command->first.at_ns + (uint64_t)(seconds * 1e9);
    uint64_t tell = command->first.at_ns + WINDOW_NS;
    command->last_told = command->first;
    for (uint64_t now; (now = lab_now_ns()) < end && !lab_stopping();) {
        take_up_interval(command);
        if (now >= tell && lab_looked(0)) {
            lab_gil_phase_read(phase, &command->now);
            lab_gil_span_between(&window, &command->last_told, &command->now);
            double elapsed = (double)(command->now.at_ns - command->first.at_ns) / 1e9;
            lab_gil_event(&window, gil, elapsed, seconds,
                          command->result.machine.timer_resolution_ns / 1e9);
            command->last_told = command->now;
            lab_look_begin();
            tell = now + WINDOW_NS;
        }
        uint64_t wait = end - now < GLANCE_NS ? end - now : GLANCE_NS;
        lab_futex_wait(&never, 0, wait);
    }
}

static bool run_phase(struct command *command, bool gil, double seconds)
{
    struct lab_gil_result *result = &command->result;
    struct lab_gil_phase *phase =
        lab_gil_phase_start(&result->options, gil ? command->gil : NULL, &command->failure);
    if (!phase)
        return false;
    lab_gil_phase_read(phase, &command->first);
    watch(command, phase, gil, seconds);
    lab_gil_phase_read(phase, &command->now);
    lab_look_measured(command->first.at_ns, command->now.at_ns);
    lab_gil_span_between(gil ? &result->gil : &result->no_gil, &command->first, &command->now);
    *(gil ? &result->has_gil : &result->has_no_gil) = true;
    bool ended = lab_gil_phase_end(phase, &command->failure) == 0;
    show(command);
    return ended;
}

/* ---- the lost update ---- */

static bool run_counter(struct command *command)
{
    static const struct {
        enum lab_counter_kind kind;
        bool gil;
    } rows[LAB_GIL_COUNTS] = {{LAB_COUNTER_UNPROTECTED, false},
                              {LAB_COUNTER_LOCK, false},
                              {LAB_COUNTER_ATOMIC, false},
                              {LAB_COUNTER_UNPROTECTED, true}};
    struct lab_gil_result *result = &command->result;
    uint64_t began = lab_now_ns();
    /* One thread alone loses nothing. */
    unsigned threads = result->options.threads > 2 ? result->options.threads : 2;
    for (size_t i = 0; i < LAB_GIL_COUNTS; i++) {
        struct lab_counter_result *count = &result->counts[i];
        take_up_interval(command);
        if (lab_counter_run(count, rows[i].kind, threads, rows[i].gil ? command->gil : NULL,
                            &command->failure))
            return false;
        result->count_count++;
        lab_gil_event_count(count, i, (double)(lab_now_ns() - began) / 1e9);
        show(command);
        bool guarded = count->gil || count->kind != LAB_COUNTER_UNPROTECTED;
        if (guarded && count->counted != count->expected) {
            lab_fail(&command->failure, LAB_E_UNVERIFIED,
                     "the counter lost increments although it was protected (%s%s)",
                     lab_counter_kind_text(count->kind), count->gil ? ", GIL" : "");
            return false;
        }
    }
    return true;
}

/* ---- the course of it ---- */

static bool run(struct command *command)
{
    enum lab_gil_part part = command->result.options.part;
    double seconds = command->result.options.seconds;
    if (part == LAB_GIL_ALL)
        return run_phase(command, true, seconds / 2) && !lab_stopping() &&
               run_phase(command, false, seconds / 2) && !lab_stopping() && run_counter(command);
    if (part == LAB_GIL_COUNTER)
        return run_counter(command);
    return run_phase(command, part == LAB_GIL_WITH, seconds);
}

static int step(void *state)
{
    struct command *command = state;
    struct lab_gil_result *result = &command->result;
    lab_look_reset();
    lab_machine_measure(&result->machine);
    command->began_ns = lab_now_ns();
    bool ran = run(command);
    sum_up(command);
    result->ended.stopped = lab_stopping();
    command->status = ran && !result->ended.stopped ? 0 : 1;
    if (command->failure.code && command->failure.code != LAB_E_STOPPED) {
        lab_progress_clear();
        lab_print(2, "lab: %s\n", command->failure.text);
    }
    /* A page knows that it asked for it. */
    if (result->ended.stopped && !lab_has_events()) {
        lab_progress_clear();
        lab_print(2, "lab: stopped; what was measured until then follows\n");
    }
    if (lab_gil_report(result))
        command->status = 1;
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
    lab_gil_destroy(command->gil);
    free(command);
}

const struct lab_command lab_gil_command = {
    LAB_GIL_WORDS, .create = create, .step = step, .status = status, .destroy = destroy,
};
