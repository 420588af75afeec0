/* An isolate has one thread, and no room for a benchmark: every child process would carry it
 * along. */
#include "lab/bench_command.h"

#include <stddef.h>

#include "loop/co.h"
#include "platform/sync.h"

struct lab_bench_command *lab_bench_command_create(int argc, char **argv,
                                                   struct lab_failure *failure)
{
    (void)argc;
    (void)argv;
    lab_fail(failure, LAB_E_UNAVAILABLE,
             "bench needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
    return NULL;
}

int lab_bench_command_step(struct lab_bench_command *command)
{
    (void)command;
    return LAB_CO_DONE;
}

uint64_t lab_bench_command_next(const struct lab_bench_command *command)
{
    (void)command;
    return 0;
}

int lab_bench_command_status(const struct lab_bench_command *command)
{
    (void)command;
    return 1;
}

void lab_bench_command_destroy(struct lab_bench_command *command)
{
    (void)command;
}
