#include "exhibits/bench/plain_pool.h"

#include <stdlib.h>
#include <string.h>

#include "platform/error.h"

static void work(void *argument)
{
    struct plain_pool *pool = argument;
    lab_mutex_lock(&pool->mutex);
    for (;;) {
        while (!pool->first && !pool->stop)
            lab_cond_wait(&pool->work, &pool->mutex, LAB_FOREVER);
        struct plain_job *job = pool->first;
        if (!job)
            break;
        pool->first = job->next;
        lab_mutex_unlock(&pool->mutex);
        job->run(job->argument);
        free(job);
        lab_mutex_lock(&pool->mutex);
        if (--pool->unfinished == 0)
            lab_cond_signal(&pool->idle);
    }
    lab_mutex_unlock(&pool->mutex);
}

int plain_pool_start(struct plain_pool *pool)
{
    int code = 0;
    memset(pool, 0, sizeof *pool);
    lab_mutex_init(&pool->mutex);
    lab_cond_init(&pool->work);
    lab_cond_init(&pool->idle);
    while (!code && pool->count < sizeof pool->threads / sizeof *pool->threads) {
        code = lab_thread_start(&pool->threads[pool->count], work, pool);
        pool->count += code == 0;
    }
    if (code)
        plain_pool_stop(pool);
    return code;
}

int plain_pool_submit(struct plain_pool *pool, void (*run)(void *argument), void *argument)
{
    struct plain_job *job = malloc(sizeof *job);
    if (!job)
        return LAB_E_NOMEM;
    *job = (struct plain_job){.run = run, .argument = argument};
    lab_mutex_lock(&pool->mutex);
    if (pool->first)
        pool->last->next = job;
    else
        pool->first = job;
    pool->last = job;
    pool->unfinished++;
    lab_cond_signal(&pool->work);
    lab_mutex_unlock(&pool->mutex);
    return 0;
}

void plain_pool_wait(struct plain_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    while (pool->unfinished > 0)
        lab_cond_wait(&pool->idle, &pool->mutex, LAB_FOREVER);
    lab_mutex_unlock(&pool->mutex);
}

void plain_pool_stop(struct plain_pool *pool)
{
    lab_mutex_lock(&pool->mutex);
    pool->stop = true;
    lab_cond_broadcast(&pool->work);
    lab_mutex_unlock(&pool->mutex);
    for (unsigned i = 0; i < pool->count; i++)
        lab_thread_join(pool->threads[i]);
    lab_cond_destroy(&pool->idle);
    lab_cond_destroy(&pool->work);
    lab_mutex_destroy(&pool->mutex);
}
