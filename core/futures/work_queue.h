/* The work queue: a thread pool's run queue (run_queue.h), and the workers who wait for something
 * in it.
 *
 * What it is. A worker takes the oldest future, mostly without the mutex. An idle one looks for a
 * while (busy_wait.h), then sleeps on the condition. A put wakes one only when somebody sleeps, and
 * nobody looks or is waking up: to busy workers it makes no system call, and takes no mutex. A
 * worker that fills the front, or was idle and leaves something behind, wakes another by the same
 * rule.
 *
 * No wake-up is lost. Who looks or sleeps is counted under the mutex. Whoever looks sees what is
 * put by itself, and news; it looks once more under the mutex before it sleeps. While somebody
 * sleeps and nobody looks, either the inbox is empty and marked, so that the next put calls
 * (run_queue.h), or somebody has been signalled. Checked exhaustively:
 * tests/models/thread_pool.pml.
 *
 * Threads. put: any; take: the workers, who may be in a GIL, which is given up meanwhile. The owner
 * has the mutex for what it keeps beside the queue. Blocking. take, until there is something; the
 * others for a short mutex. Ownership. The queue holds one reference of each future in it.
 */
#ifndef LAB_FUTURES_WORK_QUEUE_H
#define LAB_FUTURES_WORK_QUEUE_H

#include "futures/future.h"
#include "futures/run_queue.h"
#include "platform/sync.h"

struct lab_work_queue {
    struct lab_run_queue queue;
    _Alignas(64) lab_mutex mutex; /* the owner's too; all below are under it */
    lab_cond more;
    unsigned sleeping, looking; /* idle workers; who has been signalled counts as looking, */
    unsigned signalled;         /* … until it is awake */
    bool over;
    /* Changes when something has been left for those who look; written under the mutex. */
    _Atomic uint32_t news;
};

/* Zeroed before. */
void lab_work_queue_init(struct lab_work_queue *queue);
void lab_work_queue_destroy(struct lab_work_queue *queue);

/* Takes over a reference. False: puts are barred, come with the mutex. */
bool lab_work_queue_put(struct lab_work_queue *queue, struct lab_future *future);
/* Takes the oldest future, waiting for one; NULL: over, and nothing is left. *batch: of the front's
 * batch that it was taken from, or 0. What the same thread takes from the same batch next has been
 * there since. */
struct lab_future *lab_work_queue_take(struct lab_work_queue *queue, uint64_t *batch);

/* With the mutex. */
void lab_work_queue_put_barred(struct lab_work_queue *queue, struct lab_future *future);
void lab_work_queue_bar(struct lab_work_queue *queue, bool barred);
/* Bars puts, and tells the workers to take what is left and go. */
void lab_work_queue_end(struct lab_work_queue *queue);
/* All that nobody has taken. */
struct lab_future_queue lab_work_queue_take_all(struct lab_work_queue *queue);

#endif
