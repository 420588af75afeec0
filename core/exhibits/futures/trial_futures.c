#include "exhibits/futures/trial.h"

#include <stdio.h>

static struct lab_future *keep_future(struct lab_trial *t, struct lab_future *future)
{
    size_t count = t->future_count;
    if ((count & (count + 1)) == 0) { /* 0, 1, 3, 7, …: the array is full */
        struct lab_future **grown = realloc(t->futures, (2 * count + 1) * sizeof *grown);
        if (!grown)
            abort();
        t->futures = grown;
    }
    return t->futures[t->future_count++] = future;
}

/* ---- futures ---- */

struct lab_future *trial_future(struct lab_trial *t)
{
    struct lab_future *future = lab_future_create(false);
    if (!future)
        abort();
    return keep_future(t, future);
}

static struct lab_future *submit(struct lab_trial *t, struct lab_executor *executor,
                                 const struct lab_task_type *type, const void *data, size_t size)
{
    struct lab_future *future;
    struct lab_task task = {
        .type = type, .in = {trial_keep(t, data, size), size}, .tag = (uint32_t)t->future_count};
    t->failure = (struct lab_failure){0};
    return lab_submit(executor, &task, &future, &t->failure) ? NULL : keep_future(t, future);
}

/* For a task that should have been accepted: the case has failed, and goes on with a future that
 * has. */
static struct lab_future *accepted(struct lab_trial *t, struct lab_future *future)
{
    char what[300];
    if (future)
        return future;
    snprintf(what, sizeof what, "a submit to be accepted, not \"%s\"", t->failure.text);
    trial_fail(t, __FILE__, __LINE__, what);
    future = trial_future(t);
    lab_future_set_running_or_notify_cancel(future);
    lab_future_set_failure(future, &t->failure);
    return future;
}

int trial_try_submit(struct lab_trial *t, struct lab_executor *executor,
                     const struct lab_task_type *type, uint64_t number, struct lab_future **future)
{
    *future = submit(t, executor, type, &number, sizeof number);
    return *future ? 0 : t->failure.code;
}

struct lab_future *trial_submit(struct lab_trial *t, struct lab_executor *executor,
                                const struct lab_task_type *type, uint64_t number)
{
    return accepted(t, submit(t, executor, type, &number, sizeof number));
}

struct lab_future *trial_hold(struct lab_trial *t, struct lab_executor *executor)
{
    struct lab_hold hold = {.gate = (uintptr_t)&t->gate, .ns = t->hold_ns};
    if (trial_holds_are_timed(t))
        hold.gate = 0;
    uint64_t until = lab_now_ns() + t->hold_ns;
    struct lab_future *future =
        accepted(t, submit(t, executor, &lab_task_hold, &hold, sizeof hold));
    UNTIL(t, lab_future_state(future) != LAB_FUTURE_PENDING)
    if (lab_future_state(future) == LAB_FUTURE_PENDING)
        trial_fail(t, __FILE__, __LINE__, "a task to run within ten seconds");
    if (!t->held || until < t->held_until)
        t->held_until = until;
    t->held = true;
    return future;
}

struct lab_future *trial_hold_all(struct lab_trial *t, struct lab_executor *executor)
{
    unsigned workers = lab_executor_max_workers(executor);
    struct lab_future *first = trial_hold(t, executor), *last = NULL;
    for (unsigned i = 1; i < workers; i++)
        trial_hold(t, executor);
    /* Rule 18: what has reached the call queue is not pending any more. */
    for (unsigned i = 0; trial_holds_are_timed(t) && i < workers + 1; i++)
        last = trial_submit(t, executor, &lab_task_double, i);
    if (last)
        UNTIL(t, lab_future_state(last) != LAB_FUTURE_PENDING)
    return first;
}

void trial_let_go(struct lab_trial *t)
{
    t->lost |= trial_hold_is_over(t);
    t->held = false;
    atomic_store_explicit(&t->gate, 1, memory_order_relaxed);
}

int trial_wait(struct lab_trial *t, struct lab_future *future)
{
    return trial_wait_ns(t, future, LAB_FOREVER);
}

/* What is left of a time-out that began at start_ns. */
static uint64_t left(uint64_t start_ns, uint64_t timeout_ns)
{
    uint64_t elapsed = lab_now_ns() - start_ns;
    if (timeout_ns == LAB_FOREVER)
        return LAB_FOREVER;
    return elapsed < timeout_ns ? timeout_ns - elapsed : 0;
}

int trial_wait_ns(struct lab_trial *t, struct lab_future *future, uint64_t timeout_ns)
{
    uint64_t start = lab_now_ns();
    for (;;) {
        uint64_t rests = left(start, timeout_ns);
        int code = lab_future_wait(future, rests);
        if (code != LAB_E_AGAIN)
            return code;
        if (rests == 0)
            return LAB_E_TIMEOUT;
        trial_poll(t, 0);
    }
}

uint64_t trial_number(const struct lab_future *future)
{
    struct lab_bytes result;
    uint64_t number = UINT64_MAX;
    if (lab_future_result(future, &result) == 0 && result.size == sizeof number)
        memcpy(&number, result.data, sizeof number);
    return number;
}

int trial_failure_code(const struct lab_future *future)
{
    const struct lab_failure *failure = lab_future_failure(future);
    return failure ? failure->code : 0;
}

/* ---- several futures ---- */

int trial_wait_for(struct lab_trial *t, struct lab_future *const *futures, size_t count,
                   uint64_t timeout_ns, enum lab_return_when when)
{
    uint64_t start = lab_now_ns();
    for (;;) {
        uint64_t rests = left(start, timeout_ns);
        lab_wait_result_release(&t->sets);
        t->sets = (struct lab_wait_result){0};
        int code = lab_wait(futures, count, rests, when, &t->sets);
        if (code != LAB_E_AGAIN)
            return code;
        if (rests == 0)
            return LAB_E_TIMEOUT;
        trial_poll(t, 0);
    }
}

static bool among(struct lab_future *const *set, size_t count, const struct lab_future *future)
{
    for (size_t i = 0; i < count; i++)
        if (set[i] == future)
            return true;
    return false;
}

bool trial_is_done(const struct lab_trial *t, const struct lab_future *future)
{
    return among(t->sets.done, t->sets.done_count, future);
}

bool trial_is_not_done(const struct lab_trial *t, const struct lab_future *future)
{
    return among(t->sets.not_done, t->sets.not_done_count, future);
}

struct lab_as_completed *trial_as_completed(struct lab_trial *t, struct lab_future *const *futures,
                                            size_t count, uint64_t timeout_ns)
{
    struct lab_as_completed *iterator;
    if (t->iterator_count == sizeof t->iterators / sizeof *t->iterators ||
        lab_as_completed_create(&iterator, futures, count, timeout_ns))
        abort();
    return t->iterators[t->iterator_count++] = iterator;
}

struct lab_future *trial_next(struct lab_trial *t, struct lab_as_completed *iterator, int *code)
{
    struct lab_future *future = NULL;
    t->failure = (struct lab_failure){0};
    while ((*code = lab_as_completed_next(iterator, &future, &t->failure)) == LAB_E_AGAIN)
        trial_poll(t, 0);
    return *code ? NULL : future;
}

struct lab_map *trial_map(struct lab_trial *t, struct lab_executor *executor,
                          const struct lab_task_type *type, const uint64_t *numbers, size_t count,
                          const struct lab_map_options *options)
{
    struct lab_map *map;
    struct lab_bytes *items = malloc((count ? count : 1) * sizeof *items);
    if (!items || t->map_count == sizeof t->maps / sizeof *t->maps)
        abort();
    for (size_t i = 0; i < count; i++)
        items[i] = (struct lab_bytes){trial_keep(t, &numbers[i], sizeof *numbers), sizeof *numbers};
    t->failure = (struct lab_failure){0};
    const struct lab_bytes *kept = trial_keep(t, items, count * sizeof *items);
    free(items);
    if (lab_map_create(&map, executor, type, kept, count, options, &t->failure))
        return NULL;
    return t->maps[t->map_count++] = map;
}

int trial_map_next(struct lab_trial *t, struct lab_map *map, uint64_t *number)
{
    struct lab_bytes result = {0};
    int code;
    t->failure = (struct lab_failure){0};
    while ((code = lab_map_next(map, &result, &t->failure)) == LAB_E_AGAIN)
        trial_poll(t, 0);
    *number = UINT64_MAX;
    if (!code && result.size == sizeof *number)
        memcpy(number, result.data, sizeof *number);
    return code;
}

void trial_map_leave(struct lab_trial *t, struct lab_map *map)
{
    for (size_t i = 0; i < t->map_count; i++)
        if (t->maps[i] == map)
            t->maps[i] = t->maps[--t->map_count];
    lab_map_destroy(map);
}
