#include "exhibits/gil/phase.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"
#include "trace/trace.h"

/* The largest prime below 10^11: 158,113 divisions. */
#define NUMBER UINT64_C(99999999977)

enum {
    STRIDE = 256,      /* divisions between two checkpoints: some microseconds */
    START_TIMEOUT = 60 /* seconds; a browser starts a Worker for each thread */
};

/* 64 bytes apart: counting must not make the threads share a cache line. */
struct member {
    _Alignas(64) struct lab_gil_phase *phase;
    unsigned number; /* from 1, among its kind */
    bool io;
    uint64_t first_ns;            /* the first sleep's length */
    _Atomic uint64_t done, wrong; /* the member's own; relaxed: counters */
    lab_thread thread;
};

struct lab_gil_phase {
    struct lab_gil_options options;
    struct lab_gil *gil; /* or NULL */
    _Atomic uint32_t up; /* members that stand ready; release: nothing, a counter that is polled */
    _Atomic uint32_t go; /* release: they may begin */
    _Atomic uint32_t over; /* relaxed: it only has to be seen soon; I/O threads sleep on it */
    lab_mutex mutex;
    struct lab_histogram response; /* under mutex */
    unsigned started;
    struct member members[2 * LAB_GIL_MAX_THREADS];
};

static bool is_over(const struct lab_gil_phase *phase)
{
    return atomic_load_explicit(&phase->over, memory_order_relaxed) != 0;
}

bool lab__gil_is_prime(uint64_t n, const _Atomic uint32_t *over, bool *prime)
{
    *prime = n == 2 || (n > 2 && n % 2 != 0);
    for (uint64_t d = 3; *prime && d * d <= n;) {
        if (lab_checkpoint() || atomic_load_explicit(over, memory_order_relaxed))
            return false;
        for (unsigned i = 0; i < STRIDE && d * d <= n; i++, d += 2)
            if (n % d == 0) {
                *prime = false;
                break;
            }
    }
    return true;
}

static void compute(struct member *member)
{
    struct lab_gil_phase *phase = member->phase;
    bool prime;
    for (uint32_t n = 0; !is_over(phase); n++) {
        lab_trace_here(LAB_TRACE_START, n, 0);
        bool finished = lab__gil_is_prime(NUMBER, &phase->over, &prime);
        lab_trace_here(LAB_TRACE_END, n, finished ? !prime : 2);
        if (!finished)
            return;
        atomic_fetch_add_explicit(&member->done, 1, memory_order_relaxed);
        if (!prime)
            atomic_fetch_add_explicit(&member->wrong, 1, memory_order_relaxed);
    }
}

/* False: it was over before the time was. */
static bool sleep_for(struct lab_gil_phase *phase, uint64_t ns)
{
    uint64_t now = lab_now_ns(), end = now + ns;
    for (; now < end && !is_over(phase); now = lab_now_ns())
        lab_futex_wait(&phase->over, 0, end - now);
    return now >= end;
}

static void do_io(struct member *member)
{
    struct lab_gil_phase *phase = member->phase;
    uint64_t ns = member->first_ns;
    for (uint32_t n = 0; !is_over(phase); n++, ns = phase->options.io_us * UINT64_C(1000)) {
        lab_trace_here(LAB_TRACE_START, n, 0);
        lab_trace_here(LAB_TRACE_BLOCK, n, LAB_WAIT_SLEEP);
        struct lab_gil *gil = lab_gil_begin_allow_threads();
        bool slept = sleep_for(phase, ns);
        uint64_t ready = lab_now_ns();
        lab_trace_at(lab_lane_current(), ready, LAB_TRACE_UNBLOCK, n, LAB_WAIT_SLEEP);
        lab_gil_end_allow_threads(gil);
        uint64_t runs = lab_now_ns();
        lab_trace_at(lab_lane_current(), runs, LAB_TRACE_END, n, slept ? 0 : 2);
        /* A wait that was cut short by the end of everything is nobody's response time. */
        if (!slept || is_over(phase))
            return;
        lab_mutex_lock(&phase->mutex);
        lab_histogram_add(&phase->response, runs - ready);
        lab_mutex_unlock(&phase->mutex);
        atomic_fetch_add_explicit(&member->done, 1, memory_order_relaxed);
    }
}

static void live(void *argument)
{
    struct member *member = argument;
    struct lab_gil_phase *phase = member->phase;
    char name[LAB_LANE_NAME];
    snprintf(name, sizeof name, "%s thread %u", member->io ? "I/O" : "CPU", member->number);
    struct lab_lane *lane =
        lab_lane_open(name, LAB_LANE_THREAD, phase->gil ? "threads-gil" : "threads",
                      phase->options.threads + phase->options.io_threads);
    lab_lane_set_current(lane);
    atomic_fetch_add_explicit(&phase->up, 1, memory_order_release);
    lab_futex_wake(&phase->up, 1);
    while (!atomic_load_explicit(&phase->go, memory_order_acquire))
        lab_futex_wait(&phase->go, 0, LAB_FOREVER);
    if (phase->gil)
        lab_gil_take(phase->gil);
    if (member->io)
        do_io(member);
    else
        compute(member);
    if (phase->gil)
        lab_gil_release(phase->gil);
    lab_lane_set_current(NULL);
    lab_lane_close(lane);
}

/* All stand ready, or there is a reason why not. */
static int gather(struct lab_gil_phase *phase, struct lab_failure *failure)
{
    uint64_t began = lab_now_ns();
    for (uint32_t up;
         (up = atomic_load_explicit(&phase->up, memory_order_acquire)) < phase->started;) {
        if (lab_stopping())
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        if (lab_now_ns() - began > START_TIMEOUT * UINT64_C(1000000000))
            return lab_fail(failure, LAB_E_TIMEOUT, "%u threads were not ready within %d s",
                            phase->started, START_TIMEOUT);
        lab_futex_wait(&phase->up, up, 10000000);
    }
    return 0;
}

static void open_gate(struct lab_gil_phase *phase)
{
    atomic_store_explicit(&phase->go, 1, memory_order_release);
    lab_futex_wake(&phase->go, INT32_MAX);
}

struct lab_gil_phase *lab_gil_phase_start(const struct lab_gil_options *options,
                                          struct lab_gil *gil, struct lab_failure *failure)
{
    unsigned count = options->threads + options->io_threads;
    struct lab_gil_phase *phase = aligned_alloc(64, sizeof *phase);
    struct lab_random random;
    int code = 0;
    if (!phase) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory for %u thread%s", count,
                 count == 1 ? "" : "s");
        return NULL;
    }
    *phase = (struct lab_gil_phase){.options = *options, .gil = gil};
    lab_mutex_init(&phase->mutex);
    lab_random_seed(&random, options->seed);
    for (unsigned i = 0; i < count && !code; i++) {
        struct member *member = &phase->members[i];
        member->phase = phase;
        member->io = i >= options->threads;
        member->number = 1 + (member->io ? i - options->threads : i);
        /* Or the I/O threads would all wake at once. */
        member->first_ns = 1 + lab_random_below(&random, options->io_us * UINT64_C(1000));
        if (lab_thread_start(&member->thread, live, member))
            code = lab_fail(failure, LAB_E_UNAVAILABLE, "thread %u of %u could not be started",
                            i + 1, count);
        else
            phase->started++;
    }
    if (!code)
        code = gather(phase, failure);
    if (code) {
        struct lab_failure ignored;
        lab_gil_phase_end(phase, &ignored);
        return NULL;
    }
    open_gate(phase);
    return phase;
}

void lab_gil_phase_read(struct lab_gil_phase *phase, struct lab_gil_reading *reading)
{
    *reading = (struct lab_gil_reading){.at_ns = lab_now_ns()};
    for (unsigned i = 0; i < phase->started; i++) {
        struct member *member = &phase->members[i];
        uint64_t done = atomic_load_explicit(&member->done, memory_order_relaxed);
        *(member->io ? &reading->ios : &reading->units) += done;
    }
    if (phase->gil) {
        reading->interval_us = lab_gil_interval(phase->gil);
        lab_gil_totals(phase->gil, &reading->gil);
    }
    lab_mutex_lock(&phase->mutex);
    reading->response = phase->response;
    lab_mutex_unlock(&phase->mutex);
}

int lab_gil_phase_end(struct lab_gil_phase *phase, struct lab_failure *failure)
{
    uint64_t wrong = 0;
    atomic_store_explicit(&phase->over, 1, memory_order_relaxed);
    lab_futex_wake(&phase->over, INT32_MAX);
    open_gate(phase);
    for (unsigned i = 0; i < phase->started; i++) {
        lab_thread_join(phase->members[i].thread);
        wrong += atomic_load_explicit(&phase->members[i].wrong, memory_order_relaxed);
    }
    lab_mutex_destroy(&phase->mutex);
    free(phase);
    return wrong ? lab_fail(failure, LAB_E_UNVERIFIED, "a CPU-bound thread computed a wrong result")
                 : 0;
}

void lab_gil_span_between(struct lab_gil_span *span, const struct lab_gil_reading *from,
                          const struct lab_gil_reading *to)
{
    struct lab_histogram response = to->response;
    lab_histogram_subtract(&response, &from->response);
    double seconds = (double)(to->at_ns - from->at_ns) / 1e9;
    *span = (struct lab_gil_span){.seconds = seconds, .interval_us = to->interval_us};
    if (seconds > 0) {
        span->units_per_second = (double)(to->units - from->units) / seconds;
        span->ios_per_second = (double)(to->ios - from->ios) / seconds;
    }
    lab_gil_stats_between(&span->gil, &from->gil, &to->gil);
    lab_gil_describe(&span->response, &response);
}
