#include "futures/task.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "futures/advance.h"
#include "platform/sync.h"

int lab_run_init(struct lab_run *run, const struct lab_task_type *type, struct lab_bytes in)
{
    memset(run, 0, sizeof *run);
    run->type = type;
    run->in = in;
    if (type->frame_size) {
        run->frame = calloc(1, type->frame_size);
        if (!run->frame)
            return LAB_E_NOMEM;
    }
    return 0;
}

void lab_run_release(struct lab_run *run)
{
    free(run->frame);
    free(run->out);
    free(run->failure);
    run->frame = NULL;
    run->out = NULL;
    run->failure = NULL;
}

int lab_run_result(struct lab_run *run, const void *data, size_t size)
{
    void *copy = malloc(size ? size : 1);
    if (!copy)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory for a result of %zu bytes", size);
    if (size)
        memcpy(copy, data, size);
    return lab_run_adopt(run, copy, size);
}

int lab_run_adopt(struct lab_run *run, void *data, size_t size)
{
    free(run->out);
    run->out = data;
    run->out_size = size;
    return LAB_CO_DONE;
}

int lab_run_fail(struct lab_run *run, int code, const char *format, ...)
{
    if (!run->failure)
        run->failure = malloc(sizeof *run->failure);
    if (!run->failure) {
        /* Not even memory for the reason: an empty result fails its verifier. */
        run->out_size = 0;
        return LAB_CO_DONE;
    }
    va_list args;
    run->failure->code = code;
    va_start(args, format);
    vsnprintf(run->failure->text, sizeof run->failure->text, format, args);
    va_end(args);
    return LAB_CO_DONE;
}

int lab_run_blocking(struct lab_run *run)
{
    struct lab_advance advance = {.reactor = NULL};
    while (lab_run_advance(run, &advance, LAB_FOREVER) != LAB_CO_DONE) {
    }
    lab_advance_release(&advance);
    return run->failure ? run->failure->code : 0;
}
