/* From the words of a comparison to its cells and problems. */
#ifndef LAB_EXHIBITS_COMPARE_PLAN_H
#define LAB_EXHIBITS_COMPARE_PLAN_H

#include "exhibits/compare/experiment.h"

/* Fills experiment (zeroed before) from argv, the words after `compare`: options, cells, pools,
 * problems; opens the site where pages are to be read. On an error the experiment is half made:
 * release it. */
int lab_plan(struct lab_experiment *experiment, int argc, char **argv, struct lab_failure *failure);
/* Frees all that lab_plan() and the measuring put into it. Its executors must have ended. */
void lab_plan_release(struct lab_experiment *experiment);

#endif
