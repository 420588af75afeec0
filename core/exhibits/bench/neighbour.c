/* A hand-over beside a neighbour: threads that compute, all the time or half of it, as another
 * program would that uses the machine at the same time. They are part of the row: started with its
 * first turn, at work in the turns of both sides. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "futures/busy_wait.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

enum { MOST = 16, TRIPS = 200, STRETCH_NS = 4000000 };

struct neighbour {
    lab_thread threads[MOST];
    unsigned count;
    bool pauses;
    _Atomic uint32_t over; /* relaxed: nothing comes with it */
    _Atomic uint64_t sum;  /* so that there is something to compute for */
};

static void compute(void *argument)
{
    struct neighbour *neighbour = argument;
    uint64_t state = 1, sum = 0;
    while (!atomic_load_explicit(&neighbour->over, memory_order_relaxed)) {
        uint64_t until = lab_now_ns() + STRETCH_NS;
        while (lab_now_ns() < until &&
               !atomic_load_explicit(&neighbour->over, memory_order_relaxed))
            for (int i = 0; i < 1000; i++)
                sum += lab_splitmix64(&state);
        if (neighbour->pauses)
            lab_futex_wait(&neighbour->over, 0, STRETCH_NS);
    }
    atomic_fetch_add_explicit(&neighbour->sum, sum, memory_order_relaxed);
}

static void leave(void *state)
{
    struct neighbour *neighbour = state;
    atomic_store_explicit(&neighbour->over, 1, memory_order_relaxed);
    lab_futex_wake(&neighbour->over, INT32_MAX);
    for (unsigned i = 0; i < neighbour->count; i++)
        lab_thread_join(neighbour->threads[i]);
    free(neighbour);
}

static unsigned threads_of(const char *of)
{
    struct lab_environment environment;
    lab_environment(&environment);
    if (strcmp(of, "nobody") == 0)
        return 0;
    return strcmp(of, "all") != 0 ? 1 : environment.cores < MOST ? environment.cores : MOST;
}

static int move_in(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct neighbour *neighbour = calloc(1, sizeof *neighbour);
    if (!neighbour)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    turn->state = neighbour;
    turn->release = leave;
    neighbour->pauses = strcmp(turn->of, "half") == 0;
    for (unsigned i = threads_of(turn->of); i > 0; i--, neighbour->count++)
        if (lab_thread_start(&neighbour->threads[neighbour->count], compute, neighbour))
            return lab_fail(failure, LAB_E_UNAVAILABLE, "the neighbour could not be started");
    return 0;
}

int lab__bench_neighbour(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : move_in(turn, failure);
    if (code)
        return code;
    lab_busy_wait_enable(!turn->peer);
    code = lab__bench_trips(turn, TRIPS, failure);
    lab_busy_wait_enable(true);
    return code;
}
