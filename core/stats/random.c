#include "stats/random.h"

#include <string.h>

/* 2^64 divided by the golden ratio, odd: the step of splitmix64's counter. */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

uint64_t lab_splitmix64(uint64_t *state)
{
    uint64_t z = *state += GOLDEN;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t lab_random_substream(uint64_t seed, uint64_t stream)
{
    uint64_t state = seed + stream * GOLDEN;
    return lab_splitmix64(&state);
}

void lab_random_seed(struct lab_random *random, uint64_t seed)
{
    /* Four consecutive outputs of a bijection: at most one of them can be 0. */
    for (int i = 0; i < 4; i++)
        random->s[i] = lab_splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

uint64_t lab_random_next(struct lab_random *random)
{
    uint64_t *s = random->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

/* Lemire's multiply-and-shift: the draw times the bound, of which the high half is the answer and
 * the low half tells whether this draw is one of the 2^32 mod bound surplus ones. */
static uint32_t below32(struct lab_random *random, uint32_t bound)
{
    uint64_t product = (lab_random_next(random) >> 32) * bound;
    if ((uint32_t)product < bound) {
        uint32_t surplus = (0u - bound) % bound;
        while ((uint32_t)product < surplus)
            product = (lab_random_next(random) >> 32) * bound;
    }
    return (uint32_t)(product >> 32);
}

uint64_t lab_random_below(struct lab_random *random, uint64_t bound)
{
    if (bound == 0)
        return 0;
    if (bound <= UINT32_MAX)
        return below32(random, (uint32_t)bound);
    /* No 128-bit product here: wasm has none. 2^64 mod bound draws are surplus. */
    uint64_t surplus = (0u - bound) % bound;
    uint64_t draw;
    do
        draw = lab_random_next(random);
    while (draw < surplus);
    return draw % bound;
}

double lab_random_unit(struct lab_random *random)
{
    return (double)(lab_random_next(random) >> 11) * 0x1p-53;
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t size)
{
    unsigned char t[64];
    while (size > 0) {
        size_t part = size < sizeof t ? size : sizeof t;
        memcpy(t, a, part);
        memcpy(a, b, part);
        memcpy(b, t, part);
        a += part;
        b += part;
        size -= part;
    }
}

void lab_random_shuffle(struct lab_random *random, void *base, size_t count, size_t size)
{
    unsigned char *bytes = base;
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)lab_random_below(random, i);
        if (j != i - 1) /* memcpy on overlapping memory is undefined */
            swap_bytes(bytes + j * size, bytes + (i - 1) * size, size);
    }
}
