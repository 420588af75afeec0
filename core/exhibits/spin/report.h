/* What `lab spin` shows: the spinners while they turn, then a table or a document.
 *
 * Threads. lab_spin_report_start, _frame, _end: any, each method's in turn; the others: the
 * coordinator. Blocking. A short mutex around the terminal's line, and writing.
 */
#ifndef LAB_EXHIBITS_SPIN_REPORT_H
#define LAB_EXHIBITS_SPIN_REPORT_H

#include "exhibits/spin/options.h"
#include "exhibits/spin/spin.h"
#include "lab/deliver.h"
#include "lab/machine.h"
#include "platform/sync.h"

struct lab_spin_report {
    struct lab_spin_options options;
    struct lab_slow slow;
    struct lab_machine machine; /* its clock; set before the first method begins */
    struct lab_spin_result results[LAB_MAX_METHODS]; /* of options.methods */
    bool has[LAB_MAX_METHODS];                       /* by the method's own thread, then read */
    struct lab_ended ended;
    double seconds; /* of it all */
    lab_mutex mutex;
    char glyphs[LAB_MAX_METHODS]; /* on the terminal's line; under mutex. 0: none yet */
};

void lab_spin_report_init(struct lab_spin_report *report);
void lab_spin_report_release(struct lab_spin_report *report);

/* It is being found out how often the slow function fits into its time. */
void lab_spin_report_preparing(const struct lab_spin_report *report);
/* Method i: both begin; a frame; over, with its result (kept in results). */
void lab_spin_report_start(struct lab_spin_report *report, size_t i);
void lab_spin_report_frame(struct lab_spin_report *report, size_t i, unsigned frame,
                           double seconds);
void lab_spin_report_end(struct lab_spin_report *report, size_t i,
                         const struct lab_spin_result *result);

/* All right, nothing stopped; methods that cannot run here do not count, but one must. */
bool lab_spin_report_passed(const struct lab_spin_report *report);
/* Keeps what there is, between two methods, for the case that the program dies. All at once there
 * is no such moment before the end. */
void lab_spin_report_keep(struct lab_spin_report *report);
/* Writes what the options ask for. LAB_E_IO, LAB_E_NOMEM after one line on stderr. */
int lab_spin_report_write(const struct lab_spin_report *report);

#endif
