/* The thread pool: N threads, one queue. Three methods are this pool: `threads`, `threads-gil` (the same
 * threads under one GIL) and `interpreters` (each thread in an interpreter of its own).
 *
 * - One mutex guards everything; a worker takes the oldest future, runs it, takes the next. A worker
 *   sleeps on the condition only when the queue is empty, and a submit signals only when somebody
 *   sleeps: a burst to busy workers makes no system call.
 * - A worker is started when there are more unfinished tasks than workers. A task counts as finished just
 *   before its future is: whoever has seen the result finds the worker free (rule 14). Only where a
 *   done-callback is still to run there does it count as busy until that is over.
 * - Under a GIL a worker holds it from task to task, as CPython's do; it gives it up to sleep, to await, and
 *   on request at checkpoints. Submitting needs no GIL here: the coordinator stands for no Python thread.
 * - A worker's interpreter lives as long as the pool. Arguments are copied onto its heap, the result out of it.
 * - Why one queue and not a deque for each worker with stealing: measured, it makes no difference that
 *   can be told apart. Bursts of 50,000 empty and 20,000 tasks of ~3 us, 15 of each variant in turn, native, 2
 *   cores, shared; the deques each under a lock of its own, filled round-robin, stolen from when empty.
 *   Time with the queue over time with deques, median and middle half:
 *
 *       workers      empty tasks          ~3 us tasks
 *          1      0.97 (0.87 - 1.24)   1.07 (0.85 - 1.54)
 *          2      1.01 (0.66 - 1.25)   1.03 (0.87 - 1.21)
 *          4      1.00 (0.68 - 1.27)   0.89 (0.60 - 1.12)
 *          8      0.74 (0.58 - 0.94)   1.02 (0.84 - 1.59)
 *
 *   Our tasks come from one submitter and take from microseconds to seconds. The queue starts them in
 *   the order of submission, which a person expects of a timeline, and is the shorter program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "futures/advance.h"
#include "futures/executor.h"
#include "futures/thread_run.h"
#include "futures/waits.h"
#include "gil/gil.h"
#include "interpreters/interpreter.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum kind { SHARED, ONE_GIL, INTERPRETERS };

struct worker {
    struct thread_pool *pool;
    lab_thread thread;
    unsigned number; /* from 1 */
    struct lab_interpreter *interpreter;
    struct lab_worker place; /* in the graph of who waits for whom */
    struct lab_lane *lane;
    struct lab_advance advance;
};

struct thread_pool {
    struct lab_executor base; /* first */
    enum kind kind;           /* immutable, like all down to the mutex */
    const char *method;
    const struct lab_task *initializer;
    struct lab_gil *gil; /* of all workers, or NULL */
    size_t heap_limit;
    uint32_t interval_us;
    unsigned count, prestarted;
    lab_mutex mutex;
    lab_cond work, gone;           /* gone: a joiner is through */
    struct lab_future_queue queue; /* under mutex, like all down to why */
    unsigned started, joined, sleeping;
    bool shutdown, joining, broken;
    struct lab_failure why;
    uint64_t submitted;
    /* Tasks that are over. Release: whoever sees a future's result through it sees the count as well. */
    _Atomic uint64_t finished;
    _Atomic uint32_t up; /* workers that have reached their loop; a counter that ready() polls */
    _Atomic uint32_t alive;
    struct worker workers[];
};

/* ---- a worker ---- */

/* Takes the oldest future, waiting for one; NULL: shut down, and nothing is left. */
static struct lab_future *take(struct thread_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    struct lab_future *future = lab_future_dequeue(&pool->queue);
    bool over = pool->shutdown;
    lab_mutex_unlock(&pool->mutex);
    if (future || over)
        return future;
    /* Without the mutex: a GIL that was asked for is given up only when another thread has taken it. */
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    lab_mutex_lock(&pool->mutex);
    while (!(future = lab_future_dequeue(&pool->queue)) && !pool->shutdown) {
        pool->sleeping++;
        lab_cond_wait(&pool->work, &pool->mutex, LAB_FOREVER);
        pool->sleeping--;
    }
    lab_mutex_unlock(&pool->mutex);
    lab_gil_end_allow_threads(gil);
    return future;
}

static void run_one(struct worker *worker, struct lab_future *future)
{
    struct thread_pool *pool = worker->pool;
    struct lab_task *task = lab_future_task(future);
    struct lab_run run;
    if (lab_future_set_running_or_notify_cancel(future)) {
        atomic_fetch_add_explicit(&pool->finished, 1, memory_order_release);
        return;
    }
    task->lane = worker->lane;
    worker->place.running = future;
    lab_trace_here(LAB_TRACE_START, task->tag, 0);
    lab__thread_run(&run, task, &worker->advance, worker->interpreter);
    lab_trace_here(LAB_TRACE_END, task->tag, run.failure != NULL);
    bool calls_back = lab_future_calls_back(future);
    if (!calls_back)
        atomic_fetch_add_explicit(&pool->finished, 1, memory_order_release);
    lab_future_finish(future, &run);
    worker->place.running = NULL;
    if (calls_back)
        atomic_fetch_add_explicit(&pool->finished, 1, memory_order_release);
    lab_run_release(&run);
    lab_checkpoint(); /* between two tasks is a boundary too */
}

/* The initializer failed: nothing can be run here any more. */
static void break_pool(struct thread_pool *pool, const struct lab_failure *cause)
{
    struct lab_future_queue pending;
    lab_mutex_lock(&pool->mutex);
    if (!pool->broken) {
        lab_fail(&pool->why, LAB_E_BROKEN, "the pool broke: a worker's initializer failed: %s",
                 cause->text);
        lab_fail_cause(&pool->why, cause->code, "%s", cause->text);
        pool->broken = true;
    }
    pending = pool->queue;
    pool->queue = (struct lab_future_queue){0};
    lab_mutex_unlock(&pool->mutex);
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));) {
        if (lab_future_set_running_or_notify_cancel(future) == 0)
            lab_future_set_failure(future, &pool->why);
        lab_future_release(future);
    }
}

static bool initialize(struct worker *worker)
{
    const struct lab_task *initializer = worker->pool->initializer;
    struct lab_run run;
    if (!initializer)
        return true;
    lab__thread_run(&run, initializer, &worker->advance, worker->interpreter);
    bool fine = run.failure == NULL;
    if (!fine)
        break_pool(worker->pool, run.failure);
    lab_run_release(&run);
    return fine;
}

static void work_in_it(struct worker *worker)
{
    struct thread_pool *pool = worker->pool;
    bool fine = initialize(worker);
    atomic_fetch_add_explicit(&pool->up, 1, memory_order_release);
    lab_futex_wake(&pool->up, 1);
    /* A worker that is not fine is none: with the pool broken there is nothing to take. */
    for (struct lab_future *future; fine && (future = take(pool));) {
        run_one(worker, future);
        lab_future_release(future);
    }
    lab_advance_release(&worker->advance);
}

static void work(void *argument)
{
    struct worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    snprintf(worker->place.name, sizeof worker->place.name, "%s %u",
             pool->kind == INTERPRETERS ? "interpreter" : "thread", worker->number);
    worker->place.executor = &pool->base;
    worker->place.max_workers = pool->count;
    worker->lane = lab_lane_open(worker->place.name, LAB_LANE_THREAD, pool->method, pool->count);
    lab_lane_set_current(worker->lane);
    lab_worker_enter(&worker->place);
    if (worker->interpreter)
        lab_interpreter_enter(worker->interpreter);
    else if (pool->gil)
        lab_gil_take(pool->gil);
    work_in_it(worker);
    if (worker->interpreter)
        lab_interpreter_leave();
    else if (pool->gil)
        lab_gil_release(pool->gil);
    lab_worker_leave(&worker->place);
    lab_lane_close(worker->lane);
    /* relaxed: a figure for people and tests; join orders. */
    atomic_fetch_sub_explicit(&pool->alive, 1, memory_order_relaxed);
}

/* ---- the pool ---- */

static int make_interpreter(struct worker *worker, struct lab_failure *failure)
{
    struct thread_pool *pool = worker->pool;
    char name[LAB_INTERPRETER_NAME];
    snprintf(name, sizeof name, "interpreter %u", worker->number);
    struct lab_interpreter_options options = {
        .interval_us = pool->interval_us,
        .shared_gil = pool->gil,
        .heap_limit = pool->heap_limit,
        .name = name,
    };
    return lab_interpreter_create(&worker->interpreter, &options, failure);
}

/* One worker more; mutex held. */
static int start_worker(struct thread_pool *pool, struct lab_failure *failure)
{
    struct worker *worker = &pool->workers[pool->started];
    worker->pool = pool;
    worker->number = pool->started + 1;
    if (pool->kind == INTERPRETERS && !worker->interpreter) {
        int code = make_interpreter(worker, failure);
        if (code)
            return code;
    }
    atomic_fetch_add_explicit(&pool->alive, 1, memory_order_relaxed);
    if (lab_thread_start(&worker->thread, work, worker)) {
        atomic_fetch_sub_explicit(&pool->alive, 1, memory_order_relaxed);
        return lab_fail(failure, LAB_E_UNAVAILABLE, "thread %u of %u could not be started",
                        worker->number, pool->count);
    }
    pool->started++;
    return 0;
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    int code = 0;
    bool wake = false;
    lab_mutex_lock(&pool->mutex);
    if (pool->broken) {
        if (failure)
            *failure = pool->why;
        code = LAB_E_BROKEN;
    } else if (pool->shutdown) {
        code = lab_fail(failure, LAB_E_SHUTDOWN, "the %s pool was shut down", pool->method);
    } else {
        /* acquire: with the release at the end of a task. A worker that submits is busy, whatever it counts as. */
        uint64_t unfinished = pool->submitted + 1 -
                              atomic_load_explicit(&pool->finished, memory_order_acquire) +
                              (lab_worker_executor() == base && !lab_worker_runs_task());
        if (unfinished > pool->started && pool->started < pool->count)
            code = start_worker(pool, failure);
        if (code && pool->started > 0)
            code = 0; /* those that there are will do it */
    }
    if (code == 0) {
        pool->submitted++;
        lab_future_enqueue(&pool->queue, lab_future_retain(future));
        wake = pool->sleeping > 0;
    }
    lab_mutex_unlock(&pool->mutex);
    if (wake)
        lab_cond_signal(&pool->work);
    return code;
}

static int ready(struct lab_executor *base, struct lab_failure *failure)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    uint32_t up = atomic_load_explicit(&pool->up, memory_order_acquire);
    lab_mutex_lock(&pool->mutex);
    bool broken = pool->broken;
    lab_mutex_unlock(&pool->mutex);
    if (broken) {
        if (failure)
            *failure = pool->why;
        return LAB_E_BROKEN;
    }
    if (up >= pool->prestarted)
        return 0;
    lab_futex_wait(&pool->up, up, 10000000);
    return atomic_load_explicit(&pool->up, memory_order_acquire) >= pool->prestarted ? 0
                                                                                     : LAB_E_AGAIN;
}

static unsigned workers(struct lab_executor *base)
{
    return atomic_load_explicit(&((struct thread_pool *)base)->alive, memory_order_relaxed);
}

static uint64_t memory(struct lab_executor *base)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    lab_mutex_lock(&pool->mutex);
    unsigned started = pool->started;
    lab_mutex_unlock(&pool->mutex);
    uint64_t bytes =
        sizeof *pool + started * ((uint64_t)sizeof(struct worker) + LAB_THREAD_STACK_BYTES);
    for (unsigned i = 0; i < started && pool->kind == INTERPRETERS; i++) {
        struct lab_heap_memory heap;
        lab_interpreter_memory(pool->workers[i].interpreter, &heap);
        bytes += heap.footprint;
    }
    return bytes;
}

static void add_stats(struct lab_gil_stats *sum, const struct lab_gil_stats *one)
{
    sum->takes += one->takes;
    sum->switches += one->switches;
    sum->forced += one->forced;
    sum->drop_requests += one->drop_requests;
    sum->timeouts += one->timeouts;
    sum->wait_seconds += one->wait_seconds;
}

static bool gil_stats(struct lab_executor *base, struct lab_gil_stats *stats)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    if (pool->gil) {
        lab_gil_stats(pool->gil, stats);
        return true;
    }
    if (pool->kind != INTERPRETERS)
        return false;
    lab_mutex_lock(&pool->mutex);
    unsigned started = pool->started;
    lab_mutex_unlock(&pool->mutex);
    memset(stats, 0, sizeof *stats);
    for (unsigned i = 0; i < started; i++) {
        struct lab_gil_stats one;
        lab_gil_stats(lab_interpreter_gil(pool->workers[i].interpreter), &one);
        if (i == 0)
            *stats = one;
        else
            add_stats(stats, &one);
    }
    return true;
}

static void shut_down(struct lab_executor *base, bool cancel_futures)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    struct lab_future_queue pending = {0};
    lab_mutex_lock(&pool->mutex);
    pool->shutdown = true;
    if (cancel_futures) {
        pending = pool->queue;
        pool->queue = (struct lab_future_queue){0};
    }
    lab_mutex_unlock(&pool->mutex);
    lab_cond_broadcast(&pool->work);
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));)
        lab_future_discard(future);
}

/* One caller joins; the others wait for it. */
static bool join(struct lab_executor *base)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    lab_mutex_lock(&pool->mutex);
    while (pool->joining)
        lab_cond_wait(&pool->gone, &pool->mutex, LAB_FOREVER);
    pool->joining = true;
    unsigned from = pool->joined, to = pool->started;
    lab_mutex_unlock(&pool->mutex);
    for (unsigned i = from; i < to; i++)
        lab_thread_join(pool->workers[i].thread);
    lab_mutex_lock(&pool->mutex);
    pool->joined = to;
    pool->joining = false;
    lab_mutex_unlock(&pool->mutex);
    lab_cond_broadcast(&pool->gone);
    return true;
}

static void destroy(struct lab_executor *base)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    shut_down(base, true);
    join(base);
    for (unsigned i = 0; i < pool->count; i++)
        lab_interpreter_destroy(pool->workers[i].interpreter);
    lab_gil_destroy(pool->gil);
    lab_cond_destroy(&pool->work);
    lab_cond_destroy(&pool->gone);
    lab_mutex_destroy(&pool->mutex);
    free(pool);
}

static const struct lab_executor_class class = {
    .submit = submit,
    .ready = ready,
    .shutdown = shut_down,
    .join = join,
    .workers = workers,
    .memory = memory,
    .gil_stats = gil_stats,
    .destroy = destroy,
};

static int prestart(struct thread_pool *pool, struct lab_failure *failure)
{
    int code = 0;
    lab_mutex_lock(&pool->mutex);
    while (!code && pool->started < pool->count)
        code = start_worker(pool, failure);
    lab_mutex_unlock(&pool->mutex);
    return code;
}

static int create(struct lab_executor **executor, const struct lab_executor_options *options,
                  enum kind kind, const char *method, struct lab_failure *failure)
{
    unsigned count = (unsigned)options->workers;
    if (count > lab_thread_limit())
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "%u threads do not fit in this program's memory; at most %u do", count,
                        lab_thread_limit());
    struct thread_pool *pool = calloc(1, sizeof *pool + count * sizeof *pool->workers);
    bool shares = kind == ONE_GIL || (kind == INTERPRETERS && options->shared_gil);
    if (pool && shares && !(pool->gil = lab_gil_create(options->switch_interval_us))) {
        free(pool);
        pool = NULL;
    }
    if (!pool)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %u threads", count);
    pool->base = (struct lab_executor){.class = &class};
    pool->kind = kind;
    pool->method = method;
    pool->initializer = options->initializer;
    pool->heap_limit = options->heap_limit;
    pool->interval_us = options->switch_interval_us;
    pool->count = count;
    pool->prestarted = options->prestart ? count : 0;
    lab_mutex_init(&pool->mutex);
    lab_cond_init(&pool->work);
    lab_cond_init(&pool->gone);
    int code = options->prestart ? prestart(pool, failure) : 0;
    if (code) {
        destroy(&pool->base);
        return code;
    }
    *executor = &pool->base;
    return 0;
}

int lab_thread_pool_create(struct lab_executor **executor,
                           const struct lab_executor_options *options, struct lab_failure *failure)
{
    return create(executor, options, SHARED, "threads", failure);
}

int lab_thread_pool_gil_create(struct lab_executor **executor,
                               const struct lab_executor_options *options,
                               struct lab_failure *failure)
{
    return create(executor, options, ONE_GIL, "threads-gil", failure);
}

int lab_interpreter_pool_create(struct lab_executor **executor,
                                const struct lab_executor_options *options,
                                struct lab_failure *failure)
{
    return create(executor, options, INTERPRETERS, "interpreters", failure);
}
