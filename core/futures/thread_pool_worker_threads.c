/* A worker of a thread pool: takes a future, runs its task, takes the next. */
#include <stdio.h>

#include "futures/busy_wait.h"
#include "futures/future_word.h"
#include "futures/thread_pool.h"
#include "futures/thread_run.h"
#include "gil/gil.h"
#include "interpreters/interpreter.h"
#include "trace/trace.h"

/* Who starts workers wants to know. release: as the counter says. The worker alone writes it. */
static void count_finished(struct pool_worker *worker)
{
    if (!atomic_load_explicit(&worker->pool->grows, memory_order_relaxed))
        return;
    uint64_t finished = atomic_load_explicit(&worker->finished, memory_order_relaxed);
    atomic_store_explicit(&worker->finished, finished + 1, memory_order_release);
}

/* The end of a task, and of the pool's reference. */
static void end(struct pool_worker *worker, struct lab_future *future, struct lab_run *run)
{
    bool calls_back = lab_future_calls_back(future);
    if (!calls_back)
        count_finished(worker);
    worker->touches = !run->failure && lab__future_end(future, run->out, run->out_size);
    if (worker->touches) {
        run->out = NULL;
        return;
    }
    lab_future_finish(future, run);
    if (calls_back)
        count_finished(worker);
    lab__future_release(future);
}

/* waited: it was there already when the task before was run. Then it begins where that ended, if
 * ending that took no time: nobody had to be woken.
 * Not inlined, as taking is not: WebAssembly's engines replace quickly compiled code by optimised
 * code when it is called anew, and the loop that calls these is entered once in a worker's life. */
static __attribute__((noinline)) void run_one(struct pool_worker *worker, struct lab_future *future,
                                              bool waited)
{
    struct lab_task *task = &future->task;
    struct lab_lane *lane = worker->lane;
    struct lab_run run;
    if (lab__future_begin(future)) {
        worker->touches = false;
        count_finished(worker);
        lab__future_release(future);
        return;
    }
    uint32_t tag = task->tag;
    task->lane = worker->lane_number;
    worker->place.running = future;
    if (lane)
        (waited && worker->touches ? lab_trace_touching : lab_trace)(lane, LAB_TRACE_START, tag, 0);
    lab__thread_run(&run, task, &worker->advance, worker->interpreter);
    if (lane)
        lab_trace(lane, LAB_TRACE_END, tag, run.failure != NULL);
    end(worker, future, &run);
    worker->place.running = NULL;
    lab_run_release(&run);
    lab_checkpoint(); /* between two tasks is a boundary too */
}

/* The initializer failed: nothing can be run here any more. */
static void break_pool(struct thread_pool *pool, const struct lab_failure *cause)
{
    struct lab_future_queue pending;
    lab_mutex_lock(&pool->work.mutex);
    if (!pool->broken) {
        lab_fail(&pool->why, LAB_E_BROKEN, "the pool broke: a worker's initializer failed: %s",
                 cause->text);
        lab_fail_cause(&pool->why, cause->code, "%s", cause->text);
        pool->broken = true;
        lab_work_queue_bar(&pool->work, true);
    }
    pending = lab_work_queue_take_all(&pool->work);
    lab_mutex_unlock(&pool->work.mutex);
    for (struct lab_future *future; (future = lab_future_dequeue(&pending));) {
        if (lab_future_set_running_or_notify_cancel(future) == 0)
            lab_future_set_failure(future, &pool->why);
        lab_future_release(future);
    }
}

static bool initialize(struct pool_worker *worker)
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

static void work_in_it(struct pool_worker *worker)
{
    struct thread_pool *pool = worker->pool;
    bool fine = initialize(worker);
    atomic_fetch_add_explicit(&pool->up, 1, memory_order_release);
    lab_futex_wake(&pool->up, 1);
    /* A worker that is not fine is none: with the pool broken there is nothing to take. */
    lab_busy_begin();
    uint64_t before = 0, batch;
    for (struct lab_future *future; fine && (future = lab_work_queue_take(&pool->work, &batch));) {
        run_one(worker, future, batch != 0 && batch == before);
        before = batch;
    }
    lab_busy_end();
    lab_advance_release(&worker->advance);
}

void lab__pool_work(void *argument)
{
    struct pool_worker *worker = argument;
    struct thread_pool *pool = worker->pool;
    snprintf(worker->place.name, sizeof worker->place.name, "%s %u",
             pool->kind == LAB__POOL_INTERPRETERS ? "interpreter" : "thread", worker->number);
    worker->place.executor = &pool->base;
    worker->place.max_workers = pool->count;
    worker->lane = lab_lane_open(worker->place.name, LAB_LANE_THREAD, pool->method, pool->count);
    worker->lane_number = lab_lane_number(worker->lane);
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
