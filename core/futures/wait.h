/* Waiting for several futures: wait and as_completed.
 *
 * What it is. concurrent.futures.wait() and as_completed(). Futures may belong to several
 * executors; one that is named twice counts once. A future that is cancelled counts only when its
 * executor has noticed (cancelled and notified).
 *
 * Threads. A call, and an iterator, belong to one thread. Blocking. lab_wait and
 * lab_as_completed_next, up to their time-outs; a GIL that the caller holds is given up meanwhile.
 * Ownership. Futures are borrowed: the caller keeps its references until the call or iterator has
 * ended. Source. Python's concurrent.futures._base; rules 7–9 (core/RULES.md).
 */
#ifndef LAB_FUTURES_WAIT_H
#define LAB_FUTURES_WAIT_H

#include <stddef.h>
#include <stdint.h>

#include "futures/future.h"

enum lab_return_when { LAB_FIRST_COMPLETED, LAB_FIRST_EXCEPTION, LAB_ALL_COMPLETED };

/* Both sets, without duplicates, in the order of the arguments. lab_wait_result_release() frees
 * them. */
struct lab_wait_result {
    struct lab_future **done, **not_done;
    size_t done_count, not_done_count;
};

/* LAB_FIRST_EXCEPTION returns at the first that failed (a cancellation is none), or when all are
 * done. 0; LAB_E_TIMEOUT, LAB_E_AGAIN (nothing can block here) and LAB_E_STOPPED, which fill the
 * sets as well; LAB_E_NOMEM; LAB_E_INVALID for another `when`. */
int lab_wait(struct lab_future *const *futures, size_t count, uint64_t timeout_ns,
             enum lab_return_when when, struct lab_wait_result *result);
void lab_wait_result_release(struct lab_wait_result *result);

struct lab_as_completed;

/* The time-out counts from here. LAB_E_NOMEM. */
int lab_as_completed_create(struct lab_as_completed **iterator, struct lab_future *const *futures,
                            size_t count, uint64_t timeout_ns);
/* The next that has ended, those first that had ended at create. LAB_E_END: that was all.
 * LAB_E_TIMEOUT: "2 (of 4) futures unfinished". LAB_E_AGAIN, LAB_E_STOPPED. */
int lab_as_completed_next(struct lab_as_completed *iterator, struct lab_future **future,
                          struct lab_failure *failure);
/* NULL is legal. */
void lab_as_completed_destroy(struct lab_as_completed *iterator);

#endif
