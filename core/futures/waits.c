#include "futures/waits.h"

#include <stdio.h>
#include <string.h>

#include "platform/sync.h"
#include "platform/system.h"

/* One graph for the program: a task may wait for the future of another executor. */
static struct {
    lab_mutex mutex;
    struct lab_worker *workers; /* under mutex */
    uint64_t mark;              /* of the latest search */
} graph = {.mutex = LAB_MUTEX_INITIALIZER};

static _Thread_local struct lab_worker *self;
static _Thread_local struct lab_deadlock last;

void lab_worker_enter(struct lab_worker *worker)
{
    lab_mutex_lock(&graph.mutex);
    worker->waits_for = NULL;
    worker->mark = 0;
    worker->next = graph.workers;
    graph.workers = worker;
    self = worker;
    lab_mutex_unlock(&graph.mutex);
}

void lab_worker_leave(struct lab_worker *worker)
{
    lab_mutex_lock(&graph.mutex);
    for (struct lab_worker **at = &graph.workers; *at; at = &(*at)->next)
        if (*at == worker) {
            *at = worker->next;
            break;
        }
    self = NULL;
    lab_mutex_unlock(&graph.mutex);
}

struct lab_executor *lab_worker_executor(void)
{
    return self ? self->executor : NULL;
}

bool lab_worker_runs_task(void)
{
    return self && self->running && !lab_future_done(self->running);
}

/* ---- can it still end? All under the graph's mutex. ---- */

/* The waiting worker that runs future, or NULL: then whoever runs it can go on. */
static struct lab_worker *stuck_on(const struct lab_future *future)
{
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next)
        if (worker->waits_for && worker->running == future)
            return worker;
    return NULL;
}

/* The waiting thread through which alone an executor's futures end; NULL: there is none, or it goes
 * on. */
static struct lab_worker *sole_of(const struct lab_executor *executor)
{
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next)
        if (worker->sole && worker->executor == executor && worker->waits_for)
            return worker;
    return NULL;
}

/* A waiting worker of a pool all of whose workers wait, and of which there can be no more; else
 * NULL. */
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
    const struct lab_executor *executor = lab_future_task(future)->executor;
    if (lab_future_done(future))
        return NULL;
    struct lab_worker *sole = sole_of(executor);
    if (sole)
        return sole;
    return lab_future_state(future) == LAB_FUTURE_PENDING ? all_stuck(executor) : stuck_on(future);
}

static bool stuck(struct lab_future *future);

/* Whether a waiting worker can never go on: every future it waits for is stuck, for any of them
 * would wake it. A worker seen before in this search is taken to be stuck: it is on the way here,
 * or was found to be, and the search ends at the first that is not. */
static bool never_wakes(struct lab_worker *worker)
{
    if (worker->mark == graph.mark)
        return true;
    worker->mark = graph.mark;
    for (size_t i = 0; i < worker->waits_for_count; i++)
        if (!stuck(worker->waits_for[i]))
            return false;
    return true;
}

/* Follows future → worker → what that waits for. A pending future needs one of its pool's workers:
 * it is stuck if all of them are. */
static bool stuck(struct lab_future *future)
{
    struct lab_worker *first = held_up_by(future);
    if (!first || !never_wakes(first))
        return false;
    if (first->sole || lab_future_state(future) != LAB_FUTURE_PENDING)
        return true;
    for (struct lab_worker *worker = graph.workers; worker; worker = worker->next)
        if (worker->executor == first->executor && worker->waits_for && !never_wakes(worker))
            return false;
    return true;
}

/* ---- describing it ---- */

static void describe_step(struct lab_deadlock_step *step, const struct lab_worker *worker,
                          const struct lab_worker *holder)
{
    struct lab_future *future = worker->waits_for[0];
    snprintf(step->worker, sizeof step->worker, "%s", worker->name);
    step->task = worker->running ? lab_future_task(worker->running)->tag : 0;
    step->waits_for = lab_future_task(future)->tag;
    if (holder->sole)
        snprintf(step->because, sizeof step->because, "task %u can only end through %s",
                 step->waits_for, holder->name);
    else if (holder->running == future)
        snprintf(step->because, sizeof step->because, "task %u runs on %s", step->waits_for,
                 holder->name);
    else if (holder->max_workers == 1)
        snprintf(step->because, sizeof step->because,
                 "task %u is pending, and the pool's only worker waits", step->waits_for);
    else
        snprintf(step->because, sizeof step->because,
                 "task %u is pending, and all %u workers of the pool wait", step->waits_for,
                 holder->max_workers);
}

/* Walks from the calling worker until it meets somebody again: that is the cycle. Futures end, and
 * are cancelled, without the graph's mutex. False: one did since the cycle was found, and whom it
 * held up can go on. */
static bool describe_cycle(void)
{
    struct lab_worker *worker = self;
    graph.mark++;
    while (worker && worker->mark != graph.mark) {
        worker->mark = graph.mark;
        worker = held_up_by(worker->waits_for[0]);
    }
    if (!worker)
        return false;
    last = (struct lab_deadlock){0};
    size_t used = (size_t)snprintf(last.sentence, sizeof last.sentence, "deadlock: ");
    const struct lab_worker *first = worker;
    do {
        struct lab_worker *holder = held_up_by(worker->waits_for[0]);
        if (!holder)
            return false;
        struct lab_deadlock_step *step = &last.steps[last.count++];
        describe_step(step, worker, holder);
        if (used < sizeof last.sentence)
            used += (size_t)snprintf(last.sentence + used, sizeof last.sentence - used,
                                     "%s%s (task %u) waits for task %u", last.count > 1 ? "; " : "",
                                     step->worker, step->task, step->waits_for);
        worker = holder;
    } while (worker != first && last.count < LAB_DEADLOCK_STEPS);
    if (used < sizeof last.sentence)
        snprintf(last.sentence + used, sizeof last.sentence - used, "; %s",
                 last.steps[last.count - 1].because);
    return true;
}

int lab_waits_begin(struct lab_future *const *futures, size_t count)
{
    if (!self || count == 0)
        return 0;
    lab_mutex_lock(&graph.mutex);
    self->waits_for = futures;
    self->waits_for_count = count;
    bool deadlock;
    do {
        graph.mark++;
        deadlock = never_wakes(self);
    } while (deadlock && !describe_cycle()); /* each time round, one more future has ended */
    if (deadlock)
        self->waits_for = NULL;
    lab_mutex_unlock(&graph.mutex);
    return deadlock ? LAB_E_DEADLOCK : 0;
}

void lab_waits_end(void)
{
    if (!self)
        return;
    lab_mutex_lock(&graph.mutex);
    self->waits_for = NULL;
    lab_mutex_unlock(&graph.mutex);
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
    int code = lab_waits_begin(&future, 1);
    if (code)
        return code;
    code = wait_until(future, timeout_ns);
    lab_waits_end();
    return code;
}
