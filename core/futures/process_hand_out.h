/* Handing out: which tasks go to which children. Internal to the process pool; under the baton.
 *
 * A task's way: pool->queue (pending, can be cancelled), pool->calls (running, rule 18), a child.
 * - Tasks go into a child's pipe ahead, so that it need not idle for a round trip: as many as are
 *   AHEAD_NS of work by what its latest took, and no more than its share of what is pending. They
 *   go in one write, and the child wakes the parent for the middle one's result and the last one's:
 *   of tasks of a microsecond a thousand a wake-up and not one. What has gone ahead cannot be
 *   cancelled any more (rule 18 allows that to N + 1, which is what goes ahead of tasks that are
 *   not known to be short), for AHEAD_NS or so.
 * - A task that takes longer than was expected holds up those behind it. So as soon as a child
 *   idles, others are asked for what they have not begun (platform/pipe.h, the grant), unless they
 *   went on within LAB_POOL_STALL_NS. Where that cannot be done (a child that is spoken to by
 *   messages) one task goes ahead, as it did everywhere before; with none at all bursts of 20,000
 *   tasks of 64 bytes took 15 to 35% longer.
 *
 * No lost wake-up. Whoever submits wants to know without the baton whether somebody must look at
 * the queue now: pool->demand says so. Whoever drops the baton publishes demand, then looks at the
 * queue once more; who submits enqueues the task, then reads demand. Each stores before it loads
 * (Dekker's handshake; the queue's mutex orders the two), so one of them sees the other.
 */
#ifndef LAB_FUTURES_PROCESS_HAND_OUT_H
#define LAB_FUTURES_PROCESS_HAND_OUT_H

#include "futures/process_manager.h"

enum {
    /* A child that idles takes back what others have not begun, unless they went on within this,
     * ns. */
    LAB_POOL_STALL_NS = 1000000,
    /* What a hand-over to a sleeping thread costs, ns: so long it pays to look for the next. */
    LAB_POOL_LOOK_NS = 50000,
};

/* Who hands out tasks: the manager, or another who must run none of the user's code (packing,
 * callbacks). */
enum who { MANAGER, GUEST };

void lab__process_hand_out(struct process_pool *pool, enum who who);
/* Sets demand and idle, the last thing before the baton is dropped. True: a task came meanwhile,
 * hand out once more. */
bool lab__process_publish_demand(struct process_pool *pool);
/* Children that have a task. */
unsigned lab__process_busy_children(const struct process_pool *pool);

#endif
