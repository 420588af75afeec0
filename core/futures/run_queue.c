#include "futures/run_queue.h"

#include <stdlib.h>

/* ---- the back ---- */

static bool grow(struct lab_run_queue *queue)
{
    size_t capacity = queue->capacity ? queue->capacity * 2 : LAB_RUN_QUEUE_FRONT;
    struct lab_future **back = malloc(capacity * sizeof *back);
    if (!back)
        return false;
    for (size_t i = 0; i < queue->count; i++)
        back[i] = queue->back[(queue->first + i) & (queue->capacity - 1)];
    free(queue->back);
    queue->back = back;
    queue->capacity = capacity;
    queue->first = 0;
    return true;
}

bool lab_run_queue_put(struct lab_run_queue *queue, struct lab_future *future)
{
    if (queue->count == queue->capacity && !grow(queue))
        return false;
    queue->back[(queue->first + queue->count++) & (queue->capacity - 1)] = future;
    return true;
}

void lab_run_queue_release(struct lab_run_queue *queue)
{
    free(queue->back);
    queue->back = NULL;
    queue->capacity = queue->count = 0;
}

/* ---- the front ---- */

enum { FILLED_SHIFT = 8, BATCH_SHIFT = 16 };

static unsigned taken(uint64_t word)
{
    return word & 0xff;
}

static unsigned filled(uint64_t word)
{
    return (word >> FILLED_SHIFT) & 0xff;
}

struct lab_future *lab_run_queue_take(struct lab_run_queue *queue)
{
    /* acquire, here and when the claim fails: with fill's release, the slots of this word's batch. */
    uint64_t word = atomic_load_explicit(&queue->front, memory_order_acquire);
    while (taken(word) < filled(word)) {
        /* relaxed: ordered by the word; may be a later batch's, then the claim fails. */
        struct lab_future *future =
            atomic_load_explicit(&queue->slots[taken(word)], memory_order_relaxed);
        /* release: the slot was read before others see it taken, and so before it is filled again. */
        if (atomic_compare_exchange_weak_explicit(&queue->front, &word, word + 1,
                                                  memory_order_acq_rel, memory_order_acquire)) {
            /* Whoever takes the next finds it in a cache of this machine; it was written on another core. */
            __builtin_prefetch(atomic_load_explicit(
                &queue->slots[(taken(word) + 1) % LAB_RUN_QUEUE_FRONT], memory_order_relaxed));
            return future;
        }
    }
    return NULL;
}

/* The oldest of the back, as many as fit, into the empty front. */
static void fill(struct lab_run_queue *queue)
{
    /* acquire: whoever took the last of the old batch has read its slot. */
    uint64_t batch = (atomic_load_explicit(&queue->front, memory_order_acquire) >> BATCH_SHIFT) + 1;
    size_t n = queue->count < LAB_RUN_QUEUE_FRONT ? queue->count : LAB_RUN_QUEUE_FRONT;
    for (size_t i = 0; i < n; i++)
        atomic_store_explicit(&queue->slots[i],
                              queue->back[(queue->first + i) & (queue->capacity - 1)],
                              memory_order_relaxed);
    queue->first += n;
    queue->count -= n;
    /* release: the slots. A store will do: an empty front is changed under the mutex alone. */
    atomic_store_explicit(&queue->front, batch << BATCH_SHIFT | (uint64_t)n << FILLED_SHIFT,
                          memory_order_release);
}

struct lab_future *lab_run_queue_refill(struct lab_run_queue *queue, bool *more)
{
    struct lab_future *future = lab_run_queue_take(queue);
    while (!future && queue->count > 0) {
        fill(queue);
        future = lab_run_queue_take(queue); /* NULL: others were quicker, with the whole batch */
    }
    uint64_t word = atomic_load_explicit(&queue->front, memory_order_relaxed);
    *more = queue->count > 0 || taken(word) < filled(word);
    return future;
}
