/* The document of a comparison. */
#ifndef LAB_EXHIBITS_COMPARE_DOCUMENT_H
#define LAB_EXHIBITS_COMPARE_DOCUMENT_H

#include "lab/text.h"

/* subject: a struct lab_experiment (a lab_report_writer). */
void lab_compare_document(struct lab_text *out, const void *subject);

#endif
