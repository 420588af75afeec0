/* The trace of the last run in the Chrome JSON trace format, which Perfetto and chrome://tracing
 * open.
 *
 * What is in it. A thread for each lane, a process for each lane that is one. On it the samples,
 * the tasks that ran, and in them (or between them) what the lane was blocked on and what it did
 * about its GIL, as slices. A task's submission is an instant, from which an arrow leads to its
 * start. Awaits are asynchronous slices of a track each, for they overlap; the tasks in the queue
 * and the awaits in flight are counters. What was open at the end is ended there, and says so
 * ("open").
 *
 * The page exports the same from what it has seen (web/timeline/chrome-trace.js): it keeps more
 * than the rings do. A test holds both against Perfetto's rules, and against each other.
 *
 * What the importer demands, and so every event here keeps. An end bears the name and the category
 * of its beginning; slices of a thread nest; a tid is no other lane's, in another process either,
 * and never 0, which would be the process's; an arrow's id is a number, used once, and both its
 * ends lie in slices. Sources: "Trace Event Format", Chromium; src/trace_processor/importers/json,
 * Perfetto. Times in microseconds, from the first event on.
 */
#ifndef LAB_LAB_CHROME_TRACE_H
#define LAB_LAB_CHROME_TRACE_H

#include "lab/text.h"

/* What the numbers of a run's samples stand for. */
struct lab_trace_cells {
    const void *run; /* for both functions */
    /* What a sample is called. */
    void (*label)(char *name, size_t size, const void *run, uint32_t cell);
    /* The workload, after which its tasks are called; NULL: none. */
    const char *(*workload)(const void *run, uint32_t cell);
};

/* cells NULL: samples and tasks are called by their numbers alone.
 * A trace may be larger than all memory: out is best a text that is flushed as it grows. */
void lab_chrome_trace(struct lab_text *out, const struct lab_trace_cells *cells);

#endif
