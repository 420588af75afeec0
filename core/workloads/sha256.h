/* SHA-256 (FIPS 180-4), twice: one to be fast, one to check it. Internal to core/workloads.
 *
 * How it is used. The fast one: lab__sha256_begin(), lab__sha256_add() as often as there are bytes,
 * lab__sha256_end(); lab__sha256_again() for a digest that is hashed again and again. The other
 * (sha256_check.c) hashes four messages of equal length at once, one in each lane of a vector, by
 * whole blocks: lab__sha256_four_init() once, then for each four messages begin, a block at a time,
 * end; lab__sha256_pad() makes the last block.
 *
 * Threads. Any; no global state. Blocking. Never. Memory. None is allocated.
 */
#ifndef LAB_WORKLOADS_SHA256_H
#define LAB_WORKLOADS_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { LAB__SHA256_BYTES = 32, LAB__SHA256_BLOCK = 64 };

struct lab__sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes added so far; the last length % 64 of them wait in block */
    unsigned char block[LAB__SHA256_BLOCK];
};

void lab__sha256_begin(struct lab__sha256 *hash);
void lab__sha256_add(struct lab__sha256 *hash, const void *data, size_t size);
void lab__sha256_end(struct lab__sha256 *hash, unsigned char digest[LAB__SHA256_BYTES]);
/* The digest of the digest, and so on. */
void lab__sha256_again(unsigned char digest[LAB__SHA256_BYTES], size_t times);

typedef uint32_t lab__u32x4 __attribute__((vector_size(16)));

struct lab__sha256_four {
    uint32_t k[64], h[8]; /* the standard's constants */
    lab__u32x4 state[8];
};

void lab__sha256_four_init(struct lab__sha256_four *four);
void lab__sha256_four_begin(struct lab__sha256_four *four);
void lab__sha256_four_block(struct lab__sha256_four *four,
                            unsigned char block[4][LAB__SHA256_BLOCK]);
void lab__sha256_four_end(const struct lab__sha256_four *four,
                          unsigned char digest[4][LAB__SHA256_BYTES]);

/* Completes the last block of a message of `length` bytes, whose last `used` (at most 55) bytes it
 * holds already. */
void lab__sha256_pad(unsigned char block[LAB__SHA256_BLOCK], size_t used, uint64_t length);

#endif
