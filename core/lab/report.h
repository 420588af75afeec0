/* Delivers reports: table, document, trace. */
#ifndef LAB_LAB_REPORT_H
#define LAB_LAB_REPORT_H

#include "lab/experiment.h"
#include "lab/text.h"

/* Writes what the options ask for: the table or the document to stdout, files. LAB_E_IO after one line on
 * stderr when a file cannot be written. */
int lab_report(const struct lab_experiment *experiment);

/* Writes text to a file, or to stdout for "-". LAB_E_IO, LAB_E_NOMEM (text->failed) after one line on stderr. */
int lab_deliver(const char *name, const struct lab_text *text);
/* Writes what the lanes hold, piece by piece. As lab_deliver(). */
int lab_deliver_trace(const char *name);

#endif
