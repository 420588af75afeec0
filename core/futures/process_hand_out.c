#include "futures/process_hand_out.h"

#include <string.h>

#include "futures/process_baton.h"
#include "futures/process_results.h"
#include "platform/system.h"

enum {
    QUICK_NS = 5000000, /* a task that takes so long is quick: others may wait behind it */
    AHEAD_NS = 200000,  /* of work that goes ahead */
    SHORT = 8 << 10,    /* bytes of a task that others than the manager give to a child */
};

/* Moves up to count pending ones to futures. */
static void take_pending(struct process_pool *pool, size_t count, enum who who,
                         struct lab_future_queue *futures)
{
    lab_mutex_lock(&pool->mutex);
    while (count-- > 0 && pool->queue.first) {
        const struct lab_task *task = lab_future_task(pool->queue.first);
        /* What may fail before it is sent is the manager's: that calls back. */
        if (who == GUEST && (task->type->pack || task->in.size > SHORT ||
                             strlen(task->type->name) > LAB_FRAME_NAME))
            break;
        lab_future_enqueue(futures, lab_future_dequeue(&pool->queue));
    }
    lab_mutex_unlock(&pool->mutex);
}

/* A pending task becomes a running one. False: it does not. */
static bool begin(struct lab_future *future)
{
    struct lab_failure failure;
    if (lab_future_set_running_or_notify_cancel(future)) {
        lab_future_release(future);
    } else if (lab_link_admit(lab_future_task(future), &failure)) {
        lab__process_fail(future, &failure);
    } else {
        return true;
    }
    return false;
}

/* Tasks that wait in children's pipes. */
static unsigned piped(const struct process_pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pool->count; i++)
        count += pool->links[i].count > 0 ? pool->links[i].count - 1 : 0;
    return count;
}

static void fill_calls(struct process_pool *pool, enum who who)
{
    size_t waiting;
    while ((waiting = pool->calls.count + piped(pool)) < pool->count + 1) {
        struct lab_future_queue futures = {0};
        struct lab_future *future;
        take_pending(pool, pool->count + 1 - waiting, who, &futures);
        if (!futures.first)
            return;
        while ((future = lab_future_dequeue(&futures)))
            if (begin(future))
                lab_future_enqueue(&pool->calls, future);
    }
}

static size_t pending(struct process_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    size_t count = pool->queue.count;
    lab_mutex_unlock(&pool->mutex);
    return count;
}

/* How many more tasks it may get in its life. */
static unsigned left(const struct process_pool *pool, const struct lab_link *link)
{
    if (!link->process)
        return 0;
    return pool->max_tasks ? pool->max_tasks - link->given : UINT32_MAX;
}

/* First one task for everybody: an idle child comes before what goes ahead to a busy one. */
static void give_idle(struct process_pool *pool)
{
    for (unsigned i = 0; i < pool->count && pool->calls.count > 0; i++) {
        struct lab_link *link = &pool->links[i];
        if (left(pool, link) && lab_link_room(link, 1))
            lab_link_give(link, lab_future_dequeue(&pool->calls));
    }
}

/* How many tasks a child may have: process_hand_out.h says why. */
static unsigned depth(const struct process_pool *pool, const struct lab_link *link)
{
    if (link->task_ns == 0 || link->task_ns > QUICK_NS)
        return 1;
    if (!pool->takes_back)
        return 2;
    uint64_t ahead = AHEAD_NS / link->task_ns;
    return ahead < 1 ? 2 : ahead < LAB_LINK_TASKS - 1 ? (unsigned)ahead + 1 : LAB_LINK_TASKS;
}

static void give_ahead(struct process_pool *pool, struct lab_link *link, size_t share, enum who who)
{
    unsigned most = depth(pool, link), more = left(pool, link);
    if (link->count > most / 2 || most < 2)
        return; /* later, more at once */
    if (more > most - link->count)
        more = most - link->count;
    if (more > share)
        more = (unsigned)share;
    struct lab_future_queue futures = {0};
    size_t calls = pool->calls.count < more ? pool->calls.count : more;
    take_pending(pool, more - calls, who, &futures);
    for (; more > 0; more--) {
        if (!lab_link_room(link, most))
            lab_link_write(link);
        if (!lab_link_room(link, most))
            break;
        struct lab_future *future = lab_future_dequeue(&pool->calls);
        while (!future && (future = lab_future_dequeue(&futures)) && !begin(future))
            future = NULL;
        if (!future)
            break;
        lab_link_give(link, future);
    }
    for (struct lab_future *future; (future = lab_future_dequeue(&futures));)
        if (begin(future)) /* the pipe is full */
            lab_future_enqueue(&pool->calls, future);
}

unsigned lab__process_busy_children(const struct process_pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pool->count; i++)
        count += pool->links[i].count > 0;
    return count;
}

static void write_all(struct process_pool *pool)
{
    /* To look is only for those who take no core from somebody that works: the tasks, and who waits
     * for them. */
    uint32_t look = lab__process_busy_children(pool) + 1 <= pool->cores && pool->cores > 1
                        ? LAB_POOL_LOOK_NS
                        : 0;
    for (unsigned i = 0; i < pool->count; i++) {
        struct lab_link *link = &pool->links[i];
        if (link->process && link->out_size) { /* something new, or what there was no room for */
            lab_process_look(link->process, look);
            lab_link_write(link);
        }
    }
}

/* A child idles, and nothing is left for it: others give up what they have not begun. */
static void unstick(struct process_pool *pool)
{
    uint64_t now = lab_now_ns();
    struct lab_future_queue futures = {0};
    for (unsigned i = 0; i < pool->count && !futures.first; i++) {
        struct lab_link *link = &pool->links[i];
        if (!link->process || link->count < 2 || now - link->since < LAB_POOL_STALL_NS)
            continue;
        lab_link_take_back(link, &futures);
        link->task_ns = now - link->since; /* what it runs takes at least that */
    }
    for (struct lab_future *future; (future = lab_future_dequeue(&futures));)
        lab_future_enqueue(&pool->calls, future);
}

static bool some_idle(const struct process_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++)
        if (left(pool, &pool->links[i]) && lab_link_room(&pool->links[i], 1))
            return true;
    return false;
}

void lab__process_hand_out(struct process_pool *pool, enum who who)
{
    fill_calls(pool, who);
    if (pool->calls.count == 0 && pool->takes_back && some_idle(pool))
        unstick(pool);
    give_idle(pool);
    size_t waiting = pending(pool);
    if (waiting > 0 && atomic_load_explicit(&pool->alive, memory_order_relaxed) == pool->count) {
        size_t share = waiting / (2 * pool->count);
        for (unsigned i = 0; i < pool->count; i++)
            if (pool->links[i].process && pool->links[i].open && pool->links[i].count > 0)
                give_ahead(pool, &pool->links[i], share ? share : 1, who);
    }
    fill_calls(pool, who);
    write_all(pool);
}

bool lab__process_publish_demand(struct process_pool *pool)
{
    unsigned idle = 0, alive = atomic_load_explicit(&pool->alive, memory_order_relaxed);
    for (unsigned i = 0; i < pool->count; i++)
        idle += left(pool, &pool->links[i]) && lab_link_room(&pool->links[i], 1);
    bool demand = idle > 0 || alive < pool->count || pool->calls.count + piped(pool) <= pool->count;
    bool was = atomic_load_explicit(&pool->demand, memory_order_relaxed);
    atomic_store_explicit(&pool->idle, idle, memory_order_relaxed);
    /* Before the queue is looked at: the mutex orders the two for whoever submits. */
    atomic_store_explicit(&pool->demand, demand, memory_order_relaxed);
    return demand && !was && pending(pool) > 0;
}

bool lab__process_pool_deliver(struct process_pool *pool)
{
    /* relaxed: a hint. */
    if (atomic_load_explicit(&pool->idle, memory_order_relaxed) == 0 ||
        !lab__process_try_baton(pool))
        return false;
    size_t before = pending(pool);
    lab__process_hand_out(pool, GUEST);
    lab__process_publish_demand(pool);
    bool all = pending(pool) == 0 && before > 0;
    for (unsigned i = 0; i < pool->count; i++)
        all = all && !(pool->links[i].process &&
                       pool->links[i].out_size); /* no room: somebody must wait for it */
    lab__process_drop_baton(pool);
    return all;
}
