/* How long the page that runs the lab was not in sight during the command under way. Browsers slow
 * such a page down, timers and threads too, and may freeze it altogether: what is measured
 * meanwhile is not what it would be otherwise.
 *
 * Threads. lab_absence: any. lab_absent and lab_absence_reset: the host's.
 */
#ifndef LAB_PLATFORM_ABSENCE_H
#define LAB_PLATFORM_ABSENCE_H

struct lab_absence {
    double hidden_seconds; /* a tab behind another, a window that is minimised */
    double frozen_seconds; /* nothing of the page ran at all */
};
/* Zeros natively and in Node. */
struct lab_absence lab_absence(void);

/* Exported to the host under WebAssembly: the page is hidden now, or is not; and was frozen for so
 * long since the last call. */
void lab_absent(int hidden, double frozen_ms);
/* A command begins (platform/command.h). */
void lab_absence_reset(void);

#endif
