/* The run queue of a thread pool: first in, first out; tasks are put under a lock, and taken mostly without.
 *
 * What it is. The back is a growing circular array that the pool's mutex guards. The front is a batch of the oldest
 * tasks, which workers take from without the mutex; whoever finds it empty fills it again, under the mutex.
 *
 * The front's protocol. One word says which batch it is, how many tasks it holds and how many of them are
 * taken. Filling: under the mutex, and only when the front is empty, so that no two batches overlap: slots first, then
 * the word. Taking: read the word, read the slot that is next, then claim it by moving the word on; who loses
 * that race looks again. A slow reader's slot may belong to a later batch by then; the word's batch number differs,
 * its claim fails, and what it read is not used. Checked exhaustively: tests/models/run_queue.pml.
 *
 * Why not a deque for each worker with stealing (Chase and Lev, 2005; also batches for each worker were built and
 * tried). They start tasks in another order than they were submitted. Tasks may wait for each other: with two
 * workers, each of which waits for a task that is in the other order still to come, a program deadlocks that does not
 * under concurrent.futures. A front that all share costs one compare-and-swap on a line that two cores pass to
 * and fro, and keeps the order.
 *
 * Threads. lab_run_queue_take(): any; the others under the mutex. Blocking. Never.
 */
#ifndef LAB_FUTURES_RUN_QUEUE_H
#define LAB_FUTURES_RUN_QUEUE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_future;

enum { LAB_RUN_QUEUE_FRONT = 64 };

struct lab_run_queue {
    /* Bits 0-7: taken; 8-15: filled; the rest: the number of the batch, which does not come round within the time
     * that a thread is suspended between two instructions (2^48 batches). */
    _Alignas(64) _Atomic uint64_t front;
    _Alignas(64) struct lab_future *_Atomic slots[LAB_RUN_QUEUE_FRONT];
    /* The back. */
    struct lab_future **back;
    size_t capacity; /* 0 or a power of two */
    size_t first, count;
};

/* The front's oldest; NULL: it is empty. */
struct lab_future *lab_run_queue_take(struct lab_run_queue *queue);
/* The oldest, from a front that was filled if it was empty; more: whether there are others. NULL: nothing. */
struct lab_future *lab_run_queue_refill(struct lab_run_queue *queue, bool *more);
/* False: out of memory. */
bool lab_run_queue_put(struct lab_run_queue *queue, struct lab_future *future);
/* Frees the array, not what is in it. */
void lab_run_queue_release(struct lab_run_queue *queue);

#endif
