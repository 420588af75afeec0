#include "exhibits/bench/bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
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

enum { OURS = 0, SIDES = LAB_BENCH_SIDES }; /* a side: ours, or 1 + the peer's place */

struct pool {
    const char *method;
    unsigned workers;
    bool untraced;
    struct lab_executor *executor;
};

struct lab_bench {
    struct lab_bench_result result;
    /* By side. Peers that are asked through the row's function share OURS. */
    struct lab_bench_turn turns[SIDES];
    bool there[SIDES];
    unsigned sides;
    struct lab_random random;
    unsigned rounds;
    double seconds;
    uint64_t seed, began_ns;
    bool warm;
    struct pool pools[MAX_POOLS];
    double samples[SIDES][MAX_ROUNDS]; /* of the sides that are there, as many as rounds */
    double scratch[LAB_BOOTSTRAP_SCRATCH(MAX_ROUNDS, MAX_ROUNDS)];
};

const struct lab_bench_row *lab_bench_find(const char *name)
{
    for (const struct lab_bench_row *row = lab_bench_rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}

bool lab__bench_is_native(void)
{
    struct lab_environment environment;
    lab_environment(&environment);
    return strcmp(environment.runtime, "native") == 0;
}

bool lab_bench_here(const struct lab_bench_row *row)
{
    return row->where == LAB_BENCH_ANYWHERE ||
           (row->where == LAB_BENCH_NATIVE) == lab__bench_is_native();
}

size_t lab_bench_peer_count(const struct lab_bench_row *row)
{
    size_t count = 0;
    while (count < LAB_BENCH_PEERS && row->peers[count].name)
        count++;
    return count;
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
    bool fastest = bench->result.row->fastest;
    double least = fastest ? FASTEST_LEAST : SAMPLE_LEAST;
    return sum->seconds >= (bench->warm ? least : WARM_UP_LEAST) &&
           sum->turns >= (fastest ? FASTEST_OF : 1);
}

static int take_turn(struct lab_bench *bench, unsigned side, struct lab_bench_turn **taken,
                     struct lab_failure *failure)
{
    const struct lab_bench_row *row = bench->result.row;
    const struct lab_bench_peer *peer = side == OURS ? NULL : &row->peers[side - 1];
    bool own = peer && peer->turn;
    struct lab_bench_turn *turn = &bench->turns[own ? side : OURS];
    turn->peer = peer;
    turn->of = peer && peer->of ? peer->of : row->of;
    turn->seconds = 0;
    turn->operations = 0;
    *taken = turn;
    int code = (own ? peer->turn : row->turn)(turn, failure);
    if (!code && lab_stopping())
        code = lab_fail(failure, LAB_E_STOPPED, "stopped");
    if (!code && !(turn->seconds > 0 && turn->operations > 0))
        code = lab_fail(failure, LAB_E_INVALID, "a turn took no time that the clock can tell");
    return code;
}

int lab_bench_turn(struct lab_bench *bench, unsigned side, double *seconds, double *operations,
                   struct lab_failure *failure)
{
    struct lab_bench_turn *turn;
    int code = take_turn(bench, side, &turn, failure);
    *seconds = turn->seconds;
    *operations = turn->operations;
    return code;
}

static void add(struct sum *sum, const struct lab_bench_turn *turn)
{
    double each = turn->seconds / turn->operations;
    sum->seconds += turn->seconds;
    sum->operations += turn->operations;
    sum->fastest = sum->turns == 0 || each < sum->fastest ? each : sum->fastest;
    sum->turns++;
}

/* A turn, and what becomes of the row when it fails: false when the row is over. */
static bool advance(struct lab_bench *bench, unsigned side, struct sum *sum)
{
    struct lab_failure failure = {0};
    struct lab_bench_turn *turn;
    int code = take_turn(bench, side, &turn, &failure);
    if (!code) {
        add(sum, turn);
        if (side == OURS)
            bench->result.beside = turn->beside;
        return true;
    }
    if (side == OURS || code == LAB_E_STOPPED) {
        bench->result.failure = failure;
        return false;
    }
    bench->there[side] = false;
    bench->result.peers[side - 1].failure = failure;
    bench->result.peers[side - 1].median = 0;
    return true;
}

static void shuffle(struct lab_bench *bench, unsigned order[SIDES])
{
    for (unsigned i = 0; i < bench->sides; i++) {
        unsigned j = (unsigned)lab_random_below(&bench->random, i + 1);
        order[i] = order[j];
        order[j] = i;
    }
}

static bool take_turns(struct lab_bench *bench, struct sum sums[SIDES])
{
    unsigned order[SIDES];
    shuffle(bench, order);
    memset(sums, 0, SIDES * sizeof *sums);
    for (bool more = true; more;) {
        more = false;
        for (unsigned i = 0; i < bench->sides; i++) {
            unsigned side = order[i];
            if (!bench->there[side] || enough(bench, &sums[side]))
                continue;
            if (!advance(bench, side, &sums[side]))
                return false;
            more = true;
        }
    }
    return true;
}

/* Of the medians there are; -1: none. */
static int best_peer(const struct lab_bench *bench)
{
    bool more = bench->result.row->unit != LAB_BENCH_SECONDS;
    int best = -1;
    for (unsigned side = 1; side < bench->sides; side++) {
        double median = bench->result.peers[side - 1].median;
        if (!bench->there[side])
            continue;
        double other = best < 0 ? 0 : bench->result.peers[best].median;
        if (best < 0 || (more ? median > other : median < other))
            best = (int)side - 1;
    }
    return best;
}

static void keep(struct lab_bench *bench, const struct sum sums[SIDES])
{
    struct lab_bench_result *result = &bench->result;
    size_t n = result->rounds + 1;
    for (unsigned side = 0; side < bench->sides; side++) {
        const struct sum *sum = &sums[side];
        if (!bench->there[side])
            continue;
        double each = result->row->fastest ? sum->fastest : sum->seconds / sum->operations;
        bench->samples[side][result->rounds] =
            result->row->unit == LAB_BENCH_SECONDS ? each : 1 / each;
        if (side != OURS)
            lab_sample_median(bench->samples[side], n, bench->scratch,
                              &result->peers[side - 1].median);
    }
    result->rounds++;
    result->best = best_peer(bench);
    /* One round has medians and no interval: that is not an error here. */
    lab_bootstrap_median(bench->samples[OURS], n, bench->seed, bench->scratch, &result->ours);
    if (result->best < 0)
        result->ratio = (struct lab_interval){NAN, NAN, NAN};
    else
        lab_bootstrap_ratio(bench->samples[OURS], n, bench->samples[1 + result->best], n,
                            bench->seed, bench->scratch, &result->ratio);
}

static bool over(const struct lab_bench *bench)
{
    const struct lab_bench_result *result = &bench->result;
    if (result->rounds == MAX_ROUNDS)
        return true;
    if (result->rounds < bench->rounds)
        return false;
    return (double)(lab_now_ns() - bench->began_ns) / 1e9 >= bench->seconds ||
           lab_interval_within(result->best < 0 ? &result->ours : &result->ratio, TOLERANCE);
}

bool lab_bench_round(struct lab_bench *bench)
{
    struct sum sums[SIDES];
    if (bench->result.failure.code || !take_turns(bench, sums))
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

void lab_bench_result_init(struct lab_bench_result *result, const struct lab_bench_row *row)
{
    memset(result, 0, sizeof *result);
    result->row = row;
    result->ours = (struct lab_interval){0, NAN, NAN};
    result->ratio = (struct lab_interval){NAN, NAN, NAN};
    result->best = -1;
    if (!lab_bench_here(row))
        lab_fail(&result->failure, LAB_E_UNAVAILABLE,
                 row->where == LAB_BENCH_WASM ? "a row of the WebAssembly program"
                                              : "a row of the native program");
}

struct lab_bench *lab_bench_begin(const struct lab_bench_row *row, unsigned rounds, double seconds,
                                  uint64_t seed)
{
    struct lab_bench *bench = calloc(1, sizeof *bench);
    if (!bench)
        return NULL;
    lab_bench_result_init(&bench->result, row);
    bench->sides = 1 + (unsigned)lab_bench_peer_count(row);
    for (unsigned side = 0; side < bench->sides; side++) {
        bench->turns[side] = (struct lab_bench_turn){.bench = bench, .row = row};
        bench->there[side] = true;
    }
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
    for (unsigned side = 0; side < bench->sides; side++)
        if (bench->turns[side].state)
            bench->turns[side].release(bench->turns[side].state);
    free(bench);
}

enum lab_bench_verdict lab_bench_verdict(const struct lab_bench_result *result)
{
    const struct lab_bench_row *row = result->row;
    const struct lab_interval *counts = row->absolute ? &result->ours : &result->ratio;
    if (row->beside_goal > 0 && result->beside > row->beside_goal)
        return LAB_BENCH_MISSED;
    if (row->goal == 0)
        return row->beside_goal > 0 && result->beside > 0 ? LAB_BENCH_MET : LAB_BENCH_NO_GOAL;
    bool at_most = row->unit == LAB_BENCH_SECONDS;
    /* Comparisons with NaN, where there is no interval, are all false: unsure. */
    if (at_most ? counts->high <= row->goal : counts->low >= row->goal)
        return LAB_BENCH_MET;
    if (at_most ? counts->low > row->goal : counts->high < row->goal)
        return LAB_BENCH_MISSED;
    return LAB_BENCH_UNSURE;
}

const char *lab_bench_unit_text(const struct lab_bench_row *row, char *text, size_t size)
{
    snprintf(text, size,
             row->unit == LAB_BENCH_SECONDS ? "s/%s"
             : row->unit == LAB_BENCH_RATE  ? "%ss/s"
                                            : "%s",
             row->operation);
    return text;
}
