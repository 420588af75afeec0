/* What happens while a run goes on, collected for whoever watches it: lanes, trace events, tiles of
 * a picture.
 *
 * How it is used. lab_live_collect() between two samples; lab/look.h shows what was collected. What
 * a sample's tasks do for it is to note where their result is.
 *
 * Threads. The coordinator; lab_live_result: any thread.
 * Blocking. None. Ownership. What lab_live_view() gives is valid until lab_live_seen().
 * Bounds. MOST bytes of events are kept between two looks: what a lane's ring overwrites meanwhile
 * is counted as lost.
 */
#ifndef LAB_LAB_LIVE_H
#define LAB_LAB_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "platform/watch.h"
#include "workloads/workload.h"

/* Exported. A number that changes while anything happens in a run: an event is traced, a lane
 * closed, a piece of a report made. The host's thread. */
uint32_t lab_progress(void);

/* A new run begins: forgets all lanes and events (lab_trace_reset), and times count from now. */
void lab_live_reset(void);

/* A sample of a workload with a picture begins; its results appear as its tasks finish (see
 * lab_live_result). */
void lab_live_begin(uint32_t cell, const struct lab_problem *problem);
/* Task i has its result, computed on lane. The bytes stay valid until lab_live_end(), which the end
 * of the task happens before. */
void lab_live_result(size_t i, struct lab_bytes result, unsigned lane);
/* The sample is over: its tiles are kept, its results may be freed when this returns. */
void lab_live_end(void);

/* Takes in what the lanes have written since. Nothing where nobody wants it. */
void lab_live_collect(void);
/* Sets lanes, events, tiles and lost: all that was collected. */
void lab_live_view(struct lab_view *view);
/* It has been seen, and is forgotten. */
void lab_live_seen(void);

#endif
