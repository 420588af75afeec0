/* A batch: all tasks of a problem handed to an executor at once, timed.
 *
 * Threads. One; results arrive from others. Blocking. lab_batch_poll() for at most ~50 ms; never
 * where nothing can block. Ownership. The problem must outlive the batch's release; the executor
 * need not, for futures outlive theirs, and one that was stopped has ended what it was given.
 */
#ifndef LAB_EXHIBITS_COMPARE_BATCH_H
#define LAB_EXHIBITS_COMPARE_BATCH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"
#include "workloads/workload.h"

struct lab_batch {
    const struct lab_problem *problem;
    struct lab_executor *executor;
    size_t count; /* tasks submitted */
    struct lab_batch_task *tasks;
    struct lab_bytes *results;  /* of a finished batch, by task */
    uint64_t start_ns, end_ns;  /* first submit, last result */
    _Atomic uint32_t left;      /* not yet done; release: publishes a task's done_ns */
    bool one_clock;             /* tells the end by the clock that told the start (command.c) */
    bool pictured;              /* the live view is shown these results */
    struct lab_failure failure; /* the first task that failed, or why submitting did */
};

struct lab_batch_task {
    struct lab_batch *batch;
    struct lab_future *future;
    uint64_t done_ns;
};

/* Submits everything. cell: for the live view. LAB_E_NOMEM; a failed submit shows in finish. */
int lab_batch_start(struct lab_batch *batch, const struct lab_problem *problem,
                    struct lab_executor *executor, uint32_t cell);
/* True: all done. False: not yet. Drives the executor if it needs that. */
bool lab_batch_poll(struct lab_batch *batch);
/* After poll said true: collects. 0: every task has its result; or the failure's code. */
int lab_batch_finish(struct lab_batch *batch);
/* Frees futures and results. Every task has ended: poll said true, or the executor was stopped. */
void lab_batch_release(struct lab_batch *batch);

#endif
