/* SHA-256 as the standard writes it, for four messages at once: what checks sha256.c.
 *
 * It shares no line with the fast one. The message schedule is the whole array W of section 6.2.2,
 * the eight working variables really move every round, and every variable is a vector whose lane i
 * belongs to message i: so the plain text of the standard is also a quick way to check many
 * digests. The constants are derived instead of copied: the first 32 bits of the fractional parts
 * of the square roots (H) and cube roots (K) of the first primes. A double's 53 bits are plenty for
 * that.
 */
#include "workloads/sha256.h"

#include <math.h>
#include <string.h>

typedef lab__u32x4 word;

#define ROTR(n, x)   ((x) >> (n) | (x) << (32 - (n)))
#define SHR(n, x)    ((x) >> (n))
#define CH(x, y, z)  (((x) & (y)) ^ (~(x) & (z)))
#define MAJ(x, y, z) (((x) & (y)) ^ ((x) & (z)) ^ ((y) & (z)))

static uint32_t fraction(double root)
{
    return (uint32_t)((root - floor(root)) * 4294967296.0);
}

void lab__sha256_four_init(struct lab__sha256_four *four)
{
    int found = 0;
    for (int p = 2; found < 64; p++) {
        int d = 2;
        while (p % d != 0)
            d++;
        if (d < p)
            continue;
        if (found < 8)
            four->h[found] = fraction(sqrt(p));
        four->k[found++] = fraction(cbrt(p));
    }
}

void lab__sha256_four_begin(struct lab__sha256_four *four)
{
    for (int i = 0; i < 8; i++)
        four->state[i] = (word){four->h[i], four->h[i], four->h[i], four->h[i]};
}

void lab__sha256_four_block(struct lab__sha256_four *four,
                            unsigned char block[4][LAB__SHA256_BLOCK])
{
    word W[64];
    for (int t = 0; t < 16; t++)
        for (int lane = 0; lane < 4; lane++) {
            const unsigned char *b = block[lane] + (size_t)4 * (size_t)t;
            W[t][lane] = (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
        }
    for (int t = 16; t < 64; t++) {
        word sigma1 = ROTR(17, W[t - 2]) ^ ROTR(19, W[t - 2]) ^ SHR(10, W[t - 2]);
        word sigma0 = ROTR(7, W[t - 15]) ^ ROTR(18, W[t - 15]) ^ SHR(3, W[t - 15]);
        W[t] = sigma1 + W[t - 7] + sigma0 + W[t - 16];
    }

    word *H = four->state;
    word a = H[0], b = H[1], c = H[2], d = H[3], e = H[4], f = H[5], g = H[6], h = H[7];
    for (int t = 0; t < 64; t++) {
        word T1 = h + (ROTR(6, e) ^ ROTR(11, e) ^ ROTR(25, e)) + CH(e, f, g) + four->k[t] + W[t];
        word T2 = (ROTR(2, a) ^ ROTR(13, a) ^ ROTR(22, a)) + MAJ(a, b, c);
        h = g;
        g = f;
        f = e;
        e = d + T1;
        d = c;
        c = b;
        b = a;
        a = T1 + T2;
    }
    H[0] += a;
    H[1] += b;
    H[2] += c;
    H[3] += d;
    H[4] += e;
    H[5] += f;
    H[6] += g;
    H[7] += h;
}

void lab__sha256_four_end(const struct lab__sha256_four *four,
                          unsigned char digest[4][LAB__SHA256_BYTES])
{
    for (int lane = 0; lane < 4; lane++)
        for (int byte = 0; byte < LAB__SHA256_BYTES; byte++)
            digest[lane][byte] =
                (unsigned char)(four->state[byte / 4][lane] >> (24 - 8 * (byte % 4)));
}

void lab__sha256_pad(unsigned char block[LAB__SHA256_BLOCK], size_t used, uint64_t length)
{
    memset(block + used, 0, LAB__SHA256_BLOCK - used);
    block[used] = 0x80;
    for (int i = 0; i < 8; i++)
        block[LAB__SHA256_BLOCK - 1 - i] = (unsigned char)(length * 8 >> 8 * i);
}
