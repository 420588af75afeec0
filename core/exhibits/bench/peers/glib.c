/* GThreadPool of two threads of its own. It has no results: the last task of a burst says that all
 * are done. */
#include <glib.h>
#include <stdlib.h>

#include "exhibits/bench/peers/peers.h"
#include "platform/system.h"

struct pool {
    GThreadPool *threads;
    gint left; /* tasks that have not run; g_atomic_int's */
    GMutex mutex;
    GCond all_done;
};

static void work(gpointer data, gpointer argument)
{
    struct pool *pool = argument;
    (void)data;
    if (!g_atomic_int_dec_and_test(&pool->left))
        return;
    g_mutex_lock(&pool->mutex); /* who waits has looked, or waits */
    g_cond_signal(&pool->all_done);
    g_mutex_unlock(&pool->mutex);
}

static void release(void *state)
{
    struct pool *pool = state;
    g_thread_pool_free(pool->threads, FALSE, TRUE);
    g_mutex_clear(&pool->mutex);
    g_cond_clear(&pool->all_done);
    free(pool);
}

static struct pool *begin(struct lab_bench_turn *turn)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    g_mutex_init(&pool->mutex);
    g_cond_init(&pool->all_done);
    pool->threads = g_thread_pool_new(work, pool, 2, TRUE, NULL);
    turn->state = pool;
    turn->release = release;
    return pool;
}

static int run(struct lab_bench_turn *turn, unsigned at_once, unsigned times,
               struct lab_failure *failure)
{
    struct pool *pool = turn->state ? turn->state : begin(turn);
    if (!pool)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    uint64_t start = lab_now_ns();
    for (unsigned i = 0; i < times; i++) {
        g_atomic_int_set(&pool->left, (gint)at_once);
        for (unsigned j = 0; j < at_once; j++)
            g_thread_pool_push(pool->threads, pool, NULL);
        g_mutex_lock(&pool->mutex);
        while (g_atomic_int_get(&pool->left))
            g_cond_wait(&pool->all_done, &pool->mutex);
        g_mutex_unlock(&pool->mutex);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = (double)at_once * times;
    return 0;
}

int peers_glib_burst(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return run(turn, PEERS_BURST, 1, failure);
}

int peers_glib_trips(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return run(turn, 1, PEERS_TRIPS, failure);
}
