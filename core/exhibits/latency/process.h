/* How a process is started, which is not the same everywhere. Internal to core/exhibits/latency. */
#ifndef LAB_EXHIBITS_LATENCY_PROCESS_H
#define LAB_EXHIBITS_LATENCY_PROCESS_H

#include "exhibits/latency/latency.h"

/* process_native.c, process_wasm.c */
int lab__latency_start_cold(struct lab_latency_turn *turn, struct lab_failure *failure);
int lab__latency_start_warm(struct lab_latency_turn *turn, struct lab_failure *failure);

/* process.c: a child as the process pool starts it, until it has answered. */
int lab__latency_spawn(struct lab_latency_turn *turn, struct lab_failure *failure);

#endif
