/* `lab spin`: a spinner beside a slow function, under one method after another or all at once.
 *
 * How it is used. As every command (compare.h). Where nothing can block it lives by events, and
 * --together needs threads: create says so. Threads. One, the coordinator; --together makes one
 * more for each method. Blocking. Where the target can; a stop of the run is noticed within a
 * fraction of a second, and what was measured until then is reported.
 */
#ifndef LAB_LAB_SPIN_COMMAND_H
#define LAB_LAB_SPIN_COMMAND_H

#include <stdint.h>

#include "platform/error.h"

struct lab_spin_command;

/* argv: the words after `spin`. NULL with the failure (LAB_E_USAGE, LAB_E_UNAVAILABLE,
 * LAB_E_NOMEM). */
struct lab_spin_command *lab_spin_command_create(int argc, char **argv,
                                                 struct lab_failure *failure);
/* LAB_CO_DONE or LAB_CO_AWAIT. */
int lab_spin_command_step(struct lab_spin_command *command);
uint64_t lab_spin_command_next(const struct lab_spin_command *command);
/* The exit status: 0 all that can run here gave the right answer; 1 something failed or the user
 * stopped it. */
int lab_spin_command_status(const struct lab_spin_command *command);
void lab_spin_command_destroy(struct lab_spin_command *command);

#endif
