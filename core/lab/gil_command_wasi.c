/* An isolate has one thread: there is nothing to take a GIL from. */
#include "lab/gil_command.h"

#include <stddef.h>

#include "lab/gil_options.h"
#include "loop/co.h"
#include "platform/sync.h"

struct lab_gil_command *lab_gil_command_create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_gil_options options;
    if (lab_gil_options_parse(&options, argc, argv, failure) == 0)
        lab_fail(failure, LAB_E_UNAVAILABLE,
                 "gil needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
    return NULL;
}

int lab_gil_command_step(struct lab_gil_command *command)
{
    (void)command;
    return LAB_CO_DONE;
}

uint64_t lab_gil_command_next(const struct lab_gil_command *command)
{
    (void)command;
    return 0;
}

int lab_gil_command_status(const struct lab_gil_command *command)
{
    (void)command;
    return 1;
}

void lab_gil_command_destroy(struct lab_gil_command *command)
{
    (void)command;
}
