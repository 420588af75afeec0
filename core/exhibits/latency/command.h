/* `lab latency`: the latency numbers, row by row (latency.h), with the ladder before the first row
 * that is read from it.
 *
 * How it is used. As every command (lab/commands.h), wherever the program runs: what needs threads
 * or a wait says so, where there are none. Threads. One, the coordinator. Blocking. step, for one
 * turn of a row.
 */
#ifndef LAB_EXHIBITS_LATENCY_COMMAND_H
#define LAB_EXHIBITS_LATENCY_COMMAND_H

#include "lab/commands.h"

extern const struct lab_command lab_latency_command;

#endif
