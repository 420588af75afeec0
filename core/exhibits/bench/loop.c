/* Coroutines that give way once, all alive at the same time: in the event loop by itself, and as
 * the async executor's tasks with their futures.
 *
 * What is timed is everything from making the first one to the end of the last: memory for it, its
 * two steps, its end. JavaScript's time is that of its functions alike, with the promises that it
 * cannot do without. */
#include <stdlib.h>

#include "exhibits/bench/rows.h"
#include "futures/magazines.h"
#include "loop/loop.h"
#include "loop/slab.h"
#include "platform/sync.h"
#include "platform/system.h"

/* All the futures of a million would not fit into what memory a program may have under
 * WebAssembly (256 MiB where no more is to be had). */
enum { COROUTINES = 1000000, TASKS = 200000 };

/* ---- the loop's ---- */

struct yielder {
    struct lab_co co; /* first */
    struct bare *own;
};

struct bare {
    struct lab_loop *loop;
    struct lab_slab slab;
    size_t ended;
};

static int yield_step(struct lab_co *co)
{
    LAB_CO_BEGIN(co);
    LAB_AWAIT_TURN(co);
    LAB_CO_END(co);
    return LAB_CO_DONE;
}

static void yielded(struct lab_co *co)
{
    struct bare *own = ((struct yielder *)co)->own;
    own->ended++;
    lab_slab_give(&own->slab, co);
}

static const struct lab_co_type yielding = {yield_step, yielded};

static void end_bare(void *state)
{
    struct bare *own = state;
    lab_loop_destroy(own->loop);
    lab_slab_release(&own->slab);
    free(own);
}

int lab__bench_coroutines(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct bare *own = turn->state;
    if (!own) {
        own = calloc(1, sizeof *own);
        if (!own || !(own->loop = lab_loop_create())) {
            free(own);
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        }
        lab_slab_init(&own->slab, sizeof(struct yielder));
        turn->state = own;
        turn->release = end_bare;
    }
    own->ended = 0;
    size_t spawned = 0;
    uint64_t start = lab_now_ns();
    for (; spawned < COROUTINES; spawned++) {
        struct yielder *yielder = lab_slab_take(&own->slab);
        if (!yielder)
            break;
        yielder->co.resume = 0;
        yielder->own = own;
        lab_loop_spawn(own->loop, &yielder->co, &yielding);
    }
    while (lab_loop_alive(own->loop))
        lab_loop_turn(own->loop, 0);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = COROUTINES;
    turn->beside = (double)own->slab.bytes / COROUTINES;
    if (spawned < COROUTINES)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %d coroutines", COROUTINES);
    if (own->ended != COROUTINES)
        return lab_fail(failure, LAB_E_UNVERIFIED, "%zu coroutines ended, not %d", own->ended,
                        COROUTINES);
    return 0;
}

/* ---- with futures ---- */

static int task_step(struct lab_run *run)
{
    LAB_CO_BEGIN(&run->co);
    LAB_AWAIT_TURN(&run->co);
    LAB_CO_END(&run->co);
    return LAB_CO_DONE;
}

static const struct lab_task_type yield_type = {.name = "yield", .step = task_step};

/* `of`: "traced", or not. */
int lab__bench_coroutine_futures(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct lab_executor *executor =
        lab_bench_executor(turn->bench, "async", 1, !turn->of || turn->peer, failure);
    if (!executor)
        return failure->code;
    if (!turn->state) {
        turn->state = calloc(TASKS, sizeof(struct lab_future *));
        turn->release = free;
        if (!turn->state)
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    static const struct lab_task task = {.type = &yield_type};
    struct lab_future **futures = turn->state;
    size_t submitted = 0;
    int code = 0;
    uint64_t start = lab_now_ns();
    for (; submitted < TASKS && !code; submitted += code == 0)
        code = lab_submit(executor, &task, &futures[submitted], failure);
    for (size_t i = 0; i < submitted; i++) {
        int own = lab__bench_collect(&futures[i], 1, 0, failure);
        code = own ? own : code;
        lab_future_release(futures[i]);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = TASKS;
    turn->beside = (double)lab_executor_memory(executor) / TASKS + LAB_MAGAZINE_BLOCK;
    return code;
}
