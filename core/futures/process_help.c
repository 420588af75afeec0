/* Helping: a thread that waits for a future reads results itself while the manager sleeps, so that
 * a short task need not be handed over once more on its way back.
 *
 * It polls in the manager's place (lab_process_group_begin_polling()): until it ends that, children
 * wake nobody, and the helper looks by itself, as a network driver polls with its interrupts
 * masked. It gives up at once when something comes that is the manager's, and when nothing comes
 * for a while; then it ends polling, which looks once more, and wakes the manager for what it
 * leaves: the children's wake-ups for that were masked, and nobody else would wake it. */
#include <stdlib.h>

#include "futures/process_baton.h"
#include "futures/process_hand_out.h"
#include "futures/process_results.h"
#include "platform/system.h"

enum { LATE = 64 }; /* results that a helper holds at most */

struct helped {
    struct lab_future *futures[LATE];
    void *data[LATE];
    size_t size[LATE];
    size_t count;
};

/* Reads what the children have answered. False: it is something for the manager. */
static bool read_results(struct process_pool *pool, struct helped *helped)
{
    struct lab_link_result result;
    for (unsigned i = 0; i < pool->count; i++) {
        struct lab_link *link = &pool->links[i];
        /* How an initializer failed is the manager's to hear: it breaks the pool with that. */
        if (!link->process || !link->open || !link->initialized || link->leaving ||
            link->in.garbled)
            continue;
        while (helped->count < LATE) {
            uint64_t memory = link->memory;
            enum lab_link_news news = lab_link_read(link, &result);
            lab__process_account(pool, link, memory);
            if (news == LAB_LINK_QUIET)
                break;
            if (news == LAB_LINK_UP) {
                lab__process_note_up(pool);
            } else if (news == LAB_LINK_LOST) {
                link->in.garbled = true; /* the manager is told again */
                return false;
            } else if (result.failure.code || lab_future_calls_back(result.future)) {
                lab__process_leave_to_manager(pool, &result);
                return false;
            } else {
                helped->futures[helped->count] = result.future;
                helped->data[helped->count] = result.data;
                helped->size[helped->count++] = result.size;
            }
        }
    }
    return true;
}

/* Bytes written to all children. */
static uint64_t moved(const struct process_pool *pool)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < pool->count; i++)
        bytes += pool->links[i].moved;
    return bytes;
}

/* What a helper leaves may be the manager's to see to, and it sleeps: a write that had no room, or
 * tasks behind one that turns out to be long, of which it knew nothing when it decided how long to
 * sleep. */
static bool leaves_work(const struct process_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++) {
        const struct lab_link *link = &pool->links[i];
        if (link->process && (link->out_size > 0 ||
                              (link->count > 1 && pool->takes_back && pool->due == LAB_FOREVER)))
            return true;
    }
    return false;
}

/* A child has done its last task: the manager tells it to leave, and starts another. */
static bool is_one_spent(const struct process_pool *pool)
{
    for (unsigned i = 0; i < pool->count; i++) {
        const struct lab_link *link = &pool->links[i];
        if (link->process && link->count == 0 && !link->leaving &&
            lab__process_is_spent(pool, link))
            return true;
    }
    return false;
}

/* All children leave then, each after its last task, and the manager after the last of them. */
static bool is_closing(struct process_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    bool closing = pool->shutdown;
    lab_mutex_unlock(&pool->mutex);
    return closing;
}

/* A callback may have been added meanwhile: that is the manager's to run. False: it is needed for
 * that. */
static bool conclude_helped(struct process_pool *pool, struct helped *helped)
{
    bool all = true;
    for (size_t i = 0; i < helped->count; i++) {
        struct lab_future *future = helped->futures[i];
        int code = lab_future_set_plain_result(future, helped->data[i], helped->size[i]);
        if (code == LAB_E_AGAIN) {
            struct lab_link_result result = {
                .future = future, .data = helped->data[i], .size = helped->size[i]};
            lab__process_take_baton(pool);
            lab__process_leave_to_manager(pool, &result);
            lab__process_drop_baton(pool);
            all = false;
            continue;
        }
        if (code)
            free(helped->data[i]);
        lab_future_release(future);
    }
    /* release: with what was left. Before is_closing(): either that sees that the pool is shut
     * down, or the manager, which looks in the same order, sees that none is in flight. */
    atomic_fetch_sub_explicit(&pool->in_flight, (uint32_t)helped->count, memory_order_release);
    return all;
}

void lab__process_pool_help(struct process_pool *pool, struct lab_future *future,
                            uint64_t timeout_ns)
{
    struct helped helped;
    bool polling = false, more = true, needed = false;
    uint64_t now = lab_now_ns(), until = now + LAB_POOL_LOOK_NS,
             deadline = timeout_ns < LAB_FOREVER - now ? now + timeout_ns : LAB_FOREVER;
    while (more && !lab_future_done(future) && now < deadline && !lab_stopping()) {
        polling = polling || lab_process_group_begin_polling(pool->group);
        if (!lab_process_group_news(pool->group)) {
            for (int i = 0; i < 64 && !lab_process_group_news(pool->group); i++)
                lab_spin_pause();
            more = atomic_load_explicit(&pool->idle, memory_order_relaxed) + pool->cores >
                       pool->count &&
                   (now = lab_now_ns()) < until;
            continue;
        }
        if (!lab__process_try_baton(pool))
            break;
        helped.count = 0;
        uint64_t before = moved(pool);
        more = read_results(pool, &helped);
        needed = needed || !more;
        lab__process_hand_out(pool, GUEST);
        more = more && (helped.count > 0 || moved(pool) > before);
        if (lab__process_publish_demand(pool) || leaves_work(pool))
            needed = true;
        if (is_one_spent(pool)) {
            needed = true;
            more = false; /* the others' results can wait, a place that is empty should not */
        }
        /* relaxed: under the baton, as the manager looks at it. */
        atomic_fetch_add_explicit(&pool->in_flight, (uint32_t)helped.count, memory_order_relaxed);
        lab__process_drop_baton(pool);
        if (!conclude_helped(pool, &helped))
            needed = true;
        now = lab_now_ns();
        if (more)
            until = now + LAB_POOL_LOOK_NS;
    }
    if (polling)
        lab_process_group_end_polling(pool->group);
    /* The bell of what was read here is spent: nobody else would tell the manager. */
    if (needed || is_closing(pool))
        lab_process_group_wake(pool->group);
    /* release: what was done here is over when destroy() frees the pool. */
    atomic_fetch_sub_explicit(&pool->helpers, 1, memory_order_release);
}
