/* `lab futures`: the conformance suite, the two deadlocks, the storm.
 *
 * How it is used. As every command (lab/commands.h); a step runs one trial, one deadlock or one
 * storm. Threads. One, the coordinator; a watchdog reports from its own when something hangs, and
 * ends the program. Blocking. A step, for as long as what it runs.
 */
#ifndef LAB_EXHIBITS_FUTURES_COMMAND_H
#define LAB_EXHIBITS_FUTURES_COMMAND_H

#include "lab/commands.h"

extern const struct lab_command lab_futures_command;

#endif
