#include "exhibits/bench/peers.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "platform/peer.h"

const struct lab_bench_library *lab_bench_libraries;

int lab__bench_order(struct lab_bench_turn *turn, struct lab_failure *failure, const char *format,
                     ...)
{
    char order[LAB_PEER_LINE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(order, sizeof order, format, arguments);
    va_end(arguments);
    return lab_peer_turn(order, &turn->seconds, &turn->operations, failure);
}

int lab__bench_peer(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return lab__bench_order(turn, failure, "%s", turn->of);
}

int lab__bench_native(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    bool same = !turn->peer || !turn->peer->of;
    return lab__bench_order(turn, failure, "native %s", same ? turn->row->name : turn->of);
}

int lab__bench_linked(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const struct lab_bench_library *library = lab_bench_libraries;
    for (; library && library->name; library++)
        if (strcmp(library->name, turn->of) == 0)
            return library->turn(turn, failure);
    return lab_fail(failure, LAB_E_UNAVAILABLE, "`npm run bench` has it where its package is");
}
