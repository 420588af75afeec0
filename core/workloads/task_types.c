/* A child process that is told a task type's name finds it here: those of the workloads, and two
 * for measuring. */
#include <string.h>

#include "workloads/workload.h"

/* Returns its bytes as they are: what it costs is what handing out tasks costs
 * (core/exhibits/bench). */
static int echo_step(struct lab_run *run)
{
    return lab_run_result(run, run->in.data, run->in.size);
}
static const struct lab_task_type echo_task = {.name = "echo", .step = echo_step};

/* Returns how many they are: what it costs is what it costs to get them there. */
static int sink_step(struct lab_run *run)
{
    uint64_t size = run->in.size;
    return lab_run_result(run, &size, sizeof size);
}
static const struct lab_task_type sink_task = {.name = "sink", .step = sink_step};

const struct lab_task_type *lab_task_type_find(const char *name)
{
    for (size_t i = 0; lab_workloads[i]; i++)
        if (strcmp(lab_workloads[i]->task->name, name) == 0)
            return lab_workloads[i]->task;
    return strcmp(name, echo_task.name) == 0   ? &echo_task
           : strcmp(name, sink_task.name) == 0 ? &sink_task
                                               : NULL;
}
