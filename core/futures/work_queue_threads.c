#include "futures/work_queue.h"

#include "futures/busy_wait.h"
#include "gil/gil.h"

void lab_work_queue_init(struct lab_work_queue *queue)
{
    lab_mutex_init(&queue->mutex);
    lab_cond_init(&queue->more);
}

void lab_work_queue_destroy(struct lab_work_queue *queue)
{
    lab_cond_destroy(&queue->more);
    lab_mutex_destroy(&queue->mutex);
}

/* By whoever leaves something to take, under the mutex: those who look shall see it; if nobody
 * does, one that sleeps is woken. */
static void announce(struct lab_work_queue *queue)
{
    if (queue->looking > 0) {
        /* relaxed: who sees it takes the mutex to see more. */
        uint32_t news = atomic_load_explicit(&queue->news, memory_order_relaxed);
        atomic_store_explicit(&queue->news, news + 1, memory_order_relaxed);
    } else if (queue->sleeping > 0) {
        queue->sleeping--;
        queue->looking++;
        queue->signalled++;
        lab_cond_signal(&queue->more);
    }
}

/* ---- putting ---- */

bool lab_work_queue_put(struct lab_work_queue *queue, struct lab_future *future)
{
    enum lab_put put = lab_run_queue_put(&queue->queue, future);
    if (put == LAB_PUT_CALL) {
        lab_mutex_lock(&queue->mutex);
        announce(queue);
        lab_mutex_unlock(&queue->mutex);
    }
    return put != LAB_PUT_BARRED;
}

void lab_work_queue_put_barred(struct lab_work_queue *queue, struct lab_future *future)
{
    if (lab_run_queue_put_barred(&queue->queue, future) == LAB_PUT_CALL)
        announce(queue);
}

void lab_work_queue_bar(struct lab_work_queue *queue, bool barred)
{
    lab_run_queue_bar(&queue->queue, barred);
}

void lab_work_queue_end(struct lab_work_queue *queue)
{
    queue->over = true;
    lab_run_queue_bar(&queue->queue, true);
    announce(queue);
    lab_cond_broadcast(&queue->more);
}

struct lab_future_queue lab_work_queue_take_all(struct lab_work_queue *queue)
{
    struct lab_future_queue all = {0};
    bool more;
    do {
        struct lab_future *future = lab_run_queue_refill(&queue->queue, &more);
        if (future)
            lab_future_enqueue(&all, future);
    } while (more);
    return all;
}

/* ---- taking ---- */

/* Under the mutex: the oldest, or NULL. If others sleep and nobody looks, one is woken if there is
 * more, and the next put will call if there is not. */
static struct lab_future *take_and_tell(struct lab_work_queue *queue)
{
    bool more;
    struct lab_future *future = lab_run_queue_refill(&queue->queue, &more);
    if (more || (queue->sleeping > 0 && queue->looking == 0 && !lab_run_queue_call(&queue->queue)))
        announce(queue);
    return future;
}

struct look {
    struct lab_work_queue *queue;
    uint32_t seen; /* of its news */
};

static bool there_is_news(const void *argument)
{
    const struct look *look = argument;
    return lab_run_queue_has_post(&look->queue->queue) ||
           atomic_load_explicit(&look->queue->news, memory_order_relaxed) != look->seen;
}

/* Looks for a while, then sleeps, until there is something; NULL: over. Under the mutex. */
static struct lab_future *await(struct lab_work_queue *queue)
{
    struct lab_future *future;
    while (!(future = take_and_tell(queue)) && !queue->over) {
        struct look look = {queue, atomic_load_explicit(&queue->news, memory_order_relaxed)};
        queue->looking++;
        lab_mutex_unlock(&queue->mutex);
        lab_busy_wait_for_work(there_is_news, &look);
        lab_mutex_lock(&queue->mutex);
        queue->looking--;
        if ((future = take_and_tell(queue)) || queue->over)
            break;
        queue->sleeping++;
        if (queue->looking == 0 && !lab_run_queue_call(&queue->queue)) {
            queue->sleeping--; /* something has come */
            continue;
        }
        lab_cond_wait(&queue->more, &queue->mutex, LAB_FOREVER);
        if (queue->signalled > 0) { /* or spuriously, with the signal of one that then finds none */
            lab_busy_wait_slept();
            queue->signalled--;
            queue->looking--;
        } else {
            queue->sleeping--;
        }
    }
    return future;
}

/* Not inlined: WebAssembly's engines replace quickly compiled code by optimised code when it is
 * called anew, and the loop that calls this is entered once in a worker's life. */
__attribute__((noinline)) struct lab_future *lab_work_queue_take(struct lab_work_queue *queue,
                                                                 uint64_t *batch)
{
    struct lab_future *future = lab_run_queue_take(&queue->queue, batch);
    if (future)
        return future;
    *batch = 0;
    lab_mutex_lock(&queue->mutex);
    future = take_and_tell(queue);
    bool over = queue->over;
    lab_mutex_unlock(&queue->mutex);
    if (future || over)
        return future;
    /* Without the mutex: a GIL that was asked for is given up only when another thread has taken
     * it. */
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    lab_busy_end();
    lab_mutex_lock(&queue->mutex);
    future = await(queue);
    lab_mutex_unlock(&queue->mutex);
    lab_busy_begin();
    lab_gil_end_allow_threads(gil);
    return future;
}
