#include "exhibits/compare/command.h"

#include <stdlib.h>

#include "exhibits/compare/batch.h"
#include "exhibits/compare/cell.h"
#include "exhibits/compare/events.h"
#include "exhibits/compare/experiment.h"
#include "exhibits/compare/fit.h"
#include "exhibits/compare/plan.h"
#include "exhibits/compare/pools.h"
#include "exhibits/compare/report.h"
#include "gil/gil.h"
#include "lab/live.h"
#include "lab/look.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "stats/random.h"
#include "trace/trace.h"

struct lab_compare {
    struct lab_experiment experiment; /* first: reports read it */
    struct lab_co co;
    struct lab_lane *lane;
    struct lab_random random;
    size_t *order; /* of cells in this round */
    /* What must survive an await: the loops' places, and what is under way. */
    size_t i;
    unsigned round;
    uint64_t began_ns;
    struct lab_pool fitting;   /* tries out how large the problems may be */
    struct lab_pool reference; /* makes the references where no cell is sequential */
    struct lab_pool *pool;     /* being started */
    struct lab_case *work;     /* being run */
    struct lab_cell *cell;     /* being measured; NULL: a reference */
    struct lab_batch batch;
    bool batch_open;
    struct lab_gil_stats gil; /* of the executor, before the batch */
    uint64_t repeat;
    struct lab_trial trial; /* of the case whose size is being looked for */
    uint64_t told_ns;       /* when the verdicts so far were last told */
    uint64_t sample_ns;     /* when the sample began */
    double elapsed;
    bool looking;
    int status;
};

/* Suspends here, or, where the condition itself can wait, waits. */
#define UNTIL(compare, condition)                                                                  \
    while (!(condition)) {                                                                         \
        if (!lab_can_block()) {                                                                    \
            (compare)->co.awaits = LAB_AWAITS_TURN;                                                \
            LAB_CO__SUSPEND(&(compare)->co)                                                        \
        }                                                                                          \
    }

enum { LOOK_SLICE_NS = 50000000 };
/* The verdicts so far are told no more often than that. */
enum { TELL_NS = 1000000000 };

/* They have looked. */
static bool looked(struct lab_compare *compare)
{
    compare->looking = !lab_looked(LOOK_SLICE_NS);
    return !compare->looking;
}

/* Between two measurements: shows whoever watches how it goes, if it is time. */
#define LOOK(compare)                                                                              \
    if (lab_look_due()) {                                                                          \
        lab_look_begin();                                                                          \
        UNTIL(compare, looked(compare))                                                            \
    }

/* Who makes a reference where no cell is sequential: one process, because a task that traps must
 * not take the coordinator along; for reading pages async, because nobody should wait for them one
 * by one. */
static const struct lab_method *reference_method(const struct lab_case *work)
{
    bool waits = lab_workload_reads_pages(work->problem.workload);
    return lab_method_find(waits ? "async" : "processes");
}

/* Sequential cells first: their results are the references. */
static void order_for_warm_up(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    const struct lab_method *sequential = lab_method_find("sequential");
    size_t at = 0;
    for (int turn = 0; turn < 2; turn++)
        for (size_t i = 0; i < experiment->cell_count; i++)
            if ((experiment->cells[i].pool->method == sequential) == (turn == 0))
                compare->order[at++] = i;
    if (experiment->cells[compare->order[0]].pool->method != sequential)
        compare->reference.workers = 1;
}

static void destroy(void *state);

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_compare *compare = calloc(1, sizeof *compare);
    if (!compare) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    struct lab_experiment *experiment = &compare->experiment;
    if (lab_plan(experiment, argc, argv, failure)) {
        destroy(compare);
        return NULL;
    }
    compare->order = malloc(experiment->cell_count * sizeof *compare->order);
    if (!compare->order) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        destroy(compare);
        return NULL;
    }
    order_for_warm_up(compare);
    compare->fitting = (struct lab_pool){.method = lab_method_find("sequential"), .workers = 1};
    lab_random_seed(&compare->random, experiment->options.seed);
    return compare;
}

/* ---- samples ---- */

static void fail_cell(struct lab_compare *compare, const struct lab_failure *failure)
{
    struct lab_cell *cell = compare->cell;
    if (!cell)
        return; /* a reference: the cells will fail for themselves */
    cell->failure = *failure;
    cell->verified = false;
    lab_event_failure(cell->number, failure->text);
}

static void begin_batch(struct lab_compare *compare)
{
    struct lab_executor *executor = compare->pool->executor;
    if (compare->cell)
        lab_trace(compare->lane, LAB_TRACE_SAMPLE, (uint32_t)compare->cell->number, 1);
    lab_executor_gil_stats(executor, &compare->gil);
    if (lab_batch_start(&compare->batch, &compare->work->problem, executor,
                        compare->cell ? (uint32_t)compare->cell->number : UINT32_MAX))
        compare->batch.left = 0;
    /* Before poll() can end it: nobody else reads this. */
    compare->batch.one_clock = lab_machine_is_coarse(&compare->experiment.machine);
    compare->batch_open = true;
}

/* The run is being stopped: nothing new is done, but what runs must end first. */
static bool batch_settled(struct lab_compare *compare)
{
    if (lab_batch_poll(&compare->batch))
        return true;
    /* Processes do not look at our flag: ending the pool ends their tasks. */
    if (lab_stopping() && compare->pool->method->processes)
        lab_pool_stop(compare->pool);
    return compare->pool->executor == NULL;
}

/* Takes a finished batch in. False: the cell is over. */
static bool end_batch(struct lab_compare *compare)
{
    struct lab_failure failure = {0};
    struct lab_batch *batch = &compare->batch;
    struct lab_cell *cell = compare->cell;
    if (cell)
        lab_trace(compare->lane, LAB_TRACE_SAMPLE, (uint32_t)cell->number, 0);
    int code = lab_batch_finish(batch);
    if (code)
        failure = batch->failure;
    else
        code = lab_cell_check(cell, compare->work, batch->results, &failure);
    double seconds = (double)(batch->end_ns - batch->start_ns) / 1e9;
    if (!code && cell && compare->round > 0) {
        if (!batch->one_clock) /* or they are of the clock more than of the tasks */
            code = lab_cell_keep_latencies(cell, batch, &failure);
        struct lab_gil_stats after;
        if (compare->pool->executor && lab_executor_gil_stats(compare->pool->executor, &after))
            lab_cell_keep_gil(cell, &compare->gil, &after);
    }
    lab_batch_release(batch);
    compare->batch_open = false;
    if (code && lab_stopping())
        return false; /* whatever failed, failed because of that */
    if (code == LAB_E_NOMEM && lab_pools_give_up(&compare->experiment, compare->pool)) {
        compare->repeat++; /* once more */
        return true;
    }
    compare->elapsed += seconds;
    if (code)
        fail_cell(compare, &failure);
    return code == 0;
}

/* A run at the least size has ended. False: in a failure, and it says nothing. */
static bool end_trial(struct lab_compare *compare)
{
    uint64_t now = lab_now_ns();
    int code = lab_batch_finish(&compare->batch);
    lab_batch_release(&compare->batch);
    compare->batch_open = false;
    if (code == 0)
        lab_trial_ran(&compare->trial, now);
    return code == 0;
}

/* The sample is to be taken again, with more repeats. */
static bool too_short(struct lab_compare *compare)
{
    struct lab_failure failure;
    if (compare->repeat > 0)
        return false;
    int code = lab_cell_long_enough(compare->cell, &compare->experiment.machine, compare->elapsed,
                                    &failure);
    if (code == LAB_E_UNAVAILABLE) {
        fail_cell(compare, &failure);
        compare->repeat = 1; /* there is no sample */
    }
    return code == LAB_E_AGAIN;
}

/* What was measured so far: the run's own account of itself. */
static void sum_up(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    experiment->rounds = compare->round ? compare->round - 1 : 0;
    experiment->observed = lab_look_observed();
    lab_trace_totals(&experiment->trace_events, &experiment->trace_lost);
}

/* Keeps what there is for the case that the program dies. */
static void keep(struct lab_compare *compare)
{
    compare->experiment.seconds = (double)(lab_now_ns() - compare->began_ns) / 1e9;
    sum_up(compare);
    lab_report_keep(&compare->experiment);
}

static void end_sample(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    struct lab_cell *cell = compare->cell;
    uint64_t memory = lab_executor_memory(compare->pool->executor);
    if (memory > cell->memory)
        cell->memory = memory;
    if (compare->round == 0)
        return;
    lab_look_measured(compare->sample_ns, lab_now_ns());
    struct lab_failure failure = {0};
    if (lab_cell_keep_sample(cell, experiment, compare->elapsed / (double)cell->repeats,
                             &failure)) {
        fail_cell(compare, &failure);
        return;
    }
    lab_event_sample(cell, compare->round, (double)(lab_now_ns() - compare->began_ns) / 1e9);
    keep(compare);
}

/* ---- the course of it ---- */

/* A cell that dropped samples (too_short) has fewer than there were rounds. */
static bool samples_missing(const struct lab_experiment *experiment)
{
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (!cell->failure.code && cell->count < experiment->options.rounds)
            return true;
    }
    return false;
}

static bool time_is_up(const struct lab_compare *compare)
{
    return (double)(lab_now_ns() - compare->began_ns) / 1e9 >= compare->experiment.options.seconds;
}

static bool over(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    bool settled = true;
    if (lab_stopping())
        return true;
    if (compare->round <= experiment->options.rounds || samples_missing(experiment))
        return false;
    if (time_is_up(compare))
        return true;
    for (size_t i = 0; i < experiment->cell_count; i++)
        settled &= experiment->cells[i].converged || experiment->cells[i].failure.code != 0;
    return settled;
}

/* A round is over: tells the verdicts as they stand, once there are rounds enough. */
static void tell_verdicts(struct lab_compare *compare)
{
    uint64_t now = lab_now_ns();
    if (compare->round < LAB_INTERVAL_LEAST || lab_stopping() ||
        (compare->told_ns && now - compare->told_ns < TELL_NS))
        return;
    compare->told_ns = now;
    lab_event_verdicts(&compare->experiment, compare->round);
}

/* The next cell's turn; false: it is not to be run (any more). */
static bool choose_cell(struct lab_compare *compare)
{
    struct lab_cell *cell = &compare->experiment.cells[compare->order[compare->i]];
    compare->cell = cell;
    compare->work = cell->work;
    compare->pool = cell->pool;
    if (cell->failure.code)
        return false;
    /* The last rounds are only for those that dropped samples. */
    if (compare->round > compare->experiment.options.rounds && time_is_up(compare) &&
        cell->count >= compare->experiment.options.rounds)
        return false;
    if (cell->pool->failure.code) {
        fail_cell(compare, &cell->pool->failure);
        return false;
    }
    return true;
}

/* A pool that broke is of no use to the cells that come after. */
static void drop_broken_pool(struct lab_compare *compare)
{
    struct lab_failure failure;
    if (compare->pool->executor &&
        lab_executor_ready(compare->pool->executor, &failure) == LAB_E_BROKEN)
        lab_pool_stop(compare->pool);
}

/* Nothing runs any more. */
static void wind_up(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    experiment->ended.stopped = lab_stopping();
    experiment->seconds = (double)(lab_now_ns() - compare->began_ns) / 1e9;
    for (size_t i = 0; i < experiment->pool_count; i++)
        lab_pool_stop(&experiment->pools[i]);
    lab_pool_stop(&compare->reference);
    lab_lane_set_current(NULL);
    lab_lane_close(compare->lane);
    compare->lane = NULL;
}

static void finish(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    sum_up(compare);
    compare->status = lab_experiment_verified(experiment) && !experiment->ended.stopped ? 0 : 1;
    int code = lab_report(experiment);
    if (code)
        compare->status = 1;
}

static int step(void *state)
{
    struct lab_compare *compare = state;
    struct lab_experiment *experiment = &compare->experiment;
    LAB_CO_BEGIN(&compare->co);
    lab_look_reset();
    lab_machine_measure_clock(&experiment->machine);
    lab_trace_enable(false); /* what comes before the experiment is none of it */
    for (compare->i = 0; compare->i < experiment->options.workload_count; compare->i++) {
        compare->work = &experiment->cases[compare->i];
        compare->cell = NULL;
        if (!compare->work->fitted || !compare->work->prepared)
            continue;
        if (!lab_workload_reads_pages(compare->work->problem.workload)) {
            compare->pool = &compare->fitting;
            lab_pool_start(experiment, compare->pool);
            UNTIL(compare, lab_pool_settled(compare->pool))
            compare->trial = (struct lab_trial){0};
            while (compare->pool->executor && !lab_stopping() && lab_trial_more(&compare->trial)) {
                begin_batch(compare);
                UNTIL(compare, batch_settled(compare))
                if (!end_trial(compare))
                    break;
            }
            lab_pool_stop(compare->pool);
        }
        lab_plan_fit(experiment, compare->work, &compare->trial);
    }
    lab_trace_enable(true);
    compare->lane = lab_lane_open("coordinator", LAB_LANE_COORDINATOR, "", 1);
    lab_lane_set_current(compare->lane);
    lab_plan_leave_out(experiment);
    lab_event_plan(experiment);
    for (size_t i = 0; i < experiment->cell_count; i++)
        if (experiment->cells[i].failure.code)
            lab_event_failure(i, experiment->cells[i].failure.text);
    LOOK(compare)
    lab_machine_measure(&experiment->machine);

    for (compare->i = 0; compare->reference.workers && !lab_stopping() &&
                         compare->i < experiment->options.workload_count;
         compare->i++) {
        compare->pool = &compare->reference;
        compare->work = &experiment->cases[compare->i];
        compare->cell = NULL;
        if (!compare->work->prepared)
            continue;
        compare->reference.method = reference_method(compare->work);
        lab_pool_start(experiment, compare->pool);
        UNTIL(compare, lab_pool_settled(compare->pool))
        if (compare->reference.executor) {
            begin_batch(compare);
            UNTIL(compare, batch_settled(compare))
            end_batch(compare);
        }
        lab_pool_stop(&compare->reference);
        compare->reference.failure.code = 0;
    }
    compare->began_ns = lab_now_ns();

    /* Round 0 warms up. */
    for (compare->round = 0; !over(compare); compare->round++) {
        if (compare->round == 1)
            compare->began_ns = lab_now_ns();
        if (compare->round > 0)
            lab_random_shuffle(&compare->random, compare->order, experiment->cell_count,
                               sizeof *compare->order);
        for (compare->i = 0; compare->i < experiment->cell_count && !lab_stopping(); compare->i++) {
            if (!choose_cell(compare))
                continue;
            while (!compare->pool->failure.code && !lab_stopping() &&
                   (!compare->pool->executor || compare->pool->start_count < LAB_STARTS)) {
                lab_pool_stop(compare->pool);
                lab_event_phase(compare->cell, "start-up", compare->round);
                LOOK(compare)
                lab_pool_start(experiment, compare->pool);
                UNTIL(compare, lab_pool_settled(compare->pool))
            }
            if (!choose_cell(compare) || lab_stopping())
                continue;
            lab_event_phase(compare->cell, compare->round ? "sample" : "warm-up", compare->round);
            LOOK(compare)
            do {
                compare->elapsed = 0;
                compare->sample_ns = lab_now_ns();
                if (!compare->cell->repeats)
                    compare->cell->repeats = 1;
                for (compare->repeat = compare->cell->repeats; compare->repeat > 0;
                     compare->repeat--) {
                    begin_batch(compare);
                    UNTIL(compare, batch_settled(compare))
                    if (!end_batch(compare))
                        break;
                }
            } while (too_short(compare));
            if (compare->repeat == 0)
                end_sample(compare);
            lab_live_collect();
            drop_broken_pool(compare);
        }
        tell_verdicts(compare);
    }
    wind_up(compare);
    lab_look_begin();
    UNTIL(compare, looked(compare))
    if (!lab_stopping())
        lab_machine_look_again(&experiment->machine);
    finish(compare);
    LAB_CO_END(&compare->co);
    return LAB_CO_DONE;
}

static uint64_t next(const void *state)
{
    const struct lab_compare *compare = state;
    if (compare->looking)
        return LAB_FOREVER;
    /* Between two tasks nothing comes from outside: the executor says when it wants to go on. */
    if (compare->pool && compare->pool->executor)
        return lab_executor_next_drive(compare->pool->executor);
    return 0;
}

static int status(const void *state)
{
    const struct lab_compare *compare = state;
    return compare->status;
}

static void destroy(void *state)
{
    struct lab_compare *compare = state;
    if (!compare)
        return;
    struct lab_experiment *experiment = &compare->experiment;
    for (size_t i = 0; i < experiment->pool_count; i++)
        lab_pool_stop(&experiment->pools[i]);
    lab_pool_stop(&compare->fitting);
    lab_pool_stop(&compare->reference);
    if (compare->batch_open)
        lab_batch_release(&compare->batch);
    free(compare->order);
    lab_lane_set_current(NULL);
    lab_lane_close(compare->lane);
    lab_plan_release(experiment);
    free(compare);
}

const struct lab_command lab_compare_command = {
    .name = "compare",
    .words = "compare [WORKLOAD...]",
    .summary = "run workloads under several methods and compare them",
    .help = lab_compare_help,
    .create = create,
    .step = step,
    .next = next,
    .status = status,
    .destroy = destroy,
};
