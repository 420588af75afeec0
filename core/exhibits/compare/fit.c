#include "exhibits/compare/fit.h"

#include <math.h>
#include <string.h>

#include "platform/system.h"

/* So much longer than wanted may a round be. */
static const double SLACK = 1.25;
/* What does not make it shorter than this share is no reason for less work. */
static const double SHORTER = 0.95;
/* For each of the most workers; with fewer tasks it is their number that is measured. */
static const double TASKS_LEAST = 1.5;
enum { TRIAL_NS = 150000000, RUNS_MOST = 1000 };

bool lab_fit_wanted(const struct lab_options *options, const struct lab_workload *workload)
{
    if (options->size || options->full_size || workload->fit.least == 0)
        return false;
    if (lab_workload_reads_pages(workload))
        return options->named_urls == 0;
    return !(options->numbers && strcmp(workload->name, "primes") == 0);
}

/* How many tasks a cell has under way at once, of so many. */
static double at_once(const struct lab_experiment *experiment, const struct lab_cell *cell,
                      double tasks)
{
    const struct lab_method *method = cell->pool->method;
    double cores = experiment->machine.environment.cores;
    if (lab_workload_reads_pages(cell->work->problem.workload)) {
        bool async = strcmp(method->name, "async") == 0;
        return fmin(async ? tasks : cell->pool->workers, tasks);
    }
    bool takes_turns = !method->parallel || strcmp(method->name, "threads-gil") == 0;
    return takes_turns ? 1 : fmin(fmin(cell->pool->workers, cores), tasks);
}

/* What a round of the case's cells takes, in seconds, if so many tasks take `seconds` one after
 * another. */
static double round_seconds(const struct lab_experiment *experiment, const struct lab_case *work,
                            double seconds, double tasks)
{
    double sum = 0, least = lab_machine_sample_least(&experiment->machine);
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (cell->work == work) /* what is shorter is repeated until it is not */
            sum += fmax(seconds / at_once(experiment, cell, tasks), least);
    }
    return sum;
}

static unsigned most_workers(const struct lab_experiment *experiment, const struct lab_case *work)
{
    unsigned most = 1;
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (cell->work == work && cell->pool->workers > most)
            most = cell->pool->workers;
    }
    return most;
}

/* The default size, three quarters of it, a half, three eighths, … */
static uint64_t size_at(uint64_t full, unsigned step)
{
    return step % 2 == 0 ? full >> step / 2 : full / 4 * 3 >> step / 2;
}

struct lab_fit lab_fit_size(const struct lab_experiment *experiment, const struct lab_case *work,
                            double seconds)
{
    const struct lab_problem *problem = &work->problem;
    const struct lab_workload *workload = problem->workload;
    double tasks_least = TASKS_LEAST * (double)most_workers(experiment, work);
    struct lab_fit fit = {workload->default_size, (double)INFINITY};
    for (unsigned step = 0;; step++) {
        uint64_t size = size_at(workload->default_size, step);
        if (size < problem->size)
            size = problem->size;
        double growth = (double)size / (double)problem->size;
        double tasks = (double)problem->task_count * pow(growth, workload->fit.task_power);
        double alone = seconds * pow(growth, workload->fit.cost_power);
        double round = round_seconds(experiment, work, alone, tasks);
        if (step > 0 && (tasks < tasks_least || round > SHORTER * fit.round_seconds))
            return fit;
        fit = (struct lab_fit){size, round};
        if (size == problem->size || round <= SLACK * LAB_FIT_ROUND_SECONDS)
            return fit;
    }
}

bool lab_trial_more(const struct lab_trial *trial)
{
    if (trial->runs < 2)
        return true;
    return trial->runs < RUNS_MOST && lab_now_ns() - trial->warm_ns < TRIAL_NS;
}

void lab_trial_ran(struct lab_trial *trial, uint64_t now_ns)
{
    if (trial->runs++ == 0)
        trial->warm_ns = now_ns;
    trial->ended_ns = now_ns;
}

double lab_trial_seconds(const struct lab_trial *trial)
{
    if (trial->runs < 2)
        return (double)INFINITY;
    return (double)(trial->ended_ns - trial->warm_ns) / 1e9 / (trial->runs - 1);
}
