/* `lab gil`: threads under the GIL, the same threads without one, and the lost update.
 *
 * How it is used. As every command (lab/commands.h). It needs threads: where there are none,
 * create says so. Threads. One, the coordinator; lab_set_switch_interval: any. Blocking. step,
 * until all is done; a stop of the run is noticed within 50 ms, and what was measured until then
 * is reported.
 */
#ifndef LAB_EXHIBITS_GIL_COMMAND_H
#define LAB_EXHIBITS_GIL_COMMAND_H

#include <stdint.h>

#include "lab/commands.h"

extern const struct lab_command lab_gil_command;

extern const char lab_gil_help[];
/* What the command says of itself, with threads and without. */
#define LAB_GIL_WORDS                                                                              \
    .name = "gil", .words = "gil [OPTION...]",                                                     \
    .summary = "threads under the GIL, and the same without one", .help = lab_gil_help

/* Exported. The switch interval of the `lab gil` that runs, from now on (within 20 ms); clamped to
 * what --interval-us takes. Without effect when none runs. */
void lab_set_switch_interval(uint32_t us);

#endif
