#include "exhibits/latency/probe_turn.h"

#include <stdlib.h>

struct probe_state {
    struct lab_probe *probe;
};

static void end_probe(void *state)
{
    struct probe_state *own = state;
    lab_probe_close(own->probe);
    free(own);
}

int lab__latency_probe(struct lab_latency_turn *turn, enum lab_probe_kind kind, uint32_t bytes,
                       uint64_t most, struct lab_failure *failure)
{
    struct probe_state *own = turn->state;
    if (!own) {
        if (!(own = calloc(1, sizeof *own)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        turn->state = own;
        turn->release = end_probe;
        int code = lab_probe_open(&own->probe, kind, bytes, failure);
        if (code)
            return code;
    }
    if (turn->operations > most)
        turn->operations = most;
    return lab_probe_run(own->probe, turn->operations, &turn->seconds, failure);
}
