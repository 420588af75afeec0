/* The run queue of a thread pool: first in, first out; tasks are put and, mostly, taken without a
 * lock.
 *
 * What it is. Three parts, that a task goes through in this order. The inbox: what was put last,
 * each linked to the one before. The back: a list, the oldest first, that the pool's mutex guards.
 * The front: a batch of the oldest tasks, which workers take from without the mutex. Whoever finds
 * the front empty fills it from the back, and a back that is empty from the inbox, which is emptied
 * whole, under the mutex.
 *
 * The inbox's protocol. One word: the newest task, and two bits. A put links its task to the newest
 * and becomes the newest, in one compare-and-swap. CALL: workers sleep and nobody looks; the put
 * that finds it, and takes it away, has to wake one. BARRED: puts have to come through the mutex,
 * because the pool has something to decide about each. Both bits are set under the mutex alone,
 * CALL only in an empty inbox. Checked exhaustively: tests/models/thread_pool.pml.
 *
 * The front's protocol. One word says which batch it is, how many tasks it holds and how many of
 * them are taken. Filling: under the mutex, and only when the front is empty, so that no two
 * batches overlap: slots first, then the word. Taking: read the word, read the slot that is next,
 * then claim it by moving the word on; who loses that race looks again. A slow reader's slot may
 * belong to a later batch by then; the word's batch number differs, its claim fails, and what it
 * read is not used. Checked exhaustively: tests/models/run_queue.pml.
 *
 * Why not a deque for each worker with stealing (Chase and Lev, 2005; also batches for each worker
 * were built and tried). They start tasks in another order than they were submitted. Tasks may wait
 * for each other: with two workers, each of which waits for a task that is in the other order still
 * to come, a program deadlocks that does not under concurrent.futures. A front that all share costs
 * one compare-and-swap on a line that two cores pass to and fro, and keeps the order.
 *
 * Threads. put and take: any; the others under the mutex. Blocking. Never.
 */
#ifndef LAB_FUTURES_RUN_QUEUE_H
#define LAB_FUTURES_RUN_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_future;

enum { LAB_RUN_QUEUE_FRONT = 64 };

/* A zeroed one is empty. */
struct lab_run_queue {
    _Alignas(64) _Atomic uintptr_t inbox; /* the newest future, or 0, and the two bits */
    /* Bits 0-7: taken; 8-15: filled; the rest: the number of the batch, which does not come round
     * within the time that a thread is suspended between two instructions (2^48 batches). */
    _Alignas(64) _Atomic uint64_t front;
    _Alignas(64) struct lab_future *_Atomic slots[LAB_RUN_QUEUE_FRONT];
    struct lab_future *back; /* its oldest */
};

enum lab_put {
    LAB_PUT_DONE,
    LAB_PUT_CALL,  /* done, and the caller has to see to it that somebody comes */
    LAB_PUT_BARRED /* not done: come with the mutex */
};
enum lab_put lab_run_queue_put(struct lab_run_queue *queue, struct lab_future *future);

/* The front's oldest; NULL: it is empty. *batch: the batch it is of, from 1. */
struct lab_future *lab_run_queue_take(struct lab_run_queue *queue, uint64_t *batch);
/* Whether something was put that is not in the back yet. */
bool lab_run_queue_has_post(const struct lab_run_queue *queue);

/* The oldest, from a front that was filled if it was empty; more: whether there are others. NULL:
 * nothing. */
struct lab_future *lab_run_queue_refill(struct lab_run_queue *queue, bool *more);
/* put, whether it is barred or not. */
enum lab_put lab_run_queue_put_barred(struct lab_run_queue *queue, struct lab_future *future);
void lab_run_queue_bar(struct lab_run_queue *queue, bool barred);
/* The next put finds CALL. False: something has been put, and it does not. */
bool lab_run_queue_call(struct lab_run_queue *queue);

#endif
