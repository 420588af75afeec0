#include "exhibits/compare/cell.h"

#include <math.h>
#include <stdlib.h>

static const double TOLERANCE = 0.05; /* of a median's interval */
/* FEW_STEPS: of the clock, fewer do not measure anything. */
enum { REPEATS_MAX = 1000000, FEW_STEPS = 5 };

int lab_cell_check(struct lab_cell *cell, struct lab_case *work, const struct lab_bytes *results,
                   struct lab_failure *failure)
{
    uint64_t checksum = lab_problem_checksum(&work->problem, results);
    int code = 0;
    if (!cell || !cell->verified)
        code = lab_problem_verify(&work->problem, results, failure);
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

int lab_cell_keep_latencies(struct lab_cell *cell, const struct lab_batch *batch,
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

void lab_cell_keep_gil(struct lab_cell *cell, const struct lab_gil_stats *before,
                       const struct lab_gil_stats *after)
{
    cell->has_gil = true;
    cell->gil_switches += after->switches - before->switches;
    cell->gil_forced += after->forced - before->forced;
    cell->gil_wait_seconds += after->wait_seconds - before->wait_seconds;
}

/* The next try's repeats. What lasted a few steps of the clock, or none, says little about them. */
static uint64_t more_repeats(const struct lab_cell *cell, double elapsed, double least, double step)
{
    double factor = least * 1.5 / fmax(elapsed, step / 4);
    if (elapsed < FEW_STEPS * step)
        factor = fmin(factor, 16);
    double repeats = ceil((double)cell->repeats * fmax(factor, 1.5));
    return repeats < REPEATS_MAX ? (uint64_t)repeats : REPEATS_MAX;
}

int lab_cell_long_enough(struct lab_cell *cell, const struct lab_machine *machine, double elapsed,
                         struct lab_failure *failure)
{
    double least = lab_machine_sample_least(machine), step = machine->timer_resolution_ns / 1e9;
    if (elapsed >= least)
        return 0;
    if (cell->repeats >= REPEATS_MAX) {
        if (elapsed >= FEW_STEPS * step)
            return 0;
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "too short for this clock: its steps are %.3g ms, and %d times the work "
                        "took less than %d of them",
                        step * 1e3, REPEATS_MAX, FEW_STEPS);
    }
    cell->repeats = more_repeats(cell, elapsed, least, step);
    cell->count = cell->latency_count = 0;
    cell->gil_switches = cell->gil_forced = 0;
    cell->gil_wait_seconds = 0;
    return LAB_E_AGAIN;
}

/* Room for one more sample in the cell, and for its interval: whatever has a sample has that. */
static bool make_room(struct lab_cell *cell, struct lab_experiment *experiment)
{
    if (cell->count == cell->capacity) {
        size_t capacity = cell->capacity ? cell->capacity * 2 : 16;
        double *samples = realloc(cell->samples, capacity * sizeof *samples);
        if (samples) {
            cell->samples = samples;
            cell->capacity = capacity;
        }
    }
    if (experiment->scratch_count < cell->capacity) {
        size_t size = LAB_BOOTSTRAP_SCRATCH(cell->capacity, cell->capacity);
        double *scratch = realloc(experiment->scratch, size * sizeof *scratch);
        if (scratch) {
            experiment->scratch = scratch;
            experiment->scratch_count = cell->capacity;
        }
    }
    return cell->count < cell->capacity && cell->count < experiment->scratch_count;
}

int lab_cell_keep_sample(struct lab_cell *cell, struct lab_experiment *experiment, double seconds,
                         struct lab_failure *failure)
{
    if (!make_room(cell, experiment))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %zu sample%s", cell->count + 1,
                        cell->count ? "s" : "");
    cell->samples[cell->count++] = seconds;
    lab_settled(cell->samples, cell->count, experiment->options.rounds, TOLERANCE,
                experiment->options.seed, experiment->scratch, &cell->interval, &cell->converged);
    lab_interval_blur(&cell->interval, lab_experiment_step(experiment, cell));
    cell->converged = cell->converged && lab_interval_within(&cell->interval, TOLERANCE);
    return 0;
}
