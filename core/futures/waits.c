#include "futures/waits.h"

#include <stdio.h>
#include <string.h>

#include "platform/sync.h"
#include "platform/system.h"

/* One graph for the program: a task may wait for the future of another executor. */
static struct {
    _Atomic uint32_t
        lock; /* 0 free, 1 held, 2 held and wanted: a mutex that needs no initializing */
    struct lab_worker *workers;
} graph;

static _Thread_local struct lab_worker *self;
static _Thread_local struct lab_deadlock last;

/* acquire and release: what is under the lock. U. Drepper, "Futexes Are Tricky", the second mutex. */
static void lock_graph(void)
{
    uint32_t seen = 0;
    if (atomic_compare_exchange_strong_explicit(&graph.lock, &seen, 1, memory_order_acquire,
                                                memory_order_relaxed))
        return;
    while (atomic_exchange_explicit(&graph.lock, 2, memory_order_acquire) != 0)
        lab_futex_wait(&graph.lock, 2, LAB_FOREVER);
}

static void unlock_graph(void)
{
    if (atomic_exchange_explicit(&graph.lock, 0, memory_order_release) == 2)
        lab_futex_wake(&graph.lock, 1);
}

void lab_worker_enter(struct lab_worker *worker)
{
    lock_graph();
    worker->waits_for = NULL;
    worker->next = graph.workers;
    graph.workers = worker;
    self = worker;
    unlock_graph();
}

void lab_worker_leave(struct lab_worker *worker)
{
    lock_graph();
    for (struct lab_worker **at = &graph.workers; *at; at = &(*at)->next)
        if (*at == worker) {
            *at = worker->next;
            break;
        }
    self = NULL;
    unlock_graph();
}

struct lab_executor *lab_worker_executor(void)
{
    return self ? self->executor : NULL;
}

bool lab_worker_runs_task(void)
{
    return self && self->running && !lab_future_done(self->running);
}

/* ---- can it still end? All under the graph's lock. ---- */

/* The waiting worker that runs future, or NULL: then whoever runs it can go on. */
static struct lab_worker *stuck_on(const struct lab_future *future)
{
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next)
        if (worker->waits_for && worker->running == future)
            return worker;
    return NULL;
}

/* A waiting worker of a pool all of whose workers wait, and of which there can be no more; else NULL. */
static struct lab_worker *all_stuck(const struct lab_executor *executor)
{
    unsigned waiting = 0;
    struct lab_worker *one = NULL;
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next)
        if (executor && worker->executor == executor && worker->waits_for) {
            waiting++;
            one = worker;
        }
    return one && waiting >= one->max_workers ? one : NULL;
}

/* Whom future waits for, if only for workers that wait themselves; NULL: it can go on. */
static struct lab_worker *held_up_by(struct lab_future *future)
{
    switch (lab_future_state(future)) {
    case LAB_FUTURE_PENDING:
        return all_stuck(lab_future_task(future)->executor);
    case LAB_FUTURE_RUNNING:
        return stuck_on(future);
    default:
        return NULL;
    }
}

/* Follows future → worker → the future it waits for. Where a pool's workers all wait, one of them stands
 * for all: the pool can go on only if one of them can, so each is followed. Depth-first; workers on the
 * path are marked by their place in it. True: nothing on any way can go on. */
enum { DEPTH = 64 };
struct path {
    struct lab_worker *workers[DEPTH];
    size_t count;
};

static bool on_path(const struct path *path, const struct lab_worker *worker)
{
    for (size_t i = 0; i < path->count; i++)
        if (path->workers[i] == worker)
            return true;
    return false;
}

static bool stuck(struct lab_future *future, struct path *path)
{
    struct lab_worker *first = held_up_by(future);
    if (!first)
        return false;
    bool pending = lab_future_state(future) == LAB_FUTURE_PENDING;
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next) {
        if (pending ? worker->executor != first->executor || !worker->waits_for : worker != first)
            continue;
        if (on_path(path, worker))
            continue; /* a way back into the path: no help from there */
        if (path->count == DEPTH)
            return false; /* deeper than we look: called fine, and it may hang */
        path->workers[path->count++] = worker;
        if (!stuck(worker->waits_for, path))
            return false;
    }
    return true;
}

/* ---- describing it ---- */

static void describe_step(struct lab_deadlock_step *step, const struct lab_worker *worker)
{
    struct lab_future *future = worker->waits_for;
    snprintf(step->worker, sizeof step->worker, "%s", worker->name);
    step->task = worker->running ? lab_future_task(worker->running)->tag : 0;
    step->waits_for = lab_future_task(future)->tag;
    const struct lab_worker *runner = stuck_on(future);
    const struct lab_worker *one = all_stuck(lab_future_task(future)->executor);
    if (runner)
        snprintf(step->because, sizeof step->because, "task %u runs on %s", step->waits_for,
                 runner->name);
    else if (one && one->max_workers == 1)
        snprintf(step->because, sizeof step->because,
                 "task %u is pending, and the pool's only worker waits", step->waits_for);
    else
        snprintf(step->because, sizeof step->because,
                 "task %u is pending, and all %u workers of the pool wait", step->waits_for,
                 one ? one->max_workers : 0);
}

/* Walks from the calling worker until it meets somebody again: that is the cycle. */
static void describe_cycle(void)
{
    struct path path = {.count = 0};
    const struct lab_worker *worker = self;
    while (worker && !on_path(&path, worker) && path.count < DEPTH) {
        path.workers[path.count++] = (struct lab_worker *)worker;
        worker = held_up_by(worker->waits_for);
    }
    size_t from = 0;
    while (from < path.count && path.workers[from] != worker)
        from++;
    if (from == path.count)
        from = 0;
    last = (struct lab_deadlock){0};
    size_t used = (size_t)snprintf(last.sentence, sizeof last.sentence, "deadlock: ");
    for (size_t i = from; i < path.count && last.count < LAB_DEADLOCK_STEPS; i++) {
        struct lab_deadlock_step *step = &last.steps[last.count++];
        describe_step(step, path.workers[i]);
        if (used < sizeof last.sentence)
            used += (size_t)snprintf(last.sentence + used, sizeof last.sentence - used,
                                     "%s%s (task %u) waits for task %u", i > from ? "; " : "",
                                     step->worker, step->task, step->waits_for);
    }
    if (last.count && used < sizeof last.sentence)
        snprintf(last.sentence + used, sizeof last.sentence - used, "; %s",
                 last.steps[last.count - 1].because);
}

/* 0, or LAB_E_DEADLOCK; after 0, end_wait(). Does nothing in a thread that is no worker. */
static int begin_wait(struct lab_future *future)
{
    struct path path = {.count = 0};
    if (!self)
        return 0;
    lock_graph();
    self->waits_for = future;
    bool deadlock = stuck(future, &path);
    if (deadlock) {
        describe_cycle();
        self->waits_for = NULL;
    }
    unlock_graph();
    return deadlock ? LAB_E_DEADLOCK : 0;
}

static void end_wait(void)
{
    if (!self)
        return;
    lock_graph();
    self->waits_for = NULL;
    unlock_graph();
}

/* The future's executor is the caller's own and has one thread, which would wait for itself. */
static int wait_for_self(struct lab_future *future)
{
    uint32_t task = lab_future_task(future)->tag;
    last = (struct lab_deadlock){.count = 1};
    struct lab_deadlock_step *step = &last.steps[0];
    snprintf(step->worker, sizeof step->worker, "the executor's one thread");
    step->task = step->waits_for = task;
    snprintf(step->because, sizeof step->because,
             "task %u can only run when the task that waits for it lets go", task);
    snprintf(last.sentence, sizeof last.sentence,
             "deadlock: a task waits for task %u, which needs the same thread", task);
    return LAB_E_DEADLOCK;
}

const struct lab_deadlock *lab_deadlock_last(void)
{
    return &last;
}

/* ---- waiting for one future ---- */

static int wait_until(struct lab_future *future, uint64_t timeout_ns)
{
    /* Waits in slices, to notice a stop. */
    const uint64_t slice = 50000000;
    struct lab_driver *driver = lab_future_driver(future);
    uint64_t start = lab_now_ns();
    while (!lab_future_done(future)) {
        uint64_t spent = lab_now_ns() - start, left = LAB_FOREVER;
        if (timeout_ns != LAB_FOREVER) {
            if (spent >= timeout_ns)
                return LAB_E_TIMEOUT;
            left = timeout_ns - spent;
        }
        if (lab_stopping())
            return LAB_E_STOPPED;
        uint64_t most = left < slice ? left : slice;
        if (!driver)
            lab_future_sleep(future, most);
        else if (!driver->drive(driver, most))
            return wait_for_self(future);
        else if (!lab_can_block() && !lab_future_done(future))
            return LAB_E_AGAIN;
    }
    return 0;
}

int lab_future_wait(struct lab_future *future, uint64_t timeout_ns)
{
    if (lab_future_done(future))
        return 0;
    if (timeout_ns != LAB_FOREVER)
        return wait_until(future, timeout_ns);
    int code = begin_wait(future);
    if (code)
        return code;
    code = wait_until(future, timeout_ns);
    end_wait();
    return code;
}
