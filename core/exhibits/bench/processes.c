/* What the process pool costs: one task at a time, bytes through a pipe, its start. */
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "workloads/workload.h"

enum { TRIPS = 500, TASK_BYTES = 64, PIECE = 16 << 20, PIECES = 4 };

/* Waits for a future and gives it up; its result must have so many bytes. */
static int collect(struct lab_future *future, size_t size, struct lab_failure *failure)
{
    struct lab_bytes result = {NULL, 0};
    int code = lab_future_wait(future, LAB_FOREVER);
    if (!code)
        code = lab_future_result(future, &result);
    const struct lab_failure *why = lab_future_failure(future);
    if (code)
        lab_fail(failure, code, "%s", why ? why->text : lab_error_text(code));
    else if (result.size != size)
        code = lab_fail(failure, LAB_E_UNVERIFIED, "a result of %zu bytes, not %zu", result.size,
                        size);
    lab_future_release(future);
    return code;
}

int lab__bench_process_trip(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static const unsigned char bytes[TASK_BYTES] = {1, 2, 3};
    const struct lab_task task = {.type = lab_task_type_find("echo"), .in = {bytes, TASK_BYTES}};
    struct lab_executor *executor = lab_bench_executor(turn->bench, "processes", 1, true, failure);
    int code = executor ? 0 : failure->code;
    uint64_t start = lab_now_ns();
    for (size_t i = 0; i < TRIPS && !code; i++) {
        struct lab_future *future;
        code = lab_submit(executor, &task, &future, failure);
        if (!code)
            code = collect(future, TASK_BYTES, failure);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = TRIPS;
    return code;
}

static unsigned char *piece(struct lab_bench_turn *turn, size_t size, struct lab_failure *failure)
{
    if (!turn->state && (turn->state = malloc(size))) {
        memset(turn->state, 1, size);
        turn->release = free;
    }
    if (!turn->state)
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
    return turn->state;
}

int lab__bench_process_bytes(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const unsigned char *bytes = piece(turn, PIECE, failure);
    if (!bytes)
        return failure->code;
    const struct lab_task task = {.type = lab_task_type_find("sink"), .in = {bytes, PIECE}};
    struct lab_executor *executor = lab_bench_executor(turn->bench, "processes", 1, true, failure);
    struct lab_future *futures[PIECES];
    size_t submitted = 0;
    int code = executor ? 0 : failure->code;
    uint64_t start = lab_now_ns();
    for (; !code && submitted < PIECES; submitted += code == 0)
        code = lab_submit(executor, &task, &futures[submitted], failure);
    for (size_t i = 0; i < submitted; i++) {
        int waited = collect(futures[i], sizeof(uint64_t), failure);
        code = code ? code : waited;
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = (double)PIECES * PIECE;
    return code;
}

int lab__bench_memcpy(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    unsigned char *bytes = piece(turn, (size_t)2 * PIECE, failure);
    if (!bytes)
        return failure->code;
    uint64_t start = lab_now_ns();
    for (int i = 0; i < PIECES; i++) {
        memcpy(bytes + PIECE, bytes, PIECE);
        __asm__ volatile("" : : "r"(bytes) : "memory"); /* each of them is done */
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = (double)PIECES * PIECE;
    return 0;
}

int lab__bench_post(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return lab__bench_order(turn, failure, "js post %u", (unsigned)PIECES * PIECE);
}

int lab__bench_processes_ready(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const struct lab_method *method = lab_method_find("processes");
    struct lab_executor_options options;
    struct lab_executor *executor;
    lab_executor_options_init(&options, method);
    options.workers = 2;
    options.prestart = true;
    uint64_t start = lab_now_ns();
    int code = lab_executor_create(&executor, method, &options, failure);
    if (code)
        return code;
    while ((code = lab_executor_ready(executor, failure)) == LAB_E_AGAIN && !lab_stopping()) {
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = 1;
    lab_executor_destroy(executor);
    return code == LAB_E_AGAIN ? lab_fail(failure, LAB_E_STOPPED, "stopped") : code;
}
