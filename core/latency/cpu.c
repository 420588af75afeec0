/* What the CPU itself takes. */
#include "latency/rows.h"

#include "platform/system.h"

/* ---- divide-64: a quotient that the next division needs ---- */

enum { DIVISIONS_AT_ONCE = 8 };

/* The dividend is large in every step, because many a CPU divides small numbers sooner. x = 2^64 - 1 - (x / d): for d
 * of 2 or 3 it stays in the upper half, so that all 64 bits take part. */
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
    {.name = "divide-64",
     .title = "64-bit division",
     .about = "One thread divides a 64-bit number by another, and the quotient is part of the next "
              "dividend.",
     .group = LAB_LATENCY_MEMORY,
     .turn = divide_turn,
     .least = true},
    {0},
};
