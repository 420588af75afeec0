/* Tasks: what every executor runs.
 *
 * What it is. A task is a type (what to do) and flat bytes (what to do it to); its result is flat
 * bytes again. So one description runs unchanged in a thread, in another process, or on an event
 * loop.
 *
 * How it is used. A type's step function is a stackless coroutine (loop/co.h): it runs until it is
 * done or awaits something. CPU work simply never awaits:
 *
 *     static int count_step(struct lab_run *run)
 *     {
 *         struct count_in in;
 *         if (run->in.size != sizeof in)
 *             return lab_run_fail(run, LAB_E_INVALID, "a task of %zu bytes", run->in.size);
 *         memcpy(&in, run->in.data, sizeof in);
 *         …; if (lab_checkpoint()) return lab_run_fail(run, LAB_E_STOPPED, "stopped");
 *         return lab_run_result(run, &out, sizeof out);
 *     }
 *     const struct lab_task_type lab_count_task = {.name = "count", .step = count_step};
 *
 * A step function keeps what must survive an await in run->frame (frame_size zeroed bytes), never
 * in local variables. A thread runs it by blocking at each await (futures/advance.h), the loop by
 * going on with other coroutines meanwhile.
 *
 * Threads. A run is used by one thread at a time. Step functions hold no global state.
 * Blocking. Step functions never; lab_run_advance() (futures/advance.h) does, at awaits.
 * Ownership. run->in is borrowed until the run ends; run->out is the run's until taken. In an
 * interpreter frame and result lie on its heap, as does what step functions allocate
 * (interpreters/heap.h): init, steps and release all happen in it, and lab_run_export() before the
 * result is taken elsewhere.
 */
#ifndef LAB_FUTURES_TASK_H
#define LAB_FUTURES_TASK_H

#include <stddef.h>
#include <stdint.h>

#include "loop/co.h"
#include "platform/bytes.h"
#include "platform/checkpoint.h"
#include "platform/error.h"

struct lab_run;

struct lab_task_type {
    const char *name; /* unique; what a child process looks it up by */
    /* Returns LAB_CO_DONE (result or failure set) or LAB_CO_AWAIT (run->co says for what). */
    int (*step)(struct lab_run *run);
    size_t frame_size;
    /* Where bytes cross to another process or interpreter (Python pickles there); NULL: as they
     * are. pack: in the submitter, before the bytes leave: 0, or a failure that is this task's
     * alone. decode: in the worker, before the first step; encode: after the last, on the result.
     * Both may fail the run. Where memory is shared none of them is called. */
    int (*pack)(struct lab_bytes in, struct lab_failure *failure);
    void (*decode)(struct lab_run *run);
    void (*encode)(struct lab_run *run);
};

struct lab_run {
    struct lab_co co; /* first: the loop knows runs by their coroutine */
    const struct lab_task_type *type;
    struct lab_bytes in;
    unsigned char *out; /* lab_alloc's, or NULL */
    size_t out_size;
    struct lab_failure *failure; /* malloc'd, or NULL while nothing failed */
    /* In a child process: how a task finds other types. NULL elsewhere. */
    const struct lab_task_type *(*types)(const char *name);
    void *frame; /* lab_alloc's, or NULL */
};

/* What a failure becomes that itself cannot be allocated: LAB_E_NOMEM. Shared, never freed. */
extern struct lab_failure lab_out_of_memory;
/* Frees a failure, unless it is that one. NULL is legal. */
void lab_failure_free(struct lab_failure *failure);

int lab__run_make_frame(struct lab_run *run);
void lab__run_free(struct lab_run *run);

/* Prepares a run; allocates the frame. LAB_E_NOMEM. */
static inline int lab_run_init(struct lab_run *run, const struct lab_task_type *type,
                               struct lab_bytes in)
{
    *run = (struct lab_run){.type = type, .in = in};
    return type->frame_size ? lab__run_make_frame(run) : 0;
}

/* Frees frame, result and failure. */
static inline void lab_run_release(struct lab_run *run)
{
    if (run->frame || run->out || run->failure)
        lab__run_free(run);
}

/* In the interpreter the run ran in: moves the result to malloc'd memory, which outlives the heap
 * and may be taken by any thread. Does nothing where it is malloc's already. Fails the run with
 * LAB_E_NOMEM if it cannot. */
void lab_run_export(struct lab_run *run);

/* For step functions; all return LAB_CO_DONE.
 * result: copies the bytes (fails the run with LAB_E_NOMEM if it cannot).
 * adopt: takes over a block of lab_alloc()'s. fail: the sentence names the thing that failed. */
int lab_run_result(struct lab_run *run, const void *data, size_t size);
int lab_run_adopt(struct lab_run *run, void *data, size_t size);
int lab_run_fail(struct lab_run *run, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Finds a task type by name, or returns NULL: what a child process is given. Any thread. */
typedef const struct lab_task_type *(*lab_task_types)(const char *name);

#endif
