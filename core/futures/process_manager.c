/* What the manager of a process pool does.
 *
 * - Of results that were not urgent the manager hears when it looks: while more than one task is
 *   under way in a child it sleeps for LAB_POOL_STALL_NS at most, and longer and longer if that is
 *   in vain.
 * - Children start when tasks wait and none is idle or starting (rule 14). One that had its
 *   max_tasks is told to end, and gives its place up when it is gone (rule 20): there are never
 *   more than N.
 * - The manager starts all children itself: Linux binds PR_SET_PDEATHSIG to the thread that forked,
 *   and the creator's may end before the pool.
 * - A child that dies breaks the pool: every unfinished future gets a failure of its own, with how
 *   the child ended as the cause (rule 19). Nobody waits for a dead child's bytes: a frame that is
 *   half there is dropped with it (rule 22).
 */
#include "futures/process_manager.h"

#include <stdio.h>
#include <stdlib.h>

#include "futures/process_baton.h"
#include "futures/process_hand_out.h"
#include "futures/process_results.h"
#include "futures/waits.h"
#include "platform/system.h"

/* ---- ends ---- */

static void close_link(struct process_pool *pool, struct lab_link *link)
{
    pool->memory_now -= link->memory;
    lab_link_close(link);
    atomic_fetch_sub_explicit(&pool->alive, 1, memory_order_relaxed);
}

/* Ends the children in the way that how says, then every unfinished future with why. */
static void abandon(struct process_pool *pool, enum process_pool_end how,
                    const struct lab_failure *why)
{
    struct lab_future_queue unfinished = pool->calls, pending;
    struct lab_future *future;
    pool->calls = (struct lab_future_queue){0};
    lab_mutex_lock(&pool->mutex);
    pending = pool->queue;
    pool->queue = (struct lab_future_queue){0};
    lab_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->count; i++) {
        struct lab_link *link = &pool->links[i];
        if (link->process)
            lab_link_abandon(link, &unfinished);
        if (link->process && how == END_KINDLY)
            lab_link_end(link);
        else if (link->process)
            close_link(pool, link);
    }
    while ((future = lab_future_dequeue(&unfinished)))
        lab__process_fail(future, why);
    while ((future = lab_future_dequeue(&pending)))
        if (lab_future_set_running_or_notify_cancel(future) == 0)
            lab__process_fail(future, why);
        else
            lab_future_release(future);
}

void lab__process_pool_note_broken(struct process_pool *pool, const struct lab_failure *why)
{
    if (!pool->broken)
        pool->why = *why;
    pool->broken = true;
}

static struct lab_failure broke(const char *what, const struct lab_failure *cause)
{
    struct lab_failure why;
    lab_fail(&why, LAB_E_BROKEN, "the process pool broke: %s: %s", what, cause->text);
    lab_fail_cause(&why, cause->code, "%s", cause->text);
    return why;
}

/* A child is of no more use, or could not be started. */
static void break_pool(struct process_pool *pool, const struct lab_link *link, const char *what,
                       const struct lab_failure *cause)
{
    char who[64];
    snprintf(who, sizeof who, "process %u%s", (unsigned)(link - pool->links) + 1, what);
    struct lab_failure why = broke(who, cause);
    lab_mutex_lock(&pool->mutex);
    lab__process_pool_note_broken(pool, &why);
    lab_mutex_unlock(&pool->mutex);
    abandon(pool, END_NOW, &pool->why); /* why does not change any more */
}

/* What others asked for since the last time. */
static void handle_requests(struct process_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    enum process_pool_end end = pool->end;
    bool late = pool->give_up_at && lab_now_ns() >= pool->give_up_at;
    pool->end = END_NOT;
    lab_mutex_unlock(&pool->mutex);
    if (end != END_NOT)
        abandon(pool, end, &pool->why);
    if (late) {
        struct lab_failure gone;
        lab_fail(&gone, LAB_E_SHUTDOWN, "the process pool was shut down while the task ran");
        abandon(pool, END_NOW, &gone);
    }
}

/* ---- children ---- */

/* Everything that comes from one child. False: the pool broke. */
static bool attend(struct process_pool *pool, struct lab_link *link)
{
    struct lab_link_result result;
    struct lab_failure how;
    for (;;) {
        uint64_t memory = link->memory;
        enum lab_link_news news = lab_link_read(link, &result);
        lab__process_account(pool, link, memory);
        if (news == LAB_LINK_QUIET)
            break;
        if (news == LAB_LINK_LOST) {
            bool initializer = link->initializer && !link->initialized;
            break_pool(pool, link, initializer ? ", its initializer" : "", &result.failure);
            return false;
        }
        if (news == LAB_LINK_RESULT)
            lab__process_conclude(&result);
        else
            lab__process_note_up(pool);
    }
    lab_link_write(link);
    if (lab_link_ended(link, &how)) {
        if (!link->leaving) {
            break_pool(pool, link, "", &how);
            return false;
        }
        close_link(pool, link);
    } else if (link->leaving && lab_now_ns() >= link->leave_by) {
        close_link(pool, link);
    }
    return true;
}

/* Starts children for the tasks that wait, tells those to leave that are not needed any more. */
static void start_and_retire_children(struct process_pool *pool)
{
    unsigned idle = 0, alive = atomic_load_explicit(&pool->alive, memory_order_relaxed);
    lab_mutex_lock(&pool->mutex);
    size_t waiting = pool->queue.count + pool->calls.count;
    bool closing = pool->shutdown && waiting == 0, useless = pool->broken;
    lab_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->count; i++) {
        struct lab_link *link = &pool->links[i];
        if (!link->process || link->leaving || link->count > 0 || link->taken_back > 0)
            continue;
        if (closing || lab__process_is_spent(pool, link))
            lab_link_leave(link);
        else
            idle++;
    }
    size_t wanted =
        pool->prestart && pool->started < pool->count && !closing ? pool->count : waiting;
    for (unsigned i = 0; i < pool->count && idle < wanted && alive < pool->count && !useless; i++) {
        struct lab_link *link = &pool->links[i];
        struct lab_failure failure;
        if (link->process)
            continue;
        if (lab_link_open(link, pool->group, i + 1, pool->count, pool->initializer, &failure)) {
            break_pool(pool, link, "", &failure);
            return;
        }
        atomic_fetch_add_explicit(&pool->alive, 1, memory_order_relaxed);
        pool->started++;
        alive++;
        idle++;
    }
}

void lab__process_pool_pump(struct process_pool *pool)
{
    do {
        handle_requests(pool);
        lab__process_conclude_late(pool);
        for (unsigned i = 0; i < pool->count; i++)
            if (pool->links[i].process && !attend(pool, &pool->links[i]))
                return;
        lab__process_hand_out(pool, MANAGER);
        start_and_retire_children(pool);
    } while (lab__process_publish_demand(pool));
}

bool lab__process_pool_over(struct process_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    bool idle = pool->shutdown && pool->queue.count == 0 && pool->end == END_NOT;
    lab_mutex_unlock(&pool->mutex);
    /* acquire: what a helper left before it let go of the last one. */
    return idle && pool->calls.count == 0 &&
           atomic_load_explicit(&pool->alive, memory_order_relaxed) == 0 &&
           atomic_load_explicit(&pool->in_flight, memory_order_acquire) == 0;
}

uint64_t lab__process_pool_next_due(const struct process_pool *pool, uint64_t give_up_at)
{
    uint64_t due = give_up_at ? give_up_at : LAB_FOREVER, now = lab_now_ns();
    for (unsigned i = 0; i < pool->count; i++) {
        const struct lab_link *link = &pool->links[i];
        uint64_t at = LAB_FOREVER;
        if (link->process && link->leaving)
            at = link->leave_by;
        else if (link->process && link->count > 1 && pool->takes_back)
            at = now +
                 (now - link->since > LAB_POOL_STALL_NS ? now - link->since : LAB_POOL_STALL_NS);
        due = at < due ? at : due;
    }
    if (due == LAB_FOREVER)
        return due;
    return due > now ? due - now : 0;
}

/* A moment, in which the next news is likely. */
static void spin_for_news(struct process_pool *pool)
{
    uint64_t until = lab_now_ns() + LAB_POOL_LOOK_NS;
    do
        for (int i = 0; i < 64; i++) {
            if (lab_process_group_news(pool->group))
                return;
            lab_spin_pause();
        }
    while (lab_now_ns() < until);
}

void lab__process_pool_manage(void *argument)
{
    struct process_pool *pool = argument;
    /* Every future of the pool ends through this thread: a callback that waits for one waits for
     * itself. */
    struct lab_worker place = {.executor = &pool->base, .sole = true, .name = "the pool's manager"};
    lab_worker_enter(&place);
    for (;;) {
        lab__process_take_baton(pool);
        lab__process_pool_pump(pool);
        bool over = lab__process_pool_over(pool);
        lab_mutex_lock(&pool->mutex);
        uint64_t give_up_at = pool->give_up_at;
        lab_mutex_unlock(&pool->mutex);
        uint64_t due = pool->due = lab__process_pool_next_due(pool, give_up_at);
        unsigned busy = lab__process_busy_children(pool);
        lab__process_drop_baton(pool);
        if (over)
            break;
        /* Where a core is free for it, and nobody else looks. relaxed: a hint. */
        if (busy > 0 && busy < pool->cores &&
            atomic_load_explicit(&pool->helpers, memory_order_relaxed) == 0)
            spin_for_news(pool);
        lab_process_group_wait(pool->group, due);
    }
    lab_worker_leave(&place);
}

bool lab__process_pool_managing(const struct process_pool *pool)
{
    return lab_worker_executor() == &pool->base;
}
