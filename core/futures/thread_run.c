#include "futures/thread_run.h"

#include <string.h>

#include "interpreters/interpreter.h"
#include "platform/sync.h"

static void init(struct lab_run *run, const struct lab_task_type *type, struct lab_bytes in)
{
    if (lab_run_init(run, type, in))
        lab_run_fail(run, LAB_E_NOMEM, "out of memory for a task of %zu bytes", in.size);
}

static void to_the_end(struct lab_run *run, struct lab_advance *advance)
{
    while (!run->failure && lab_run_advance(run, advance, LAB_FOREVER) != LAB_CO_DONE) {
    }
}

/* The bytes as the interpreter gets them: packed by their type, and copied onto its heap. NULL: the
 * run has failed. */
static void *take_in(struct lab_run *run, const struct lab_task_type *type, struct lab_bytes in)
{
    struct lab_failure failure;
    memset(run, 0, sizeof *run);
    if (type->pack && type->pack(in, &failure)) {
        lab_run_fail(run, failure.code, "%s", failure.text);
        return NULL;
    }
    void *copy = lab_alloc(in.size);
    if (!copy)
        lab_run_fail(run, LAB_E_NOMEM, "out of memory for a task of %zu bytes", in.size);
    else if (in.size)
        memcpy(copy, in.data, in.size);
    return copy;
}

static void across(struct lab_run *run, const struct lab_task *task, struct lab_advance *advance,
                   const struct lab_interpreter *interpreter)
{
    const struct lab_task_type *type = task->type;
    void *copy = take_in(run, type, task->in);
    if (copy) {
        init(run, type, (struct lab_bytes){copy, task->in.size});
        if (type->decode && !run->failure)
            type->decode(run);
        to_the_end(run, advance);
        if (type->encode && !run->failure)
            type->encode(run);
        lab_run_export(run);
        lab_free(copy);
    }
    if (run->failure && run->failure != &lab_out_of_memory)
        lab_fail_cause(run->failure, LAB_E_EXECUTION, "execution failed in %s",
                       lab_interpreter_name(interpreter));
}

void lab__thread_run(struct lab_run *run, const struct lab_task *task, struct lab_advance *advance,
                     struct lab_interpreter *interpreter)
{
    advance->tag = task->tag;
    if (interpreter) {
        across(run, task, advance, interpreter);
    } else {
        init(run, task->type, task->in);
        to_the_end(run, advance);
    }
}
