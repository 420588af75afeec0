/* From the words of a comparison to its cells and problems. */
#ifndef LAB_EXHIBITS_COMPARE_PLAN_H
#define LAB_EXHIBITS_COMPARE_PLAN_H

#include "exhibits/compare/experiment.h"
#include "exhibits/compare/fit.h"

/* Fills experiment (zeroed before) from argv, the words after `compare`: options, cells, pools,
 * problems; opens the site where pages are to be read. A problem whose size is the machine's to
 * decide is of its least size until lab_plan_fit(). On an error the experiment is half made:
 * release it. */
int lab_plan(struct lab_experiment *experiment, int argc, char **argv, struct lab_failure *failure);
/* Decides the size of a case that is `fitted`, by what its least one took in the trial (of work
 * that reads pages there is none), and prepares it again if it is larger. Where there is no memory
 * for that, its cells fail. */
void lab_plan_fit(struct lab_experiment *experiment, struct lab_case *work,
                  const struct lab_trial *trial);
/* Leaves out the cells that cannot fit into the memory, before anything is measured: once the
 * sizes are known. */
void lab_plan_leave_out(struct lab_experiment *experiment);
/* Frees all that lab_plan() and the measuring put into it. Its executors must have ended. */
void lab_plan_release(struct lab_experiment *experiment);

#endif
