/* What a thread pool and its workers share (thread_pool_threads.c, thread_pool_worker_threads.c).
 * Internal to core/futures. */
#ifndef LAB_FUTURES_THREAD_POOL_H
#define LAB_FUTURES_THREAD_POOL_H

#include "futures/advance.h"
#include "futures/executor.h"
#include "futures/waits.h"
#include "futures/work_queue.h"
#include "platform/sync.h"

struct lab_gil;
struct lab_interpreter;
struct lab_lane;

enum lab__pool_kind { LAB__POOL_SHARED, LAB__POOL_ONE_GIL, LAB__POOL_INTERPRETERS };

struct pool_worker {
    /* Tasks that are over; written by the worker alone, on a cache line of its own. Release:
     * whoever sees a future's result through it sees the count as well. */
    _Alignas(64) _Atomic uint64_t finished;
    struct thread_pool *pool;
    lab_thread thread;
    unsigned number; /* from 1 */
    struct lab_interpreter *interpreter;
    struct lab_worker place; /* in the graph of who waits for whom */
    struct lab_lane *lane;   /* or NULL */
    uint32_t lane_number;
    bool touches; /* the last task's end took no time after it was traced */
    struct lab_advance advance;
};

struct thread_pool {
    struct lab_executor base; /* first */
    enum lab__pool_kind kind; /* immutable, like all down to work */
    const char *method;
    const struct lab_task *initializer;
    struct lab_gil *gil; /* of all workers, or NULL */
    size_t heap_limit;
    uint32_t interval_us;
    unsigned count, prestarted;
    struct lab_work_queue work;
    /* Under its mutex, like all down to submitted. */
    lab_cond gone; /* a joiner is through */
    unsigned started, joined;
    bool joining, broken;
    struct lab_failure why;
    uint64_t submitted; /* while there are workers to be started */
    /* Not all workers have been started: puts are barred. Written under the mutex; relaxed: false
     * for good once it is. */
    _Atomic bool grows;
    _Atomic uint32_t up; /* workers that have reached their loop; a counter that ready() polls */
    _Atomic uint32_t alive;
    struct pool_worker workers[];
};

/* A worker's thread, from its beginning to its end; argument: its struct pool_worker. */
void lab__pool_work(void *argument);

#endif
