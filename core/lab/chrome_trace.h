/* The trace of the last run in the Chrome JSON trace format, which Perfetto opens.
 * Source: "Trace Event Format", Chromium. Times in microseconds, from the first event on. */
#ifndef LAB_LAB_CHROME_TRACE_H
#define LAB_LAB_CHROME_TRACE_H

#include "lab/text.h"

void lab_chrome_trace(struct lab_text *out);

#endif
