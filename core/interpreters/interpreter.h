/* Interpreters: several worlds in one process, each with a GIL, a heap and globals of its own.
 *
 * What it is. CPython's subinterpreters (PEP 684, PEP 734) for C: a GIL, which may be shared with
 * others, a bounded heap, and a dictionary of globals that lives on that heap. Threads in
 * interpreters with GILs of their own run at once; a thread sees the globals and the heap of the
 * interpreter it is in, and no others.
 *
 * How it is used.
 *
 *     struct lab_interpreter_options options = {.name = "interpreter 1"};
 *     if (lab_interpreter_create(&interpreter, &options, failure)) …
 *     lab_interpreter_enter(interpreter);     // waits for its GIL
 *     …lab_alloc(), lab_global_set(), lab_checkpoint(), a task's step function…
 *     lab_interpreter_leave();
 *     lab_interpreter_destroy(interpreter);
 *
 * What blocks in between is put into lab_gil_begin/end_allow_threads() (gil/gil.h). Between those
 * two the thread has the interpreter, but not its GIL: no lab_alloc(), no lab_free(), no globals
 * there, for another thread may be at them. Bytes go from one interpreter to another by copy alone:
 * interpreters/queue.h.
 *
 * Threads. create, gil, memory, name: any. enter and leave: any, in pairs, and a thread is in at
 * most one interpreter; several may enter the same one and take turns by its GIL. Globals: whoever
 * is in it. destroy: when nobody is in it, or on the way into it. Blocking. enter and run, for the
 * GIL. Nothing else. Ownership. The interpreter owns its heap, its globals and, if it was given
 * none, its GIL. A shared GIL is the caller's and outlives the interpreter.
 */
#ifndef LAB_INTERPRETERS_INTERPRETER_H
#define LAB_INTERPRETERS_INTERPRETER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gil/gil.h"
#include "interpreters/heap.h"
#include "platform/bytes.h"
#include "platform/error.h"

struct lab_interpreter;

struct lab_interpreter_options {
    uint32_t
        interval_us; /* of its own GIL; 0: LAB_GIL_INTERVAL_US. A shared one has its interval. */
    struct lab_gil *shared_gil; /* NULL: its own */
    size_t heap_limit;          /* bytes; 0: LAB_HEAP_LIMIT */
    const char *name;           /* copied, cut to LAB_INTERPRETER_NAME - 1; NULL: "" */
};
#define LAB_INTERPRETER_NAME     32
#define LAB_INTERPRETER_HEAP_MIN LAB_HEAP_CHUNK

/* LAB_E_NOMEM; LAB_E_INVALID: a heap in which nothing fits. */
int lab_interpreter_create(struct lab_interpreter **interpreter,
                           const struct lab_interpreter_options *options,
                           struct lab_failure *failure);
/* NULL is legal. */
void lab_interpreter_destroy(struct lab_interpreter *interpreter);

/* Waits for its GIL; makes it, its heap and its globals the calling thread's. */
void lab_interpreter_enter(struct lab_interpreter *interpreter);
void lab_interpreter_leave(void);
/* Enters, calls, leaves; returns what function returned. */
int lab_interpreter_run(struct lab_interpreter *interpreter, int (*function)(void *argument),
                        void *argument);
/* The one the calling thread is in, or NULL. */
struct lab_interpreter *lab_interpreter_current(void);

struct lab_gil *lab_interpreter_gil(const struct lab_interpreter *interpreter);
const char *lab_interpreter_name(const struct lab_interpreter *interpreter);
void lab_interpreter_memory(const struct lab_interpreter *interpreter,
                            struct lab_heap_memory *memory);

/* Globals of the interpreter that the calling thread is in (without one: LAB_E_STATE, false).
 * set: copies name and bytes onto its heap; LAB_E_NOMEM leaves the old value as it was.
 * get: false if there is none. *bytes is borrowed, aligned to LAB_HEAP_ALIGN, and good until that
 * global is set or deleted, or the GIL is given up (another thread may be in the same interpreter).
 * delete: false if there was none. */
int lab_global_set(const char *name, struct lab_bytes bytes);
bool lab_global_get(const char *name, struct lab_bytes *bytes);
bool lab_global_delete(const char *name);

#endif
