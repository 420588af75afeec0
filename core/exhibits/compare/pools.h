/* The pools of a run: started, waited for, and given up where there is no room for them.
 *
 * What it is. A pool is a method with a number of workers (struct lab_pool). Its executor stays up
 * from one turn of its cells to the next. Threads and memory are bounded, though: a pool whose turn
 * it is not can be stopped at any time, and is started again when its turn comes.
 *
 * How it is used. lab_pool_start(), lab_pool_settled() until true, then the executor, if there is
 * one; lab_pool_stop().
 *
 * Threads. One, the coordinator. Blocking. lab_pool_settled() does not; the others while the
 * executors that they stop end. Ownership. A pool owns its executor; what stopping one does to
 * tasks that run: lab_executor_destroy().
 */
#ifndef LAB_EXHIBITS_COMPARE_POOLS_H
#define LAB_EXHIBITS_COMPARE_POOLS_H

#include <stdbool.h>

#include "exhibits/compare/experiment.h"

/* Creates the pool's executor, which it has none of. Others of the experiment are stopped where the
 * threads do not suffice for all, or the memory. A failure shows in lab_pool_settled(). */
void lab_pool_start(struct lab_experiment *experiment, struct lab_pool *pool);
/* True: it is ready, and how long that took is kept; or it has failed: there is no executor, and
 * pool->failure says why (LAB_E_TIMEOUT after 60 s, LAB_E_STOPPED). Drives what needs driving. */
bool lab_pool_settled(struct lab_pool *pool);
/* Without an executor: nothing. */
void lab_pool_stop(struct lab_pool *pool);
/* Memory has run out: the experiment's pools but this one go. False: no other was up. */
bool lab_pools_give_up(struct lab_experiment *experiment, const struct lab_pool *but);

#endif
