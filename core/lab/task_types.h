/* Every task type there is, of workloads and of commands: what child processes look names up in. */
#ifndef LAB_LAB_TASK_TYPES_H
#define LAB_LAB_TASK_TYPES_H

#include "futures/task.h"

/* NULL: there is none of that name. Any thread. */
const struct lab_task_type *lab_every_task_type(const char *name);

#endif
