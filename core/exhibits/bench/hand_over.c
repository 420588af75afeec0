/* What trace and statistics add to the GIL: when two threads have it in turn, and when one has it
 * alone.
 *
 * The threads have it in turn by a baton: whoever has the baton takes the GIL, releases it and
 * passes the baton on. Both spin for it, so that what is measured is the GIL and not how soon a
 * system wakes a thread, which takes a hundred times as long and would hide it. */
#include <stdatomic.h>
#include <stdlib.h>

#include "exhibits/bench/rows.h"
#include "gil/gil.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { ROUNDS = 200, TAKES = 20000, SPINS = 5000 };

/* ---- two threads in turn ---- */

enum holder { FIRST, SECOND, NOBODY };

/* holder and sleeping are sequentially consistent: one side stores holder and then loads the
 * other's sleeping, which stores sleeping and then loads holder (in the futex), and one of the two
 * must see the other's.
 * 1. One flag for both will not do: who is woken takes back the flag that the other has set
 *    meanwhile. */
struct relay {
    struct lab_gil *gil;
    lab_thread thread;
    bool started;
    bool traced; /* passed on with the baton */
    struct lab_lane *lanes[2];
    _Atomic uint32_t holder; /* enum holder */
    _Atomic uint32_t sleeping[2];
};

static void pass(struct relay *relay, enum holder self, enum holder to)
{
    atomic_store_explicit(&relay->holder, to, memory_order_seq_cst);
    if (atomic_load_explicit(&relay->sleeping[!self], memory_order_seq_cst))
        lab_futex_wake(&relay->holder, 1);
}

/* Returns who has the baton once that is not the other one. Acquire: `traced` comes with it. */
static enum holder await(struct relay *relay, enum holder self)
{
    enum holder other = self == FIRST ? SECOND : FIRST;
    for (int i = 0; i < SPINS; i++)
        if (atomic_load_explicit(&relay->holder, memory_order_acquire) != other)
            break;
    while (atomic_load_explicit(&relay->holder, memory_order_acquire) == other) {
        atomic_store_explicit(&relay->sleeping[self], 1, memory_order_seq_cst);
        lab_futex_wait(&relay->holder, other, LAB_FOREVER);
        atomic_store_explicit(&relay->sleeping[self], 0, memory_order_seq_cst);
    }
    return atomic_load_explicit(&relay->holder, memory_order_acquire);
}

static void have_it(struct relay *relay, enum holder self)
{
    lab_lane_set_current(relay->traced ? relay->lanes[self] : NULL);
    lab_gil_take(relay->gil);
    lab_gil_release(relay->gil);
}

static void second(void *argument)
{
    struct relay *relay = argument;
    while (await(relay, SECOND) == SECOND) {
        have_it(relay, SECOND);
        pass(relay, SECOND, FIRST);
    }
    lab_lane_set_current(NULL);
}

static void end_relay(void *state)
{
    struct relay *relay = state;
    if (relay->started) {
        pass(relay, FIRST, NOBODY);
        lab_thread_join(relay->thread);
    }
    lab_lane_close(relay->lanes[FIRST]);
    lab_lane_close(relay->lanes[SECOND]);
    lab_gil_destroy(relay->gil);
    free(relay);
}

static int begin_relay(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct relay *relay = calloc(1, sizeof *relay);
    if (!relay)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    turn->state = relay;
    turn->release = end_relay;
    relay->lanes[FIRST] = lab_lane_open("first", LAB_LANE_THREAD, "bench", 2);
    relay->lanes[SECOND] = lab_lane_open("second", LAB_LANE_THREAD, "bench", 2);
    if (!(relay->gil = lab_gil_create(LAB_GIL_INTERVAL_US)))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    if (lab_thread_start(&relay->thread, second, relay))
        return lab_fail(failure, LAB_E_UNAVAILABLE, "the second thread could not be started");
    relay->started = true;
    return 0;
}

int lab__bench_gil_hand_over(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_relay(turn, failure);
    if (code)
        return code;
    struct relay *relay = turn->state;
    relay->traced = !turn->peer;
    uint64_t start = lab_now_ns();
    for (int i = 0; i < ROUNDS; i++) {
        pass(relay, FIRST, SECOND);
        await(relay, FIRST);
        have_it(relay, FIRST);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = 2 * ROUNDS;
    lab_lane_set_current(NULL);
    return 0;
}

/* ---- one thread alone ---- */

/* What a GIL is at the least. */
struct bare_gil {
    lab_mutex mutex;
    lab_cond free;
    bool held;
};

struct alone {
    struct lab_gil *gil;
    struct lab_lane *lane;
    struct bare_gil bare;
};

static void release_alone(void *state)
{
    struct alone *alone = state;
    lab_gil_destroy(alone->gil);
    lab_lane_close(alone->lane);
    lab_cond_destroy(&alone->bare.free);
    lab_mutex_destroy(&alone->bare.mutex);
    free(alone);
}

static void bare_take(struct bare_gil *gil)
{
    lab_mutex_lock(&gil->mutex);
    while (gil->held)
        lab_cond_wait(&gil->free, &gil->mutex, LAB_FOREVER);
    gil->held = true;
    lab_mutex_unlock(&gil->mutex);
}

static void bare_release(struct bare_gil *gil)
{
    lab_mutex_lock(&gil->mutex);
    gil->held = false;
    lab_cond_signal(&gil->free);
    lab_mutex_unlock(&gil->mutex);
}

int lab__bench_gil_take(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct alone *alone = turn->state;
    if (!alone) {
        if (!(alone = calloc(1, sizeof *alone)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        lab_mutex_init(&alone->bare.mutex);
        lab_cond_init(&alone->bare.free);
        turn->state = alone;
        turn->release = release_alone;
        alone->lane = lab_lane_open("alone", LAB_LANE_THREAD, "bench", 1);
        if (!(alone->gil = lab_gil_create(LAB_GIL_INTERVAL_US)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    lab_lane_set_current(alone->lane);
    uint64_t start = lab_now_ns();
    if (turn->peer)
        for (size_t i = 0; i < TAKES; i++) {
            bare_take(&alone->bare);
            bare_release(&alone->bare);
        }
    else
        for (size_t i = 0; i < TAKES; i++) {
            lab_gil_take(alone->gil);
            lab_gil_release(alone->gil);
        }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = TAKES;
    lab_lane_set_current(NULL);
    return 0;
}
