/* What the executors cost: bursts, one task at a time, and the trace. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/plain_pool.h"
#include "exhibits/bench/rows.h"
#include "platform/system.h"
#include "stats/random.h"
#include "trace/trace.h"
#include "workloads/workload.h"

enum { BURST = 20000, TRACED_TASKS = 100, ROUND_TRIPS = 500, BYTES = 64, EVENTS = 20000 };

static int empty_step(struct lab_run *run)
{
    (void)run;
    return LAB_CO_DONE;
}
static const struct lab_task_type empty_type = {.name = "empty", .step = empty_step};

/* ---- bursts ---- */

static void plain_release(void *state)
{
    plain_pool_stop(state);
    free(state);
}

static void nothing(void *argument)
{
    (void)argument;
}

int lab__bench_plain_burst(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct plain_pool *pool = turn->state;
    int code = 0;
    if (!pool) {
        if (!(pool = malloc(sizeof *pool)) || plain_pool_start(pool)) {
            free(pool);
            return lab_fail(failure, LAB_E_NOMEM, "the plain pool could not be started");
        }
        turn->state = pool;
        turn->release = plain_release;
    }
    uint64_t start = lab_now_ns();
    for (size_t i = 0; i < BURST && !code; i++)
        code = plain_pool_submit(pool, nothing, NULL);
    plain_pool_wait(pool);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = BURST;
    return code ? lab_fail(failure, code, "out of memory") : 0;
}

static int burst_of(struct lab_bench_turn *turn, const char *method, bool untraced,
                    const struct lab_task *task, size_t result_size, struct lab_failure *failure)
{
    struct lab_executor *executor = lab_bench_executor(turn->bench, method, 2, untraced, failure);
    if (!executor)
        return failure->code;
    turn->operations = BURST;
    return lab__bench_burst(executor, task, BURST, result_size, &turn->seconds, failure);
}

int lab__bench_burst_threads(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static const struct lab_task task = {.type = &empty_type};
    return burst_of(turn, "threads", true, &task, 0, failure);
}

int lab__bench_burst_traced(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static const struct lab_task task = {.type = &empty_type};
    return burst_of(turn, "threads", turn->peer, &task, 0, failure);
}

int lab__bench_burst_empty(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static const struct lab_task task = {.type = &empty_type};
    return burst_of(turn, turn->peer ? "threads" : turn->of, false, &task, 0, failure);
}

int lab__bench_burst_bytes(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static const unsigned char bytes[BYTES] = {1, 2, 3};
    const struct lab_task task = {.type = lab_task_type_find("echo"), .in = {bytes, BYTES}};
    return burst_of(turn, turn->peer ? "threads" : turn->of, false, &task, BYTES, failure);
}

/* ---- the trace ---- */

/* Draws as many random numbers as it is told. */
static int draw_step(struct lab_run *run)
{
    uint64_t count, state = 0, sum = 0;
    memcpy(&count, run->in.data, sizeof count);
    for (uint64_t i = 0; i < count; i++)
        sum += lab_splitmix64(&state);
    return lab_run_result(run, &sum, sizeof sum);
}
static const struct lab_task_type draw_type = {.name = "draw", .step = draw_step};

/* How many draws make 10 µs on this machine now: the quickest of some tries. */
static uint64_t draws_in_10_us(void)
{
    const uint64_t tried = 100000;
    uint64_t best = UINT64_MAX;
    for (int i = 0; i < 10; i++) {
        struct lab_run run;
        uint64_t start = lab_now_ns();
        if (lab_run_init(&run, &draw_type, (struct lab_bytes){&tried, sizeof tried}) == 0)
            draw_step(&run);
        lab_run_release(&run);
        uint64_t ns = lab_now_ns() - start;
        best = ns < best ? ns : best;
    }
    return tried * 10000 / (best ? best : 1) + 1;
}

/* Notes the time where its bytes say. */
static int mark_step(struct lab_run *run)
{
    uint64_t *at;
    memcpy(&at, run->in.data, sizeof at);
    *at = lab_now_ns();
    return LAB_CO_DONE;
}
static const struct lab_task_type mark_type = {.name = "mark", .step = mark_step};

struct traced {
    uint64_t draws;
    uint64_t begin, end;         /* written by the worker, read when its future is done */
    uint64_t *to_begin, *to_end; /* the marks' bytes */
};

static int submit_one(struct lab_executor *executor, const struct lab_task_type *type,
                      const void *in, struct lab_future **future, struct lab_failure *failure)
{
    size_t size = type == &mark_type ? sizeof(uint64_t *) : sizeof(uint64_t);
    const struct lab_task task = {.type = type, .in = {in, size}};
    return lab_submit(executor, &task, future, failure);
}

/* The tasks lie between two marks, which one worker reaches first and last: what passes between
 * them is its own time, without the wake-up before. */
static int marked_burst(struct lab_bench_turn *turn, struct lab_executor *executor,
                        struct lab_failure *failure)
{
    struct traced *traced = turn->state;
    struct lab_future *futures[TRACED_TASKS + 2];
    size_t submitted = 0;
    int code = 0;
    for (; !code && submitted < TRACED_TASKS + 2; submitted += code == 0) {
        struct lab_future **future = &futures[submitted];
        if (submitted == 0)
            code = submit_one(executor, &mark_type, &traced->to_begin, future, failure);
        else if (submitted <= TRACED_TASKS)
            code = submit_one(executor, &draw_type, &traced->draws, future, failure);
        else
            code = submit_one(executor, &mark_type, &traced->to_end, future, failure);
    }
    for (size_t i = 0; i < submitted; i++) {
        bool mark = i == 0 || i == TRACED_TASKS + 1;
        int waited = lab__bench_collect(&futures[i], 1, mark ? 0 : sizeof(uint64_t), failure);
        lab_future_release(futures[i]);
        code = code ? code : waited;
    }
    turn->seconds = (double)(traced->end - traced->begin) / 1e9;
    turn->operations = TRACED_TASKS;
    return code;
}

int lab__bench_trace(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct lab_executor *executor =
        lab_bench_executor(turn->bench, "threads", 1, turn->peer, failure);
    if (!executor)
        return failure->code;
    if (!turn->state) {
        struct traced *traced = calloc(1, sizeof *traced);
        if (!traced)
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        traced->draws = draws_in_10_us();
        traced->to_begin = &traced->begin;
        traced->to_end = &traced->end;
        turn->state = traced;
        turn->release = free;
    }
    return marked_burst(turn, executor, failure);
}

static void close_lane(void *lane)
{
    lab_lane_close(lane);
}

int lab__bench_event(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct lab_lane *lane = turn->state;
    if (!lane) {
        if (!(lane = lab_lane_open("events", LAB_LANE_THREAD, "bench", 1)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        turn->state = lane;
        turn->release = close_lane;
    }
    uint64_t start = lab_now_ns(), sum = 0;
    if (turn->peer)
        for (uint32_t i = 0; i < EVENTS; i++)
            sum += lab_now_ns();
    else if (turn->of)
        for (uint32_t i = 0; i < EVENTS; i++)
            lab_trace(lane, LAB_TRACE_START, i, 0);
    else
        for (uint32_t i = 0; i < EVENTS / 2; i++) {
            lab_trace(lane, LAB_TRACE_END, i, 0);
            lab_trace_touching(lane, LAB_TRACE_START, i + 1, 0);
        }
    turn->seconds = (double)(lab_now_ns() - start + (sum == 1)) / 1e9;
    turn->operations = EVENTS;
    return 0;
}

/* ---- one at a time ---- */

int lab__bench_trips(struct lab_bench_turn *turn, size_t trips, struct lab_failure *failure)
{
    static const struct lab_task task = {.type = &empty_type};
    struct lab_executor *executor = lab_bench_executor(turn->bench, "threads", 1, false, failure);
    int code = executor ? 0 : failure->code;
    uint64_t start = lab_now_ns();
    for (size_t i = 0; i < trips && !code; i++) {
        struct lab_future *future;
        code = lab_submit(executor, &task, &future, failure);
        if (code)
            break;
        code = lab__bench_collect(&future, 1, 0, failure);
        lab_future_release(future);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = (double)trips;
    return code;
}

int lab__bench_round_trip(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return lab__bench_trips(turn, ROUND_TRIPS, failure);
}

enum { THERE = 1, BACK = 2, OVER = 3 };

struct ball {
    lab_thread thread;
    /* Whose turn it is. Release and acquire, as a hand-over of anything real would need. */
    _Atomic uint32_t word;
};

static void wait_while(_Atomic uint32_t *word, uint32_t value)
{
    while (atomic_load_explicit(word, memory_order_acquire) == value)
        lab_futex_wait(word, value, LAB_FOREVER);
}

static void throw(struct ball * ball, uint32_t value)
{
    atomic_store_explicit(&ball->word, value, memory_order_release);
    lab_futex_wake(&ball->word, 1);
}

static void throw_back(void *argument)
{
    struct ball *ball = argument;
    for (;;) {
        wait_while(&ball->word, BACK);
        if (atomic_load_explicit(&ball->word, memory_order_acquire) == OVER)
            return;
        throw(ball, BACK);
    }
}

static void end_ball(void *state)
{
    struct ball *ball = state;
    throw(ball, OVER);
    lab_thread_join(ball->thread);
    free(ball);
}

int lab__bench_futex_round_trip(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct ball *ball = turn->state;
    if (!ball) {
        if (!(ball = malloc(sizeof *ball)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        atomic_init(&ball->word, BACK);
        if (lab_thread_start(&ball->thread, throw_back, ball)) {
            free(ball);
            return lab_fail(failure, LAB_E_UNAVAILABLE, "the thread could not be started");
        }
        turn->state = ball;
        turn->release = end_ball;
    }
    uint64_t start = lab_now_ns();
    for (size_t i = 0; i < ROUND_TRIPS; i++) {
        throw(ball, THERE);
        wait_while(&ball->word, THERE);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = ROUND_TRIPS;
    return 0;
}
