/* `lab latency`: the latency numbers, row by row (latency/latency.h), with the ladder before the
 * first row that is read from it.
 *
 * How it is used. As every command (compare.h), wherever the program runs: what needs threads or a
 * wait says so, where there are none. Threads. One, the coordinator. Blocking. step, for one turn
 * of a row.
 */
#ifndef LAB_LAB_LATENCY_COMMAND_H
#define LAB_LAB_LATENCY_COMMAND_H

#include <stdint.h>

#include "platform/error.h"

struct lab_latency_command;

/* NULL with the failure (LAB_E_USAGE, LAB_E_NOMEM). */
struct lab_latency_command *lab_latency_command_create(int argc, char **argv,
                                                       struct lab_failure *failure);
/* LAB_CO_AWAIT: more to do; LAB_CO_DONE. */
int lab_latency_command_step(struct lab_latency_command *command);
/* When to step next: 0 at once, LAB_FOREVER once the host has news. */
uint64_t lab_latency_command_next(const struct lab_latency_command *command);
/* The exit status: 0, or 1: a row failed (being unavailable is no failure), or the user stopped
 * it. */
int lab_latency_command_status(const struct lab_latency_command *command);
void lab_latency_command_destroy(struct lab_latency_command *command);

#endif
