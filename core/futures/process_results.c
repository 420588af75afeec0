#include "futures/process_results.h"

#include <stdlib.h>

void lab__process_fail(struct lab_future *future, const struct lab_failure *failure)
{
    lab_future_set_failure(future, failure);
    lab_future_release(future);
}

void lab__process_account(struct process_pool *pool, const struct lab_link *link, uint64_t before)
{
    pool->memory_now += link->memory - before;
    if (pool->memory_now > atomic_load_explicit(&pool->memory, memory_order_relaxed))
        atomic_store_explicit(&pool->memory, pool->memory_now, memory_order_relaxed);
}

void lab__process_conclude(struct lab_link_result *result)
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

/* It failed, or has callbacks, which are the manager's to run. */
void lab__process_leave_to_manager(struct process_pool *pool, struct lab_link_result *result)
{
    struct late_result *late = malloc(sizeof *late);
    if (!late) {
        lab__process_conclude(result);
        return;
    }
    *late = (struct late_result){NULL, *result};
    struct late_result **end = &pool->late;
    while (*end)
        end = &(*end)->next;
    *end = late;
}

void lab__process_conclude_late(struct process_pool *pool)
{
    struct late_result *late;
    while ((late = pool->late)) {
        pool->late = late->next;
        lab__process_conclude(&late->result);
        free(late);
    }
}

void lab__process_note_up(struct process_pool *pool)
{
    /* release: whoever sees it up sees what it took to bring it up. */
    atomic_fetch_add_explicit(&pool->up, 1, memory_order_release);
    lab_futex_wake(&pool->up, INT32_MAX);
}
