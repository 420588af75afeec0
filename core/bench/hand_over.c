/* What trace and statistics add to the GIL: to a forced hand-over, and to taking it when it is free. */
#include <stdlib.h>
#include <string.h>

#include "bench/rows.h"
#include "gil/gil.h"
#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/sample.h"
#include "trace/trace.h"

enum { HAND_OVERS = 100, TAKES = 20000, THREADS = 2 };

/* ---- two threads in turn ---- */

/* Two threads that do nothing but come to checkpoints. Under the GIL, which is what they hand over. */
struct contest {
    struct lab_gil *gil;
    bool traced; /* immutable */
    unsigned owner;
    uint32_t hand_overs;
    double seconds[HAND_OVERS]; /* between two of them */
    uint64_t last_ns;
};

struct rival {
    struct contest *contest;
    unsigned number; /* from 1 */
    lab_thread thread;
};

/* The first hand-over starts the clock: both threads are up by then. */
static void count(struct contest *contest, unsigned number)
{
    if (contest->owner == number)
        return;
    uint64_t now = lab_now_ns();
    if (contest->owner != 0) {
        if (contest->hand_overs > 0)
            contest->seconds[contest->hand_overs - 1] = (double)(now - contest->last_ns) / 1e9;
        contest->hand_overs++;
    }
    contest->owner = number;
    contest->last_ns = now;
}

static void compete(void *argument)
{
    struct rival *rival = argument;
    struct contest *contest = rival->contest;
    struct lab_lane *lane = NULL;
    if (contest->traced)
        lane = lab_lane_open(rival->number == 1 ? "rival 1" : "rival 2", LAB_LANE_THREAD, "bench",
                             THREADS);
    lab_lane_set_current(lane);
    lab_gil_take(contest->gil);
    for (bool stopped = false; !stopped; stopped = lab_checkpoint()) {
        count(contest, rival->number);
        if (contest->hand_overs > HAND_OVERS)
            break;
    }
    lab_gil_release(contest->gil);
    lab_lane_set_current(NULL);
    lab_lane_close(lane);
}

int lab__bench_gil_hand_over(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct contest contest = {.traced = !turn->peer};
    struct rival rivals[THREADS];
    int code = 0;
    if (!(contest.gil = lab_gil_create(LAB_GIL_INTERVAL_MIN_US)))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    /* Held until both have been started: a rival alone would wait for ever. */
    lab_gil_take(contest.gil);
    unsigned started = 0;
    for (; started < THREADS && !code; started += code == 0) {
        rivals[started] = (struct rival){.contest = &contest, .number = started + 1};
        code = lab_thread_start(&rivals[started].thread, compete, &rivals[started]);
    }
    if (code)
        contest.hand_overs = HAND_OVERS + 1; /* over before it began */
    lab_gil_release(contest.gil);
    for (unsigned i = 0; i < started; i++)
        lab_thread_join(rivals[i].thread);
    lab_gil_destroy(contest.gil);
    if (code)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "two threads could not be started");
    if (lab_stopping())
        return lab_fail(failure, LAB_E_STOPPED, "stopped");
    /* The median: now and then a thread is not scheduled for milliseconds, whoever traces what. */
    double scratch[HAND_OVERS];
    lab_sample_median(contest.seconds, HAND_OVERS, scratch, &turn->seconds);
    turn->seconds *= HAND_OVERS;
    turn->operations = HAND_OVERS;
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
