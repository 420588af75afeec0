/* What `lab latency` says: rows and points as they are measured, then a table or a document.
 *
 * Threads. One, the coordinator. Blocking. Never, but for writing.
 */
#ifndef LAB_EXHIBITS_LATENCY_REPORT_H
#define LAB_EXHIBITS_LATENCY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exhibits/latency/ladder.h"
#include "exhibits/latency/options.h"
#include "lab/deliver.h"
#include "lab/look.h"
#include "lab/machine.h"

struct lab_latency_report {
    struct lab_latency_options options;
    struct lab_machine machine;
    double cycle;                          /* seconds; NaN: unknown */
    struct lab_latency_result *results;    /* options.row_count of them */
    const struct lab_ladder_point *points; /* of the ladder, if it was climbed */
    size_t point_count;
    struct lab_ladder_level levels[LAB_LADDER_LEVELS];
    size_t level_count;
    struct lab_ended ended;
    double seconds; /* of it all */
    struct lab_observed observed;
};

/* How far it is. */
struct lab_latency_progress {
    size_t done, total;
    double elapsed;
    const char *name; /* what is measured next; NULL at the end */
};

/* A row, or a point of the ladder, was finished (the other one is NULL), or (both NULL) it
 * begins. */
void lab_latency_tell(const struct lab_latency_report *report,
                      const struct lab_latency_progress *progress,
                      const struct lab_latency_result *row, const struct lab_ladder_point *point);
/* Keeps what there is, between two rows, for the case that the program dies. */
void lab_latency_report_keep(struct lab_latency_report *report);
/* Writes what the options ask for, and a line on stderr for each row that failed. LAB_E_IO after
 * one line on stderr when a file cannot be written. */
int lab_latency_report(const struct lab_latency_report *report);

#endif
