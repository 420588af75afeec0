#include "lab/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gil/gil.h"
#include "lab/batch.h"
#include "lab/events.h"
#include "lab/experiment.h"
#include "lab/live.h"
#include "lab/look.h"
#include "lab/plan.h"
#include "lab/report.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "stats/random.h"
#include "trace/trace.h"

static const double TOLERANCE = 0.05; /* of a median's interval */
/* FEW_STEPS: of the clock, fewer do not measure anything. */
enum { REPEATS_MAX = 1000000, START_TIMEOUT = 60, FEW_STEPS = 5 };

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
    struct lab_pool reference; /* makes the references where no cell is sequential */
    struct lab_pool *pool;     /* being started */
    uint64_t start_ns;
    struct lab_case *work; /* being run */
    struct lab_cell *cell; /* being measured; NULL: a reference */
    struct lab_batch batch;
    bool batch_open;
    struct lab_gil_stats gil; /* of the executor, before the batch */
    uint64_t repeat;
    uint64_t sample_ns; /* when the sample began */
    double elapsed;
    bool looking;
    double keeping; /* seconds that went into keeping what there is, so far */
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

struct lab_compare *lab_compare_create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_compare *compare = calloc(1, sizeof *compare);
    if (!compare) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    struct lab_experiment *experiment = &compare->experiment;
    if (lab_plan(experiment, argc, argv, failure)) {
        lab_compare_destroy(compare);
        return NULL;
    }
    compare->order = malloc(experiment->cell_count * sizeof *compare->order);
    if (!compare->order) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        lab_compare_destroy(compare);
        return NULL;
    }
    order_for_warm_up(compare);
    lab_random_seed(&compare->random, experiment->options.seed);
    return compare;
}

/* ---- executors ---- */

static void stop_pool(struct lab_pool *pool)
{
    lab_executor_destroy(pool->executor);
    pool->executor = NULL;
}

/* Pools stay up for the cells' next turns, but for those that there is no room for beside this
 * one. */
static void make_room(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    unsigned up = compare->pool->workers;
    for (size_t i = 0; i < experiment->pool_count; i++)
        up += experiment->pools[i].executor ? experiment->pools[i].workers : 0;
    for (size_t i = 0; up > lab_thread_limit_idle() && i < experiment->pool_count; i++)
        stop_pool(&experiment->pools[i]);
}

/* Memory has run out: the pools that wait for their turn go, which are started again when it comes.
 * False: there was none. */
static bool give_up_idle_pools(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    bool any = false;
    for (size_t i = 0; i < experiment->pool_count; i++)
        if (experiment->pools[i].executor && &experiment->pools[i] != compare->pool) {
            stop_pool(&experiment->pools[i]);
            any = true;
        }
    return any;
}

/* Creates the executor of compare->pool, once more. */
static void start_pool(struct lab_compare *compare)
{
    struct lab_pool *pool = compare->pool;
    make_room(compare);
    struct lab_executor_options options = {.workers = (int)pool->workers, .prestart = true};
    compare->start_ns = lab_now_ns();
    int code = lab_executor_create(&pool->executor, pool->method, &options, &pool->failure);
    if (code == LAB_E_NOMEM && give_up_idle_pools(compare)) {
        pool->failure.code = 0;
        compare->start_ns = lab_now_ns();
        lab_executor_create(&pool->executor, pool->method, &options, &pool->failure);
    }
}

/* True: it is ready, or has failed. */
static bool pool_settled(struct lab_compare *compare)
{
    struct lab_pool *pool = compare->pool;
    if (!pool->executor)
        return true;
    if (lab_executor_needs_driving(pool->executor))
        lab_executor_drive(pool->executor, 0);
    int code = lab_executor_ready(pool->executor, &pool->failure);
    double seconds = (double)(lab_now_ns() - compare->start_ns) / 1e9;
    if (code == LAB_E_AGAIN && lab_stopping())
        code = lab_fail(&pool->failure, LAB_E_STOPPED, "stopped");
    if (code == LAB_E_AGAIN && seconds < START_TIMEOUT)
        return false;
    if (code == LAB_E_AGAIN)
        lab_fail(&pool->failure, LAB_E_TIMEOUT, "%u %s were not ready within %d s", pool->workers,
                 pool->method->name, START_TIMEOUT);
    if (code)
        stop_pool(pool);
    else if (pool->start_count < LAB_STARTS)
        pool->starts[pool->start_count++] = seconds;
    return true;
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
        stop_pool(compare->pool);
    return compare->pool->executor == NULL;
}

static void keep_gil(struct lab_compare *compare)
{
    struct lab_cell *cell = compare->cell;
    struct lab_gil_stats after;
    const struct lab_gil_stats *before = &compare->gil;
    if (!compare->pool->executor || !lab_executor_gil_stats(compare->pool->executor, &after))
        return;
    cell->has_gil = true;
    cell->gil_switches += after.switches - before->switches;
    cell->gil_forced += after.forced - before->forced;
    cell->gil_wait_seconds += after.wait_seconds - before->wait_seconds;
}

static int keep_latencies(struct lab_cell *cell, const struct lab_batch *batch,
                          struct lab_failure *failure)
{
    size_t room = LAB_MAX_LATENCIES - cell->latency_count;
    size_t count = batch->count < room ? batch->count : room;
    if (cell->latency_count + count > cell->latency_capacity) {
        size_t capacity = 2 * cell->latency_capacity + count;
        double *grown = realloc(cell->latencies, capacity * sizeof *grown);
        if (!grown)
            return lab_fail(failure, LAB_E_NOMEM, "out of memory for the tasks' latencies");
        cell->latencies = grown;
        cell->latency_capacity = capacity;
    }
    for (size_t i = 0; i < count; i++) {
        const struct lab_batch_task *task = &batch->tasks[i];
        uint64_t ns = task->done_ns > batch->start_ns ? task->done_ns - batch->start_ns : 0;
        cell->latencies[cell->latency_count++] = (double)ns / 1e9;
    }
    return 0;
}

/* Checks results: against the problem the first time, against the reference always. */
static int check(struct lab_compare *compare, struct lab_failure *failure)
{
    struct lab_case *work = compare->work;
    struct lab_cell *cell = compare->cell;
    uint64_t checksum = lab_problem_checksum(&work->problem, compare->batch.results);
    int code = 0;
    if (!cell || !cell->verified)
        code = lab_problem_verify(&work->problem, compare->batch.results, failure);
    if (!code && !work->has_reference) {
        work->checksum = checksum;
        work->has_reference = true;
    }
    if (!code && checksum != work->checksum)
        code = lab_fail(failure, LAB_E_UNVERIFIED, "%s",
                        lab_workload_reads_pages(work->problem.workload)
                            ? "the pages changed between two reads, so that no two results can be "
                              "compared; it takes pages that stay as they are"
                            : "the results differ from the reference");
    if (!cell)
        return code;
    cell->verified = code == 0;
    cell->checksum = checksum;
    return code;
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
        code = check(compare, &failure);
    double seconds = (double)(batch->end_ns - batch->start_ns) / 1e9;
    if (!code && cell && compare->round > 0) {
        if (!batch->one_clock) /* or they are of the clock more than of the tasks */
            code = keep_latencies(cell, batch, &failure);
        keep_gil(compare);
    }
    lab_batch_release(batch);
    compare->batch_open = false;
    if (code && lab_stopping())
        return false; /* whatever failed, failed because of that */
    if (code == LAB_E_NOMEM && give_up_idle_pools(compare)) {
        compare->repeat++; /* once more */
        return true;
    }
    compare->elapsed += seconds;
    if (code)
        fail_cell(compare, &failure);
    return code == 0;
}

static int keep_sample(struct lab_experiment *experiment, struct lab_cell *cell, double seconds,
                       struct lab_failure *failure)
{
    if (cell->count == cell->capacity) {
        size_t capacity = cell->capacity ? cell->capacity * 2 : 16;
        double *samples = realloc(cell->samples, capacity * sizeof *samples);
        if (samples) {
            cell->samples = samples;
            cell->capacity = capacity;
        }
    }
    /* Whatever has a sample has an interval: the room for that comes first. */
    if (experiment->scratch_count < cell->capacity) {
        size_t size = LAB_BOOTSTRAP_SCRATCH(cell->capacity, cell->capacity);
        double *scratch = realloc(experiment->scratch, size * sizeof *scratch);
        if (scratch) {
            experiment->scratch = scratch;
            experiment->scratch_count = cell->capacity;
        }
    }
    if (cell->count == cell->capacity || cell->count >= experiment->scratch_count)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %zu samples", cell->count + 1);
    cell->samples[cell->count++] = seconds;
    return 0;
}

/* The next try's repeats. What lasted a few steps of the clock, or none, says little about them. */
static uint64_t more_repeats(const struct lab_compare *compare, double least, double step)
{
    double factor = least * 1.5 / fmax(compare->elapsed, step / 4);
    if (compare->elapsed < FEW_STEPS * step)
        factor = fmin(factor, 16);
    double repeats = ceil((double)compare->cell->repeats * fmax(factor, 1.5));
    return repeats < REPEATS_MAX ? (uint64_t)repeats : REPEATS_MAX;
}

/* A sample that was too short for the clock is taken again with more repeats, and what was measured
 * with fewer is not kept: the first rounds of a cell are colder, so what suffices shows only as it
 * runs. */
static bool too_short(struct lab_compare *compare)
{
    const struct lab_machine *machine = &compare->experiment.machine;
    struct lab_cell *cell = compare->cell;
    double least = lab_machine_sample_least(machine), step = machine->timer_resolution_ns / 1e9;
    if (compare->repeat > 0 || compare->elapsed >= least)
        return false;
    if (cell->repeats >= REPEATS_MAX) {
        struct lab_failure failure;
        if (compare->elapsed >= FEW_STEPS * step)
            return false;
        lab_fail(&failure, LAB_E_UNAVAILABLE,
                 "too short for this clock: its steps are %.3g ms, and %d times the work took less "
                 "than %d of them",
                 step * 1e3, REPEATS_MAX, FEW_STEPS);
        fail_cell(compare, &failure);
        compare->repeat = 1; /* there is no sample */
        return false;
    }
    cell->repeats = more_repeats(compare, least, step);
    cell->count = cell->latency_count = 0;
    cell->gil_switches = cell->gil_forced = 0;
    cell->gil_wait_seconds = 0;
    return true;
}

/* What was measured so far: the run's own account of itself. */
static void sum_up(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    experiment->rounds = compare->round ? compare->round - 1 : 0;
    experiment->observed = lab_look_observed();
    lab_trace_totals(&experiment->trace_events, &experiment->trace_lost);
}

/* Keeps what there is for the case that the program dies, as often as that takes no more than a
 * fiftieth of the time. */
static void keep(struct lab_compare *compare)
{
    uint64_t start = lab_now_ns();
    if (compare->keeping * 50 > (double)(start - compare->began_ns) / 1e9)
        return;
    compare->experiment.seconds = (double)(start - compare->began_ns) / 1e9;
    sum_up(compare);
    lab_report_keep(&compare->experiment);
    compare->keeping += (double)(lab_now_ns() - start) / 1e9;
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
    if (keep_sample(experiment, cell, compare->elapsed / (double)cell->repeats, &failure)) {
        fail_cell(compare, &failure);
        return;
    }
    lab_settled(cell->samples, cell->count, experiment->options.rounds, TOLERANCE,
                experiment->options.seed, experiment->scratch, &cell->interval, &cell->converged);
    lab_interval_blur(&cell->interval, lab_experiment_step(experiment, cell));
    cell->converged = cell->converged && lab_interval_within(&cell->interval, TOLERANCE);
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
        stop_pool(compare->pool);
}

/* Nothing runs any more. */
static void wind_up(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    experiment->stopped = lab_stopping();
    experiment->seconds = (double)(lab_now_ns() - compare->began_ns) / 1e9;
    for (size_t i = 0; i < experiment->pool_count; i++)
        stop_pool(&experiment->pools[i]);
    stop_pool(&compare->reference);
    lab_lane_set_current(NULL);
    lab_lane_close(compare->lane);
    compare->lane = NULL;
}

static void finish(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    sum_up(compare);
    compare->status = lab_experiment_verified(experiment) && !experiment->stopped ? 0 : 1;
    int code = lab_report(experiment);
    if (code)
        compare->status = 1;
}

int lab_compare_step(struct lab_compare *compare)
{
    struct lab_experiment *experiment = &compare->experiment;
    LAB_CO_BEGIN(&compare->co);
    lab_look_reset();
    compare->lane = lab_lane_open("coordinator", LAB_LANE_COORDINATOR, "", 1);
    lab_lane_set_current(compare->lane);
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
        start_pool(compare);
        UNTIL(compare, pool_settled(compare))
        if (compare->reference.executor) {
            begin_batch(compare);
            UNTIL(compare, batch_settled(compare))
            end_batch(compare);
        }
        stop_pool(&compare->reference);
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
                stop_pool(compare->pool);
                lab_event_phase(compare->cell, "start-up", compare->round);
                LOOK(compare)
                start_pool(compare);
                UNTIL(compare, pool_settled(compare))
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
    }
    wind_up(compare);
    lab_look_begin();
    UNTIL(compare, looked(compare))
    finish(compare);
    LAB_CO_END(&compare->co);
    return LAB_CO_DONE;
}

uint64_t lab_compare_next(const struct lab_compare *compare)
{
    if (compare->looking)
        return LAB_FOREVER;
    /* Between two tasks nothing comes from outside: the executor says when it wants to go on. */
    if (compare->pool && compare->pool->executor)
        return lab_executor_next_drive(compare->pool->executor);
    return 0;
}

int lab_compare_status(const struct lab_compare *compare)
{
    return compare->status;
}

void lab_compare_destroy(struct lab_compare *compare)
{
    if (!compare)
        return;
    struct lab_experiment *experiment = &compare->experiment;
    for (size_t i = 0; i < experiment->pool_count; i++)
        stop_pool(&experiment->pools[i]);
    stop_pool(&compare->reference);
    if (compare->batch_open)
        lab_batch_release(&compare->batch);
    free(compare->order);
    lab_lane_set_current(NULL);
    lab_lane_close(compare->lane);
    lab_plan_release(experiment);
    free(compare);
}
