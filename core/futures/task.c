#include "futures/task.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interpreters/heap.h"

struct lab_failure lab_out_of_memory = {.code = LAB_E_NOMEM, .text = "out of memory"};

void lab_failure_free(struct lab_failure *failure)
{
    if (failure != &lab_out_of_memory)
        free(failure);
}

int lab__run_make_frame(struct lab_run *run)
{
    run->frame = lab_zalloc(run->type->frame_size);
    return run->frame ? 0 : LAB_E_NOMEM;
}

void lab__run_free(struct lab_run *run)
{
    lab_free(run->frame);
    lab_free(run->out);
    lab_failure_free(run->failure);
    run->frame = NULL;
    run->out = NULL;
    run->failure = NULL;
}

void lab_run_export(struct lab_run *run)
{
    struct lab_heap *heap = lab_heap_current();
    if (!heap || !run->out || !lab_heap_owns(heap, run->out))
        return;
    unsigned char *copy = malloc(run->out_size ? run->out_size : 1);
    if (copy)
        memcpy(copy, run->out, run->out_size);
    else
        lab_run_fail(run, LAB_E_NOMEM, "out of memory for a result of %zu bytes", run->out_size);
    lab_free(run->out);
    run->out = copy;
}

int lab_run_result(struct lab_run *run, const void *data, size_t size)
{
    void *copy = lab_alloc(size);
    if (!copy)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory for a result of %zu bytes", size);
    if (size)
        memcpy(copy, data, size);
    return lab_run_adopt(run, copy, size);
}

int lab_run_adopt(struct lab_run *run, void *data, size_t size)
{
    lab_free(run->out);
    run->out = data;
    run->out_size = size;
    return LAB_CO_DONE;
}

int lab_run_fail(struct lab_run *run, int code, const char *format, ...)
{
    if (!run->failure || run->failure == &lab_out_of_memory)
        run->failure = malloc(sizeof *run->failure);
    if (!run->failure) {
        run->failure = &lab_out_of_memory;
        return LAB_CO_DONE;
    }
    va_list args;
    run->failure->code = code;
    run->failure->cause = 0;
    run->failure->cause_text[0] = '\0';
    va_start(args, format);
    vsnprintf(run->failure->text, sizeof run->failure->text, format, args);
    va_end(args);
    return LAB_CO_DONE;
}
