/* What it takes to count: with an atomic, alone and together with another thread, and each thread
 * on its own with the two counters in one cache line or in two; and to count under a mutex.
 *
 * A turn of two threads: each does so many operations, with a clock of its own around them. What
 * counts is the time in which both worked, from the later start to the earlier end, and the
 * operations that fell into it, taken as evenly spread. Without that, a system that runs one thread
 * after the other would measure two that are alone. For the same reason the parts are short: two
 * that share one core for long run at the same time by the clock on the wall.
 */
#include "exhibits/latency/rows.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "platform/sync.h"
#include "platform/system.h"

enum {
    /* Two lines: some prefetchers fetch in pairs, and Apple's lines are that long. */
    LINE_BYTES = 128,
    /* Operations of two threads at least: so that they last longer than it takes both to begin. */
    FEWEST = 4096,
    /* A thread's part is not made longer than this: a system lets one run for longer when two want
     * to. */
    LONG_ENOUGH_NS = 2000000,
    SPINS = 100000, /* looks at a word before the system is asked to wait */
    /* For how long a turn is tried again, until both threads work at the same time. */
    PATIENCE_NS = 500000000,
};
static const double OVERLAP_LEAST = 0.5;

struct counter {
    _Alignas(LINE_BYTES) volatile uint32_t count;
};

struct shared {
    _Alignas(LINE_BYTES) _Atomic uint32_t one;      /* counter for all */
    _Alignas(LINE_BYTES) volatile uint32_t pair[2]; /* one of each thread's, in one line */
    struct counter padded[2];                       /* one of each thread's, in its own line */
    _Alignas(LINE_BYTES) lab_mutex mutex;
    uint32_t guarded; /* by the mutex */
};

/* Does so many operations; which of the two threads does it. */
typedef void (*work)(struct shared *shared, unsigned which, uint64_t operations);

/* Repeats what the operation does, of which clang-tidy warns where it is used. */
#define EIGHT(operation)                                                                           \
    operation;                                                                                     \
    operation;                                                                                     \
    operation;                                                                                     \
    operation;                                                                                     \
    operation;                                                                                     \
    operation;                                                                                     \
    operation;                                                                                     \
    operation

/* Sequentially consistent: what atomic_fetch_add() without further words is; on x86 and in
 * WebAssembly there is no other. */
static void add_to_one(struct shared *shared, unsigned which, uint64_t operations)
{
    (void)which;
    for (uint64_t i = 0; i < operations; i += 8) {
        EIGHT(atomic_fetch_add_explicit(&shared->one, 1, memory_order_seq_cst));
    }
}

/* Each thread its own counter, which nobody else reads, so it need not be atomic; volatile, so that
 * each addition is done in memory and not in a register. In one line the two have to hand the line
 * to and fro all the same.
 * 1. Relaxed atomics will not do: WebAssembly only has sequentially consistent ones, and a locked
 *    instruction on each side hides some of what is asked for. */
static void add_in_one_line(struct shared *shared, unsigned which, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i += 8) {
        EIGHT(shared->pair[which]++); /* NOLINT(bugprone-macro-repeated-side-effects) */
    }
}

static void add_in_two_lines(struct shared *shared, unsigned which, uint64_t operations)
{
    for (uint64_t i = 0; i < operations; i += 8) {
        EIGHT(shared->padded[which].count++); /* NOLINT(bugprone-macro-repeated-side-effects) */
    }
}

static void add_under_mutex(struct shared *shared, unsigned which, uint64_t operations)
{
    (void)which;
    for (uint64_t i = 0; i < operations; i++) {
        lab_mutex_lock(&shared->mutex);
        shared->guarded++;
        lab_mutex_unlock(&shared->mutex);
    }
}

/* ---- one thread ---- */

static void release_shared(void *state)
{
    struct shared *shared = state;
    lab_mutex_destroy(&shared->mutex);
    free(shared);
}

static int begin_alone(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    struct shared *shared = aligned_alloc(LINE_BYTES, sizeof *shared);
    if (!shared)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    *shared = (struct shared){.guarded = 0};
    lab_mutex_init(&shared->mutex);
    turn->state = shared;
    turn->release = release_shared;
    return 0;
}

static int alone(struct lab_latency_turn *turn, work what, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_alone(turn, failure);
    if (code)
        return code;
    turn->operations = (turn->operations + 7) / 8 * 8;
    uint64_t start = lab_now_ns();
    what(turn->state, 0, turn->operations);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    return 0;
}

/* ---- two threads ---- */

enum order { REST, FIRST_ORDER, LAST = UINT32_MAX };

struct two {
    struct shared *shared;
    work work;
    lab_thread thread;
    bool started;
    uint64_t operations;               /* of each; published by order */
    uint64_t began_ns[2], ended_ns[2]; /* of each thread; [1] is published by done */
    _Atomic uint32_t order;            /* counts the turns; LAST: end */
    _Atomic uint32_t go;               /* both are up for it: begin */
    _Atomic uint32_t ready;            /* the other thread is up for that turn */
    _Atomic uint32_t done;             /* that turn is done */
};

static void do_part(struct two *two, unsigned which)
{
    two->began_ns[which] = lab_now_ns();
    two->work(two->shared, which, two->operations);
    two->ended_ns[which] = lab_now_ns();
}

/* Acquire: what was written before the word is read after it. Spins first, so that both begin
 * within a moment. */
static void wait_until(_Atomic uint32_t *word, uint32_t value)
{
    for (unsigned i = 0; i < SPINS; i++)
        if (atomic_load_explicit(word, memory_order_acquire) == value)
            return;
    for (uint32_t now;
         (now = atomic_load_explicit(word, memory_order_acquire)) != value && now != LAST;)
        lab_futex_wait(word, now, LAB_FOREVER);
}

/* Release: publishes what was written before. */
static void say(_Atomic uint32_t *word, uint32_t value)
{
    atomic_store_explicit(word, value, memory_order_release);
    lab_futex_wake(word, INT32_MAX);
}

static void other_thread(void *argument)
{
    struct two *two = argument;
    for (uint32_t turn = FIRST_ORDER;; turn++) {
        wait_until(&two->order, turn);
        if (atomic_load_explicit(&two->order, memory_order_acquire) == LAST)
            return;
        say(&two->ready, turn);
        wait_until(&two->go, turn);
        do_part(two, 1);
        say(&two->done, turn);
    }
}

static void release_two(void *state)
{
    struct two *two = state;
    if (two->started) {
        say(&two->order, LAST);
        lab_thread_join(two->thread);
    }
    if (two->shared)
        release_shared(two->shared);
    free(two);
}

static int begin_two(struct lab_latency_turn *turn, work what, struct lab_failure *failure)
{
    int code = lab_latency_needs_two_cores(failure);
    struct two *two = code ? NULL : calloc(1, sizeof *two);
    if (!two)
        return code ? code : lab_fail(failure, LAB_E_NOMEM, "out of memory");
    code = begin_alone(turn, failure);
    two->shared = turn->state;
    two->work = what;
    turn->state = two;
    turn->release = release_two;
    if (!code && lab_thread_start(&two->thread, other_thread, two))
        code = lab_fail(failure, LAB_E_UNAVAILABLE, "the second thread could not be started");
    two->started = code == 0;
    return code;
}

/* Seconds in which both worked, and the operations that both did in them; returns the part of all
 * the time. */
static double overlap(const struct two *two, double *seconds, double *operations)
{
    const uint64_t *began = two->began_ns, *ended = two->ended_ns;
    uint64_t from = began[0] > began[1] ? began[0] : began[1];
    uint64_t to = ended[0] < ended[1] ? ended[0] : ended[1];
    uint64_t first = began[0] < began[1] ? began[0] : began[1];
    uint64_t last = ended[0] > ended[1] ? ended[0] : ended[1];
    *seconds = *operations = 0;
    if (to <= from)
        return 0;
    for (unsigned i = 0; i < 2; i++)
        *operations +=
            (double)two->operations * (double)(to - from) / (double)(ended[i] - began[i]);
    *seconds = (double)(to - from) / 1e9;
    return (double)(to - from) / (double)(last - first);
}

/* An operation takes what passes until a thread has done one: both do theirs at the same time. */
static int together(struct lab_latency_turn *turn, work what, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_two(turn, what, failure);
    if (code)
        return code;
    struct two *two = turn->state;
    two->operations = turn->operations < FEWEST ? FEWEST : (turn->operations + 7) / 8 * 8;
    uint64_t began = lab_now_ns();
    while (lab_now_ns() - began < PATIENCE_NS && !lab_stopping()) {
        double seconds, operations;
        uint32_t number =
            atomic_load_explicit(&two->order, memory_order_relaxed) + 1; /* written here alone */
        say(&two->order, number);
        wait_until(&two->ready, number);
        say(&two->go, number);
        do_part(two, 0);
        wait_until(&two->done, number);
        if (overlap(two, &seconds, &operations) < OVERLAP_LEAST) {
            /* Too short for the clock, or for how long it takes to wake a thread. */
            if (two->ended_ns[0] - two->began_ns[0] < LONG_ENOUGH_NS)
                two->operations *= 2;
            continue;
        }
        turn->seconds = 2 * seconds * (double)two->operations / operations;
        turn->operations = two->operations;
        return 0;
    }
    return lab_stopping() ? lab_fail(failure, LAB_E_STOPPED, "stopped")
                          : lab_fail(failure, LAB_E_UNAVAILABLE,
                                     "two threads never ran at the same time: all cores are busy");
}

/* ---- the rows ---- */

static int atomic_add(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = lab_latency_needs_threads(failure); /* without them atomics are plain additions */
    return code ? code : alone(turn, add_to_one, failure);
}

static int atomic_add_contended(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return together(turn, add_to_one, failure);
}

static int false_sharing(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return together(turn, add_in_one_line, failure);
}

static int padded_counters(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return together(turn, add_in_two_lines, failure);
}

static int mutex(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = lab_latency_needs_threads(failure);
    return code ? code : alone(turn, add_under_mutex, failure);
}

static int mutex_contended(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return together(turn, add_under_mutex, failure);
}

const struct lab_latency_row lab__latency_counters[] = {
    {.name = "atomic-add",
     .title = "Atomic addition",
     .about = "One thread adds to an atomic counter that nobody else touches.",
     .group = LAB_LATENCY_MEMORY,
     .turn = atomic_add,
     .least = true},
    {.name = "atomic-add-contended",
     .title = "Atomic addition, contended",
     .about = "Two threads add to one atomic counter at the same time; what a thread waits for one "
              "addition.",
     .group = LAB_LATENCY_MEMORY,
     .turn = atomic_add_contended},
    {.name = "false-sharing",
     .title = "Addition with false sharing",
     .about =
         "Two threads add to a counter of their own each, and both counters lie in one cache line.",
     .group = LAB_LATENCY_MEMORY,
     .turn = false_sharing},
    {.name = "padded-counters",
     .title = "Addition, padded",
     .about = "The same with the two counters in cache lines of their own.",
     .group = LAB_LATENCY_MEMORY,
     .turn = padded_counters},
    {0},
};

const struct lab_latency_row lab__latency_mutex[] = {
    {.name = "mutex",
     .title = "Mutex lock and unlock",
     .about = "One thread locks and unlocks a mutex that nobody else wants.",
     .group = LAB_LATENCY_SYNC,
     .classic_seconds = 25e-9,
     .turn = mutex,
     .least = true},
    {.name = "mutex-contended",
     .title = "Mutex lock and unlock, contended",
     .about = "Two threads lock and unlock one mutex as fast as they can; what a thread waits for "
              "one turn of its own.",
     .group = LAB_LATENCY_SYNC,
     .turn = mutex_contended},
    {0},
};
