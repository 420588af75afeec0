/* The process pool: up to N children, and one who tends them.
 *
 * - The manager (process_manager.c) does everything that can be done without waiting: it reads
 *   results, ends futures, hands out tasks, starts, retires and ends children. Where there are
 *   threads, it is a thread, and sleeps in lab_process_group_wait(); elsewhere it is whoever drives
 *   the executor. All that others ask for (submit, shutdown, end_workers, destroy) is noted under
 *   the mutex, and the manager is woken: so links and the call queue need no lock but the baton
 *   (process_manager.h), and a callback may ask for anything.
 * - A task's way: `queue` (pending, can be cancelled), `calls` (running: rule 18), a child. calls
 *   and the tasks that wait in children's pipes are N + 1 together, so that 2N + 1 run in all; only
 *   of tasks that are known to be very short more go ahead (process_hand_out.h).
 * - A task that is short, and its result, need not pass through the manager's thread:
 *   process_manager.h.
 */
#include <stdlib.h>

#include "futures/executor.h"
#include "futures/process_manager.h"
#include "platform/system.h"

enum { GRACE = 200000000 }; /* nanoseconds that destroy() gives to running tasks */

static void wake(struct process_pool *pool)
{
    if (pool->managed)
        lab_process_group_wake(pool->group);
}

static int submit(struct lab_executor *base, struct lab_future *future, struct lab_failure *failure)
{
    struct process_pool *pool = (struct process_pool *)base;
    lab_mutex_lock(&pool->mutex);
    bool shutdown = pool->shutdown, broken = pool->broken;
    if (!shutdown && !broken)
        lab_future_enqueue(&pool->queue, lab_future_retain(future));
    lab_mutex_unlock(&pool->mutex);
    if (shutdown)
        return lab_fail(failure, LAB_E_SHUTDOWN, "the process pool was shut down");
    if (broken) {
        if (failure)
            *failure = pool->why;
        return LAB_E_BROKEN;
    }
    /* Children that are busy and have enough are looked after when they answer. relaxed:
     * process_manager.h. */
    if (pool->managed && atomic_load_explicit(&pool->demand, memory_order_relaxed) &&
        !lab__process_pool_deliver(pool))
        wake(pool);
    return 0;
}

static int ready(struct lab_executor *base, struct lab_failure *failure)
{
    struct process_pool *pool = (struct process_pool *)base;
    uint32_t up = atomic_load_explicit(&pool->up, memory_order_acquire);
    lab_mutex_lock(&pool->mutex);
    bool broken = pool->broken, shutdown = pool->shutdown;
    lab_mutex_unlock(&pool->mutex);
    if (broken) {
        if (failure)
            *failure = pool->why;
        return LAB_E_BROKEN;
    }
    if (!pool->prestart || up >= pool->count)
        return 0;
    if (shutdown)
        return lab_fail(failure, LAB_E_SHUTDOWN, "the process pool was shut down");
    if (pool->managed)
        lab_futex_wait(&pool->up, up, 10000000);
    return LAB_E_AGAIN;
}

static void drive(struct lab_executor *base, uint64_t timeout_ns)
{
    struct process_pool *pool = (struct process_pool *)base;
    (void)timeout_ns; /* nothing can block here */
    lab__process_pool_pump(pool);
}

static uint64_t next_drive(const struct lab_executor *base)
{
    return lab__process_pool_next_due((const struct process_pool *)base, 0);
}

static void shut_down(struct lab_executor *base, bool cancel_futures)
{
    struct process_pool *pool = (struct process_pool *)base;
    struct lab_future_queue pending = {0};
    lab_mutex_lock(&pool->mutex);
    pool->shutdown = true;
    if (cancel_futures) {
        pending = pool->queue;
        pool->queue = (struct lab_future_queue){0};
    }
    lab_mutex_unlock(&pool->mutex);
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));)
        lab_future_discard(future);
    wake(pool);
}

static bool join(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    if (!pool->managed)
        return lab__process_pool_over(pool);
    if (lab__process_pool_managing(pool))
        return true; /* a callback: the manager cannot wait for its own end */
    lab_mutex_lock(&pool->joining);
    if (!pool->joined)
        lab_thread_join(pool->manager);
    pool->joined = true;
    /* What helpers have read is over in a moment. acquire: with their release. */
    for (uint32_t helpers; (helpers = atomic_load_explicit(&pool->helpers, memory_order_acquire));)
        lab_futex_wait(&pool->helpers, helpers, 100000);
    lab_mutex_unlock(&pool->joining);
    return true;
}

static void end_workers(struct lab_executor *base, bool kindly)
{
    struct process_pool *pool = (struct process_pool *)base;
    const char *ended = kindly ? "terminated" : "killed";
    struct lab_failure why;
    lab_fail(&why, LAB_E_BROKEN, "the process pool broke: its workers were %s", ended);
    lab_fail_cause(&why, LAB_E_DIED, "the workers were %s on request", ended);
    lab_mutex_lock(&pool->mutex);
    lab__process_pool_note_broken(pool, &why);
    if (pool->end != END_NOW)
        pool->end = kindly ? END_KINDLY : END_NOW;
    lab_mutex_unlock(&pool->mutex);
    wake(pool);
}

static unsigned workers(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    return atomic_load_explicit(&pool->alive, memory_order_relaxed);
}

static uint64_t memory(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    return atomic_load_explicit(&pool->memory, memory_order_relaxed);
}

static void hold(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    /* relaxed: the future's lock orders it before the future's end, and that comes before
     * destroy()'s. */
    atomic_fetch_add_explicit(&pool->helpers, 1, memory_order_relaxed);
}

static void help(struct lab_executor *base, struct lab_future *future, uint64_t timeout_ns)
{
    lab__process_pool_help((struct process_pool *)base, future, timeout_ns);
}

static void destroy(struct lab_executor *base)
{
    struct process_pool *pool = (struct process_pool *)base;
    bool hurry = lab_stopping() || !pool->managed; /* nobody to wait, or no way to */
    lab_mutex_lock(&pool->mutex);
    pool->give_up_at = lab_now_ns() + (hurry ? 0 : GRACE);
    lab_mutex_unlock(&pool->mutex);
    shut_down(base, true);
    if (pool->managed)
        join(base);
    else
        lab__process_pool_pump(pool);
    lab_process_group_destroy(pool->group);
    lab_mutex_destroy(&pool->joining);
    lab_mutex_destroy(&pool->mutex);
    free(pool);
}

static const struct lab_executor_class class = {
    .submit = submit,
    .ready = ready,
    .drive = drive,
    .next_drive = next_drive,
    .shutdown = shut_down,
    .join = join,
    .end_workers = end_workers,
    .workers = workers,
    .memory = memory,
    .hold = hold,
    .help = help,
    .destroy = destroy,
};

int lab_process_pool_create(struct lab_executor **executor,
                            const struct lab_executor_options *options, struct lab_failure *failure)
{
    unsigned count = (unsigned)options->workers;
    struct lab_environment environment;
    lab_environment(&environment);
    struct process_pool *pool = calloc(1, sizeof *pool + count * sizeof *pool->links);
    if (!pool || !(pool->group = lab_process_group_create())) {
        free(pool);
        return lab_fail(failure, LAB_E_NOMEM,
                        "out of memory, or of file descriptors, for %u processes", count);
    }
    pool->base = (struct lab_executor){.class = &class, .driven = !lab_has_threads()};
    pool->count = count;
    pool->max_tasks = (unsigned)options->max_tasks_per_child;
    pool->initializer = options->initializer;
    pool->prestart = options->prestart;
    pool->takes_back = lab_process_can_take_back();
    pool->cores = environment.cores;
    atomic_init(&pool->demand, true);
    lab_mutex_init(&pool->mutex);
    lab_mutex_init(&pool->joining);
    struct lab_failure cause;
    if (pool->initializer && lab_link_admit(pool->initializer, &cause)) {
        struct lab_failure why;
        lab_fail(&why, LAB_E_BROKEN, "the process pool broke: its initializer cannot be sent: %s",
                 cause.text);
        lab_fail_cause(&why, cause.code, "%s", cause.text);
        lab__process_pool_note_broken(pool, &why);
    }
    if (lab_has_threads()) {
        int code = lab_thread_start(&pool->manager, lab__process_pool_manage, pool);
        if (code) {
            destroy(&pool->base);
            return lab_fail(failure, code, "the pool's manager could not be started%s",
                            code == LAB_E_NOMEM ? ": out of memory" : "");
        }
        pool->managed = true;
    }
    *executor = &pool->base;
    return 0;
}
