/* The native benchmark's own parts: libraries to compare with, and turns for others to ask for.
 *
 * What it is. `lab` needs none of the libraries that it is compared with. They are linked into
 * `lab-bench` alone, the same program with bench/peers/main.c in front, which tells of them here.
 *
 * Threads. One. Blocking. lab_bench_serve(), until its input ends.
 */
#ifndef LAB_EXHIBITS_BENCH_PEERS_H
#define LAB_EXHIBITS_BENCH_PEERS_H

#include "exhibits/bench/bench.h"

struct lab_bench_library {
    const char *name; /* what a peer's `of` says: "libuv burst" */
    lab_bench_turn_fn *turn;
};
/* Set before the first turn, the last one has no name; NULL in programs without. */
extern const struct lab_bench_library *lab_bench_libraries;

/* The native program as a peer: reads orders "ROW" or "ROW/PEER" line by line, does that turn and
 * answers as platform/peer.h says. Keeps what the row at hand needs until another row is asked for.
 * Returns the exit status. */
int lab_bench_serve(void);

#endif
