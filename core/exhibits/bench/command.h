/* `lab bench`: what parts of the lab cost, each beside a peer (exhibits/bench/bench.h).
 *
 * How it is used. As every command (lab/commands.h). It needs threads: where there are none,
 * create says so. Threads. One, the coordinator. Blocking. A step, for one round of one row. A
 * stop of the run is noticed within a turn, and what was measured until then is reported.
 */
#ifndef LAB_EXHIBITS_BENCH_COMMAND_H
#define LAB_EXHIBITS_BENCH_COMMAND_H

#include "lab/commands.h"

extern const struct lab_command lab_bench_command;

extern const char lab_bench_help[];
/* What the command says of itself, with threads and without. */
#define LAB_BENCH_WORDS                                                                            \
    .name = "bench", .words = "bench [OPTION...]",                                                 \
    .summary = "what parts of the lab cost, each beside a peer", .help = lab_bench_help

#endif
