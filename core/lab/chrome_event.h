/* One event of the Chrome JSON trace format: where it stands, and what it carries.
 *
 * A lane is a thread of the program's process, a process lane a process of its own. No two lanes
 * share a tid, and none is 0: Perfetto names threads by it alone, and takes 0 for the process's.
 */
#ifndef LAB_LAB_CHROME_EVENT_H
#define LAB_LAB_CHROME_EVENT_H

#include "lab/text.h"

/* Begins an event of a lane; members and args may follow, then json_end(). category: NULL for none.
 * since_ns: since the trace began. */
void lab_chrome_event(struct lab_text *out, const char *phase, const char *name,
                      const char *category, size_t lane, uint64_t since_ns);

/* Its args: one number, or that something is so (flag NULL: nothing). */
void lab_chrome_arg(struct lab_text *out, const char *key, uint64_t value);
void lab_chrome_flag(struct lab_text *out, const char *flag);

/* A counter of the program's process has this value from then on; series: what it counts. */
void lab_chrome_counter(struct lab_text *out, const char *name, const char *series, uint64_t value,
                        uint64_t since_ns);

/* What a lane is in the middle of, by the words of the page (web/timeline/events.js): blocked for a
 * reason (enum lab_wait_reason), or what it does about its GIL: gil is the last of its WANT, TAKE
 * and YIELD, 0 after a RELEASE. NULL: nothing. */
const char *lab_chrome_blocked(unsigned reason);
const char *lab_chrome_gil(unsigned gil, bool asked);

/* The names and the order of the processes and of the first so many lanes. */
void lab_chrome_describe(struct lab_text *out, size_t lanes);

#endif
