/* A pool's child is a new program here, which the system loads and links: the cold start. */
#include "exhibits/latency/probe_turn.h"
#include "exhibits/latency/process.h"

int lab__latency_start_cold(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_spawn(turn, failure);
}

int lab__latency_start_warm(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_FORK, 0, LAB_PROBE_MOST, failure);
}
