#include "interpreters/interpreter.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "interpreters/globals.h"

struct lab_interpreter {
    struct lab_gil *gil;        /* immutable */
    bool own_gil;               /* immutable */
    struct lab_heap *heap;      /* whoever holds the GIL */
    struct lab_globals globals; /* whoever holds the GIL */
    /* Threads inside or on their way. Relaxed: only the assertion in destroy() reads it, and
     * whoever destroys knows by other means that they are gone. */
    _Atomic unsigned threads;
    char name[LAB_INTERPRETER_NAME]; /* immutable */
};

static _Thread_local struct lab_interpreter *current;

int lab_interpreter_create(struct lab_interpreter **interpreter,
                           const struct lab_interpreter_options *options,
                           struct lab_failure *failure)
{
    if (options->heap_limit && options->heap_limit < LAB_INTERPRETER_HEAP_MIN)
        return lab_fail(failure, LAB_E_INVALID,
                        "a heap of %zu bytes: an interpreter's must be at least %u",
                        options->heap_limit, LAB_INTERPRETER_HEAP_MIN);
    struct lab_interpreter *made = calloc(1, sizeof *made);
    if (!made)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for an interpreter");
    snprintf(made->name, sizeof made->name, "%s", options->name ? options->name : "");
    made->heap = lab_heap_create(options->heap_limit);
    made->own_gil = !options->shared_gil;
    made->gil = options->shared_gil;
    if (made->own_gil)
        made->gil =
            lab_gil_create(options->interval_us ? options->interval_us : LAB_GIL_INTERVAL_US);
    if (!made->heap || !made->gil) {
        lab_interpreter_destroy(made);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for an interpreter");
    }
    *interpreter = made;
    return 0;
}

void lab_interpreter_destroy(struct lab_interpreter *interpreter)
{
    if (!interpreter)
        return;
    assert(atomic_load_explicit(&interpreter->threads, memory_order_relaxed) == 0);
    lab_heap_destroy(interpreter->heap); /* and the globals with it */
    if (interpreter->own_gil)
        lab_gil_destroy(interpreter->gil);
    free(interpreter);
}

void lab_interpreter_enter(struct lab_interpreter *interpreter)
{
    assert(!current && !lab_heap_current());
    atomic_fetch_add_explicit(&interpreter->threads, 1, memory_order_relaxed);
    lab_gil_take(interpreter->gil);
    current = interpreter;
    lab_heap_set_current(interpreter->heap);
}

void lab_interpreter_leave(void)
{
    struct lab_interpreter *interpreter = current;
    assert(interpreter && lab_gil_held() == interpreter->gil);
    lab_heap_set_current(NULL);
    current = NULL;
    lab_gil_release(interpreter->gil);
    atomic_fetch_sub_explicit(&interpreter->threads, 1, memory_order_relaxed);
}

int lab_interpreter_run(struct lab_interpreter *interpreter, int (*function)(void *argument),
                        void *argument)
{
    lab_interpreter_enter(interpreter);
    int result = function(argument);
    lab_interpreter_leave();
    return result;
}

struct lab_interpreter *lab_interpreter_current(void)
{
    return current;
}

struct lab_gil *lab_interpreter_gil(const struct lab_interpreter *interpreter)
{
    return interpreter->gil;
}

const char *lab_interpreter_name(const struct lab_interpreter *interpreter)
{
    return interpreter->name;
}

void lab_interpreter_memory(const struct lab_interpreter *interpreter,
                            struct lab_heap_memory *memory)
{
    lab_heap_memory(interpreter->heap, memory);
}

int lab_global_set(const char *name, struct lab_bytes bytes)
{
    return current ? lab__globals_set(&current->globals, name, bytes) : LAB_E_STATE;
}

bool lab_global_get(const char *name, struct lab_bytes *bytes)
{
    return current && lab__globals_get(&current->globals, name, bytes);
}

bool lab_global_delete(const char *name)
{
    return current && lab__globals_delete(&current->globals, name);
}
