#include "futures/run_queue.h"

#include "futures/future_word.h"
#include "platform/sync.h"

/* ---- the inbox ---- */

enum { CALL = 1, BARRED = 2, BITS = 63 /* futures lie on cache lines */ };

static struct lab_future *newest(uintptr_t word)
{
    return (struct lab_future *)(word & ~(uintptr_t)BITS);
}

static enum lab_put put(struct lab_run_queue *queue, struct lab_future *future, uintptr_t barrier)
{
    uintptr_t word = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    do {
        if (word & barrier)
            return LAB_PUT_BARRED;
        future->next = newest(word);
        /* release: the future, with all that is in it. */
    } while (!atomic_compare_exchange_weak_explicit(&queue->inbox, &word,
                                                    (uintptr_t)future | (word & BARRED),
                                                    memory_order_release, memory_order_relaxed));
    return word & CALL ? LAB_PUT_CALL : LAB_PUT_DONE;
}

enum lab_put lab_run_queue_put(struct lab_run_queue *queue, struct lab_future *future)
{
    return put(queue, future, BARRED);
}

enum lab_put lab_run_queue_put_barred(struct lab_run_queue *queue, struct lab_future *future)
{
    return put(queue, future, 0);
}

/* relaxed, both: puts that come through the mutex find out there why. */
void lab_run_queue_bar(struct lab_run_queue *queue, bool barred)
{
    if (barred)
        atomic_fetch_or_explicit(&queue->inbox, BARRED, memory_order_relaxed);
    else
        atomic_fetch_and_explicit(&queue->inbox, ~(uintptr_t)BARRED, memory_order_relaxed);
}

bool lab_run_queue_has_post(const struct lab_run_queue *queue)
{
    /* relaxed: who sees something takes the mutex to get it. */
    return newest(atomic_load_explicit(&queue->inbox, memory_order_relaxed)) != NULL;
}

bool lab_run_queue_call(struct lab_run_queue *queue)
{
    uintptr_t word = atomic_load_explicit(&queue->inbox, memory_order_relaxed);
    /* relaxed: the bit publishes nothing; who finds it takes the mutex. */
    while (!newest(word) && !(word & CALL))
        if (atomic_compare_exchange_weak_explicit(&queue->inbox, &word, word | CALL,
                                                  memory_order_relaxed, memory_order_relaxed))
            return true;
    return !newest(word);
}

/* ---- the back ---- */

/* What is in the inbox, turned round so that the oldest is the first. Each was written on another
 * core, and whoever runs it writes to it. Futures that were submitted one after the other mostly
 * lie in a row (magazines.h): so the next few are asked for long before it is their turn. */
static void empty_inbox(struct lab_run_queue *queue)
{
    enum { AHEAD = 6 };
    if (!lab_run_queue_has_post(queue))
        return;
    /* BARRED changes under the mutex alone. acquire: the futures, with puts' release. */
    uintptr_t barred = atomic_load_explicit(&queue->inbox, memory_order_relaxed) & BARRED;
    struct lab_future *future =
        newest(atomic_exchange_explicit(&queue->inbox, barred, memory_order_acquire));
    struct lab_future *first = NULL;
    for (struct lab_future *before; future; future = before) {
        before = future->next;
        lab_prefetch_write(
            (void *)((uintptr_t)future + AHEAD * ((uintptr_t)before - (uintptr_t)future)));
        future->next = first;
        first = future;
    }
    queue->back = first; /* which was empty */
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

struct lab_future *lab_run_queue_take(struct lab_run_queue *queue, uint64_t *batch)
{
    /* acquire, here and when the claim fails: with fill's release, the slots of this word's
     * batch. */
    uint64_t word = atomic_load_explicit(&queue->front, memory_order_acquire);
    while (taken(word) < filled(word)) {
        /* relaxed: ordered by the word; may be a later batch's, then the claim fails. */
        struct lab_future *future =
            atomic_load_explicit(&queue->slots[taken(word)], memory_order_relaxed);
        /* release: the slot was read before others see it taken, and so before it is filled
         * again. */
        if (atomic_compare_exchange_weak_explicit(&queue->front, &word, word + 1,
                                                  memory_order_acq_rel, memory_order_acquire)) {
            /* Whoever takes the next finds it in a cache of this machine; it was written on another
             * core. */
            lab_prefetch_write(atomic_load_explicit(
                &queue->slots[(taken(word) + 1) % LAB_RUN_QUEUE_FRONT], memory_order_relaxed));
            *batch = word >> BATCH_SHIFT;
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
    uint64_t n = 0;
    for (; queue->back && n < LAB_RUN_QUEUE_FRONT; n++) {
        struct lab_future *future = queue->back;
        queue->back = future->next;
        atomic_store_explicit(&queue->slots[n], future, memory_order_relaxed);
    }
    /* release: the slots. A store will do: an empty front is changed under the mutex alone. */
    atomic_store_explicit(&queue->front, batch << BATCH_SHIFT | n << FILLED_SHIFT,
                          memory_order_release);
}

struct lab_future *lab_run_queue_refill(struct lab_run_queue *queue, bool *more)
{
    uint64_t batch;
    struct lab_future *future = lab_run_queue_take(queue, &batch);
    while (!future) {
        if (!queue->back)
            empty_inbox(queue);
        if (!queue->back)
            break;
        fill(queue);
        future =
            lab_run_queue_take(queue, &batch); /* NULL: others were quicker, with the whole batch */
    }
    uint64_t word = atomic_load_explicit(&queue->front, memory_order_relaxed);
    *more = queue->back || taken(word) < filled(word) || lab_run_queue_has_post(queue);
    return future;
}
