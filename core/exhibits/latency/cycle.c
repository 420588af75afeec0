#include "exhibits/latency/cycle.h"

#include <math.h>
#include <stdint.h>

#include "platform/system.h"

/* A chain that nobody can shorten: addition and exclusive or do not distribute over each other, so
 * the links cannot be added up, and they alternate, so that no two of them become one. The operands
 * are in variables that come from outside: constants would do too, but a compiler that sees none
 * cannot even try. Each is one instruction of one cycle on x86, ARM and RISC-V, and one instruction
 * of WebAssembly.
 *
 * 1. Shifts and multiplications will not do: x86 does some in one cycle, others in three. A
 *    rotation neither: WebAssembly engines put its count into a register first. */
#define LINK    x = (x + a) ^ b;
#define LINKS_8 LINK LINK LINK LINK LINK LINK LINK LINK

enum { LINKS = 2 * 64, TRIES = 12 };

static uint32_t __attribute__((noinline)) chain(uint32_t x, uint32_t a, uint32_t b, uint64_t rounds)
{
    /* Unrolled, so that the loop's own counting, which goes on beside the chain, never is the
     * longer one. */
    for (uint64_t i = 0; i < rounds; i++) {
        LINKS_8 LINKS_8 LINKS_8 LINKS_8 LINKS_8 LINKS_8 LINKS_8 LINKS_8
    }
    return x;
}

double lab_latency_cycle(double least)
{
    /* Of a coarse clock ten steps must do: the fastest of several tries is rounded down. */
    least = least > 0.010 ? least / 5 : least;
    static volatile uint32_t operands[3] = {1, 0x9e3779b9, 0x7f4a7c15};
    uint32_t x = operands[0], a = operands[1], b = operands[2];
    uint64_t rounds = 256;
    double cycle = NAN;
    /* The fastest: what else runs on the machine can only add. The first tries also warm up. */
    for (int i = 0; i < TRIES;) {
        uint64_t start = lab_now_ns();
        x = chain(x, a, b, rounds);
        double seconds = (double)(lab_now_ns() - start) / 1e9;
        if (seconds < least && rounds < UINT64_C(1) << 40) {
            rounds *= 2;
            continue;
        }
        double each = seconds / ((double)rounds * LINKS);
        if (!(cycle <= each))
            cycle = each;
        i++;
    }
    operands[0] = x;
    return cycle;
}
