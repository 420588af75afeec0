/* The thread pool: N threads, one queue. Three methods are this pool: `threads`, `threads-gil` (the
 * same threads under one GIL) and `interpreters` (each thread in an interpreter of its own).
 *
 * - Workers take the oldest future from the queue, look and sleep while there is none, and are
 *   woken, as work_queue.h says. To busy workers a submit makes no system call and takes no mutex.
 * - A worker is started when there are more unfinished tasks than workers. A task counts as
 *   finished just before its future is: whoever has seen the result finds the worker free (rule
 *   14). Only where a done-callback is still to run there does it count as busy until that is over.
 *   While workers are missing, submits go through the mutex; after that nobody counts.
 * - Under a GIL a worker holds it from task to task, as CPython's do; it gives it up to sleep, to
 *   await, and on request at checkpoints. Submitting needs no GIL here: the coordinator stands for
 *   no Python thread.
 * - A worker's interpreter lives as long as the pool. Arguments are copied onto its heap, the
 *   result out of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "futures/future_word.h"
#include "futures/thread_pool.h"
#include "gil/gil.h"
#include "interpreters/interpreter.h"
#include "platform/system.h"

static int make_interpreter(struct pool_worker *worker, struct lab_failure *failure)
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
    struct pool_worker *worker = &pool->workers[pool->started];
    worker->pool = pool;
    worker->number = pool->started + 1;
    if (pool->kind == LAB__POOL_INTERPRETERS && !worker->interpreter) {
        int code = make_interpreter(worker, failure);
        if (code)
            return code;
    }
    atomic_fetch_add_explicit(&pool->alive, 1, memory_order_relaxed);
    int code = lab_thread_start(&worker->thread, lab__pool_work, worker);
    if (code) {
        atomic_fetch_sub_explicit(&pool->alive, 1, memory_order_relaxed);
        return lab_fail(failure, code, "thread %u of %u could not be started%s", worker->number,
                        pool->count, code == LAB_E_NOMEM ? ": out of memory" : "");
    }
    pool->started++;
    if (pool->started == pool->count) {
        atomic_store_explicit(&pool->grows, false, memory_order_relaxed);
        lab_work_queue_bar(&pool->work, pool->broken || pool->work.over);
    }
    return 0;
}

/* One worker more if there are more unfinished tasks than workers, with the one that is coming;
 * under the mutex. */
static int start_if_wanted(struct thread_pool *pool, struct lab_failure *failure)
{
    /* A worker that submits is busy, whatever it counts as. */
    uint64_t finished = 0,
             wanted = pool->submitted + 1 +
                      (lab_worker_executor() == &pool->base && !lab_worker_runs_task());
    /* acquire: with the release at the end of a task. */
    for (unsigned i = 0; i < pool->started; i++)
        finished += atomic_load_explicit(&pool->workers[i].finished, memory_order_acquire);
    int code = wanted - finished > pool->started ? start_worker(pool, failure) : 0;
    return pool->started > 0 ? 0 : code; /* those that there are will do it */
}

/* While the pool grows, or takes nothing any more. */
static int submit_barred(struct thread_pool *pool, struct lab_future *future,
                         struct lab_failure *failure)
{
    int code = 0;
    lab_mutex_lock(&pool->work.mutex);
    if (pool->broken) {
        if (failure)
            *failure = pool->why;
        code = LAB_E_BROKEN;
    } else if (pool->work.over) {
        code = lab_fail(failure, LAB_E_SHUTDOWN, "the %s pool was shut down", pool->method);
    } else if (pool->started < pool->count) {
        code = start_if_wanted(pool, failure);
    }
    if (code == 0) {
        pool->submitted++;
        lab_work_queue_put_barred(&pool->work, future);
    }
    lab_mutex_unlock(&pool->work.mutex);
    return code;
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    lab__future_share(future);
    int code = lab_work_queue_put(&pool->work, future) ? 0 : submit_barred(pool, future, failure);
    if (code)
        lab__future_release(future);
    return code;
}

static int ready(struct lab_executor *base, struct lab_failure *failure)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    uint32_t up = atomic_load_explicit(&pool->up, memory_order_acquire);
    lab_mutex_lock(&pool->work.mutex);
    bool broken = pool->broken;
    lab_mutex_unlock(&pool->work.mutex);
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
    lab_mutex_lock(&pool->work.mutex);
    unsigned started = pool->started;
    lab_mutex_unlock(&pool->work.mutex);
    uint64_t bytes =
        sizeof *pool + started * ((uint64_t)sizeof(struct pool_worker) + LAB_THREAD_STACK_BYTES);
    for (unsigned i = 0; i < started && pool->kind == LAB__POOL_INTERPRETERS; i++) {
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
    if (pool->kind != LAB__POOL_INTERPRETERS)
        return false;
    lab_mutex_lock(&pool->work.mutex);
    unsigned started = pool->started;
    lab_mutex_unlock(&pool->work.mutex);
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
    lab_mutex_lock(&pool->work.mutex);
    lab_work_queue_end(&pool->work);
    if (cancel_futures)
        pending = lab_work_queue_take_all(&pool->work);
    lab_mutex_unlock(&pool->work.mutex);
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));)
        lab_future_discard(future);
}

/* One caller joins; the others wait for it. */
static bool join(struct lab_executor *base)
{
    struct thread_pool *pool = (struct thread_pool *)base;
    lab_mutex_lock(&pool->work.mutex);
    while (pool->joining)
        lab_cond_wait(&pool->gone, &pool->work.mutex, LAB_FOREVER);
    pool->joining = true;
    unsigned from = pool->joined, to = pool->started;
    lab_mutex_unlock(&pool->work.mutex);
    for (unsigned i = from; i < to; i++)
        lab_thread_join(pool->workers[i].thread);
    lab_mutex_lock(&pool->work.mutex);
    pool->joined = to;
    pool->joining = false;
    lab_mutex_unlock(&pool->work.mutex);
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
    lab_cond_destroy(&pool->gone);
    lab_work_queue_destroy(&pool->work);
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
    lab_mutex_lock(&pool->work.mutex);
    while (!code && pool->started < pool->count)
        code = start_worker(pool, failure);
    lab_mutex_unlock(&pool->work.mutex);
    return code;
}

static int create(struct lab_executor **executor, const struct lab_executor_options *options,
                  enum lab__pool_kind kind, const char *method, struct lab_failure *failure)
{
    unsigned count = (unsigned)options->workers;
    if (count > lab_thread_limit())
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "%u threads do not fit in this program's memory; at most %u do", count,
                        lab_thread_limit());
    /* aligned: what one worker writes and another reads has cache lines of its own. */
    size_t size = sizeof(struct thread_pool) + count * sizeof(struct pool_worker);
    struct thread_pool *pool = aligned_alloc(_Alignof(struct thread_pool), size);
    if (pool)
        memset(pool, 0, size);
    bool shares =
        kind == LAB__POOL_ONE_GIL || (kind == LAB__POOL_INTERPRETERS && options->shared_gil);
    if (pool && shares && !(pool->gil = lab_gil_create(options->switch_interval_us))) {
        free(pool);
        pool = NULL;
    }
    if (!pool)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %u thread%s", count,
                        count == 1 ? "" : "s");
    pool->base = (struct lab_executor){.class = &class};
    pool->kind = kind;
    pool->method = method;
    pool->initializer = options->initializer;
    pool->heap_limit = options->heap_limit;
    pool->interval_us = options->switch_interval_us;
    pool->count = count;
    pool->prestarted = options->prestart ? count : 0;
    lab_work_queue_init(&pool->work);
    lab_work_queue_bar(&pool->work, true);
    atomic_init(&pool->grows, true);
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
    return create(executor, options, LAB__POOL_SHARED, "threads", failure);
}

int lab_thread_pool_gil_create(struct lab_executor **executor,
                               const struct lab_executor_options *options,
                               struct lab_failure *failure)
{
    return create(executor, options, LAB__POOL_ONE_GIL, "threads-gil", failure);
}

int lab_interpreter_pool_create(struct lab_executor **executor,
                                const struct lab_executor_options *options,
                                struct lab_failure *failure)
{
    return create(executor, options, LAB__POOL_INTERPRETERS, "interpreters", failure);
}
