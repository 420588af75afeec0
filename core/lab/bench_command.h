/* `lab bench`: what parts of the lab cost, each beside a peer (bench/bench.h).
 *
 * How it is used. As every command (compare.h). It needs threads: where there are none, create says
 * so. Threads. One, the coordinator. Blocking. A step, for one round of one row. A stop of the run
 * is noticed within a turn, and what was measured until then is reported.
 */
#ifndef LAB_LAB_BENCH_COMMAND_H
#define LAB_LAB_BENCH_COMMAND_H

#include <stdint.h>

#include "platform/error.h"

struct lab_bench_command;

/* NULL with the failure (LAB_E_USAGE, LAB_E_UNAVAILABLE, LAB_E_NOMEM). */
struct lab_bench_command *lab_bench_command_create(int argc, char **argv,
                                                   struct lab_failure *failure);
/* LAB_CO_DONE or LAB_CO_AWAIT: a round is over, and there are more. */
int lab_bench_command_step(struct lab_bench_command *command);
uint64_t lab_bench_command_next(const struct lab_bench_command *command);
/* The exit status: 0, or 1: a row or a peer failed, or the user stopped it. A goal that was missed
 * is no failure: how fast a machine is does not make a result wrong. */
int lab_bench_command_status(const struct lab_bench_command *command);
void lab_bench_command_destroy(struct lab_bench_command *command);

#endif
