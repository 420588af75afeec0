#include "bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"
#include "stats/sample.h"
#include "trace/trace.h"

static const double SAMPLE_LEAST = 0.020;  /* seconds that each side works in a round, */
static const double FASTEST_LEAST = 0.150; /* … where its fastest turn counts */
static const double WARM_UP_LEAST =
    0.200; /* … in the first: WebAssembly is compiled anew as it gets hot */
static const double TOLERANCE = 0.005; /* of the ratio's interval */
enum { FASTEST_OF = 5, MAX_POOLS = 4, MAX_ROUNDS = 1000 };

enum side { OURS, PEER, SIDES };

struct pool {
    const char *method;
    unsigned workers;
    bool untraced;
    struct lab_executor *executor;
};

struct lab_bench {
    struct lab_bench_result result;
    struct lab_bench_turn turn;
    struct lab_random random;
    unsigned rounds;
    double seconds;
    uint64_t seed, began_ns;
    bool warm;
    struct pool pools[MAX_POOLS];
    double samples[SIDES][MAX_ROUNDS];
    double scratch[LAB_BOOTSTRAP_SCRATCH(MAX_ROUNDS, MAX_ROUNDS)];
};

const struct lab_bench_row *lab_bench_find(const char *name)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

/* ---- executors ---- */

static int wait_until_ready(struct lab_executor *executor, struct lab_failure *failure)
{
    int code;
    while ((code = lab_executor_ready(executor, failure)) == LAB_E_AGAIN) {
        if (lab_stopping())
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        if (lab_executor_needs_driving(executor))
            lab_executor_drive(executor, 0);
    }
    return code;
}

static int start_pool(struct pool *pool, struct lab_failure *failure)
{
    const struct lab_method *method = lab_method_find(pool->method);
    struct lab_executor_options options;
    lab_executor_options_init(&options, method);
    options.workers = (int)pool->workers;
    options.prestart = true;
    lab_trace_enable(!pool->untraced);
    int code = lab_executor_create(&pool->executor, method, &options, failure);
    if (!code)
        code = wait_until_ready(pool->executor, failure); /* its lanes are open by then */
    lab_trace_enable(true);
    return code;
}

struct lab_executor *lab_bench_executor(struct lab_bench *bench, const char *method,
                                        unsigned workers, bool untraced,
                                        struct lab_failure *failure)
{
    for (size_t i = 0; i < MAX_POOLS; i++) {
        struct pool *pool = &bench->pools[i];
        if (pool->executor && pool->workers == workers && pool->untraced == untraced &&
            strcmp(pool->method, method) == 0)
            return pool->executor;
        if (pool->executor)
            continue;
        *pool = (struct pool){.method = method, .workers = workers, .untraced = untraced};
        if (start_pool(pool, failure) == 0)
            return pool->executor;
        lab_executor_destroy(pool->executor);
        pool->executor = NULL;
        return NULL;
    }
    lab_fail(failure, LAB_E_INVALID, "a row has at most %d executors", MAX_POOLS);
    return NULL;
}

/* ---- a round ---- */

struct sum {
    double seconds, operations, fastest; /* fastest: seconds an operation */
    unsigned turns;
};

static bool enough(const struct lab_bench *bench, const struct sum *sum)
{
    bool fastest = bench->turn.row->fastest;
    double least = fastest ? FASTEST_LEAST : SAMPLE_LEAST;
    return sum->seconds >= (bench->warm ? least : WARM_UP_LEAST) &&
           sum->turns >= (fastest ? FASTEST_OF : 1);
}

static bool take_turn(struct lab_bench *bench, enum side side, struct sum *sum)
{
    struct lab_bench_turn *turn = &bench->turn;
    struct lab_failure *failure = &bench->result.failure;
    turn->peer = side == PEER;
    turn->seconds = 0;
    turn->operations = 0;
    int code = turn->row->turn(turn, failure);
    if (!code && lab_stopping())
        code = lab_fail(failure, LAB_E_STOPPED, "stopped");
    if (!code && !(turn->seconds > 0 && turn->operations > 0))
        code = lab_fail(failure, LAB_E_INVALID, "a turn took no time that the clock can tell");
    if (code)
        return false;
    double each = turn->seconds / (double)turn->operations;
    sum->seconds += turn->seconds;
    sum->operations += (double)turn->operations;
    sum->fastest = sum->turns == 0 || each < sum->fastest ? each : sum->fastest;
    sum->turns++;
    return true;
}

static bool take_turns(struct lab_bench *bench, struct sum sums[SIDES])
{
    enum side first = lab_random_below(&bench->random, 2) ? PEER : OURS;
    memset(sums, 0, SIDES * sizeof *sums);
    while (!enough(bench, &sums[OURS]) || !enough(bench, &sums[PEER]))
        for (unsigned i = 0; i < SIDES; i++) {
            enum side side = i == 0 ? first : first == OURS ? PEER : OURS;
            if (!enough(bench, &sums[side]) && !take_turn(bench, side, &sums[side]))
                return false;
        }
    return true;
}

static void keep(struct lab_bench *bench, const struct sum sums[SIDES])
{
    struct lab_bench_result *result = &bench->result;
    for (enum side side = OURS; side < SIDES; side++) {
        const struct sum *sum = &sums[side];
        double each = bench->turn.row->fastest ? sum->fastest : sum->seconds / sum->operations;
        bench->samples[side][result->rounds] =
            bench->turn.row->unit == LAB_BENCH_RATE ? 1 / each : each;
    }
    size_t n = ++result->rounds;
    lab_sample_median(bench->samples[OURS], n, bench->scratch, &result->ours);
    lab_sample_median(bench->samples[PEER], n, bench->scratch, &result->peer);
    /* One round has a ratio and no interval: that is not an error here. */
    lab_bootstrap_ratio(bench->samples[OURS], n, bench->samples[PEER], n, bench->seed,
                        bench->scratch, &result->ratio);
}

static bool over(const struct lab_bench *bench)
{
    const struct lab_bench_result *result = &bench->result;
    if (result->rounds == MAX_ROUNDS)
        return true;
    if (result->rounds < bench->rounds)
        return false;
    return (double)(lab_now_ns() - bench->began_ns) / 1e9 >= bench->seconds ||
           lab_interval_within(&result->ratio, TOLERANCE);
}

bool lab_bench_round(struct lab_bench *bench)
{
    struct sum sums[SIDES];
    if (!take_turns(bench, sums))
        return false;
    if (bench->warm) {
        keep(bench, sums);
        return !over(bench);
    }
    bench->warm = true;
    bench->began_ns = lab_now_ns();
    return true;
}

/* ---- the rest ---- */

struct lab_bench *lab_bench_begin(const struct lab_bench_row *row, unsigned rounds, double seconds,
                                  uint64_t seed)
{
    struct lab_bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        return NULL;
    bench->result.row = row;
    bench->result.ratio = (struct lab_interval){NAN, NAN, NAN};
    bench->turn.row = row;
    bench->turn.bench = bench;
    bench->rounds = rounds < MAX_ROUNDS ? rounds : MAX_ROUNDS;
    bench->seconds = seconds;
    /* By its name: which other rows there are changes nothing. */
    for (const char *c = row->name; *c; c++)
        seed = lab_random_substream(seed, (unsigned char)*c);
    bench->seed = seed;
    lab_random_seed(&bench->random, bench->seed);
    return bench;
}

const struct lab_bench_result *lab_bench_result(const struct lab_bench *bench)
{
    return &bench->result;
}

void lab_bench_end(struct lab_bench *bench)
{
    if (!bench)
        return;
    for (size_t i = 0; i < MAX_POOLS; i++)
        lab_executor_destroy(bench->pools[i].executor);
    if (bench->turn.state)
        bench->turn.release(bench->turn.state);
    free(bench);
}

enum lab_bench_verdict lab_bench_verdict(const struct lab_bench_result *result)
{
    const struct lab_bench_row *row = result->row;
    const struct lab_interval *ratio = &result->ratio;
    if (row->goal == 0)
        return LAB_BENCH_NO_GOAL;
    bool at_most = row->unit == LAB_BENCH_SECONDS;
    /* Comparisons with NaN, where there is no interval, are all false: unsure. */
    if (at_most ? ratio->high <= row->goal : ratio->low >= row->goal)
        return LAB_BENCH_MET;
    if (at_most ? ratio->low > row->goal : ratio->high < row->goal)
        return LAB_BENCH_MISSED;
    return LAB_BENCH_UNSURE;
}

const char *lab_bench_unit_text(const struct lab_bench_row *row, char *text, size_t size)
{
    snprintf(text, size, row->unit == LAB_BENCH_RATE ? "%ss/s" : "s/%s", row->operation);
    return text;
}
