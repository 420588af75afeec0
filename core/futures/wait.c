#include "futures/wait.h"

#include <stdlib.h>
#include <string.h>

#include "futures/busy_wait.h"
#include "futures/waits.h"
#include "gil/gil.h"
#include "platform/sync.h"
#include "platform/system.h"

/* A set of distinct futures that are waited for together. Each ends once, in whatever thread; the
 * group keeps those that have ended in the order in which they did. */
struct member {
    struct lab_watch watch; /* first */
    struct group *group;
    struct lab_future *future;
    struct member *next; /* in the list of the ended; under the group's mutex */
    bool ended;          /* under the group's mutex */
};

struct group {
    lab_mutex mutex;
    /* How many have ended; what the waiter sleeps on. It publishes the list, which is read under
     * the mutex anyway. */
    _Atomic uint32_t ended;
    _Atomic uint32_t failed; /* of those, with a failure; relaxed: read after ended */
    _Atomic bool asleep;     /* the waiter sleeps on ended, or is about to */
    struct member *first, **last;
    struct lab_driver **drivers; /* distinct ones, whom to drive */
    size_t driver_count, driver_capacity;
    bool undriven; /* some have threads of their own */
    size_t count;
    struct member members[];
};

/* Whether an ended future failed, from inside notify, where its lock is held. */
static bool failed(const struct lab_future *future)
{
    return lab_future_state(future) == LAB_FUTURE_FINISHED && lab_future_failure(future) != NULL;
}

static void add_ended(struct member *member)
{
    struct group *group = member->group;
    lab_mutex_lock(&group->mutex);
    member->ended = true;
    member->next = NULL;
    *group->last = member;
    group->last = &member->next;
    if (failed(member->future))
        atomic_fetch_add_explicit(&group->failed, 1, memory_order_relaxed);
    /* seq_cst, both, with the waiter's store of asleep and the futex's look at ended: either it
     * sees this one, or we see that it sleeps. */
    atomic_fetch_add_explicit(&group->ended, 1, memory_order_seq_cst);
    /* Under the mutex: the waiter takes it before it frees the group. */
    if (atomic_load_explicit(&group->asleep, memory_order_seq_cst))
        lab_futex_wake(&group->ended, 1);
    lab_mutex_unlock(&group->mutex);
}

static void notify(struct lab_watch *watch, struct lab_future *future)
{
    (void)future;
    add_ended((struct member *)watch);
}

struct numbered {
    struct lab_future *future;
    size_t index;
};

static int by_future(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    if (x->future != y->future)
        return (uintptr_t)x->future < (uintptr_t)y->future ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int by_index(const void *a, const void *b)
{
    const struct numbered *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* Sorts out duplicates; the first of each stays, in the order of the arguments. Returns how many
 * stay. */
static size_t distinct(struct numbered *all, size_t count)
{
    size_t kept = 0;
    qsort(all, count, sizeof *all, by_future);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || all[kept - 1].future != all[i].future)
            all[kept++] = all[i];
    qsort(all, kept, sizeof *all, by_index);
    return kept;
}

/* False: out of memory. */
static bool add_driver(struct group *group, struct lab_driver *driver)
{
    if (!driver) {
        group->undriven = true;
        return true;
    }
    for (size_t i = 0; i < group->driver_count; i++)
        if (group->drivers[i] == driver)
            return true;
    if (group->driver_count == group->driver_capacity) {
        size_t capacity = group->driver_capacity ? group->driver_capacity * 2 : 8;
        struct lab_driver **grown = realloc(group->drivers, capacity * sizeof *grown);
        if (!grown)
            return false;
        group->drivers = grown;
        group->driver_capacity = capacity;
    }
    group->drivers[group->driver_count++] = driver;
    return true;
}

static void group_destroy(struct group *group)
{
    for (size_t i = 0; i < group->count; i++)
        lab_future_unwatch(group->members[i].future, &group->members[i].watch);
    lab_mutex_lock(&group->mutex); /* whoever told us last has let go */
    lab_mutex_unlock(&group->mutex);
    lab_mutex_destroy(&group->mutex);
    free(group->drivers);
    free(group);
}

static struct group *group_create(struct lab_future *const *futures, size_t count)
{
    struct group *group = calloc(1, sizeof *group + count * sizeof *group->members);
    struct numbered *all = malloc((count ? count : 1) * sizeof *all);
    if (!group || !all) {
        free(group);
        free(all);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        all[i] = (struct numbered){futures[i], i};
    size_t wanted = distinct(all, count);
    bool fine = true;
    group->last = &group->first;
    lab_mutex_init(&group->mutex);
    for (size_t i = 0; i < wanted && fine; i++) {
        struct member *member = &group->members[group->count++];
        member->watch.notify = notify;
        member->group = group;
        member->future = all[i].future;
        if (lab_future_watch(member->future, &member->watch))
            fine = add_driver(group, lab_future_driver(member->future));
        else
            add_ended(member);
    }
    free(all);
    if (!fine) {
        group_destroy(group);
        return NULL;
    }
    return group;
}

struct look {
    struct group *group;
    uint32_t seen;
};

static bool more_ended(const void *argument)
{
    const struct look *look = argument;
    return atomic_load_explicit(&look->group->ended, memory_order_acquire) != look->seen;
}

static void sleep_on(struct group *group, uint32_t seen, uint64_t most_ns)
{
    struct look look = {group, seen};
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    if (!lab_busy_wait(more_ended, &look, most_ns)) {
        atomic_store_explicit(&group->asleep, true, memory_order_seq_cst);
        lab_futex_wait(&group->ended, seen, most_ns);
        /* relaxed: nothing is read because of it. */
        atomic_store_explicit(&group->asleep, false, memory_order_relaxed);
        if (more_ended(&look))
            lab_busy_wait_slept();
    }
    lab_gil_end_allow_threads(gil);
}

/* Drives all of them as far as they get at once, then sleeps until one of them wants to go on, or
 * for a short turn: what they wait for does not wake us. */
static int drive_all(struct group *group, uint32_t seen, uint64_t most_ns)
{
    const uint64_t turn = 1000000;
    uint64_t next = most_ns < turn ? most_ns : turn;
    bool driven = false;
    for (size_t i = 0; i < group->driver_count; i++) {
        driven |= group->drivers[i]->drive(group->drivers[i], 0);
        uint64_t wants = group->drivers[i]->next(group->drivers[i]);
        next = wants < next ? wants : next;
    }
    if (!driven && !group->undriven)
        return LAB_E_DEADLOCK;
    if (next > 0)
        sleep_on(group, seen, next);
    return 0;
}

/* Sleeps or drives until the count of ended futures is not `seen` any more, at most most_ns. */
static int pass_time(struct group *group, uint32_t seen, uint64_t most_ns)
{
    int code = 0;
    if (group->driver_count == 0) {
        sleep_on(group, seen, most_ns);
        return 0;
    }
    if (group->driver_count > 1 || group->undriven)
        code = drive_all(group, seen, most_ns);
    else if (!group->drivers[0]->drive(group->drivers[0], most_ns))
        code = LAB_E_DEADLOCK;
    if (!code && !lab_can_block() &&
        atomic_load_explicit(&group->ended, memory_order_acquire) == seen)
        code = LAB_E_AGAIN;
    return code;
}

/* Waits until more than `seen` have ended, up to the deadline (LAB_FOREVER: none). */
static int pass_time_until(struct group *group, uint32_t seen, uint64_t deadline)
{
    const uint64_t slice = 50000000; /* to notice a stop */
    while (atomic_load_explicit(&group->ended, memory_order_acquire) == seen) {
        uint64_t now = lab_now_ns(), most = slice;
        if (deadline <= now)
            return LAB_E_TIMEOUT;
        if (deadline - now < most)
            most = deadline - now;
        if (lab_stopping())
            return LAB_E_STOPPED;
        int code = pass_time(group, seen, most);
        if (code)
            return code;
    }
    return 0;
}

/* The same in a worker, without a time-out: entered in the graph of who waits for whom. The next
 * wait, for fewer, is entered anew: so it is found in the end when all must end and one never
 * will. */
static int wait_in_graph(struct group *group, uint32_t seen)
{
    struct lab_future **open = malloc(group->count * sizeof *open);
    size_t count = 0;
    if (!open)
        return LAB_E_NOMEM;
    lab_mutex_lock(&group->mutex);
    for (size_t i = 0; i < group->count; i++)
        if (!group->members[i].ended)
            open[count++] = group->members[i].future;
    bool moved = atomic_load_explicit(&group->ended, memory_order_relaxed) != seen;
    lab_mutex_unlock(&group->mutex);
    int code = moved ? 0 : lab_waits_begin(open, count);
    if (!moved && !code) {
        code = pass_time_until(group, seen, LAB_FOREVER);
        lab_waits_end();
    }
    free(open);
    return code;
}

static int wait_for_more(struct group *group, uint32_t seen, uint64_t deadline)
{
    if (deadline == LAB_FOREVER && lab_worker_executor() &&
        atomic_load_explicit(&group->ended, memory_order_acquire) == seen)
        return wait_in_graph(group, seen);
    return pass_time_until(group, seen, deadline);
}

static uint64_t deadline_of(uint64_t timeout_ns)
{
    uint64_t now = lab_now_ns();
    return timeout_ns > LAB_FOREVER - now ? LAB_FOREVER : now + timeout_ns;
}

static bool satisfied(struct group *group, enum lab_return_when when, uint32_t ended)
{
    if (ended == group->count)
        return true;
    if (when == LAB_FIRST_COMPLETED)
        return ended > 0;
    return when == LAB_FIRST_EXCEPTION &&
           atomic_load_explicit(&group->failed, memory_order_relaxed) > 0;
}

int lab_wait(struct lab_future *const *futures, size_t count, uint64_t timeout_ns,
             enum lab_return_when when, struct lab_wait_result *result)
{
    uint64_t deadline = deadline_of(timeout_ns);
    memset(result, 0, sizeof *result);
    if ((unsigned)when > LAB_ALL_COMPLETED)
        return LAB_E_INVALID;
    struct group *group = group_create(futures, count);
    result->done = malloc((count ? count : 1) * sizeof *result->done);
    result->not_done = malloc((count ? count : 1) * sizeof *result->not_done);
    if (!group || !result->done || !result->not_done) {
        if (group)
            group_destroy(group);
        lab_wait_result_release(result);
        return LAB_E_NOMEM;
    }
    int code = 0;
    uint32_t ended;
    while (ended = atomic_load_explicit(&group->ended, memory_order_acquire),
           !satisfied(group, when, ended) && !code)
        code = wait_for_more(group, ended, deadline);
    lab_mutex_lock(&group->mutex);
    for (size_t i = 0; i < group->count; i++) {
        struct member *member = &group->members[i];
        if (member->ended)
            result->done[result->done_count++] = member->future;
        else
            result->not_done[result->not_done_count++] = member->future;
    }
    lab_mutex_unlock(&group->mutex);
    group_destroy(group);
    return code;
}

void lab_wait_result_release(struct lab_wait_result *result)
{
    free(result->done);
    free(result->not_done);
    memset(result, 0, sizeof *result);
}

struct lab_as_completed {
    struct group *group;
    uint64_t deadline;
    uint32_t yielded;
};

int lab_as_completed_create(struct lab_as_completed **iterator, struct lab_future *const *futures,
                            size_t count, uint64_t timeout_ns)
{
    uint64_t deadline = deadline_of(timeout_ns);
    *iterator = malloc(sizeof **iterator);
    struct group *group = group_create(futures, count);
    if (!*iterator || !group) {
        free(*iterator);
        *iterator = NULL;
        if (group)
            group_destroy(group);
        return LAB_E_NOMEM;
    }
    **iterator = (struct lab_as_completed){.group = group, .deadline = deadline};
    return 0;
}

int lab_as_completed_next(struct lab_as_completed *iterator, struct lab_future **future,
                          struct lab_failure *failure)
{
    struct group *group = iterator->group;
    *future = NULL;
    if (iterator->yielded == group->count)
        return LAB_E_END;
    int code = wait_for_more(group, iterator->yielded, iterator->deadline);
    if (code == LAB_E_TIMEOUT)
        return lab_fail(failure, code, "%zu (of %zu) futures unfinished",
                        group->count - iterator->yielded, group->count);
    if (code)
        return lab_fail(failure, code, "%s", lab_error_text(code));
    lab_mutex_lock(&group->mutex);
    struct member *member = group->first;
    group->first = member->next;
    if (!group->first)
        group->last = &group->first;
    lab_mutex_unlock(&group->mutex);
    iterator->yielded++;
    *future = member->future;
    return 0;
}

void lab_as_completed_destroy(struct lab_as_completed *iterator)
{
    if (!iterator)
        return;
    group_destroy(iterator->group);
    free(iterator);
}
