/* The events of all lanes, in order of time.
 *
 * How it is used. lab_merge_open(), lab_merge_next() until it says false, lab_merge_close().
 *
 * Order. By time. What bears the same time (a coarse clock makes that ordinary) keeps its lane's
 * order, and between lanes: a sample's beginning, then the lanes by number, then a sample's end. A
 * lane whose clock was set back stands still meanwhile: an event is never before its predecessor.
 *
 * Threads. The calling thread; lanes may be written meanwhile, as lab_lane_read() allows.
 * Blocking. Never. Cost: a few kilobytes a lane, and a logarithm of the lanes for each event.
 */
#ifndef LAB_TRACE_MERGE_H
#define LAB_TRACE_MERGE_H

#include "trace/trace.h"

struct lab_merge;

/* NULL: no memory. */
struct lab_merge *lab_merge_open(void);
/* The next event. False: there is none. */
bool lab_merge_next(struct lab_merge *merge, struct lab_trace_event *event);
/* Events so far that were overwritten before they could be read. */
uint64_t lab_merge_lost(const struct lab_merge *merge);
/* NULL is ignored. */
void lab_merge_close(struct lab_merge *merge);

#endif
