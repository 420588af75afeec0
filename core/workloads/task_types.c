/* Every task type is some workload's: a child process that is told a name finds it here. */
#include <string.h>

#include "workloads/workload.h"

const struct lab_task_type *lab_task_type_find(const char *name)
{
    for (size_t i = 0; lab_workloads[i]; i++)
        if (strcmp(lab_workloads[i]->task->name, name) == 0)
            return lab_workloads[i]->task;
    return NULL;
}
