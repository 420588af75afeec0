#include "lab/task_types.h"

#include "lab/commands.h"
#include "workloads/workload.h"

const struct lab_task_type *lab_every_task_type(const char *name)
{
    const struct lab_task_type *type = lab_task_type_find(name);
    for (size_t i = 0; !type && lab_commands[i]; i++)
        if (lab_commands[i]->task_type)
            type = lab_commands[i]->task_type(name);
    return type;
}
