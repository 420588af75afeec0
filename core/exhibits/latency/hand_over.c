/* What it takes to hand something to another thread: a word, the GIL, an item of a queue; and to
 * have that thread.
 *
 * Two threads take turns, the row's own (FIRST) and one that it starts (SECOND). Hand-overs are
 * counted one way. */
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "exhibits/latency/rows.h"
#include "gil/gil.h"
#include "interpreters/queue.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

enum side { FIRST, SECOND, NOBODY };

static int no_memory(struct lab_failure *failure)
{
    return lab_fail(failure, LAB_E_NOMEM, "out of memory");
}

static int no_thread(struct lab_failure *failure)
{
    return lab_fail(failure, LAB_E_UNAVAILABLE, "the second thread could not be started");
}

/* Operations in pairs, there and back, at least one pair. */
static uint64_t pairs(struct lab_latency_turn *turn)
{
    uint64_t count = (turn->operations + 1) / 2;
    turn->operations = 2 * count;
    return count;
}

/* ---- futex-parked, futex-spinning ---- */

enum {
    SPINS = 20000, /* then it is parked after all: its core may have been taken away */
    /* Of so many hand-overs one may have been parked, and a few at first: a thread is interrupted
     * now and then. More, and it is not spinning that is measured. */
    PARKED_EVERY = 32,
    PARKED_FIRST = 8,
    /* For how long a turn is tried again until both threads have a core. */
    PATIENCE_NS = 500000000,
};

/* holder and sleeping are sequentially consistent: one side stores holder and then loads the
 * other's sleeping, which stores sleeping and then loads holder (in the futex), and one of the two
 * must see the other's. */
struct ball {
    lab_thread thread;
    unsigned spins;          /* before a wait is parked; immutable */
    _Atomic uint32_t holder; /* enum side; NOBODY: the second thread ends */
    _Atomic uint32_t sleeping[2];
    _Atomic uint64_t parked; /* waits of both; a count, published by holder */
};

static void throw_to(struct ball *ball, enum side other, enum side to)
{
    atomic_store_explicit(&ball->holder, to, memory_order_seq_cst);
    if (atomic_load_explicit(&ball->sleeping[other], memory_order_seq_cst))
        lab_futex_wake(&ball->holder, 1);
}

/* Returns who has it once that is not the other one. Acquire: as a hand-over of anything real would
 * need. */
static enum side catch_from(struct ball *ball, enum side self, enum side other)
{
    for (unsigned i = 0; i < ball->spins; i++)
        if (atomic_load_explicit(&ball->holder, memory_order_acquire) != other)
            break;
    while (atomic_load_explicit(&ball->holder, memory_order_acquire) == other) {
        atomic_store_explicit(&ball->sleeping[self], 1, memory_order_seq_cst);
        /* Relaxed: only a count. */
        atomic_fetch_add_explicit(&ball->parked, 1, memory_order_relaxed);
        lab_futex_wait(&ball->holder, other, LAB_FOREVER);
        atomic_store_explicit(&ball->sleeping[self], 0, memory_order_seq_cst);
    }
    return atomic_load_explicit(&ball->holder, memory_order_acquire);
}

static void throw_back(void *argument)
{
    struct ball *ball = argument;
    while (catch_from(ball, SECOND, FIRST) == SECOND)
        throw_to(ball, FIRST, FIRST);
}

static void end_ball(void *state)
{
    struct ball *ball = state;
    throw_to(ball, SECOND, NOBODY);
    lab_thread_join(ball->thread);
    free(ball);
}

static int begin_ball(struct lab_latency_turn *turn, unsigned spins, struct lab_failure *failure)
{
    int code = spins ? lab_latency_needs_two_cores(failure) : lab_latency_needs_threads(failure);
    if (code)
        return code;
    struct ball *ball = calloc(1, sizeof *ball);
    if (!ball)
        return no_memory(failure);
    ball->spins = spins;
    if (lab_thread_start(&ball->thread, throw_back, ball)) {
        free(ball);
        return no_thread(failure);
    }
    turn->state = ball;
    turn->release = end_ball;
    return 0;
}

/* False: too many were parked where none should be, and there is no time. */
static bool throw_often(struct ball *ball, struct lab_latency_turn *turn, bool may_park)
{
    uint64_t count = pairs(turn), start = lab_now_ns(), parked = 0;
    /* Relaxed: the other thread counts before it throws, and stands still now. */
    uint64_t before = atomic_load_explicit(&ball->parked, memory_order_relaxed);
    for (uint64_t i = 0; i < count; i++) {
        throw_to(ball, SECOND, SECOND);
        catch_from(ball, FIRST, SECOND);
        parked = atomic_load_explicit(&ball->parked, memory_order_relaxed) - before;
        if (!may_park && parked > PARKED_FIRST + i / PARKED_EVERY)
            return false;
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    return may_park || parked * PARKED_EVERY <= turn->operations;
}

static int parked_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_ball(turn, 0, failure);
    if (!code)
        throw_often(turn->state, turn, true);
    return code;
}

static int spinning_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_ball(turn, SPINS, failure);
    uint64_t began = lab_now_ns();
    while (!code) {
        if (throw_often(turn->state, turn, false))
            return 0;
        if (lab_stopping())
            code = lab_fail(failure, LAB_E_STOPPED, "stopped");
        else if (lab_now_ns() - began >= PATIENCE_NS)
            code = lab_fail(failure, LAB_E_UNAVAILABLE,
                            "the threads had to sleep after all: no two cores were free at the "
                            "same time");
    }
    return code;
}

/* ---- gil-hand-over ---- */

/* A hand-over is timed by itself, from just before the one lets go until the other has it. Before
 * that the holder sees to it that the other waits; after that it waits until the other has it, or
 * it would take the GIL itself again:
 * 1. The one that lets go is running, and has the GIL back before the other has woken up. */
struct gil_pair {
    struct lab_gil *gil;
    lab_thread thread;
    /* Under the GIL. */
    bool over;
    struct lab_random random;
    uint64_t looks, looked_ns; /* at the clock, and how long that took */
    uint64_t released_ns;
    uint64_t sum_ns;
    /* Release and acquire: no more than an order among these two. */
    _Atomic uint32_t wants[2]; /* that side is about to take */
    _Atomic uint32_t holder;   /* enum side: which had it last */
};

static const uint64_t PARKING = 20000; /* nanoseconds that a thread is given to wait in earnest */

/* Until PARKING has passed, and then for up to as long again, at random: the first ends just when a
 * coarse clock steps, and what is timed from there on is rounded down each time. */
static void give_time(struct gil_pair *pair)
{
    uint64_t start, now = lab_now_ns();
    do
        start = lab_now_ns();
    while (start == now);
    do {
        now = lab_now_ns();
        pair->looks++;
    } while (now < start + PARKING);
    pair->looked_ns += now - start;
    for (uint64_t more = lab_random_below(&pair->random, pair->looks * PARKING / pair->looked_ns);
         more > 0; more--)
        (void)lab_now_ns();
}

static void let_go(struct gil_pair *pair, enum side self, enum side other)
{
    while (!atomic_load_explicit(&pair->wants[other], memory_order_acquire))
        lab_futex_wait(&pair->wants[other], 0, LAB_FOREVER);
    /* The other stores no 1 before it has had the GIL. */
    atomic_store_explicit(&pair->wants[other], 0, memory_order_relaxed);
    give_time(pair);
    pair->released_ns = lab_now_ns();
    lab_gil_release(pair->gil);
    while (atomic_load_explicit(&pair->holder, memory_order_acquire) == self)
        lab_futex_wait(&pair->holder, self, LAB_FOREVER);
}

static void have_it(struct gil_pair *pair, enum side self)
{
    atomic_store_explicit(&pair->wants[self], 1, memory_order_release);
    lab_futex_wake(&pair->wants[self], 1);
    lab_gil_take(pair->gil);
    pair->sum_ns += lab_now_ns() - pair->released_ns;
    atomic_store_explicit(&pair->holder, self, memory_order_release);
    lab_futex_wake(&pair->holder, 1);
}

static void take_turns(void *argument)
{
    struct gil_pair *pair = argument;
    for (;;) {
        have_it(pair, SECOND);
        if (pair->over)
            break;
        let_go(pair, SECOND, FIRST);
    }
    lab_gil_release(pair->gil);
}

/* The first thread has the GIL between its turns, and whenever this is called. */
static void end_gil(void *state)
{
    struct gil_pair *pair = state;
    pair->over = true;
    lab_gil_release(pair->gil);
    lab_thread_join(pair->thread);
    lab_gil_destroy(pair->gil);
    free(pair);
}

static int begin_gil(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = lab_latency_needs_threads(failure);
    if (code)
        return code;
    struct gil_pair *pair = calloc(1, sizeof *pair);
    /* With the longest interval nobody is asked to drop it. */
    if (!pair || !(pair->gil = lab_gil_create(LAB_GIL_INTERVAL_MAX_US))) {
        free(pair);
        return no_memory(failure);
    }
    lab_random_seed(&pair->random, turn->seed);
    lab_gil_take(pair->gil);
    if (lab_thread_start(&pair->thread, take_turns, pair)) {
        lab_gil_release(pair->gil);
        lab_gil_destroy(pair->gil);
        free(pair);
        return no_thread(failure);
    }
    turn->state = pair;
    turn->release = end_gil;
    return 0;
}

static int gil_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_gil(turn, failure);
    if (code)
        return code;
    struct gil_pair *pair = turn->state;
    uint64_t count = pairs(turn);
    pair->sum_ns = 0;
    for (uint64_t i = 0; i < count; i++) {
        let_go(pair, FIRST, SECOND);
        have_it(pair, FIRST);
    }
    /* Signed: a browser's clock is so coarse that the one that takes may read less than the one
     * that let go has read. In sums over both ways what the clocks of the two are apart cancels
     * out. */
    turn->seconds = (double)(int64_t)pair->sum_ns / 1e9;
    return 0;
}

/* ---- queue-hop ---- */

struct queues {
    struct lab_interpreter_queue *there, *back;
    lab_thread thread;
    bool started;
};

static int hop(struct lab_interpreter_queue *from, struct lab_interpreter_queue *to)
{
    void *data;
    size_t size;
    int code = lab_interpreter_queue_get(from, &data, &size, LAB_FOREVER);
    if (code)
        return code;
    if (to)
        code = lab_interpreter_queue_put(to, (struct lab_bytes){data, size}, LAB_FOREVER);
    free(data); /* of no interpreter's heap: neither thread is in one */
    return code;
}

static void hop_back(void *argument)
{
    struct queues *queues = argument;
    while (hop(queues->there, queues->back) == 0) {
    }
}

static void end_queues(void *state)
{
    struct queues *queues = state;
    if (queues->started) {
        lab_interpreter_queue_close(queues->there);
        lab_interpreter_queue_close(queues->back);
        lab_thread_join(queues->thread);
    }
    lab_interpreter_queue_destroy(queues->there);
    lab_interpreter_queue_destroy(queues->back);
    free(queues);
}

static int begin_queues(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = lab_latency_needs_threads(failure);
    if (code)
        return code;
    struct queues *queues = calloc(1, sizeof *queues);
    if (!queues)
        return no_memory(failure);
    turn->state = queues;
    turn->release = end_queues;
    code = lab_interpreter_queue_create(&queues->there, 1, failure);
    if (!code)
        code = lab_interpreter_queue_create(&queues->back, 1, failure);
    if (!code && lab_thread_start(&queues->thread, hop_back, queues))
        code = no_thread(failure);
    queues->started = code == 0;
    return code;
}

static int queue_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_queues(turn, failure);
    if (code)
        return code;
    struct queues *queues = turn->state;
    uint64_t count = pairs(turn), start = lab_now_ns();
    for (uint64_t i = 0; i < count && !code; i++) {
        code =
            lab_interpreter_queue_put(queues->there, (struct lab_bytes){&i, sizeof i}, LAB_FOREVER);
        if (!code)
            code = hop(queues->back, NULL);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    return code ? lab_fail(failure, code, "%s", lab_error_text(code)) : 0;
}

/* ---- thread-start ---- */

static void nothing(void *argument)
{
    (void)argument;
}

static int thread_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = lab_latency_needs_threads(failure);
    uint64_t start = lab_now_ns();
    for (uint64_t i = 0; i < turn->operations && !code; i++) {
        lab_thread thread;
        if (lab_stopping())
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        if (lab_thread_start(&thread, nothing, NULL))
            return lab_fail(failure, LAB_E_UNAVAILABLE, "a thread could not be started");
        lab_thread_join(thread);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    return code;
}

const struct lab_latency_row lab__latency_hand_over[] = {
    {.name = "futex-parked",
     .title = "Futex hand-over, parked",
     .about = "A thread changes a word and wakes another that sleeps until it does (futex; "
              "Atomics.wait and notify "
              "in a browser): until that one runs and has seen it.",
     .group = LAB_LATENCY_SYNC,
     .turn = parked_turn},
    {.name = "futex-spinning",
     .title = "Hand-over, spinning",
     .about = "The same hand-over when the other thread does not sleep but looks at the word again "
              "and again, on a "
              "core of its own.",
     .group = LAB_LATENCY_SYNC,
     .turn = spinning_turn},
    {.name = "gil-hand-over",
     .title = "GIL hand-over",
     .about = "A thread releases the GIL that another sleeps for: until that one has it.",
     .group = LAB_LATENCY_SYNC,
     .turn = gil_turn},
    {.name = "queue-hop",
     .title = "Queue hop",
     .about = "A thread puts 8 bytes into a queue that copies, and another that sleeps at its "
              "other end gets them.",
     .group = LAB_LATENCY_SYNC,
     .turn = queue_turn},
    {.name = "thread-start",
     .title = "Thread start and join",
     .about = "A thread that does nothing is created and waited for; under WebAssembly it is a "
              "Worker, and mostly one "
              "that an earlier thread has left.",
     .group = LAB_LATENCY_SYNC,
     .turn = thread_turn},
    {0},
};
