/* One task, from its first step to its last, in the calling thread. Internal to core/futures.
 *
 * In an interpreter (interpreters/interpreter.h), which the thread has entered, the task's bytes
 * are a copy on its heap, the type's pack, decode and encode are called, the result is moved out,
 * and a failure gets the cause LAB_E_EXECUTION. Blocking. In the task's awaits; a GIL is given up
 * meanwhile.
 */
#ifndef LAB_FUTURES_THREAD_RUN_H
#define LAB_FUTURES_THREAD_RUN_H

#include "futures/advance.h"
#include "futures/future.h"

struct lab_interpreter;

/* Fills run, which need not be initialized; the caller releases it. interpreter: NULL, or the one
 * that the thread is in. */
void lab__thread_run(struct lab_run *run, const struct lab_task *task, struct lab_advance *advance,
                     struct lab_interpreter *interpreter);

#endif
