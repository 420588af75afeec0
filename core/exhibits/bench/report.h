/* What `lab bench` says: the rows as they are measured, then a table or a document.
 *
 * Threads. One, the coordinator. Blocking. Never, but for writing.
 */
#ifndef LAB_EXHIBITS_BENCH_REPORT_H
#define LAB_EXHIBITS_BENCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exhibits/bench/bench.h"
#include "lab/deliver.h"
#include "lab/machine.h"

struct lab_bench_options {
    const struct lab_bench_row **rows; /* malloc'd; those that are to be measured, each once */
    size_t row_count;
    unsigned rounds;
    double seconds; /* for each row */
    uint64_t seed;
    const char *json; /* a file name, "-": stdout, or NULL */
};

struct lab_bench_report {
    struct lab_bench_options options;
    struct lab_machine machine;
    struct lab_bench_result *results; /* options.row_count of them */
    struct lab_ended ended;
    double seconds; /* of it all */
};

/* The progress line of row i. */
void lab_bench_progress(const struct lab_bench_report *report, size_t i,
                        const struct lab_bench_result *result);
/* Keeps what there is, between two rows, for the case that the program dies. */
void lab_bench_report_keep(struct lab_bench_report *report);
/* Writes what the options ask for, and a line on stderr for each row that failed. LAB_E_IO after
 * one line on stderr when a file cannot be written. */
int lab_bench_report(const struct lab_bench_report *report);

#endif
