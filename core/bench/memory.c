/* How well allocating spreads over two workers: the time of a batch of tasks on one worker, by its time on two. An
 * allocator with one lock would stay near 1: musl's and dlmalloc's do, under WebAssembly; mimalloc, which lab.wasm has,
 * and glibc give each thread memory of its own, and an interpreter has its own heap. */
#include <string.h>

#include "bench/rows.h"
#include "interpreters/heap.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

/* A task that does nothing but allocate and free: LIVE blocks of 16 to 1,039 bytes, of which in each step one, drawn at
 * random, is given back and another taken. */
enum { LIVE = 1024, STEPS = 30000, TASKS = 16 };

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

static int on_executor(struct lab_executor *executor, double *seconds, struct lab_failure *failure)
{
    const struct lab_task task = {.type = &allocating_type};
    struct lab_future *futures[TASKS];
    size_t submitted = 0;
    int code = 0;
    uint64_t start = lab_now_ns();
    for (; submitted < TASKS && !code; submitted += code == 0)
        code = lab_submit(executor, &task, &futures[submitted], failure);
    for (size_t i = 0; i < submitted; i++) {
        struct lab_bytes result;
        int own = lab_future_wait(futures[i], LAB_FOREVER);
        own = own ? own : lab_future_result(futures[i], &result);
        code = own && !code ? lab_fail(failure, own, "%s", lab_error_text(own)) : code;
    }
    *seconds = (double)(lab_now_ns() - start) / 1e9;
    for (size_t i = 0; i < submitted; i++)
        lab_future_release(futures[i]);
    return code;
}

int lab__bench_allocating(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    double seconds[2];
    for (unsigned i = 0; i < 2; i++) {
        struct lab_executor *executor =
            lab_bench_executor(turn->bench, turn->of, i + 1, true, failure);
        if (!executor || on_executor(executor, &seconds[i], failure))
            return failure->code;
    }
    turn->operations = seconds[0];
    turn->seconds = seconds[1];
    return 0;
}
