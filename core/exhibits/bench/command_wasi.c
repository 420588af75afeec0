/* An isolate has one thread, and no room for a benchmark: every child process would carry it
 * along. */
#include "exhibits/bench/command.h"

#include <stddef.h>

#include "platform/sync.h"

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    (void)argc;
    (void)argv;
    lab_fail(failure, LAB_E_UNAVAILABLE,
             "bench needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
    return NULL;
}

const struct lab_command lab_bench_command = {LAB_BENCH_WORDS, .create = create};
