/* Executors: one interface, one implementation per concurrency model.
 *
 * What it is. An executor takes tasks and gives futures. Nothing above this header knows which
 * model it runs; lab_methods[] lists what there is. A new model is one file and one row there.
 *
 * How it is used. lab_executor_options_init(), lab_executor_create(), lab_submit() as often as
 * wanted, lab_future_wait() on the futures, lab_executor_shutdown() if wanted,
 * lab_executor_destroy().
 *
 * Threads. lab_submit, cancel, shutdown: any thread, but for the models without threads of their
 * own (sequential, async, all of them in an isolate): there everything belongs to the creator's
 * thread. Blocking. shutdown with wait, and destroy, until the workers are gone. submit never
 * blocks, except for sequential, which runs the task. Ownership. A task's bytes are borrowed until
 * its future is done. Futures may outlive the executor. Progress. Executors with threads of their
 * own run by themselves. Others run while somebody waits or drives: lab_executor_needs_driving().
 * Source. Python's concurrent.futures; rules 13–23 (core/RULES.md).
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
    int workers; /* 1 … LAB_MAX_WORKERS */
    /* Start all workers at once; otherwise each when there is work and no other is idle. */
    bool prestart;
    /* Run by every worker before its first task; its failure breaks the pool. NULL: none. Borrowed
     * while the executor lives. Sequential and async have no workers to initialize and refuse
     * it. */
    const struct lab_task *initializer;
    int max_tasks_per_child; /* processes: a child is replaced after so many; 0: never */
    uint32_t
        switch_interval_us; /* threads-gil, interpreters: of each GIL; 0: LAB_GIL_INTERVAL_US */
    bool shared_gil;        /* interpreters: one GIL for all instead of one for each */
    size_t heap_limit;      /* interpreters: bytes each may allocate; 0: LAB_HEAP_LIMIT */
};

struct lab_executor;
struct lab_gil_stats;

struct lab_method {
    const char *name;
    const char *sentence; /* what it is, for a person */
    bool parallel;        /* it takes a number of workers */
    const char *worker,
        *workers;   /* what one and several of them are called; NULL if not parallel */
    bool processes; /* workers are processes: they may be killed */
    /* NULL: available here. Otherwise why not. */
    const char *(*unavailable)(void);
    int (*create)(struct lab_executor **executor, const struct lab_executor_options *options,
                  struct lab_failure *failure);
};

/* In the order they are shown; NULL-terminated. */
extern const struct lab_method *const lab_methods[];
const struct lab_method *lab_method_find(const char *name);

/* The defaults of a method. Workers: threads and interpreters min(32, cores + 4), processes the
 * cores, the others 1. */
void lab_executor_options_init(struct lab_executor_options *options,
                               const struct lab_method *method);

/* LAB_E_UNAVAILABLE, LAB_E_NOMEM, LAB_E_INVALID (workers ≤ 0, …), each with a sentence. wanted
 * NULL: the defaults. Prestarted workers may still be starting: lab_executor_ready(). */
int lab_executor_create(struct lab_executor **executor, const struct lab_method *method,
                        const struct lab_executor_options *wanted, struct lab_failure *failure);
/* 0: all workers that were to be started can run tasks now. LAB_E_AGAIN: not yet (after a short
 * wait where it can block). LAB_E_BROKEN with a sentence. */
int lab_executor_ready(struct lab_executor *executor, struct lab_failure *failure);

/* 0 and a future (one reference, the caller's). LAB_E_SHUTDOWN, LAB_E_BROKEN (with what broke it as
 * the cause), LAB_E_NOMEM. */
int lab_submit(struct lab_executor *executor, const struct lab_task *task,
               struct lab_future **future, struct lab_failure *failure);

/* No more submits. Idempotent, any thread. cancel_futures: what has not started is cancelled;
 * otherwise it is still run. wait: returns when all is done and no worker is left (in another GIL's
 * thread it gives that up meanwhile). 0, or LAB_E_AGAIN where nothing can block and it is not
 * over. */
int lab_executor_shutdown(struct lab_executor *executor, bool wait, bool cancel_futures);

/* Processes: ends all workers now, kindly (SIGTERM) or not (SIGKILL). What is unfinished fails with
 * LAB_E_BROKEN, later submits too. Harmless when nothing has started or all are dead.
 * LAB_E_UNAVAILABLE for the other methods. */
int lab_executor_terminate_workers(struct lab_executor *executor);
int lab_executor_kill_workers(struct lab_executor *executor);

const struct lab_method *lab_executor_method(const struct lab_executor *executor);
unsigned lab_executor_max_workers(const struct lab_executor *executor);
/* Workers that have been started and are not gone. */
unsigned lab_executor_workers(struct lab_executor *executor);

/* Whether it runs only while driven; drives it for at most timeout_ns (0: does what can be done
 * now). False: it is being driven already, further up the stack. */
bool lab_executor_needs_driving(const struct lab_executor *executor);
bool lab_executor_drive(struct lab_executor *executor, uint64_t timeout_ns);
/* When it wants to be driven next at the latest: nanoseconds from now, LAB_FOREVER: only on
 * news. */
uint64_t lab_executor_next_drive(const struct lab_executor *executor);

/* Bytes that the workers cost beyond a sequential run: threads' stacks, the interpreters' heaps,
 * the children's memory, the coroutines alive at the peak. */
uint64_t lab_executor_memory(struct lab_executor *executor);
/* What its GILs have seen since it was created, added up (percentiles: the first one's). False: it
 * has none. */
bool lab_executor_gil_stats(struct lab_executor *executor, struct lab_gil_stats *stats);

/* shutdown, with cancel_futures, waits and frees. What runs is waited for in threads; a process
 * that still runs a task gets a moment and is then killed, and its task fails with LAB_E_SHUTDOWN.
 * NULL is legal. */
void lab_executor_destroy(struct lab_executor *executor);

/* For implementations: the first member of each. Function pointers may be NULL where marked. */
struct lab_executor_class {
    int (*submit)(struct lab_executor *executor, struct lab_future *future,
                  struct lab_failure *failure);
    int (*ready)(struct lab_executor *executor, struct lab_failure *failure); /* NULL: always */
    void (*drive)(struct lab_executor *executor, uint64_t timeout_ns); /* NULL: runs itself */
    uint64_t (*next_drive)(const struct lab_executor *executor);       /* NULL: on news */
    /* Refuses submits from now on. Idempotent; does not block. */
    void (*shutdown)(struct lab_executor *executor, bool cancel_futures);
    /* After shutdown: blocks until no worker is left (any number of callers, one after another);
     * false: it is not over and has to be driven, or called again. */
    bool (*join)(struct lab_executor *executor);
    void (*end_workers)(struct lab_executor *executor, bool kindly); /* NULL: not processes */
    unsigned (*workers)(struct lab_executor *executor);              /* NULL: 1 */
    uint64_t (*memory)(struct lab_executor *executor);               /* NULL: none */
    bool (*gil_stats)(struct lab_executor *executor, struct lab_gil_stats *stats); /* NULL: none */
    /* NULL: nothing. A thread that is about to sleep until future is done may do something for it
     * first. hold is called when the future is certainly not done, in a lock of its own, and keeps
     * the executor from being freed; help, without a lock, lets go of it. */
    void (*hold)(struct lab_executor *executor);
    void (*help)(struct lab_executor *executor, struct lab_future *future, uint64_t timeout_ns);
    /* Gives up what is left, does not wait for tasks longer than it must, frees. */
    void (*destroy)(struct lab_executor *executor);
};
struct lab_executor {
    const struct lab_executor_class *class;
    bool driven; /* class->drive is to be used */
    /* lab_executor_create() sets the rest. */
    struct lab_driver driver; /* for its futures */
    bool driving;             /* drive is on the stack */
    const struct lab_method *method;
    unsigned max_workers;
};

int lab_sequential_create(struct lab_executor **executor,
                          const struct lab_executor_options *options, struct lab_failure *failure);
int lab_thread_pool_create(struct lab_executor **executor,
                           const struct lab_executor_options *options, struct lab_failure *failure);
/* The same pool under one GIL, and with an interpreter for each thread. */
int lab_thread_pool_gil_create(struct lab_executor **executor,
                               const struct lab_executor_options *options,
                               struct lab_failure *failure);
int lab_interpreter_pool_create(struct lab_executor **executor,
                                const struct lab_executor_options *options,
                                struct lab_failure *failure);
int lab_process_pool_create(struct lab_executor **executor,
                            const struct lab_executor_options *options,
                            struct lab_failure *failure);
int lab_async_create(struct lab_executor **executor, const struct lab_executor_options *options,
                     struct lab_failure *failure);

#endif
