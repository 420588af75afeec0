/* The trace of the last run in the Chrome JSON trace format, which Perfetto opens.
 * Source: "Trace Event Format", Chromium. Times in microseconds, from the first event on. */
#ifndef LAB_LAB_CHROME_TRACE_H
#define LAB_LAB_CHROME_TRACE_H

#include "lab/text.h"

/* A trace may be larger than all memory: whenever out has grown to some 256 KiB, flush takes its
 * bytes and sets its size to 0. Not zero: it failed, and nothing more is written. */
void lab_chrome_trace(struct lab_text *out, int (*flush)(struct lab_text *out, void *user),
                      void *user);

#endif
