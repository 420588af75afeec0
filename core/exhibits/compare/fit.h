/* How large the default experiment is: as large as suits this machine.
 *
 * Somebody waits for five rounds of every cell. So where no size is named, a workload's default
 * size is taken only if a round of its cells takes about LAB_FIT_ROUND_SECONDS here; otherwise it
 * is made smaller, in steps of a quarter or a third: as far as the workload allows
 * (workloads/workload.h), as long as there are three tasks for two of the most workers, and as long
 * as it makes a round any shorter. What a round takes is estimated from sequential runs at the
 * least size, a trial before anything is measured; of work that reads pages from their latency,
 * without a trial.
 *
 * Threads. The coordinator. Nothing blocks.
 */
#ifndef LAB_EXHIBITS_COMPARE_FIT_H
#define LAB_EXHIBITS_COMPARE_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "exhibits/compare/experiment.h"

#define LAB_FIT_ROUND_SECONDS 1.0

/* Whether the size of this workload is the machine's to say: the person named neither it nor what
 * decides it, and the workload may be smaller than its default. */
bool lab_fit_wanted(const struct lab_options *options, const struct lab_workload *workload);
struct lab_fit {
    uint64_t size;
    double round_seconds; /* what a round of the case's cells will take, about */
};
/* For a case whose problem is prepared at the least size, all tasks of which take so many seconds
 * one after another; 0: no time to speak of, infinity: nobody knows. The machine's clock has been
 * measured. */
struct lab_fit lab_fit_size(const struct lab_experiment *experiment, const struct lab_case *work,
                            double seconds);

/* The runs at the least size, one after another until they say enough. All zero before the first
 * one. */
struct lab_trial {
    uint64_t warm_ns, ended_ns; /* when the first, and when the last so far had ended */
    unsigned runs;
};
bool lab_trial_more(const struct lab_trial *trial);
/* One more has ended, now. */
void lab_trial_ran(struct lab_trial *trial, uint64_t now_ns);
/* What a run takes, without the first, in which code and data are cold (as WebAssembly it runs
 * uncompiled). A coarse clock does no harm, for all the others are timed together. Infinity: nobody
 * knows. */
double lab_trial_seconds(const struct lab_trial *trial);

#endif
