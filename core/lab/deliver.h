/* Brings what a command found to where its words want it: a table to stdout, a document and a trace
 * to files.
 *
 * Memory. None is asked for: what is written goes through a buffer of our own, so that a run whose
 * memory ran out still tells what it has.
 *
 * Errors. One line on stderr, and LAB_E_IO when a file cannot be written; what else was asked for
 * is delivered all the same, and a document that its file does not take is printed. Threads. The
 * main thread.
 */
#ifndef LAB_LAB_DELIVER_H
#define LAB_LAB_DELIVER_H

#include "lab/chrome_trace.h"

/* Removes the line of progress from a terminal. */
void lab_progress_clear(void);

/* Writes a report in one form. */
typedef void lab_report_writer(struct lab_text *out, const void *report);

/* Clears the line of progress, then: the table to stdout, unless json is "-"; the document to the
 * file json, the lanes' events to the file trace (each "-" for stdout, NULL for not at all).
 * Returns the first code that is not 0. */
int lab_deliver_report(const void *report, lab_report_writer *table, lab_report_writer *document,
                       const char *json, const char *trace, const struct lab_trace_cells *cells);

/* How a report's run ended. */
struct lab_ended {
    bool stopped;
    bool unfinished;     /* written while it goes on, for the case that the program dies */
    double keep_seconds; /* that lab_keep_report() took */
};

/* " (stopped)", " (unfinished)" or nothing, for a table. */
const char *lab_ended_text(const struct lab_ended *ended);

/* While a run goes on, which has taken so many seconds: keeps the document, or the table where none
 * is wanted, for the case that the program dies (lab_keep_result()), as stopped and unfinished. Not
 * each time: it takes no more than a fiftieth of the run's time. ended: the report's. */
void lab_keep_report(const void *report, struct lab_ended *ended, double seconds,
                     lab_report_writer *table, lab_report_writer *document, const char *json);

/* Writes text to a file, or to stdout for "-". */
int lab_deliver(const char *name, const struct lab_text *text);

#endif
