#include "exhibits/compare/fit.h"

#include <math.h>
#include <string.h>

#include "check.h"

enum { MOST_CELLS = 32 };

static struct lab_experiment experiment;
static struct lab_pool pools[MOST_CELLS];
static struct lab_cell cells[MOST_CELLS];

/* An experiment of one workload under all methods, on so many cores, with 1, 2, 4 … workers up to
 * `most`; its problem is of the least size, and only as much of it there as is looked at. */
static const struct lab_case *plan(const char *name, unsigned cores, unsigned most)
{
    struct lab_case *work = &experiment.cases[0];
    memset(&experiment, 0, sizeof experiment);
    experiment.machine.environment.cores = cores;
    experiment.machine.timer_resolution_ns = 1;
    experiment.pools = pools;
    experiment.cells = cells;
    work->problem.workload = lab_workload_find(name);
    work->problem.size = work->problem.workload->fit.least;
    work->problem.task_count = strcmp(name, "sort") == 0     ? 4
                               : strcmp(name, "matmul") == 0 ? 1
                                                             : work->problem.size;
    for (size_t m = 0; lab_methods[m]; m++)
        for (unsigned workers = 1; workers <= (lab_methods[m]->parallel ? most : 1); workers *= 2) {
            size_t i = experiment.cell_count++;
            pools[i] = (struct lab_pool){.method = lab_methods[m], .workers = workers};
            cells[i] = (struct lab_cell){.number = i, .work = work, .pool = &pools[i]};
        }
    return work;
}

static uint64_t size(const struct lab_case *work, double seconds)
{
    return lab_fit_size(&experiment, work, seconds).size;
}

static void a_fast_machine_takes_all(void)
{
    CHECK_INT(size(plan("primes", 2, 2), 0), 20);
    CHECK_INT(size(plan("primes", 2, 2), 0.04), 20);
    CHECK_INT(size(plan("matmul", 2, 2), 0.001), 1024);
}

static void a_slow_machine_takes_less(void)
{
    /* A round is eight and a half times what it takes alone. */
    CHECK_INT(size(plan("primes", 2, 2), 0.13), 15);
    CHECK_INT(size(plan("sha256", 2, 2), 0.06), 16);
    CHECK_INT(size(plan("sha256", 2, 2), 0.09), 12);
    /* Four times the size is four times the cost, or 16, or 64. */
    CHECK_INT(size(plan("sort", 2, 2), 0.05), 2 << 20);
    CHECK_INT(size(plan("mandelbrot", 2, 2), 0.03), 512);
    /* Nobody knows, or it takes for ever: as little as it may. */
    CHECK_INT(size(plan("primes", 2, 2), 100), 15);
    CHECK_INT(size(plan("primes", 2, 2), (double)INFINITY), 15);
}

static void two_workers_keep_three_tasks(void)
{
    CHECK_INT(size(plan("primes", 8, 8), 100), 15);
    CHECK_INT(size(plan("primes", 16, 16), 100), 20);
    CHECK_INT(size(plan("sha256", 8, 8), 100), 12);
    CHECK_INT(size(plan("sha256", 64, 64), 100), 32);
    CHECK_INT(size(plan("matmul", 2, 2), 100), 512);
    CHECK_INT(size(plan("sort", 4, 4), 100), 3 << 19);
}

/* Waiting needs no core: of 20 pages of 0.1 s a round takes 14 s, and of 10 seven; of pages that
 * answer at once anything goes. */
static void waiting_goes_side_by_side(void)
{
    CHECK_INT(size(plan("pages", 2, 2), 1), 10);
    CHECK_INT(size(plan("pages", 1, 2), 0.08), 20);
    CHECK_INT(size(plan("pages", 2, 2), 0), 20);
}

static void rounds_take_as_long_as_is_said(void)
{
    const struct lab_case *work = plan("primes", 2, 2);
    /* One after another 2 + 2 × 1, at the same time 3 × (1 + 1 / 2), of 20 / 15 × 0.06 s. */
    CHECK_DOUBLE(lab_fit_size(&experiment, work, 0.06).round_seconds, 8.5 * 0.08, 1e-9);
    CHECK(isinf(lab_fit_size(&experiment, work, (double)INFINITY).round_seconds));
    /* Less work is repeated the more often by a clock that is coarse, and saves no time. */
    experiment.machine.timer_resolution_ns = 16666667;
    struct lab_fit fit = lab_fit_size(&experiment, work, 0.06);
    CHECK_INT(fit.size, 20);
    CHECK(fit.round_seconds > 6);
}

static void named_sizes_are_left_alone(void)
{
    uint64_t number = 7;
    struct lab_options options = {0};
    const struct lab_workload *primes = lab_workload_find("primes");
    const struct lab_workload *pages = lab_workload_find("pages");
    CHECK(lab_fit_wanted(&options, primes) && lab_fit_wanted(&options, pages));
    CHECK(!lab_fit_wanted(&options, lab_workload_find("fault")));
    options.numbers = &number;
    CHECK(!lab_fit_wanted(&options, primes) && lab_fit_wanted(&options, pages));
    options.named_urls = 3;
    CHECK(!lab_fit_wanted(&options, pages));
    options = (struct lab_options){.size = 20};
    CHECK(!lab_fit_wanted(&options, primes));
    options = (struct lab_options){.full_size = true};
    CHECK(!lab_fit_wanted(&options, primes));
}

static void trials(void)
{
    struct lab_trial trial = {0};
    CHECK(lab_trial_more(&trial) && isinf(lab_trial_seconds(&trial)));
    lab_trial_ran(&trial, 1500000000); /* cold, and not counted */
    CHECK(lab_trial_more(&trial) && isinf(lab_trial_seconds(&trial)));
    lab_trial_ran(&trial, 1600000000);
    CHECK_DOUBLE(lab_trial_seconds(&trial), 0.1, 1e-12);
    lab_trial_ran(&trial, 1800000000);
    CHECK_DOUBLE(lab_trial_seconds(&trial), 0.15, 1e-12);
    trial.warm_ns = lab_now_ns();
    CHECK(lab_trial_more(&trial));
    trial.warm_ns -= 150000000;
    CHECK(!lab_trial_more(&trial));
    trial.runs = 1000; /* a clock that stands still */
    trial.warm_ns = lab_now_ns();
    CHECK(!lab_trial_more(&trial));
}

LAB_SUITE(fit)
{
    RUN(a_fast_machine_takes_all);
    RUN(a_slow_machine_takes_less);
    RUN(two_workers_keep_three_tasks);
    RUN(waiting_goes_side_by_side);
    RUN(rounds_take_as_long_as_is_said);
    RUN(named_sizes_are_left_alone);
    RUN(trials);
}
