#include "exhibits/compare/experiment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/system.h"
#include "stats/dependence.h"
#include "stats/random.h"
#include "stats/scaling.h"

const struct lab_cell *lab_experiment_baseline(const struct lab_experiment *experiment,
                                               const struct lab_cell *cell)
{
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *other = &experiment->cells[i];
        if (other->work == cell->work && strcmp(other->pool->method->name, "sequential") == 0)
            return other->count && other->verified ? other : NULL;
    }
    return NULL;
}

double lab_experiment_step(const struct lab_experiment *experiment, const struct lab_cell *cell)
{
    double step = experiment->machine.timer_resolution_ns / 1e9;
    return cell->repeats ? step / (double)cell->repeats : step;
}

bool lab_experiment_ratio(const struct lab_experiment *experiment, const struct lab_cell *above,
                          const struct lab_cell *below, struct lab_interval *ratio)
{
    if (!above->verified || above->count == 0 || !below->verified || below->count == 0)
        return false;
    if (above == below) {
        double end = above->count < LAB_INTERVAL_LEAST ? (double)NAN : 1;
        *ratio = (struct lab_interval){1, end, end};
        return true;
    }
    int code = lab_bootstrap_ratio(above->samples, above->count, below->samples, below->count,
                                   lab_random_substream(experiment->options.seed, below->number),
                                   experiment->scratch, ratio);
    lab_step_done();
    /* A ratio is off by as much as its two parts are together. */
    if (code == 0)
        lab_interval_blur(ratio,
                          ratio->median *
                              (lab_experiment_step(experiment, above) / above->interval.median +
                               lab_experiment_step(experiment, below) / below->interval.median));
    return code == 0 || code == LAB_E_AGAIN;
}

bool lab_experiment_speedup(const struct lab_experiment *experiment, const struct lab_cell *cell,
                            struct lab_interval *speedup)
{
    const struct lab_cell *baseline = lab_experiment_baseline(experiment, cell);
    return baseline && lab_experiment_ratio(experiment, baseline, cell, speedup);
}

double lab_experiment_autocorrelation(const struct lab_experiment *experiment,
                                      const struct lab_cell *cell)
{
    double rho = 0, median;
    if (lab_sample_median(cell->samples, cell->count, experiment->scratch, &median) == 0)
        rho = lab_autocorrelation(cell->samples, experiment->scratch, cell->count);
    return rho;
}

bool lab_experiment_verified(const struct lab_experiment *experiment)
{
    for (size_t i = 0; i < experiment->cell_count; i++)
        if (!experiment->cells[i].verified || experiment->cells[i].failure.code ||
            experiment->cells[i].count == 0)
            return false;
    return experiment->cell_count > 0;
}

void lab_experiment_scaling(struct lab_scaling_report *report,
                            const struct lab_experiment *experiment, const struct lab_case *work,
                            const struct lab_method *method)
{
    double workers[LAB_MAX_WORKER_COUNTS], speedups[LAB_MAX_WORKER_COUNTS];
    struct lab_scaling fit;
    struct lab_failure failure = {0};
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        struct lab_interval speedup;
        if (cell->work != work || cell->pool->method != method ||
            report->points == LAB_MAX_WORKER_COUNTS ||
            !lab_experiment_speedup(experiment, cell, &speedup))
            continue;
        workers[report->points] = cell->pool->workers;
        speedups[report->points++] = speedup.median;
    }
    if (lab_scaling_fit(LAB_AMDAHL, workers, speedups, NULL, report->points,
                        report->amdahl_residuals, &fit, &failure) == 0) {
        report->has_amdahl = true;
        report->serial_fraction = fit.sigma;
        report->amdahl_r_squared = fit.r_squared;
    }
    /* The rate is fitted where there are enough counts: one worker of a method is not the
     * baseline. */
    if (lab_scaling_fit(LAB_USL_RATE, workers, speedups, NULL, report->points,
                        report->usl_residuals, &fit, NULL) == 0 ||
        lab_scaling_fit(LAB_USL, workers, speedups, NULL, report->points, report->usl_residuals,
                        &fit, &failure) == 0) {
        report->has_usl = true;
        report->sigma = fit.sigma;
        report->kappa = fit.kappa;
        report->lambda = fit.rate;
        report->usl_r_squared = fit.r_squared;
        report->peak_workers = fit.has_peak ? fit.peak_workers : 0;
    }
    if (failure.code)
        snprintf(report->reason, sizeof report->reason, "%.150s", failure.text);
}
