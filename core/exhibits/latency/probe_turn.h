/* Turns of the rows that only the program's surroundings can do (platform/probe.h). Internal to
 * core/exhibits/latency. */
#ifndef LAB_EXHIBITS_LATENCY_PROBE_TURN_H
#define LAB_EXHIBITS_LATENCY_PROBE_TURN_H

#include <stdint.h>

#include "exhibits/latency/latency.h"
#include "platform/probe.h"

/* A turn of at most `most` operations. The same kind and bytes in all turns of a row. */
int lab__latency_probe(struct lab_latency_turn *turn, enum lab_probe_kind kind, uint32_t bytes,
                       uint64_t most, struct lab_failure *failure);

#endif
