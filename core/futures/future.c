#include "futures/future.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gil/gil.h"
#include "platform/sync.h"
#include "platform/system.h"

struct callback {
    struct callback *next;
    lab_future_callback call;
    void *user;
};

struct lab_future {
    struct lab_task task;      /* immutable once submitted */
    struct lab_future *next;   /* the executor's queue's */
    struct lab_driver *driver; /* immutable */
    _Atomic uint32_t references;
    /* enum lab_future_state; changed under mutex. The release store of a final state publishes result
     * and failure. Waiters sleep on it as a futex. */
    _Atomic uint32_t state;
    _Atomic uint32_t waiters; /* threads that sleep on state, or are about to */
    _Atomic bool calls_back;  /* a callback was added; relaxed: a hint */
    lab_mutex mutex;
    struct callback *callbacks, **last_callback; /* under mutex */
    struct lab_watch *watches;                   /* under mutex */
    unsigned char *result;                       /* as state says */
    size_t result_size;
    struct lab_failure *failure;
};

static void log_failed_callback(const struct lab_future *future, int code)
{
    lab_print(2, "lab: a done-callback of task %u failed: %s\n", future->task.tag,
              lab_error_text(code));
}

static lab_future_logger logger = log_failed_callback;

void lab_future_log(lab_future_logger wanted)
{
    logger = wanted ? wanted : log_failed_callback;
}

struct lab_future *lab_future_create(struct lab_driver *driver)
{
    struct lab_future *future = calloc(1, sizeof *future);
    if (!future)
        return NULL;
    future->driver = driver;
    future->last_callback = &future->callbacks;
    atomic_init(&future->references, 1);
    lab_mutex_init(&future->mutex);
    return future;
}

struct lab_future *lab_future_retain(struct lab_future *future)
{
    /* relaxed: whoever retains holds a reference already. */
    atomic_fetch_add_explicit(&future->references, 1, memory_order_relaxed);
    return future;
}

void lab_future_release(struct lab_future *future)
{
    /* acq_rel: the last one sees what the others did before they let go. */
    if (!future || atomic_fetch_sub_explicit(&future->references, 1, memory_order_acq_rel) != 1)
        return;
    while (future->callbacks) {
        struct callback *callback = future->callbacks;
        future->callbacks = callback->next;
        free(callback);
    }
    lab_mutex_destroy(&future->mutex);
    free(future->result);
    lab_failure_free(future->failure);
    free(future);
}

enum lab_future_state lab_future_state(const struct lab_future *future)
{
    return (enum lab_future_state)atomic_load_explicit(&future->state, memory_order_acquire);
}

bool lab_future_done(const struct lab_future *future)
{
    return lab_future_state(future) >= LAB_FUTURE_CANCELLED;
}

static void call(struct lab_future *future, lab_future_callback callback, void *user)
{
    int code = callback(future, user);
    if (code)
        logger(future, code);
}

/* Tells those who wait for several futures; mutex held. */
static void notify_watches(struct lab_future *future)
{
    while (future->watches) {
        struct lab_watch *watch = future->watches;
        future->watches = watch->next;
        watch->notify(watch, future);
    }
}

/* Sets a done state (mutex held, released here), tells waiters, then runs the callbacks. */
static void conclude(struct lab_future *future, enum lab_future_state state)
{
    struct callback *callback = future->callbacks;
    future->callbacks = NULL;
    future->last_callback = &future->callbacks;
    /* seq_cst with the waiter's increment of waiters: either it sees the state, or we see it. */
    atomic_store_explicit(&future->state, state, memory_order_seq_cst);
    if (state != LAB_FUTURE_CANCELLED) /* rule 8: that one is told when its executor has noticed */
        notify_watches(future);
    lab_mutex_unlock(&future->mutex);
    if (atomic_load_explicit(&future->waiters, memory_order_seq_cst))
        lab_futex_wake(&future->state, INT32_MAX);
    while (callback) {
        struct callback *next = callback->next;
        call(future, callback->call, callback->user);
        free(callback);
        callback = next;
    }
}

bool lab_future_cancel(struct lab_future *future)
{
    lab_mutex_lock(&future->mutex);
    uint32_t state = atomic_load_explicit(&future->state, memory_order_relaxed);
    if (state == LAB_FUTURE_PENDING) {
        conclude(future, LAB_FUTURE_CANCELLED);
        return true;
    }
    lab_mutex_unlock(&future->mutex);
    return state == LAB_FUTURE_CANCELLED || state == LAB_FUTURE_CANCELLED_AND_NOTIFIED;
}

int lab_future_set_running_or_notify_cancel(struct lab_future *future)
{
    int code = 0;
    lab_mutex_lock(&future->mutex);
    switch (atomic_load_explicit(&future->state, memory_order_relaxed)) {
    case LAB_FUTURE_PENDING:
        atomic_store_explicit(&future->state, LAB_FUTURE_RUNNING, memory_order_release);
        break;
    case LAB_FUTURE_CANCELLED:
        atomic_store_explicit(&future->state, LAB_FUTURE_CANCELLED_AND_NOTIFIED,
                              memory_order_release);
        notify_watches(future);
        code = LAB_E_CANCELLED;
        break;
    default:
        code = LAB_E_STATE;
    }
    lab_mutex_unlock(&future->mutex);
    return code;
}

void lab_future_discard(struct lab_future *future)
{
    if (lab_future_cancel(future))
        lab_future_set_running_or_notify_cancel(future);
    lab_future_release(future);
}

static int end(struct lab_future *future, void *data, size_t size, struct lab_failure *failure)
{
    lab_mutex_lock(&future->mutex);
    if (lab_future_done(future)) {
        lab_mutex_unlock(&future->mutex);
        return LAB_E_STATE;
    }
    future->result = data;
    future->result_size = size;
    future->failure = failure;
    conclude(future, LAB_FUTURE_FINISHED);
    return 0;
}

int lab_future_set_result(struct lab_future *future, void *data, size_t size)
{
    return end(future, data, size, NULL);
}

int lab_future_set_failure(struct lab_future *future, const struct lab_failure *failure)
{
    struct lab_failure *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *failure;
    int code = end(future, NULL, 0, copy ? copy : &lab_out_of_memory);
    if (code)
        free(copy);
    return code;
}

int lab_future_finish(struct lab_future *future, struct lab_run *run)
{
    int code =
        end(future, run->failure ? NULL : run->out, run->failure ? 0 : run->out_size, run->failure);
    if (code)
        return code;
    if (!run->failure)
        run->out = NULL;
    run->failure = NULL;
    return 0;
}

int lab_future_result(const struct lab_future *future, struct lab_bytes *result)
{
    if (!lab_future_done(future))
        return LAB_E_STATE;
    if (lab_future_state(future) != LAB_FUTURE_FINISHED)
        return LAB_E_CANCELLED;
    if (future->failure)
        return future->failure->code;
    *result = (struct lab_bytes){future->result, future->result_size};
    return 0;
}

const struct lab_failure *lab_future_failure(const struct lab_future *future)
{
    return lab_future_done(future) ? future->failure : NULL;
}

int lab_future_on_done(struct lab_future *future, lab_future_callback wanted, void *user)
{
    struct callback *callback = malloc(sizeof *callback);
    if (!callback)
        return LAB_E_NOMEM;
    *callback = (struct callback){NULL, wanted, user};
    lab_mutex_lock(&future->mutex);
    bool done = lab_future_done(future);
    if (!done) {
        atomic_store_explicit(&future->calls_back, true, memory_order_relaxed);
        *future->last_callback = callback;
        future->last_callback = &callback->next;
    }
    lab_mutex_unlock(&future->mutex);
    if (done) {
        free(callback);
        call(future, wanted, user);
    }
    return 0;
}

bool lab_future_calls_back(const struct lab_future *future)
{
    return atomic_load_explicit(&future->calls_back, memory_order_relaxed);
}

bool lab_future_watch(struct lab_future *future, struct lab_watch *watch)
{
    lab_mutex_lock(&future->mutex);
    bool over = lab_future_state(future) >= LAB_FUTURE_CANCELLED_AND_NOTIFIED;
    if (!over) {
        watch->next = future->watches;
        future->watches = watch;
    }
    lab_mutex_unlock(&future->mutex);
    return !over;
}

void lab_future_unwatch(struct lab_future *future, struct lab_watch *watch)
{
    lab_mutex_lock(&future->mutex);
    for (struct lab_watch **at = &future->watches; *at; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            break;
        }
    lab_mutex_unlock(&future->mutex);
}

void lab_future_sleep(struct lab_future *future, uint64_t timeout_ns)
{
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    atomic_fetch_add_explicit(&future->waiters, 1, memory_order_seq_cst);
    uint32_t state = atomic_load_explicit(&future->state, memory_order_seq_cst);
    if (state < LAB_FUTURE_CANCELLED)
        lab_futex_wait(&future->state, state, timeout_ns);
    /* relaxed: nothing is read because of it. */
    atomic_fetch_sub_explicit(&future->waiters, 1, memory_order_relaxed);
    lab_gil_end_allow_threads(gil);
}

struct lab_driver *lab_future_driver(const struct lab_future *future)
{
    return future->driver;
}

struct lab_task *lab_future_task(struct lab_future *future)
{
    return &future->task;
}

void lab_future_enqueue(struct lab_future_queue *queue, struct lab_future *future)
{
    future->next = NULL;
    if (queue->last)
        queue->last->next = future;
    else
        queue->first = future;
    queue->last = future;
    queue->count++;
}

struct lab_future *lab_future_dequeue(struct lab_future_queue *queue)
{
    struct lab_future *future = queue->first;
    if (!future)
        return NULL;
    queue->first = future->next;
    if (!queue->first)
        queue->last = NULL;
    queue->count--;
    return future;
}
