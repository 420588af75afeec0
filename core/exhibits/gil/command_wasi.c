/* An isolate has one thread: there is nothing to take a GIL from. */
#include "exhibits/gil/command.h"

#include <stddef.h>

#include "exhibits/gil/options.h"
#include "loop/co.h"
#include "platform/sync.h"

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_gil_options options;
    if (lab_gil_options_parse(&options, argc, argv, failure) == 0)
        lab_fail(failure, LAB_E_UNAVAILABLE,
                 "gil needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
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

const struct lab_command lab_gil_command = {
    .name = "gil",
    .words = "gil [OPTION...]",
    .summary = "threads under the GIL, and the same without one",
    .help = lab_gil_help,
    .create = create,
    .step = step,
    .next = next,
    .status = status,
    .destroy = destroy,
};
