#include <stdio.h>
#include <string.h>

#include "exhibits/bench/peers.h"
#include "platform/peer.h"
#include "platform/system.h"

/* The side of a row by the name of its peer (NULL: ours), or -1. */
static int side_of(const struct lab_bench_row *row, const char *name)
{
    if (!name)
        return 0;
    for (size_t i = 0; i < lab_bench_peer_count(row); i++)
        if (strcmp(row->peers[i].name, name) == 0)
            return 1 + (int)i;
    return -1;
}

/* The turn that the order names, of a row that may be another one than the last. */
static int take(struct lab_bench **bench, char *order, double *seconds, double *operations,
                struct lab_failure *failure)
{
    char *peer = strchr(order, '/');
    if (peer)
        *peer++ = '\0';
    const struct lab_bench_row *row = lab_bench_find(order);
    int side = row ? side_of(row, peer) : -1;
    if (side < 0)
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "the native program has no turn \"%.40s%s%.40s\"", order, peer ? "/" : "",
                        peer ? peer : "");
    if (!*bench || lab_bench_result(*bench)->row != row) {
        lab_bench_end(*bench);
        if (!(*bench = lab_bench_begin(row, 1, 0, 1)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    return lab_bench_turn(*bench, (unsigned)side, seconds, operations, failure);
}

int lab_bench_serve(void)
{
    char order[LAB_PEER_LINE];
    struct lab_bench *bench = NULL;
    while (fgets(order, sizeof order, stdin)) {
        struct lab_failure failure = {0};
        double seconds, operations;
        order[strcspn(order, "\n")] = '\0';
        int code = take(&bench, order, &seconds, &operations, &failure);
        if (code == 0)
            lab_print(1, "ok %.17g %.17g\n", operations, seconds);
        else
            lab_print(1, "%s %s\n", code == LAB_E_UNAVAILABLE ? "unavailable" : "failed",
                      failure.text);
    }
    lab_bench_end(bench);
    return 0;
}
