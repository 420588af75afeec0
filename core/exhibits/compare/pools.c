#include "exhibits/compare/pools.h"

#include "platform/sync.h"

enum { START_TIMEOUT = 60 };

void lab_pool_stop(struct lab_pool *pool)
{
    lab_executor_destroy(pool->executor);
    pool->executor = NULL;
}

/* For as many threads as the pool has workers. */
static void make_room(struct lab_experiment *experiment, const struct lab_pool *pool)
{
    unsigned up = pool->workers;
    for (size_t i = 0; i < experiment->pool_count; i++)
        up += experiment->pools[i].executor ? experiment->pools[i].workers : 0;
    for (size_t i = 0; up > lab_thread_limit_idle() && i < experiment->pool_count; i++)
        lab_pool_stop(&experiment->pools[i]);
}

bool lab_pools_give_up(struct lab_experiment *experiment, const struct lab_pool *but)
{
    bool any = false;
    for (size_t i = 0; i < experiment->pool_count; i++)
        if (experiment->pools[i].executor && &experiment->pools[i] != but) {
            lab_pool_stop(&experiment->pools[i]);
            any = true;
        }
    return any;
}

void lab_pool_start(struct lab_experiment *experiment, struct lab_pool *pool)
{
    make_room(experiment, pool);
    struct lab_executor_options options = {.workers = (int)pool->workers, .prestart = true};
    pool->start_ns = lab_now_ns();
    int code = lab_executor_create(&pool->executor, pool->method, &options, &pool->failure);
    if (code == LAB_E_NOMEM && lab_pools_give_up(experiment, pool)) {
        pool->failure.code = 0;
        pool->start_ns = lab_now_ns();
        lab_executor_create(&pool->executor, pool->method, &options, &pool->failure);
    }
}

bool lab_pool_settled(struct lab_pool *pool)
{
    if (!pool->executor)
        return true;
    if (lab_executor_needs_driving(pool->executor))
        lab_executor_drive(pool->executor, 0);
    int code = lab_executor_ready(pool->executor, &pool->failure);
    double seconds = (double)(lab_now_ns() - pool->start_ns) / 1e9;
    if (code == LAB_E_AGAIN && lab_stopping())
        code = lab_fail(&pool->failure, LAB_E_STOPPED, "stopped");
    if (code == LAB_E_AGAIN && seconds < START_TIMEOUT)
        return false;
    if (code == LAB_E_AGAIN)
        lab_fail(&pool->failure, LAB_E_TIMEOUT, "%u %s were not ready within %d s", pool->workers,
                 pool->method->name, START_TIMEOUT);
    if (code)
        lab_pool_stop(pool);
    else if (pool->start_count < LAB_STARTS)
        pool->starts[pool->start_count++] = seconds;
    return true;
}
