/* sha256: fingerprints of long messages.
 *
 * SHA-256 turns a message of any length into 32 bytes: change one bit and every one of them
 * changes. It takes the message in blocks of 64 bytes and stirs each into eight words with 64
 * rounds of additions, rotations and exclusive-ors. Each round needs the one before, so one message
 * cannot be split between cores; many messages can be hashed side by side.
 *
 * This is the steadiest kind of CPU work: every task costs the same, the data fits the cache,
 * nothing waits. If two cores do not halve the time here, look for the reason in the machine.
 *
 * A task is a seed and a length. The message is made from the seed as it is hashed, 8 bytes per
 * number of the generator, so a task carries 16 bytes instead of megabytes.
 */
#include "workloads/sha256.h"

#include <stdlib.h>
#include <string.h>

#include "workloads/problem.h"

/* FIPS 180-4, section 4.2.2. */
static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static inline uint32_t rotate_right(uint32_t x, int n)
{
    return x >> n | x << (32 - n);
}

/* Four words side by side: GCC's vector extension. */
typedef lab__u32x4 quad;

static inline quad rotate_quad_right(quad x, int n)
{
    return x >> n | x << (32 - n);
}

/* One round. The standard moves all eight variables one place along; here they stay, and each round
 * is written with its arguments moved along instead: eight rounds bring everybody home. The
 * majority of a, b and c is b, unless a and c both differ from it; whether b and c do was found one
 * round before. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
    do {                                                                                           \
        uint32_t t = h + kw[i] +                                                                   \
                     (rotate_right(e, 6) ^ rotate_right(e, 11) ^ rotate_right(e, 25)) +            \
                     (g ^ (e & (f ^ g)));                                                          \
        uint32_t differ_ab = a ^ b;                                                                \
        d += t;                                                                                    \
        h = t + (rotate_right(a, 2) ^ rotate_right(a, 13) ^ rotate_right(a, 22)) +                 \
            (b ^ (differ_ab & differ_bc));                                                         \
        differ_bc = differ_ab;                                                                     \
    } while (0)

/* The next four words of the message schedule, over those that were needed 16 rounds ago. The last
 * two of them need the first two, so that part is done twice: zeros stay zeros. */
static inline quad expand(const quad *restrict w, unsigned i)
{
    quad w0 = w[i % 4], w1 = w[(i + 1) % 4], w2 = w[(i + 2) % 4], w3 = w[(i + 3) % 4];
    quad x = {w0[1], w0[2], w0[3], w1[0]}, y = {w3[2], w3[3], 0, 0};
    quad next = w0 + (quad){w2[1], w2[2], w2[3], w3[0]} +
                (rotate_quad_right(x, 7) ^ rotate_quad_right(x, 18) ^ x >> 3);
    next += rotate_quad_right(y, 17) ^ rotate_quad_right(y, 19) ^ y >> 10;
    y = (quad){0, 0, next[0], next[1]};
    return next + (rotate_quad_right(y, 17) ^ rotate_quad_right(y, 19) ^ y >> 10);
}

static inline quad big_endian(const unsigned char *bytes)
{
    quad x;
    memcpy(&x, bytes, sizeof x);
    return x >> 24 | (x >> 8 & 0xff00) | (x << 8 & 0xff0000) | x << 24;
}

/* The rounds wait for each other, the schedule does not wait for them: four of its words are made
 * with each instruction, while the processor waits. In WebAssembly that saved 27% of the time,
 * natively 25%. */
static void compress(uint32_t state[8], const unsigned char *block)
{
    quad w[4];
    uint32_t kw[16]; /* constants and words, added */
    for (size_t i = 0; i < 4; i++)
        w[i] = big_endian(block + 16 * i);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    uint32_t e = state[4], f = state[5], g = state[6], h = state[7];
    uint32_t differ_bc = b ^ c;
    for (int j = 0; j < 64; j += 16) {
        for (unsigned i = 0; i < 4; i++) {
            quad sum;
            memcpy(&sum, K + j + 4 * i, sizeof sum);
            sum += w[i];
            memcpy(kw + 4 * i, &sum, sizeof sum);
        }
        if (j < 48)
            for (unsigned i = 0; i < 4; i++)
                w[i] = expand(w, i);
        ROUND(a, b, c, d, e, f, g, h, 0);
        ROUND(h, a, b, c, d, e, f, g, 1);
        ROUND(g, h, a, b, c, d, e, f, 2);
        ROUND(f, g, h, a, b, c, d, e, 3);
        ROUND(e, f, g, h, a, b, c, d, 4);
        ROUND(d, e, f, g, h, a, b, c, 5);
        ROUND(c, d, e, f, g, h, a, b, 6);
        ROUND(b, c, d, e, f, g, h, a, 7);
        ROUND(a, b, c, d, e, f, g, h, 8);
        ROUND(h, a, b, c, d, e, f, g, 9);
        ROUND(g, h, a, b, c, d, e, f, 10);
        ROUND(f, g, h, a, b, c, d, e, 11);
        ROUND(e, f, g, h, a, b, c, d, 12);
        ROUND(d, e, f, g, h, a, b, c, 13);
        ROUND(c, d, e, f, g, h, a, b, 14);
        ROUND(b, c, d, e, f, g, h, a, 15);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
}

/* Section 5.3.3. */
static const uint32_t H[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

void lab__sha256_begin(struct lab__sha256 *hash)
{
    memcpy(hash->state, H, sizeof H);
    hash->length = 0;
}

void lab__sha256_add(struct lab__sha256 *hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    size_t waiting = hash->length % LAB__SHA256_BLOCK;
    hash->length += size;
    if (waiting + size < LAB__SHA256_BLOCK) {
        if (size > 0)
            memcpy(hash->block + waiting, bytes, size);
        return;
    }
    if (waiting > 0) {
        size_t missing = LAB__SHA256_BLOCK - waiting;
        memcpy(hash->block + waiting, bytes, missing);
        compress(hash->state, hash->block);
        bytes += missing;
        size -= missing;
    }
    for (; size >= LAB__SHA256_BLOCK; size -= LAB__SHA256_BLOCK, bytes += LAB__SHA256_BLOCK)
        compress(hash->state, bytes);
    memcpy(hash->block, bytes, size);
}

static void put_big_endian(unsigned char digest[LAB__SHA256_BYTES], const uint32_t state[8])
{
    for (size_t i = 0; i < 8; i++) {
        uint32_t word = __builtin_bswap32(state[i]);
        memcpy(digest + 4 * i, &word, 4);
    }
}

/* A one bit, zeros, and the length in bits, so that the last block ends full. */
void lab__sha256_end(struct lab__sha256 *hash, unsigned char digest[LAB__SHA256_BYTES])
{
    enum { LENGTH_AT = LAB__SHA256_BLOCK - 8 };
    uint64_t bits = __builtin_bswap64(hash->length * 8);
    size_t used = hash->length % LAB__SHA256_BLOCK;
    hash->block[used++] = 0x80;
    if (used > LENGTH_AT) {
        memset(hash->block + used, 0, LAB__SHA256_BLOCK - used);
        compress(hash->state, hash->block);
        used = 0;
    }
    memset(hash->block + used, 0, LENGTH_AT - used);
    memcpy(hash->block + LENGTH_AT, &bits, sizeof bits);
    compress(hash->state, hash->block);
    put_big_endian(digest, hash->state);
}

void lab__sha256_again(unsigned char digest[LAB__SHA256_BYTES], size_t times)
{
    unsigned char block[LAB__SHA256_BLOCK] = {[LAB__SHA256_BYTES] = 0x80, [62] = 1}; /* 256 bits */
    memcpy(block, digest, LAB__SHA256_BYTES);
    for (; times > 0; times--) {
        uint32_t state[8];
        memcpy(state, H, sizeof H);
        compress(state, block);
        put_big_endian(block, state);
    }
    memcpy(digest, block, LAB__SHA256_BYTES);
}

struct sha256_in {
    uint64_t seed, length; /* bytes, a multiple of 64 */
};

struct sha256_state {
    bool known; /* the digests have been computed */
    unsigned char digests[][LAB__SHA256_BYTES];
};

enum { MESSAGE_BYTES = 4 << 20, PIECE = 16384 };

/* The next 64 bytes of a message. */
static void message_block(uint64_t *seed, unsigned char block[LAB__SHA256_BLOCK])
{
    for (size_t i = 0; i < LAB__SHA256_BLOCK; i += 8) {
        uint64_t word = lab_splitmix64(seed);
        memcpy(block + i, &word, sizeof word);
    }
}

/* So many bytes of it. Not inlined, so that V8 makes the same code of this loop whatever stands
 * around it. */
static __attribute__((noinline)) void add_message(struct lab__sha256 *hash, uint64_t *seed,
                                                  uint64_t size)
{
    unsigned char block[LAB__SHA256_BLOCK];
    for (uint64_t done = 0; done < size; done += LAB__SHA256_BLOCK) {
        message_block(seed, block);
        lab__sha256_add(hash, block, sizeof block);
    }
}

static int sha256_step(struct lab_run *run)
{
    struct sha256_in in;
    struct lab__sha256 hash;
    unsigned char digest[LAB__SHA256_BYTES];
    if (run->in.size != sizeof in)
        return lab_run_fail(run, LAB_E_INVALID, "sha256: a task of %zu bytes", run->in.size);
    memcpy(&in, run->in.data, sizeof in);

    lab__sha256_begin(&hash);
    for (uint64_t done = 0; done < in.length; done += PIECE) {
        if (lab_checkpoint())
            return lab_run_fail(run, LAB_E_STOPPED, "stopped");
        add_message(&hash, &in.seed, in.length - done < PIECE ? in.length - done : PIECE);
    }
    lab__sha256_end(&hash, digest);
    return lab_run_result(run, digest, sizeof digest);
}

static int sha256_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                          struct lab_failure *failure)
{
    size_t count = (size_t)problem->size, lanes = (count + 3) / 4 * 4;
    struct sha256_state *state = malloc(sizeof *state + lanes * sizeof *state->digests);
    if (!state)
        return lab_fail(failure, LAB_E_NOMEM, "sha256: out of memory for %zu digest%s", count,
                        count == 1 ? "" : "s");
    state->known = false;
    problem->state = state;
    int code = lab__problem_tasks(problem, count, failure);
    for (size_t i = 0; i < count && !code; i++) {
        struct sha256_in *in = lab__problem_task(problem, i, sizeof *in, failure);
        if (!in)
            return LAB_E_NOMEM;
        in->seed = lab_random_substream(options->seed, i);
        in->length = MESSAGE_BYTES;
    }
    return code;
}

static void sha256_release(struct lab_problem *problem)
{
    free(problem->state);
}

/* Hashes messages i to i + 3, which are of one length, by the second implementation. */
static void four_digests(const struct lab_problem *problem, size_t i, struct lab__sha256_four *four,
                         unsigned char digests[4][LAB__SHA256_BYTES])
{
    struct sha256_in in[4];
    unsigned char block[4][LAB__SHA256_BLOCK];
    for (size_t lane = 0; lane < 4; lane++) {
        size_t task = i + lane < problem->task_count ? i + lane : i;
        memcpy(&in[lane], problem->tasks[task].data, sizeof in[lane]);
    }
    lab__sha256_four_begin(four);
    for (uint64_t done = 0; done < in[0].length; done += LAB__SHA256_BLOCK) {
        for (size_t lane = 0; lane < 4; lane++)
            message_block(&in[lane].seed, block[lane]);
        lab__sha256_four_block(four, block);
    }
    for (size_t lane = 0; lane < 4; lane++)
        lab__sha256_pad(block[lane], 0, in[0].length);
    lab__sha256_four_block(four, block);
    lab__sha256_four_end(four, digests);
}

/* The other way is sha256_check.c's. There is no shortcut to a digest, so this costs what the work
 * itself costs; it is done at a problem's first verification and kept. */
static int sha256_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                         struct lab_failure *failure)
{
    struct sha256_state *state = problem->state;
    if (!state->known) {
        struct lab__sha256_four four;
        lab__sha256_four_init(&four);
        for (size_t i = 0; i < problem->task_count; i += 4) {
            if (lab_checkpoint())
                return lab_fail(failure, LAB_E_STOPPED, "stopped");
            four_digests(problem, i, &four, state->digests + i);
        }
        state->known = true;
    }
    for (size_t i = 0; i < problem->task_count; i++) {
        int code = lab__result_size(problem, i, results[i], LAB__SHA256_BYTES, failure);
        if (code)
            return code;
        if (memcmp(results[i].data, state->digests[i], LAB__SHA256_BYTES) != 0)
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "sha256: task %zu: this is not the digest of its message", i);
    }
    return 0;
}

static const struct lab_task_type sha256_task = {.name = "sha256", .step = sha256_step};

const struct lab_workload lab_sha256_workload = {
    .name = "sha256",
    .family = LAB_FAMILY_CPU,
    .sentence = "Computes the SHA-256 digests of long messages: equal, independent tasks that only "
                "compute.",
    .size_unit = "messages of 4 MiB",
    .source = "sha256.c",
    .default_size = 32,
    .min_size = 1,
    .max_size = 4096,
    .fit = {.least = 8, .cost_power = 1, .task_power = 1},
    .task = &sha256_task,
    .prepare = sha256_prepare,
    .verify = sha256_verify,
    .release = sha256_release,
};
