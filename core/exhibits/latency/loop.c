/* What the event loop takes: for a coroutine that gives way, and for a turn in which next to
 * nothing happens. */
#include <stdlib.h>

#include "exhibits/latency/rows.h"
#include "loop/loop.h"
#include "platform/system.h"

enum { MANY = 100 };

struct loop_state {
    struct lab_loop *loop;
    uint64_t left; /* steps to be taken, by all together */
    struct yielder {
        struct lab_co co; /* first: the loop knows only this */
        struct loop_state *own;
    } yielders[MANY];
};

/* Gives way until all steps have been taken. */
static int yield_step(struct lab_co *co)
{
    struct yielder *yielder = (struct yielder *)co;
    LAB_CO_BEGIN(&yielder->co);
    while (yielder->own->left) {
        yielder->own->left--;
        LAB_AWAIT_TURN(&yielder->co);
    }
    LAB_CO_END(&yielder->co);
    return LAB_CO_DONE;
}

static void yielded(struct lab_co *co)
{
    (void)co;
}

static const struct lab_co_type yielding = {yield_step, yielded};

static void end_loop(void *state)
{
    struct loop_state *own = state;
    lab_loop_destroy(own->loop);
    free(own);
}

/* So many coroutines give way in turn, as often as the turn's operations say. */
static int yield_turn(struct lab_latency_turn *turn, size_t coroutines, struct lab_failure *failure)
{
    struct loop_state *own = turn->state;
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own || !(own->loop = lab_loop_create())) {
            free(own);
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        }
        turn->state = own;
        turn->release = end_loop;
    }
    own->left = turn->operations;
    for (size_t i = 0; i < coroutines; i++) {
        struct yielder *yielder = &own->yielders[i];
        *yielder = (struct yielder){.own = own};
        lab_loop_spawn(own->loop, &yielder->co, &yielding);
    }
    uint64_t start = lab_now_ns();
    while (own->left)
        lab_loop_turn(own->loop, 0);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    while (lab_loop_alive(own->loop))
        lab_loop_turn(own->loop, 0);
    return 0;
}

static int switch_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return yield_turn(turn, MANY, failure);
}

static int async_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return yield_turn(turn, 1, failure);
}

const struct lab_latency_row lab__latency_loop[] = {
    {.name = "coroutine-switch",
     .title = "Coroutine switch",
     .about = "A coroutine gives way and the event loop goes on with the next of a hundred that "
              "are ready, all on "
              "one thread.",
     .group = LAB_LATENCY_SYNC,
     .turn = switch_turn,
     .least = true},
    {.name = "async-turn",
     .title = "Empty turn of the event loop",
     .about = "The event loop looks for timers and answers, finds none, and steps the one "
              "coroutine there is.",
     .group = LAB_LATENCY_SYNC,
     .turn = async_turn,
     .least = true},
    {0},
};
