/* What the CPU itself takes, and reading memory from one end to the other. */
#include "exhibits/latency/rows.h"

#include <math.h>
#include <stdlib.h>

#include "platform/system.h"
#include "stats/random.h"

/* ---- reading in sequence ---- */

struct region {
    uint64_t *words;
    size_t count;
};

static void release_region(void *state)
{
    struct region *region = state;
    free(region->words);
    free(region);
}

static int begin_region(struct lab_latency_turn *turn, size_t bytes, struct lab_failure *failure)
{
    struct region *region = calloc(1, sizeof *region);
    if (!region)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    turn->state = region;
    turn->release = release_region;
    region->count = bytes / sizeof *region->words;
    if (!(region->words = malloc(bytes)))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    /* Written, and not zeros: a page that was never written is one and the same page of zeros for
     * all. */
    for (size_t i = 0; i < region->count; i++)
        region->words[i] = i ^ turn->seed;
    return 0;
}

/* Every word, into eight sums, so that no sum waits for the one before. */
static uint64_t __attribute__((noinline)) sum_of(const uint64_t *words, size_t count)
{
    uint64_t a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
    for (size_t i = 0; i < count; i += 8) {
        a += words[i];
        b += words[i + 1];
        c += words[i + 2];
        d += words[i + 3];
        e += words[i + 4];
        f += words[i + 5];
        g += words[i + 6];
        h += words[i + 7];
    }
    return a + b + c + d + e + f + g + h;
}

static int read_turn(struct lab_latency_turn *turn, size_t bytes, struct lab_failure *failure)
{
    static volatile uint64_t sink;
    int code = turn->state ? 0 : begin_region(turn, bytes, failure);
    if (code)
        return code;
    struct region *region = turn->state;
    uint64_t sum = 0, start = lab_now_ns();
    for (uint64_t i = 0; i < turn->operations; i++) {
        /* The words may have changed, for all that the compiler knows: it has to read them
         * again. */
        __asm__ volatile("" : : "r"(region->words) : "memory");
        sum += sum_of(region->words, region->count);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    sink = sum;
    (void)sink;
    return 0;
}

static int read_1mb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return read_turn(turn, 1u << 20, failure);
}

static int read_64mb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return read_turn(turn, 64u << 20, failure);
}

/* ---- branch-mispredict: random data less predictable data ---- */

enum { BRANCHES = 1 << 16, EVERY = 2, SLICES = 3 };

/* So many coins that no predictor remembers them, and as many that fall in turn. */
struct coins {
    uint32_t random[BRANCHES / 32], in_turn[BRANCHES / 32];
};

/* One branch for each bit, which depends on it. What is done on one side only is a store that the
 * compiler must not invent: it cannot be done on both sides and then chosen from, so nobody can
 * make a conditional move of the branch (gcc: test, je; LLVM and Binaryen: br_if; V8 and
 * SpiderMonkey: a jump).
 * 1. Additions on both sides became conditional moves, and so did calls once Binaryen had put them
 *    in line. */
static void __attribute__((noinline)) toss(const uint32_t *coins, uint64_t times,
                                           volatile uint32_t *fallen)
{
    uint32_t x = 1;
    for (uint64_t t = 0; t < times; t++)
        for (size_t i = 0; i < BRANCHES / 32; i++)
            for (uint32_t bits = coins[i], k = 0; k < 32; k++, bits >>= 1, x++)
                if (bits & 1)
                    *fallen = x;
}

static int begin_coins(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    struct lab_random random;
    struct coins *coins = calloc(1, sizeof *coins);
    if (!coins)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    lab_random_seed(&random, turn->seed);
    for (size_t i = 0; i < BRANCHES / 32; i++) {
        coins->random[i] = (uint32_t)lab_random_next(&random);
        coins->in_turn[i] = 0x55555555;
    }
    turn->state = coins;
    turn->release = free;
    return 0;
}

static double toss_for(const uint32_t *coins, uint64_t times)
{
    static volatile uint32_t sink;
    uint64_t start = lab_now_ns();
    toss(coins, times, &sink);
    return (double)(lab_now_ns() - start) / 1e9;
}

/* What else runs on the machine can only add, but to either side of the difference: so the fastest
 * of either is taken here, and not the smallest difference, which would be the one whose subtrahend
 * was disturbed most. */
static int branch_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_coins(turn, failure);
    if (code)
        return code;
    const struct coins *coins = turn->state;
    /* Half of the random ones are guessed wrong, none of the others is. */
    uint64_t times = (turn->operations * EVERY + SLICES * BRANCHES - 1) / (SLICES * BRANCHES);
    double wrong = INFINITY, right = INFINITY;
    for (unsigned i = 0; i < SLICES; i++) {
        wrong = fmin(wrong, toss_for(coins->random, times));
        right = fmin(right, toss_for(coins->in_turn, times));
    }
    turn->seconds = SLICES * (wrong - right);
    turn->operations = SLICES * times * (BRANCHES / EVERY);
    return 0;
}

/* ---- divide-64: a quotient that the next division needs ---- */

enum { DIVISIONS_AT_ONCE = 8 };

/* The dividend is large in every step, because many a CPU divides small numbers sooner: all its
 * bits but the quotient's stay above 2^63. The inversion takes a cycle, which is counted. */
#define DIVIDE x = ~(x / d);

static uint64_t __attribute__((noinline)) divide(uint64_t x, uint64_t d, uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++) {
        DIVIDE DIVIDE DIVIDE DIVIDE DIVIDE DIVIDE DIVIDE DIVIDE
    }
    return x;
}

static int divide_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    static volatile uint64_t operands[2] = {UINT64_MAX, 3};
    uint64_t rounds = (turn->operations + DIVISIONS_AT_ONCE - 1) / DIVISIONS_AT_ONCE;
    (void)failure;
    uint64_t x = operands[0], d = operands[1], start = lab_now_ns();
    x = divide(x, d, rounds);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = rounds * DIVISIONS_AT_ONCE;
    operands[0] = x | 1;
    return 0;
}

const struct lab_latency_row lab__latency_cpu[] = {
    {.name = "read-1mb",
     .title = "Read 1 MB of memory in sequence",
     .about = "One thread adds up all words of 1 MB, again and again: the caches that are large "
              "enough have them.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 250e-6,
     .turn = read_1mb_turn,
     .least = true},
    {.name = "read-64mb",
     .title = "Read 64 MB of memory in sequence",
     .about = "The same through 64 MB, most of which has to come from memory each time.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 64 * 250e-6,
     .turn = read_64mb_turn,
     .least = true},
    {.name = "branch-mispredict",
     .title = "Branch that was guessed wrong",
     .about = "A branch on random bits less the same branch on bits in turn, for each of the half "
              "that is guessed wrong.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 5e-9,
     .turn = branch_turn},
    {.name = "divide-64",
     .title = "64-bit division",
     .about = "One thread divides a 64-bit number by another, and the next dividend is made of the "
              "quotient.",
     .group = LAB_LATENCY_MEMORY,
     .turn = divide_turn,
     .least = true},
    {0},
};
