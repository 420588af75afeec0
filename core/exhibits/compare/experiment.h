/* One comparison: its cells, what was measured in them, how it went.
 *
 * A cell is workload × method × workers. Everything that reports (document.c, table.c,
 * verdict.c) reads this; only plan.c writes it, and command.c with its parts (pools.c, cell.c).
 */
#ifndef LAB_EXHIBITS_COMPARE_EXPERIMENT_H
#define LAB_EXHIBITS_COMPARE_EXPERIMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exhibits/compare/options.h"
#include "futures/executor.h"
#include "lab/deliver.h"
#include "lab/look.h"
#include "lab/machine.h"
#include "stats/bootstrap.h"
#include "stats/sample.h"
#include "workloads/workload.h"

enum { LAB_STARTS = 3, LAB_MAX_LATENCIES = 100000 };

struct lab_case {
    struct lab_problem problem;
    uint64_t checksum; /* of the reference: what every other result must equal */
    bool has_reference;
    bool prepared; /* false: out of memory for its input, and its cells have failed */
    /* The machine decided its size, by what the least size took one task after another: seconds,
     * or 0 where nothing was run for it. trial_size 0: not yet. */
    bool fitted;
    uint64_t trial_size;
    double trial_seconds;
    double round_seconds; /* what a round of its cells was to take, by that; infinity: not known */
};

/* A started executor, shared by the cells of its method and number of workers. */
struct lab_pool {
    const struct lab_method *method;
    unsigned workers;
    struct lab_executor *executor; /* NULL: not started */
    uint64_t start_ns;             /* when it was, the last time */
    double starts[LAB_STARTS];     /* seconds from create to ready */
    size_t start_count;
    struct lab_failure failure; /* it could not be started: its cells are not run */
};

struct lab_cell {
    size_t number; /* its place in cells */
    struct lab_case *work;
    struct lab_pool *pool;
    uint64_t repeats; /* of the problem inside one sample */
    double *samples;  /* seconds a problem, in run order */
    size_t count, capacity;
    struct lab_interval interval; /* of samples */
    bool converged;
    bool verified;
    uint64_t checksum;
    /* Of tasks: seconds from the sample's first submit to the task's result; in no order. */
    double *latencies;
    size_t latency_count, latency_capacity;
    uint64_t memory;
    /* What the method's GILs did in the measured samples. */
    bool has_gil;
    uint64_t gil_switches, gil_forced;
    double gil_wait_seconds;
    struct lab_failure failure; /* why it ended without a result */
};

struct lab_experiment {
    struct lab_options options;
    struct lab_machine machine;
    struct lab_case cases[LAB_MAX_WORKLOADS];
    struct lab_pool *pools;
    size_t pool_count;
    struct lab_cell *cells;
    size_t cell_count;
    unsigned rounds; /* measured, the warm-up not counted */
    double seconds;  /* of measuring */
    struct lab_observed observed;
    struct lab_ended ended;
    uint64_t trace_events, trace_lost;
    /* LAB_BOOTSTRAP_SCRATCH of two samples of scratch_count values, which no cell has more of: what
     * was measured can be told without asking for memory. */
    double *scratch;
    size_t scratch_count;
};

/* The cell of the same workload that ran sequentially, or NULL. */
const struct lab_cell *lab_experiment_baseline(const struct lab_experiment *experiment,
                                               const struct lab_cell *cell);
/* How many times as long `above` takes as `below`: the ratio of their medians with its interval,
 * which is NaN where one of them has too few samples for it, also of a cell and itself.
 * False: one of them has no verified samples. */
bool lab_experiment_ratio(const struct lab_experiment *experiment, const struct lab_cell *above,
                          const struct lab_cell *below, struct lab_interval *ratio);
/* What a step of the clock is of one of the cell's samples, in seconds. */
double lab_experiment_step(const struct lab_experiment *experiment, const struct lab_cell *cell);
/* cell's speed-up against its baseline, with its interval. False: there is none. */
bool lab_experiment_speedup(const struct lab_experiment *experiment, const struct lab_cell *cell,
                            struct lab_interval *speedup);
/* How much the cell's rounds depend on the ones before, 0 to 1; its intervals are widened by it
 * (stats/dependence.h). 0: nothing of it is to be seen. */
double lab_experiment_autocorrelation(const struct lab_experiment *experiment,
                                      const struct lab_cell *cell);
/* True when every cell has a verified result. */
bool lab_experiment_verified(const struct lab_experiment *experiment);

/* Scaling of one workload under one method, from its speed-ups. */
struct lab_scaling_report {
    bool has_amdahl, has_usl;
    double serial_fraction, amdahl_r_squared;
    double sigma, kappa, lambda, usl_r_squared, peak_workers; /* peak 0: none */
    double amdahl_residuals[LAB_MAX_WORKER_COUNTS], usl_residuals[LAB_MAX_WORKER_COUNTS];
    size_t points;
    char reason[160]; /* why a fit is missing */
};
void lab_experiment_scaling(struct lab_scaling_report *report,
                            const struct lab_experiment *experiment, const struct lab_case *work,
                            const struct lab_method *method);

#endif
