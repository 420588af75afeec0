/* What the manager of a process pool does.
 *
 * - Tasks go into a child's pipe ahead, so that it need not idle for a round trip: as many as are AHEAD_NS of work by
 *   what its latest took, and no more than its share of what is pending. They go in one write, and the child
 *   wakes the parent for the middle one's result and the last one's: of tasks of a microsecond a thousand a
 *   wake-up and not one. What has gone ahead cannot be cancelled any more (rule 18 allows that to N + 1, which
 *   is what goes ahead of tasks that are not known to be short), for AHEAD_NS or so.
 * - A task that takes longer than was expected holds up those behind it. So as soon as a child idles, others are asked
 *   for what they have not begun (platform/pipe.h, the grant), unless they went on within STALL_NS. Where that cannot
 *   be done (a child that is spoken to by messages) one task goes ahead, as it did everywhere before; with none
 *   at all bursts of 20,000 tasks of 64 bytes took 15 to 35% longer.
 * - Of results that were not urgent the manager hears when it looks: while more than one task is under way
 *   in a child it sleeps for STALL_NS at most, and longer and longer if that is in vain.
 * - Children start when tasks wait and none is idle or starting (rule 14). One that had its max_tasks is told
 *   to end, and gives its place up when it is gone (rule 20): there are never more than N.
 * - The manager starts all children itself: Linux binds PR_SET_PDEATHSIG to the thread that forked, and the
 *   creator's may end before the pool.
 * - A child that dies breaks the pool: every unfinished future gets a failure of its own, with how the child
 *   ended as the cause (rule 19). Nobody waits for a dead child's bytes: a frame that is half there is
 *   dropped with it (rule 22).
 */
#include "futures/process_manager.h"

#include <stdio.h>
#include <stdlib.h>

#include "futures/waits.h"
#include "platform/system.h"

enum {
    QUICK_NS = 5000000, /* a task that takes so long is quick: others may wait behind it */
    AHEAD_NS = 200000,  /* of work that goes ahead */
    STALL_NS = 1000000, /* … and is taken back when a child idles */
    LOOK_NS =
        50000, /* what a hand-over to a sleeping thread costs: so long it pays to look for the next */
    LATE = 64,       /* results that a helper holds at most */
    SHORT = 8 << 10, /* bytes of a task that others than the manager give to a child */
};

/* ---- the baton ---- */

/* acquire and release: all that is under the baton. */
static bool try_baton(struct process_pool *pool)
{
    uint32_t seen = 0;
    return atomic_compare_exchange_strong_explicit(&pool->baton, &seen, 1, memory_order_acquire,
                                                   memory_order_relaxed);
}

static void take_baton(struct process_pool *pool)
{
    if (try_baton(pool))
        return;
    while (atomic_exchange_explicit(&pool->baton, 2, memory_order_acquire) != 0)
        lab_futex_wait(&pool->baton, 2, LAB_FOREVER);
}

static void drop_baton(struct process_pool *pool)
{
    if (atomic_exchange_explicit(&pool->baton, 0, memory_order_release) == 2)
        lab_futex_wake(&pool->baton, 1);
}

/* ---- ends ---- */

static void fail_future(struct lab_future *future, const struct lab_failure *failure)
{
    lab_future_set_failure(future, failure);
    lab_future_release(future);
}

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
        fail_future(future, why);
    while ((future = lab_future_dequeue(&pending)))
        if (lab_future_set_running_or_notify_cancel(future) == 0)
            fail_future(future, why);
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
static void obey(struct process_pool *pool)
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

/* ---- results ---- */

static void account(struct process_pool *pool, const struct lab_link *link, uint64_t before)
{
    pool->memory_now += link->memory - before;
    if (pool->memory_now > atomic_load_explicit(&pool->memory, memory_order_relaxed))
        atomic_store_explicit(&pool->memory, pool->memory_now, memory_order_relaxed);
}

static void conclude(struct lab_link_result *result)
{
    if (result->failure.code)
        lab_future_set_failure(result->future, &result->failure);
    else if (lab_future_set_result(result->future, result->data, result->size) == 0)
        result->data = NULL;
    free(result->data);
    lab_future_release(result->future);
}

struct late_result {
    struct late_result *next;
    struct lab_link_result result;
};

static void conclude_late(struct process_pool *pool)
{
    struct late_result *late;
    while ((late = pool->late)) {
        pool->late = late->next;
        conclude(&late->result);
        free(late);
    }
}

static void note_up(struct process_pool *pool)
{
    /* release: whoever sees it up sees what it took to bring it up. */
    atomic_fetch_add_explicit(&pool->up, 1, memory_order_release);
    lab_futex_wake(&pool->up, INT32_MAX);
}

/* Everything that comes from one child. False: the pool broke. */
static bool attend(struct process_pool *pool, struct lab_link *link)
{
    struct lab_link_result result;
    struct lab_failure how;
    for (;;) {
        uint64_t memory = link->memory;
        enum lab_link_news news = lab_link_read(link, &result);
        account(pool, link, memory);
        if (news == LAB_LINK_QUIET)
            break;
        if (news == LAB_LINK_LOST) {
            bool initializer = link->initializer && !link->initialized;
            break_pool(pool, link, initializer ? ", its initializer" : "", &result.failure);
            return false;
        }
        if (news == LAB_LINK_RESULT)
            conclude(&result);
        else
            note_up(pool);
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

/* ---- tasks ---- */

/* Who hands out tasks: the manager, or another who must run none of the user's code (packing, callbacks). */
enum who { MANAGER, GUEST };

/* Moves up to count pending ones to futures. */
static void take_pending(struct process_pool *pool, size_t count, enum who who,
                         struct lab_future_queue *futures)
{
    lab_mutex_lock(&pool->mutex);
    while (count-- > 0 && pool->queue.first) {
        const struct lab_task *task = lab_future_task(pool->queue.first);
        if (who == GUEST && (task->type->pack || task->in.size > SHORT))
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
        fail_future(future, &failure);
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

/* How many tasks a child may have: this head of the file says why. */
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

static unsigned busy_children(const struct process_pool *pool)
{
    unsigned count = 0;
    for (unsigned i = 0; i < pool->count; i++)
        count += pool->links[i].count > 0;
    return count;
}

static void write_all(struct process_pool *pool)
{
    /* To look is only for those who take no core from somebody that works: the tasks, and who waits for them. */
    uint32_t look = busy_children(pool) + 1 <= pool->cores && pool->cores > 1 ? LOOK_NS : 0;
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
        if (!link->process || link->count < 2 || now - link->since < STALL_NS)
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

static void hand_out(struct process_pool *pool, enum who who)
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

/* The last thing before the baton is dropped. True: it must be handed out once more. */
static bool leave_word(struct process_pool *pool)
{
    unsigned idle = 0, alive = atomic_load_explicit(&pool->alive, memory_order_relaxed);
    for (unsigned i = 0; i < pool->count; i++)
        idle += left(pool, &pool->links[i]) && lab_link_room(&pool->links[i], 1);
    bool hungry = idle > 0 || alive < pool->count || pool->calls.count + piped(pool) <= pool->count;
    bool was = atomic_load_explicit(&pool->hungry, memory_order_relaxed);
    atomic_store_explicit(&pool->idle, idle, memory_order_relaxed);
    /* Before the queue is looked at: the mutex orders the two for whoever submits. */
    atomic_store_explicit(&pool->hungry, hungry, memory_order_relaxed);
    return hungry && !was && pending(pool) > 0;
}

bool lab__process_pool_deliver(struct process_pool *pool)
{
    /* relaxed: a hint. */
    if (atomic_load_explicit(&pool->idle, memory_order_relaxed) == 0 || !try_baton(pool))
        return false;
    size_t before = pending(pool);
    hand_out(pool, GUEST);
    leave_word(pool);
    bool all = pending(pool) == 0 && before > 0;
    for (unsigned i = 0; i < pool->count; i++)
        all = all && !(pool->links[i].process &&
                       pool->links[i].out_size); /* no room: somebody must wait for it */
    drop_baton(pool);
    return all;
}

/* ---- helping ---- */

struct helped {
    struct lab_future *futures[LATE];
    void *data[LATE];
    size_t size[LATE];
    size_t count;
};

/* It failed, or has callbacks, which are the manager's to run. */
static void leave_to_manager(struct process_pool *pool, struct lab_link_result *result)
{
    struct late_result *late = malloc(sizeof *late);
    if (!late) {
        conclude(result);
        return;
    }
    *late = (struct late_result){NULL, *result};
    struct late_result **end = &pool->late;
    while (*end)
        end = &(*end)->next;
    *end = late;
}

/* Reads what the children have answered. False: it is something for the manager. */
static bool read_results(struct process_pool *pool, struct helped *helped)
{
    struct lab_link_result result;
    for (unsigned i = 0; i < pool->count; i++) {
        struct lab_link *link = &pool->links[i];
        if (!link->process || !link->open || link->leaving || link->garbled)
            continue;
        while (helped->count < LATE) {
            uint64_t memory = link->memory;
            enum lab_link_news news = lab_link_read(link, &result);
            account(pool, link, memory);
            if (news == LAB_LINK_QUIET)
                break;
            if (news == LAB_LINK_UP) {
                note_up(pool);
            } else if (news == LAB_LINK_LOST) {
                link->garbled = true; /* the manager is told again */
                return false;
            } else if (result.failure.code || lab_future_calls_back(result.future)) {
                leave_to_manager(pool, &result);
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

/* What a helper leaves may be the manager's to see to, and it sleeps: a write that had no room, or tasks behind one that
 * turns out to be long, of which it knew nothing when it decided how long to sleep. */
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

/* A callback may have been added meanwhile: that is the manager's to run. False: it is needed for that. */
static bool conclude_helped(struct process_pool *pool, struct helped *helped)
{
    bool all = true;
    for (size_t i = 0; i < helped->count; i++) {
        struct lab_future *future = helped->futures[i];
        int code = lab_future_set_plain_result(future, helped->data[i], helped->size[i]);
        if (code == LAB_E_AGAIN) {
            struct lab_link_result result = {
                .future = future, .data = helped->data[i], .size = helped->size[i]};
            take_baton(pool);
            leave_to_manager(pool, &result);
            drop_baton(pool);
            all = false;
            continue;
        }
        if (code)
            free(helped->data[i]);
        lab_future_release(future);
    }
    return all;
}

void lab__process_pool_help(struct process_pool *pool, struct lab_future *future,
                            uint64_t timeout_ns)
{
    struct helped helped;
    bool watching = false, more = true, needed = false;
    uint64_t now = lab_now_ns(), until = now + LOOK_NS,
             deadline = timeout_ns < LAB_FOREVER - now ? now + timeout_ns : LAB_FOREVER;
    while (more && !lab_future_done(future) && now < deadline && !lab_stopping()) {
        watching = watching || lab_process_group_relieve(pool->group);
        if (!lab_process_group_news(pool->group)) {
            for (int i = 0; i < 64 && !lab_process_group_news(pool->group); i++)
                lab_spin_pause();
            more = atomic_load_explicit(&pool->idle, memory_order_relaxed) + pool->cores >
                       pool->count &&
                   (now = lab_now_ns()) < until;
            continue;
        }
        if (!try_baton(pool))
            break;
        helped.count = 0;
        uint64_t before = moved(pool);
        more = read_results(pool, &helped);
        needed = needed || !more;
        hand_out(pool, GUEST);
        more = more && (helped.count > 0 || moved(pool) > before);
        if (leave_word(pool) || leaves_work(pool))
            needed = true;
        drop_baton(pool);
        if (!conclude_helped(pool, &helped))
            needed = true;
        now = lab_now_ns();
        if (more)
            until = now + LOOK_NS;
    }
    if (watching)
        lab_process_group_resume(pool->group);
    /* The bell of what was read here is spent: nobody else would tell the manager. */
    if (needed)
        lab_process_group_wake(pool->group);
    /* release: what was done here is over when destroy() frees the pool. */
    atomic_fetch_sub_explicit(&pool->helpers, 1, memory_order_release);
}

/* ---- children ---- */

/* Starts children for the tasks that wait, tells those to leave that are not needed any more. */
static void staff(struct process_pool *pool)
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
        if (closing || (pool->max_tasks && link->given >= pool->max_tasks))
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
        obey(pool);
        conclude_late(pool);
        for (unsigned i = 0; i < pool->count; i++)
            if (pool->links[i].process && !attend(pool, &pool->links[i]))
                return;
        hand_out(pool, MANAGER);
        staff(pool);
    } while (leave_word(pool));
}

bool lab__process_pool_over(struct process_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    bool idle = pool->shutdown && pool->queue.count == 0 && pool->end == END_NOT;
    lab_mutex_unlock(&pool->mutex);
    return idle && pool->calls.count == 0 &&
           atomic_load_explicit(&pool->alive, memory_order_relaxed) == 0;
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
            at = now + (now - link->since > STALL_NS ? now - link->since : STALL_NS);
        due = at < due ? at : due;
    }
    if (due == LAB_FOREVER)
        return due;
    return due > now ? due - now : 0;
}

/* A moment, in which the next news is likely. */
static void look_on(struct process_pool *pool)
{
    uint64_t until = lab_now_ns() + LOOK_NS;
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
    /* Every future of the pool ends through this thread: a callback that waits for one waits for itself. */
    struct lab_worker place = {.executor = &pool->base, .sole = true, .name = "the pool's manager"};
    lab_worker_enter(&place);
    for (;;) {
        take_baton(pool);
        lab__process_pool_pump(pool);
        bool over = lab__process_pool_over(pool);
        lab_mutex_lock(&pool->mutex);
        uint64_t give_up_at = pool->give_up_at;
        lab_mutex_unlock(&pool->mutex);
        uint64_t due = pool->due = lab__process_pool_next_due(pool, give_up_at);
        unsigned busy = busy_children(pool);
        drop_baton(pool);
        if (over)
            break;
        /* Where a core is free for it, and nobody else looks. relaxed: a hint. */
        if (busy > 0 && busy < pool->cores &&
            atomic_load_explicit(&pool->helpers, memory_order_relaxed) == 0)
            look_on(pool);
        lab_process_group_wait(pool->group, due);
    }
    lab_worker_leave(&place);
}

bool lab__process_pool_managing(const struct process_pool *pool)
{
    return lab_worker_executor() == &pool->base;
}
