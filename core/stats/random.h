/* Seeded pseudo-random numbers: the same seed gives the same stream on every target.
 *
 * What: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators",
 * ACM TOMS 47(4), 2021), its state filled by splitmix64 (Steele, Lea and Flood, OOPSLA 2014), as
 * its authors advise. Period 2^256 - 1. Not for secrets.
 *
 * How: seed once, then draw. Everything random in a run comes from the run's one seed: a part that
 * needs a stream of its own takes lab_random_substream(seed, its number).
 *
 * Threads: a generator has no lock; one thread uses it at a time. Nothing blocks or allocates.
 */
#ifndef LAB_STATS_RANDOM_H
#define LAB_STATS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Plain memory: copying it forks the stream. Invariant: not all four words are 0 (that state only
 * produces 0); lab_random_seed() never makes it. */
struct lab_random {
    uint64_t s[4];
};

/* Advances *state and returns the next splitmix64 output. Any state is legal. */
uint64_t lab_splitmix64(uint64_t *state);

/* The seed of stream number `stream` under `seed`: output number `stream` of splitmix64(seed), in
 * constant time. Different streams of one seed never get the same value. */
uint64_t lab_random_substream(uint64_t seed, uint64_t stream);

/* Any seed is legal, 0 too. */
void lab_random_seed(struct lab_random *random, uint64_t seed);

/* The next 64 bits. */
uint64_t lab_random_next(struct lab_random *random);

/* An integer in [0, bound), every one equally likely (rejection, not a bare modulo: Lemire, "Fast
 * random integer generation in an interval", ACM TOMACS 29(1), 2019). A bound of 0 gives 0.
 * Bounds below 2^32 take the high half of one 64-bit draw; others the whole of it. */
uint64_t lab_random_below(struct lab_random *random, uint64_t bound);

/* A double in [0, 1), a multiple of 2^-53. */
double lab_random_unit(struct lab_random *random);

/* Shuffles count elements of size bytes each in place; every order equally likely (Fisher and
 * Yates; Knuth, TAOCP vol. 2, algorithm P). count 0 and 1 and size 0 change nothing. */
void lab_random_shuffle(struct lab_random *random, void *base, size_t count, size_t size);

#endif
