/* The two deadlocks that Python's documentation of concurrent.futures shows, on purpose.
 *
 *     def wait_on_b():                          def wait_on_future():
 *         print(b.result())                         f = executor.submit(pow, 5, 2)
 *     def wait_on_a():                              print(f.result())
 *         print(a.result())
 *     executor = ThreadPoolExecutor(2)          executor = ThreadPoolExecutor(1)
 *     a = executor.submit(wait_on_b)            executor.submit(wait_on_future)
 *     b = executor.submit(wait_on_a)
 *
 * What it is. Each as tasks of ours. The wait that would close the cycle is refused
 * (futures/waits.h), so everything ends; what was found is reported. Threads. One at a time.
 * Blocking. Until all has ended.
 */
#ifndef LAB_EXHIBITS_FUTURES_DEADLOCK_H
#define LAB_EXHIBITS_FUTURES_DEADLOCK_H

#include "futures/executor.h"
#include "futures/waits.h"

enum lab_deadlock_kind { LAB_DEADLOCK_MUTUAL, LAB_DEADLOCK_NESTED };

struct lab_deadlock_outcome {
    bool detected; /* a wait was refused; what follows says why */
    bool ended;    /* all tasks are over */
    struct lab_deadlock deadlock;
    double seconds;
};

/* On a new executor of the method. 0, or what lab_executor_create() or lab_submit() said. */
int lab_deadlock_try(struct lab_deadlock_outcome *outcome, enum lab_deadlock_kind kind,
                     const struct lab_method *method, struct lab_failure *failure);

#endif
