#include "futures/future.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "futures/busy_wait.h"
#include "futures/executor.h"
#include "futures/future_word.h"
#include "futures/magazines.h"
#include "gil/gil.h"
#include "platform/sync.h"
#include "platform/system.h"

struct callback {
    struct lab_watch follower; /* first; notify is NULL: that tells it from a watch */
    lab_future_callback call;
    void *user;
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

struct lab_future *lab_future_create(bool driven)
{
    struct lab_future *future = lab_magazine_take();
    if (!future)
        return NULL;
    atomic_init(&future->word, LAB_FUTURE_PENDING | (driven ? LAB__DRIVEN : 0) | LAB__REFERENCE);
    future->next = NULL;
    future->followers = NULL;
    future->task = (struct lab_task){0};
    return future;
}

struct lab_future *lab_future_retain(struct lab_future *future)
{
    /* relaxed: whoever retains holds a reference already. */
    atomic_fetch_add_explicit(&future->word, LAB__REFERENCE, memory_order_relaxed);
    return future;
}

static enum lab_future_state state_of(uint32_t word)
{
    return (enum lab_future_state)(word & LAB__STATE);
}

static bool is_done(uint32_t word)
{
    return state_of(word) >= LAB_FUTURE_CANCELLED;
}

/* acquire: with the release of whoever ended it, its outcome can be read. */
static uint32_t look(const struct lab_future *future)
{
    return atomic_load_explicit(&future->word, memory_order_acquire);
}

void lab_future_release(struct lab_future *future)
{
    if (future)
        lab__future_release(future);
}

void lab__future_free(struct lab_future *future)
{
    while (
        future->followers) { /* callbacks that were never called: a watch's owner takes it back */
        struct lab_watch *follower = future->followers;
        future->followers = follower->next;
        free(follower);
    }
    uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
    if (word & LAB__FAILED)
        lab_failure_free((struct lab_failure *)future->task.in.data);
    else if (state_of(word) == LAB_FUTURE_FINISHED && future->task.in.data)
        free((void *)future->task.in.data);
    lab_magazine_give(future);
}

enum lab_future_state lab_future_state(const struct lab_future *future)
{
    return state_of(look(future));
}

bool lab_future_done(const struct lab_future *future)
{
    return is_done(look(future));
}

/* ---- the word's lock ---- */

/* Sleeps while the word is `seen` with `why` (CONTENDED, WAITED) set, at most timeout_ns, or wakes
 * spuriously. relaxed: it is looked at again anyway. */
static void sleep_while(struct lab_future *future, uint32_t seen, uint32_t why, uint64_t timeout_ns)
{
    if (seen & why ||
        atomic_compare_exchange_strong_explicit(&future->word, &seen, seen | why,
                                                memory_order_relaxed, memory_order_relaxed))
        lab_futex_wait(&future->word, seen | why, timeout_ns);
}

/* Returns the word, locked. It is locked for an instant, or while watches are told: so spins, then
 * sleeps. acquire, with unlock's release: what the lock guards. */
static uint32_t lock(struct lab_future *future)
{
    enum { SPINS = 100 };
    for (unsigned spins = 0;;) {
        uint32_t word = atomic_load_explicit(&future->word, memory_order_relaxed);
        if (!(word & LAB__LOCKED)) {
            if (atomic_compare_exchange_weak_explicit(&future->word, &word, word | LAB__LOCKED,
                                                      memory_order_acquire, memory_order_relaxed))
                return word | LAB__LOCKED;
        } else if (spins++ < SPINS) {
            lab_spin_pause();
        } else {
            sleep_while(future, word, LAB__CONTENDED, LAB_FOREVER);
        }
    }
}

/* The word becomes `to`, unlocked. Who waits for the end sleeps on, WAITED kept, until that is
 * it. */
static void unlock(struct lab_future *future, uint32_t to)
{
    uint32_t old = atomic_load_explicit(&future->word, memory_order_relaxed), new;
    bool done = is_done(to);
    do
        new = (to & ~(LAB__LOCKED | LAB__UNLOCKED_BITS)) |
              (old & LAB__UNLOCKED_BITS & ~(uint32_t)(LAB__CONTENDED | (done ? LAB__WAITED : 0)));
    /* release: publishes what was written under the lock. */
    while (!atomic_compare_exchange_weak_explicit(&future->word, &old, new, memory_order_release,
                                                  memory_order_relaxed));
    if (old & LAB__CONTENDED || (done && old & LAB__WAITED))
        lab_futex_wake(&future->word, INT32_MAX);
}

/* ---- its end ---- */

static void call(struct lab_future *future, lab_future_callback callback, void *user)
{
    int code = callback(future, user);
    if (code)
        logger(future, code);
}

/* Takes the callbacks out of the followers, in the order of adding; locked. */
static struct callback *take_callbacks(struct lab_future *future)
{
    struct lab_watch *callbacks = NULL;
    for (struct lab_watch **at = &future->followers; *at;) {
        struct lab_watch *follower = *at;
        if (follower->notify) {
            at = &follower->next;
        } else {
            *at = follower->next;
            follower->next = callbacks;
            callbacks = follower;
        }
    }
    return (struct callback *)callbacks;
}

/* Tells those who wait for several futures; locked, and only watches are left. */
static void notify_watches(struct lab_future *future)
{
    while (future->followers) {
        struct lab_watch *watch = future->followers;
        future->followers = watch->next;
        watch->notify(watch, future);
    }
}

/* Sets a done state with its flags, tells everybody; `word`, locked, is unlocked here. */
static void conclude(struct lab_future *future, uint32_t word, uint32_t state)
{
    struct callback *callback = NULL;
    uint32_t concluded = (word & LAB__DRIVEN) | state;
    if (future->followers) {
        callback = take_callbacks(future);
        /* Watches look at the state, so it is there before they are told. By difference, because
         * others' bits and references may come and go at any time. release: as in unlock. */
        atomic_fetch_xor_explicit(&future->word,
                                  (word ^ concluded) & ~(LAB__LOCKED | LAB__UNLOCKED_BITS),
                                  memory_order_release);
        if (state !=
            LAB_FUTURE_CANCELLED) /* rule 8: that one is told when its executor has noticed */
            notify_watches(future);
    }
    unlock(future, concluded);
    while (callback) {
        struct callback *next = (struct callback *)callback->follower.next;
        call(future, callback->call, callback->user);
        free(callback);
        callback = next;
    }
}

bool lab_future_cancel(struct lab_future *future)
{
    uint32_t word = look(future);
    if (state_of(word) == LAB_FUTURE_PENDING) {
        word = lock(future);
        if (state_of(word) == LAB_FUTURE_PENDING) {
            conclude(future, word, LAB_FUTURE_CANCELLED);
            return true;
        }
        unlock(future, word);
    }
    return state_of(word) == LAB_FUTURE_CANCELLED ||
           state_of(word) == LAB_FUTURE_CANCELLED_AND_NOTIFIED;
}

/* The long way of lab__future_begin(). */
int lab_future_set_running_or_notify_cancel(struct lab_future *future)
{
    uint32_t word = lock(future);
    switch (state_of(word)) {
    case LAB_FUTURE_PENDING:
        unlock(future, (word & ~(uint32_t)LAB__STATE) | LAB_FUTURE_RUNNING);
        return 0;
    case LAB_FUTURE_CANCELLED:
        conclude(future, word, LAB_FUTURE_CANCELLED_AND_NOTIFIED);
        return LAB_E_CANCELLED;
    default:
        unlock(future, word);
        return LAB_E_STATE;
    }
}

void lab_future_discard(struct lab_future *future)
{
    if (lab_future_cancel(future))
        lab_future_set_running_or_notify_cancel(future);
    lab_future_release(future);
}

/* refused: bits of the word that are in the way; then LAB_E_AGAIN. */
static int end_unless(struct lab_future *future, void *data, size_t size, uint32_t failed,
                      uint32_t refused)
{
    uint32_t word = lock(future);
    if (is_done(word) || word & refused) {
        unlock(future, word);
        return is_done(word) ? LAB_E_STATE : LAB_E_AGAIN;
    }
    future->task.in = (struct lab_bytes){data, size};
    conclude(future, word, LAB_FUTURE_FINISHED | failed);
    return 0;
}

static int end(struct lab_future *future, void *data, size_t size, uint32_t failed)
{
    return end_unless(future, data, size, failed, 0);
}

int lab_future_set_result(struct lab_future *future, void *data, size_t size)
{
    return end(future, data, size, 0);
}

int lab_future_set_plain_result(struct lab_future *future, void *data, size_t size)
{
    return end_unless(future, data, size, 0, LAB__CALLS_BACK);
}

int lab_future_set_failure(struct lab_future *future, const struct lab_failure *failure)
{
    struct lab_failure *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *failure;
    int code = end(future, copy ? copy : &lab_out_of_memory, 0, LAB__FAILED);
    if (code)
        free(copy);
    return code;
}

int lab_future_finish(struct lab_future *future, struct lab_run *run)
{
    int code = run->failure ? end(future, run->failure, 0, LAB__FAILED)
                            : end(future, run->out, run->out_size, 0);
    if (code)
        return code;
    if (!run->failure)
        run->out = NULL;
    run->failure = NULL;
    return 0;
}

int lab_future_result(const struct lab_future *future, struct lab_bytes *result)
{
    uint32_t word = look(future);
    if (!is_done(word))
        return LAB_E_STATE;
    if (state_of(word) != LAB_FUTURE_FINISHED)
        return LAB_E_CANCELLED;
    if (word & LAB__FAILED)
        return ((const struct lab_failure *)future->task.in.data)->code;
    *result = future->task.in;
    return 0;
}

const struct lab_failure *lab_future_failure(const struct lab_future *future)
{
    return look(future) & LAB__FAILED ? (const struct lab_failure *)future->task.in.data : NULL;
}

/* ---- followers ---- */

static void follow(struct lab_future *future, struct lab_watch *follower)
{
    follower->next = future->followers;
    future->followers = follower;
}

int lab_future_on_done(struct lab_future *future, lab_future_callback callback, void *user)
{
    struct callback *entry = malloc(sizeof *entry);
    if (!entry)
        return LAB_E_NOMEM;
    *entry = (struct callback){.call = callback, .user = user};
    uint32_t word = lock(future);
    bool done = is_done(word);
    if (!done)
        follow(future, &entry->follower);
    unlock(future, done ? word : word | LAB__CALLS_BACK);
    if (done) {
        free(entry);
        call(future, callback, user);
    }
    return 0;
}

bool lab_future_calls_back(const struct lab_future *future)
{
    return look(future) & LAB__CALLS_BACK;
}

bool lab_future_watch(struct lab_future *future, struct lab_watch *watch)
{
    uint32_t word = lock(future);
    bool over = state_of(word) >= LAB_FUTURE_CANCELLED_AND_NOTIFIED;
    if (!over)
        follow(future, watch);
    unlock(future, over ? word : word | LAB__WATCHED);
    return !over;
}

void lab_future_unwatch(struct lab_future *future, struct lab_watch *watch)
{
    uint32_t word = lock(future);
    for (struct lab_watch **at = &future->followers; *at; at = &(*at)->next)
        if (*at == watch) {
            *at = watch->next;
            break;
        }
    unlock(future, word);
}

/* ---- waiting ---- */

static bool is_over(const void *future)
{
    return lab_future_done(future);
}

/* A moment before sleeping: spins, or helps its executor where that has something to do for
 * whoever waits. True: it is done. While it is locked and not done, its executor is there, and then
 * held. */
static bool spin_until_done(struct lab_future *future, uint64_t timeout_ns)
{
    struct lab_executor *executor = NULL;
    uint32_t word = lock(future);
    if (!is_done(word) && future->task.executor && future->task.executor->class->help) {
        executor = future->task.executor;
        executor->class->hold(executor);
    }
    unlock(future, word);
    if (!executor)
        return lab_busy_wait(is_over, future, timeout_ns);
    executor->class->help(executor, future, timeout_ns);
    return lab_future_done(future);
}

void lab_future_sleep(struct lab_future *future, uint64_t timeout_ns)
{
    struct lab_gil *gil = lab_gil_begin_allow_threads();
    if (!spin_until_done(future, timeout_ns)) {
        uint32_t word = look(future);
        if (!is_done(word))
            sleep_while(future, word, LAB__WAITED, timeout_ns);
        if (lab_future_done(future))
            lab_busy_wait_slept();
    }
    lab_gil_end_allow_threads(gil);
}

struct lab_driver *lab_future_driver(const struct lab_future *future)
{
    return look(future) & LAB__DRIVEN ? &future->task.executor->driver : NULL;
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
