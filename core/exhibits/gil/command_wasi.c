/* An isolate has one thread: there is nothing to take a GIL from. */
#include "exhibits/gil/command.h"

#include <stddef.h>

#include "exhibits/gil/options.h"
#include "platform/sync.h"

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    struct lab_gil_options options;
    if (lab_gil_options_parse(&options, argc, argv, failure) == 0)
        lab_fail(failure, LAB_E_UNAVAILABLE,
                 "gil needs threads, and they need memory to share: " LAB_NO_SHARED_MEMORY);
    return NULL;
}

const struct lab_command lab_gil_command = {LAB_GIL_WORDS, .create = create};
