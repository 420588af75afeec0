/* `lab gil`: threads under the GIL, the same threads without one, and the lost update.
 *
 * How it is used. As every command (compare.h). It needs threads: where there are none, create says
 * so. Threads. One, the coordinator; lab_set_switch_interval: any. Blocking. step, until all is
 * done; a stop of the run is noticed within 50 ms, and what was measured until then is reported.
 */
#ifndef LAB_LAB_GIL_COMMAND_H
#define LAB_LAB_GIL_COMMAND_H

#include <stdint.h>

#include "platform/error.h"

struct lab_gil_command;

/* NULL with the failure (LAB_E_USAGE, LAB_E_UNAVAILABLE, LAB_E_NOMEM). */
struct lab_gil_command *lab_gil_command_create(int argc, char **argv, struct lab_failure *failure);
/* LAB_CO_DONE. */
int lab_gil_command_step(struct lab_gil_command *command);
uint64_t lab_gil_command_next(const struct lab_gil_command *command);
/* The exit status: 0, or 1: something failed, an update was lost that must not be, or the user
 * stopped it. */
int lab_gil_command_status(const struct lab_gil_command *command);
void lab_gil_command_destroy(struct lab_gil_command *command);

/* Exported. The switch interval of the `lab gil` that runs, from now on (within 20 ms); clamped to
 * what --interval-us takes. Without effect when none runs. */
void lab_set_switch_interval(uint32_t us);

#endif
