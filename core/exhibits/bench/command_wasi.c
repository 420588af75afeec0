/* An isolate has one thread, and no room for a benchmark: every child process would carry it
 * along. */
#include "exhibits/bench/command.h"

#include <stddef.h>

#include "loop/co.h"
#include "platform/sync.h"

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    (void)argc;
    (void)argv;
    lab_fail(failure, LAB_E_UNAVAILABLE,
             "bench needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
    return NULL;
}

static int step(void *state)
{
    (void)state;
    return LAB_CO_DONE;
}

static uint64_t next(const void *state)
{
    (void)state;
    return 0;
}

static int status(const void *state)
{
    (void)state;
    return 1;
}

static void destroy(void *state)
{
    (void)state;
}

const struct lab_command lab_bench_command = {
    .name = "bench",
    .words = "bench [OPTION...]",
    .summary = "what parts of the lab cost, each beside a peer",
    .help = lab_bench_help,
    .create = create,
    .step = step,
    .next = next,
    .status = status,
    .destroy = destroy,
};
