/* The tables of rows, one for each file; the last row of each has no name. Internal to
 * core/exhibits/latency: a file of rows declares its table here and stands in rows.c. */
#ifndef LAB_EXHIBITS_LATENCY_ROWS_H
#define LAB_EXHIBITS_LATENCY_ROWS_H

#include "exhibits/latency/latency.h"

extern const struct lab_latency_row lab__latency_levels[];   /* ladder.c */
extern const struct lab_latency_row lab__latency_cpu[];      /* cpu.c */
extern const struct lab_latency_row lab__latency_counters[]; /* counters.c */
extern const struct lab_latency_row lab__latency_mutex[];    /* counters.c */
/* hand_over.c, process.c, messages.c, loop.c */
extern const struct lab_latency_row lab__latency_hand_over[], lab__latency_process[],
    lab__latency_messages[], lab__latency_loop[];
extern const struct lab_latency_row lab__latency_tasks[];   /* tasks.c */
extern const struct lab_latency_row lab__latency_outside[]; /* outside.c */

#endif
