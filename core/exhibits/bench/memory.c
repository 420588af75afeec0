/* How well allocating spreads over two workers: the time of a batch of tasks on one worker, by its
 * time on two. An allocator with one lock would stay near 1: musl's and dlmalloc's do, under
 * WebAssembly; lab.wasm's (platform/memory_emscripten.c) and glibc's give each thread blocks of its
 * own, and an interpreter has its own heap. What two cores do here at all is the peer: the same
 * with tasks that write where the others do, and allocate nothing. */
#include <string.h>

#include "exhibits/bench/rows.h"
#include "interpreters/heap.h"
#include "stats/random.h"

/* A task that does nothing but allocate and free: LIVE blocks of 16 to 1,039 bytes, of which in
 * each step one, drawn at random, is given back and another taken. One that does not allocate takes
 * a tenth of the time. */
enum { LIVE = 1024, STEPS = 30000, BARE_STEPS = 10 * STEPS, TASKS = 16 };

static int allocating_step(struct lab_run *run)
{
    void **live = lab_zalloc(LIVE * sizeof *live);
    uint64_t seed = 1;
    bool enough = live != NULL;
    for (size_t i = 0; i < STEPS && enough; i++) {
        uint64_t random = lab_splitmix64(&seed);
        void **block = &live[random % LIVE];
        lab_free(*block);
        if ((*block = lab_alloc(16 + (random >> 32) % 1024)))
            memset(*block, (int)i, 16);
        else
            enough = false;
    }
    for (size_t i = 0; i < LIVE && live; i++)
        lab_free(live[i]);
    lab_free(live);
    if (!enough)
        lab_run_fail(run, LAB_E_NOMEM, "out of memory");
    return LAB_CO_DONE;
}
static const struct lab_task_type allocating_type = {.name = "allocating", .step = allocating_step};

/* As many places as there were blocks, each on a cache line of its own. */
static int writing_step(struct lab_run *run)
{
    enum { LINE = 64 };
    unsigned char *places = lab_zalloc(LIVE * LINE);
    uint64_t seed = 1;
    if (!places)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory");
    for (size_t i = 0; i < BARE_STEPS; i++) {
        uint64_t random = lab_splitmix64(&seed);
        memset(places + random % LIVE * LINE + (random >> 32) % (LINE - 16), (int)i, 16);
    }
    return lab_run_adopt(run, places,
                         1); /* so that no compiler finds the writing to be for nothing */
}
static const struct lab_task_type writing_type = {.name = "writing", .step = writing_step};

int lab__bench_allocating(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const struct lab_task task = {.type = turn->peer ? &writing_type : &allocating_type};
    double seconds[2];
    for (unsigned i = 0; i < 2; i++) {
        struct lab_executor *executor =
            lab_bench_executor(turn->bench, turn->of, i + 1, true, failure);
        if (!executor ||
            lab__bench_burst(executor, &task, TASKS, turn->peer ? 1 : 0, &seconds[i], failure))
            return failure->code;
    }
    turn->operations = seconds[0];
    turn->seconds = seconds[1];
    return 0;
}
