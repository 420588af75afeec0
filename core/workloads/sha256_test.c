/* Both implementations against FIPS 180-4's examples, NIST's long messages, and each other. */
#include "workloads/sha256.h"

#include <stdlib.h>

#include "check.h"

static const struct {
    const char *message;
    size_t repeat;
    const char *digest;
} vectors[] = {
    {"", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "q"
     "rsmnopqrstnopqrstu",
     1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {"a", 1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

static const char *hex(const unsigned char digest[LAB__SHA256_BYTES])
{
    static char text[2 * LAB__SHA256_BYTES + 1];
    for (size_t i = 0; i < LAB__SHA256_BYTES; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return text;
}

/* Whole blocks, then a padded one or two: what callers of the second implementation do. */
static void four(const unsigned char *const message[4], size_t length,
                 unsigned char digest[4][LAB__SHA256_BYTES])
{
    struct lab__sha256_four hash;
    unsigned char block[4][LAB__SHA256_BLOCK];
    size_t done = 0;
    lab__sha256_four_init(&hash);
    lab__sha256_four_begin(&hash);
    for (; length - done >= LAB__SHA256_BLOCK; done += LAB__SHA256_BLOCK) {
        for (size_t lane = 0; lane < 4; lane++)
            memcpy(block[lane], message[lane] + done, LAB__SHA256_BLOCK);
        lab__sha256_four_block(&hash, block);
    }
    size_t used = length - done;
    for (size_t lane = 0; lane < 4; lane++) {
        memset(block[lane], 0, LAB__SHA256_BLOCK);
        memcpy(block[lane], message[lane] + done, used);
        block[lane][used] = 0x80;
    }
    if (used > 55) {
        lab__sha256_four_block(&hash, block);
        memset(block, 0, sizeof block);
        for (int lane = 0; lane < 4; lane++)
            for (int i = 0; i < 8; i++)
                block[lane][63 - i] = (unsigned char)((uint64_t)length * 8 >> 8 * i);
    } else {
        for (int lane = 0; lane < 4; lane++)
            lab__sha256_pad(block[lane], used, length);
    }
    lab__sha256_four_block(&hash, block);
    lab__sha256_four_end(&hash, digest);
}

static void standard_vectors(void)
{
    for (size_t v = 0; v < sizeof vectors / sizeof *vectors; v++) {
        size_t piece = strlen(vectors[v].message), length = piece * vectors[v].repeat;
        unsigned char *message = malloc(length + 1), digest[4][LAB__SHA256_BYTES];
        CHECK_OR_RETURN(message != NULL);
        for (size_t i = 0; i < vectors[v].repeat; i++)
            memcpy(message + i * piece, vectors[v].message, piece);

        struct lab__sha256 hash;
        lab__sha256_begin(&hash);
        lab__sha256_add(&hash, message, length);
        lab__sha256_end(&hash, digest[0]);
        CHECK_STR(hex(digest[0]), vectors[v].digest);

        const unsigned char *const same[4] = {message, message, message, message};
        four(same, length, digest);
        for (int lane = 0; lane < 4; lane++)
            CHECK_STR(hex(digest[lane]), vectors[v].digest);
        free(message);
    }
}

/* Every length across two block borders, added whole and in pieces of every size. */
static void lengths_and_pieces(void)
{
    unsigned char message[4][200], one[LAB__SHA256_BYTES], other[4][LAB__SHA256_BYTES];
    const unsigned char *const lanes[4] = {message[0], message[1], message[2], message[3]};
    for (unsigned i = 0; i < 800; i++)
        message[i / 200][i % 200] = (unsigned char)(i * 151 >> 2);
    for (size_t length = 0; length <= 200; length++) {
        four(lanes, length, other);
        for (size_t lane = 0; lane < 4; lane++) {
            struct lab__sha256 hash;
            size_t piece = length % 70 + 1;
            lab__sha256_begin(&hash);
            for (size_t done = 0; done < length; done += piece)
                lab__sha256_add(&hash, message[lane] + done,
                                length - done < piece ? length - done : piece);
            lab__sha256_add(&hash, NULL, 0);
            lab__sha256_end(&hash, one);
            CHECK(memcmp(one, other[lane], sizeof one) == 0);
        }
    }
}

static void digests_of_digests(void)
{
    unsigned char one[LAB__SHA256_BYTES] = {1, 2, 3}, all[LAB__SHA256_BYTES] = {1, 2, 3};
    lab__sha256_again(all, 0);
    CHECK(memcmp(all, one, sizeof one) == 0);
    for (int i = 0; i < 5; i++) {
        struct lab__sha256 hash;
        lab__sha256_begin(&hash);
        lab__sha256_add(&hash, one, sizeof one);
        lab__sha256_end(&hash, one);
    }
    lab__sha256_again(all, 5);
    CHECK(memcmp(all, one, sizeof one) == 0);
}

LAB_SUITE(sha256)
{
    RUN(standard_vectors);
    RUN(lengths_and_pieces);
    RUN(digests_of_digests);
}
