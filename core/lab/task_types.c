#include "lab/task_types.h"

#include "conformance/conformance.h"
#include "spin/slow.h"
#include "workloads/workload.h"

const struct lab_task_type *lab_every_task_type(const char *name)
{
    const struct lab_task_type *type = lab_task_type_find(name);
    if (!type)
        type = lab_slow_task_type_find(name);
    return type ? type : lab_conformance_task_type_find(name);
}
