/* `lab compare`: runs an experiment and reports it.
 *
 * How it is used. As every command (lab/commands.h). Threads. One, the coordinator. Blocking. step,
 * where the target can. README.md, "How results are measured", says the same in words.
 */
#ifndef LAB_EXHIBITS_COMPARE_COMMAND_H
#define LAB_EXHIBITS_COMPARE_COMMAND_H

#include "lab/commands.h"

extern const struct lab_command lab_compare_command;
extern const char lab_compare_help[];

#endif
