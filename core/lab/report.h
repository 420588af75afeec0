/* Delivers the reports of a finished experiment: table, document, trace. */
#ifndef LAB_LAB_REPORT_H
#define LAB_LAB_REPORT_H

#include "lab/experiment.h"

/* Writes what the options ask for: the table or the document to stdout, files. LAB_E_IO after one line on
 * stderr when a file cannot be written. */
int lab_report(const struct lab_experiment *experiment);

#endif
