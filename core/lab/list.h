/* `lab list`: workloads and methods, for people or as JSON.
 *
 * How it is used. As every command (lab/commands.h). Threads. One, the coordinator. Blocking.
 * Never.
 */
#ifndef LAB_LAB_LIST_H
#define LAB_LAB_LIST_H

#include "lab/commands.h"

extern const struct lab_command lab_list_command;

#endif
