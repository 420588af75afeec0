/* The run while it goes on, for a page that watches.
 *
 * What it is. lab_live_poll() collects what is new since the last call: lanes, trace events, tiles
 * of a picture. The host calls it about ten times a second on its own thread; the coordinator only
 * says which sample is under way. Nothing is sent by the threads that are being measured.
 *
 * Threads. lab_live_poll: the host's thread. The others: the coordinator.
 * Blocking. A short mutex, held while finished tiles are copied.
 * Ownership. What poll returns is valid until its next call.
 */
#ifndef LAB_LAB_LIVE_H
#define LAB_LAB_LIVE_H

#include <stddef.h>
#include <stdint.h>

#include "workloads/workload.h"

struct lab_live {
    const char *lanes; /* JSON array of the new lanes (worker/protocol.js, Lane) */
    uint32_t lanes_size;
    const void *events; /* struct lab_trace_event; lanes are numbered as in `lanes` */
    uint32_t events_size;
    const void *tiles; /* as worker/protocol.js says */
    uint32_t tiles_size;
    uint32_t lost; /* events overwritten before this call could read them */
};

/* Exported. NULL when there is nothing new. */
const struct lab_live *lab_live_poll(void);

/* A sample of a workload with a picture begins; results[i].data appears as task i finishes (see
 * lab_live_result). */
void lab_live_begin(uint32_t cell, const struct lab_problem *problem);
/* Task i has its result, computed on lane. The bytes stay valid until lab_live_end(). Any
 * thread. */
void lab_live_result(size_t i, struct lab_bytes result, unsigned lane);
/* The sample is over: its results may be freed when this returns. */
void lab_live_end(void);
/* A new run begins: forgets all lanes and events (lab_trace_reset), and times count from now. */
void lab_live_reset(void);

#endif
