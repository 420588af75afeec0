/* What `lab gil` tells: while it runs, and at its end. */
#ifndef LAB_EXHIBITS_GIL_REPORT_H
#define LAB_EXHIBITS_GIL_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exhibits/gil/counter.h"
#include "exhibits/gil/phase.h"
#include "lab/deliver.h"
#include "lab/look.h"
#include "lab/machine.h"

enum { LAB_GIL_COUNTS = 4 };

struct lab_gil_result {
    struct lab_gil_options options;
    struct lab_machine machine;
    struct lab_ended ended;
    bool has_gil, has_no_gil;
    struct lab_gil_span gil, no_gil;
    unsigned interval_changes; /* while it ran */
    struct lab_counter_result counts[LAB_GIL_COUNTS];
    size_t count_count;
    double seconds; /* all of it */
    struct lab_observed observed;
    uint64_t trace_events, trace_lost;
};

/* One window of a phase that runs, for a page (worker/protocol.js, GilEvent) and for a person at a
 * terminal. */
void lab_gil_event(const struct lab_gil_span *window, bool gil, double elapsed, double total,
                   double step);
/* Row number of the lost update; elapsed: since the first one began. */
void lab_gil_event_count(const struct lab_counter_result *count, size_t number, double elapsed);

/* Keeps what there is, between two parts of the run, for the case that the program dies. */
void lab_gil_report_keep(struct lab_gil_result *result);
/* Writes table, document and trace where the options say. LAB_E_IO, LAB_E_NOMEM after one line on
 * stderr. */
int lab_gil_report(const struct lab_gil_result *result);

#endif
