/* A future's cache line, its one word, and the short ways through it. Internal to core/futures.
 *
 * What it is. What future.c and whoever runs tasks by the million share: the layout, and, inlined,
 * fast paths: the beginning and the end of a task that nobody cancels, watches or sleeps on.
 * Everything else takes the slow path, future.c's; so does a fast path that meets one of
 * LAB__SLOW_PATH.
 *
 * The word holds everything about a future that several threads look at; every other member belongs
 * to whoever the word says. Checked exhaustively: tests/models/future.pml.
 */
#ifndef LAB_FUTURES_FUTURE_WORD_H
#define LAB_FUTURES_FUTURE_WORD_H

#include <stdatomic.h>

#include "futures/future.h"

enum {
    LAB__STATE = 7u,      /* enum lab_future_state */
    LAB__LOCKED = 8u,     /* followers, and what the task's place holds, are the locker's; so is the
                              word, but for the next two and the references */
    LAB__CONTENDED = 16u, /* somebody sleeps until it is unlocked, or is about to */
    LAB__WAITED = 32u,    /* somebody sleeps until it is done, or is about to */
    LAB__CALLS_BACK = 64u, /* a done-callback was added */
    LAB__FAILED = 128u,    /* finished: with a failure */
    LAB__DRIVEN = 256u,    /* its executor runs while driven; never changes */
    LAB__WATCHED = 512u,   /* a watch was added */
    LAB__REFERENCE = 1024u /* one; how many there are is the rest of the word */
};
/* Any of these set: the end takes the slow path (future.c), for somebody waits, follows, or holds
 * the lock. */
#define LAB__SLOW_PATH                                                                             \
    (uint32_t)(LAB__LOCKED | LAB__CONTENDED | LAB__WAITED | LAB__CALLS_BACK | LAB__WATCHED)
/* Bits that others may change while one holds the lock. */
#define LAB__UNLOCKED_BITS                                                                         \
    (uint32_t)(LAB__CONTENDED | LAB__WAITED | ~(uint32_t)(LAB__REFERENCE - 1))

/* One cache line: a burst of futures goes from the submitter's core to a worker's and back, line by
 * line. So the outcome lies where the task's bytes were: nobody needs those once it has run. */
struct lab_future {
    _Alignas(64) _Atomic uint32_t word;
    struct lab_future *next;     /* the executor's queue's */
    struct lab_watch *followers; /* done-callbacks and watches, the newest first; under LOCKED */
    struct lab_task task; /* in: after the end the result, malloc'd, or with FAILED the failure */
};
_Static_assert(sizeof(struct lab_future) == 64, "a future is one cache line");

/* The last reference is gone. */
void lab__future_free(struct lab_future *future);

/* A reference more, before anybody else has the future: without an atomic operation. */
static inline void lab__future_share(struct lab_future *future)
{
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
    atomic_init(&future->word, word + LAB__REFERENCE);
}

static inline void lab__future_release(struct lab_future *future)
{
    /* acq_rel: the last one sees what the others did before they let go. */
    uint32_t word = atomic_fetch_sub_explicit(&future->word, LAB__REFERENCE, memory_order_acq_rel);
    if (word < 2 * LAB__REFERENCE)
        lab__future_free(future);
}

/* lab_future_set_running_or_notify_cancel(). */
static inline int lab__future_begin(struct lab_future *future)
{
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
    /* acquire: with a canceller's release. Nothing but the word changes, so it needs no lock. */
    while ((word & (LAB__STATE | LAB__LOCKED)) == LAB_FUTURE_PENDING)
        if (atomic_compare_exchange_weak_explicit(&future->word, &word, word | LAB_FUTURE_RUNNING,
                                                  memory_order_acquire, memory_order_relaxed))
            return 0;
    return lab_future_set_running_or_notify_cancel(future);
}

/* Ends a running future with malloc'd bytes and gives up a reference, in one step: false, and
 * nothing has changed, if somebody waits for it, follows it or is changing it. */
static inline bool lab__future_end(struct lab_future *future, void *data, size_t size)
{
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed), ended;
    do {
        if ((word & (LAB__STATE | LAB__SLOW_PATH)) != LAB_FUTURE_RUNNING)
            return false;
        /* Nobody reads the place until it is done, and it is the caller who runs it. */
        future->task.in = (struct lab_bytes){data, size};
        ended = word + (LAB_FUTURE_FINISHED - LAB_FUTURE_RUNNING) - LAB__REFERENCE;
        /* release: the outcome; acquire, for the last one: what the others did before they let
         * go. */
    } while (!atomic_compare_exchange_weak_explicit(&future->word, &word, ended,
                                                    memory_order_acq_rel, memory_order_relaxed));
    if (ended < LAB__REFERENCE)
        lab__future_free(future);
    return true;
}

#endif
