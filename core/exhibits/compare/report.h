/* Reports `lab compare`: its failures on stderr, then table, document and trace. */
#ifndef LAB_EXHIBITS_COMPARE_REPORT_H
#define LAB_EXHIBITS_COMPARE_REPORT_H

#include "exhibits/compare/experiment.h"

/* Writes what the options ask for. Errors as lab_deliver_report(). */
int lab_report(const struct lab_experiment *experiment);
/* Keeps what there is so far as the result of a run that did not finish, should the program die
 * (lab_keep_result()). */
void lab_report_keep(struct lab_experiment *experiment);

#endif
