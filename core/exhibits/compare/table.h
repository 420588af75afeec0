/* A comparison as text for people: the machine, a table for each workload, its verdict. */
#ifndef LAB_EXHIBITS_COMPARE_TABLE_H
#define LAB_EXHIBITS_COMPARE_TABLE_H

#include "lab/text.h"

/* subject: a struct lab_experiment (a lab_report_writer). */
void lab_compare_table(struct lab_text *out, const void *subject);

#endif
