/* `lab spin`: a spinner beside a slow function, under one method after another or all at once.
 *
 * How it is used. As every command (lab/commands.h). Where nothing can block it lives by events,
 * and --together needs threads: create says so. Threads. One, the coordinator; --together makes
 * one more for each method. Blocking. Where the target can; a stop of the run is noticed within a
 * fraction of a second, and what was measured until then is reported.
 */
#ifndef LAB_EXHIBITS_SPIN_COMMAND_H
#define LAB_EXHIBITS_SPIN_COMMAND_H

#include "lab/commands.h"

extern const struct lab_command lab_spin_command;

#endif
