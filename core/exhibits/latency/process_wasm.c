/* A pool's child is an instance of a module that has been compiled before: the warm start. */
#include "exhibits/latency/probe_turn.h"
#include "exhibits/latency/process.h"

enum { WORKERS = 16 }; /* at once: those that are ending count too */

int lab__latency_start_cold(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_START_COLD, 0, WORKERS, failure);
}

int lab__latency_start_warm(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_spawn(turn, failure);
}
