#include "exhibits/gil/counter.h"

#include <stdatomic.h>

#include "exhibits/gil/options.h"
#include "gil/gil.h"
#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "platform/system.h"

struct counting {
    enum lab_counter_kind kind;
    struct lab_gil *gil;
    uint64_t each;
    _Atomic uint32_t up, go; /* go: 1 begin, 2 end at once; release and acquire */
    unsigned threads;
    _Atomic uint32_t awake; /* threads past the gate; relaxed: only counted */
    _Atomic uint64_t
        began_ns; /* when the first one began to count; 0: none yet; relaxed, read after joining */
    _Atomic uint32_t finished; /* threads that counted to their end; likewise */
    lab_mutex mutex;
    /* What it is about. Relaxed: see the header. */
    _Alignas(64) _Atomic uint64_t counter;
};

static void increment(struct counting *counting)
{
    uint64_t seen;
    switch (counting->kind) {
    case LAB_COUNTER_UNPROTECTED:
        seen = atomic_load_explicit(&counting->counter, memory_order_relaxed);
        atomic_store_explicit(&counting->counter, seen + 1, memory_order_relaxed);
        break;
    case LAB_COUNTER_LOCK:
        lab_mutex_lock(&counting->mutex);
        seen = atomic_load_explicit(&counting->counter, memory_order_relaxed);
        atomic_store_explicit(&counting->counter, seen + 1, memory_order_relaxed);
        lab_mutex_unlock(&counting->mutex);
        break;
    case LAB_COUNTER_ATOMIC:
        atomic_fetch_add_explicit(&counting->counter, 1, memory_order_relaxed);
        break;
    }
}

/* Threads wake one after another, and a million increments take a millisecond: spins until all are
 * awake, or they would count one after another too. Where there are fewer cores than threads, not
 * for ever. */
static void begin_together(struct counting *counting)
{
    const uint64_t most = 5000000;
    uint64_t none = 0, woke = lab_now_ns(), now = woke;
    atomic_fetch_add_explicit(&counting->awake, 1, memory_order_relaxed);
    while (atomic_load_explicit(&counting->awake, memory_order_relaxed) < counting->threads &&
           now - woke < most)
        now = lab_now_ns();
    atomic_compare_exchange_strong_explicit(&counting->began_ns, &none, now, memory_order_relaxed,
                                            memory_order_relaxed);
}

static void count(void *argument)
{
    struct counting *counting = argument;
    uint32_t go;
    atomic_fetch_add_explicit(&counting->up, 1, memory_order_release);
    lab_futex_wake(&counting->up, 1);
    while (!(go = atomic_load_explicit(&counting->go, memory_order_acquire)))
        lab_futex_wait(&counting->go, 0, LAB_FOREVER);
    if (go != 1)
        return;
    begin_together(counting);
    if (counting->gil)
        lab_gil_take(counting->gil);
    uint64_t left = counting->each;
    while (left > 0 && !lab_checkpoint()) {
        increment(counting);
        left--;
    }
    if (counting->gil)
        lab_gil_release(counting->gil);
    if (left == 0)
        atomic_fetch_add_explicit(&counting->finished, 1, memory_order_relaxed);
}

int lab_counter_run(struct lab_counter_result *result, enum lab_counter_kind kind, unsigned threads,
                    struct lab_gil *gil, struct lab_failure *failure)
{
    struct counting counting = {
        .kind = kind, .gil = gil, .each = LAB_COUNTER_TOTAL / threads, .threads = threads};
    lab_thread handles[LAB_GIL_MAX_THREADS];
    unsigned started = 0;
    int code = 0;
    lab_mutex_init(&counting.mutex);
    while (started < threads && lab_thread_start(&handles[started], count, &counting) == 0)
        started++;
    if (started < threads)
        code = lab_fail(failure, LAB_E_UNAVAILABLE, "thread %u of %u could not be started",
                        started + 1, threads);
    for (uint32_t up;
         !code && (up = atomic_load_explicit(&counting.up, memory_order_acquire)) < threads;) {
        if (lab_stopping())
            code = lab_fail(failure, LAB_E_STOPPED, "stopped");
        else
            lab_futex_wait(&counting.up, up, 10000000);
    }
    atomic_store_explicit(&counting.go, code ? 2 : 1, memory_order_release);
    lab_futex_wake(&counting.go, INT32_MAX);
    for (unsigned i = 0; i < started; i++)
        lab_thread_join(handles[i]);
    uint64_t ended = lab_now_ns();
    uint64_t began = atomic_load_explicit(&counting.began_ns, memory_order_relaxed);
    *result = (struct lab_counter_result){
        .kind = kind,
        .gil = gil != NULL,
        .threads = threads,
        .expected = counting.each * threads,
        .counted = atomic_load_explicit(&counting.counter, memory_order_relaxed),
        .seconds = began ? (double)(ended - began) / 1e9 : 0,
    };
    lab_mutex_destroy(&counting.mutex);
    if (!code && atomic_load_explicit(&counting.finished, memory_order_relaxed) < threads)
        code = lab_fail(failure, LAB_E_STOPPED, "stopped");
    return code;
}

const char *lab_counter_kind_text(enum lab_counter_kind kind)
{
    static const char *const texts[] = {
#define X(name, text) text,
        LAB_COUNTER_KINDS(X)
#undef X
    };
    return texts[kind];
}
