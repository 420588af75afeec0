/* Executors: one interface, one implementation per concurrency model.
 *
 * What it is. An executor takes tasks and gives futures. Nothing above this header knows which model
 * it runs; lab_methods[] lists what there is. A new model is one file and one row there.
 *
 * How it is used. lab_executor_create(), lab_submit() as often as wanted, lab_future_wait() on the
 * futures, lab_executor_destroy().
 *
 * Threads. lab_submit: any thread, but for the models without threads of their own (sequential, async,
 * all of them in an isolate): there everything belongs to the creator's thread.
 * Blocking. create (with prestart) until the workers are up; destroy until they are gone. submit never
 * blocks, except for sequential, which runs the task.
 * Ownership. A task's bytes are borrowed until its future is done. Futures may outlive the executor.
 * Progress. Executors with threads of their own run by themselves. Others run while somebody waits
 * or drives: lab_executor_needs_driving().
 */
#ifndef LAB_FUTURES_EXECUTOR_H
#define LAB_FUTURES_EXECUTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/future.h"
#include "platform/error.h"

#define LAB_MAX_WORKERS 256

struct lab_executor_options {
    unsigned workers; /* 1 … LAB_MAX_WORKERS */
};

struct lab_executor;

struct lab_method {
    const char *name;
    const char *sentence; /* what it is, for a person */
    bool parallel;        /* CPU work can run in parallel: it takes a number of workers */
    /* NULL: available here. Otherwise why not. */
    const char *(*unavailable)(void);
    int (*create)(struct lab_executor **executor, const struct lab_executor_options *options,
                  struct lab_failure *failure);
};

/* In the order they are shown; NULL-terminated. */
extern const struct lab_method *const lab_methods[];
const struct lab_method *lab_method_find(const char *name);

/* LAB_E_UNAVAILABLE, LAB_E_NOMEM, LAB_E_INVALID, each with a sentence. The workers may still be
 * starting: lab_executor_ready(). */
int lab_executor_create(struct lab_executor **executor, const struct lab_method *method,
                        const struct lab_executor_options *options, struct lab_failure *failure);
/* 0: all workers can run tasks now. LAB_E_AGAIN: not yet. LAB_E_BROKEN with a sentence. */
int lab_executor_ready(struct lab_executor *executor, struct lab_failure *failure);

/* 0 and a future (one reference, the caller's). LAB_E_SHUTDOWN, LAB_E_BROKEN (with what broke it),
 * LAB_E_NOMEM. */
int lab_submit(struct lab_executor *executor, const struct lab_task *task,
               struct lab_future **future, struct lab_failure *failure);

/* Whether it runs only while driven; drives it for at most timeout_ns (0: does what can be done now). */
bool lab_executor_needs_driving(const struct lab_executor *executor);
void lab_executor_drive(struct lab_executor *executor, uint64_t timeout_ns);
/* When it wants to be driven next at the latest: nanoseconds from now, LAB_FOREVER: only on news. */
uint64_t lab_executor_next_drive(const struct lab_executor *executor);

/* Bytes that the workers cost beyond a sequential run: threads' stacks, the children's memory, the
 * coroutines alive at the peak. */
uint64_t lab_executor_memory(struct lab_executor *executor);

/* Ends it: what is pending is cancelled. What runs is waited for in threads; a process that still runs a task
 * gets a moment and is then killed, and its task fails with LAB_E_SHUTDOWN. NULL is legal. */
void lab_executor_destroy(struct lab_executor *executor);

/* For implementations: the first member of each. Function pointers may be NULL where marked. */
struct lab_executor_class {
    int (*submit)(struct lab_executor *executor, struct lab_future *future,
                  struct lab_failure *failure);
    int (*ready)(struct lab_executor *executor, struct lab_failure *failure); /* NULL: always */
    void (*drive)(struct lab_executor *executor, uint64_t timeout_ns); /* NULL: runs itself */
    uint64_t (*next_drive)(const struct lab_executor *executor);       /* NULL: on news */
    uint64_t (*memory)(struct lab_executor *executor);                 /* NULL: none */
    void (*destroy)(struct lab_executor *executor);
};
struct lab_executor {
    const struct lab_executor_class *class;
    bool driven;              /* class->drive is to be used */
    struct lab_driver driver; /* for its futures; lab_executor_create() sets it */
};

int lab_sequential_create(struct lab_executor **executor,
                          const struct lab_executor_options *options, struct lab_failure *failure);
int lab_thread_pool_create(struct lab_executor **executor,
                           const struct lab_executor_options *options, struct lab_failure *failure);
int lab_process_pool_create(struct lab_executor **executor,
                            const struct lab_executor_options *options,
                            struct lab_failure *failure);
int lab_async_create(struct lab_executor **executor, const struct lab_executor_options *options,
                     struct lab_failure *failure);

#endif
