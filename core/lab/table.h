/* A comparison as text for people: the machine, a table for each workload, its verdict. */
#ifndef LAB_LAB_TABLE_H
#define LAB_LAB_TABLE_H

#include "lab/experiment.h"
#include "lab/text.h"

void lab_table_write(const struct lab_experiment *experiment, struct lab_text *out);

#endif
