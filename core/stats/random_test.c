#include "stats/random.h"

#include "check.h"

/* Outputs for seed 1234567 as Rosetta Code prints them ("Pseudo-random numbers/Splitmix64"), and
 * the first four for seed 0, which are also xoshiro's state after seeding with 0. */
static void splitmix64_matches_published_outputs(void)
{
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    uint64_t state = 1234567;
    for (int i = 0; i < 5; i++)
        CHECK(lab_splitmix64(&state) == want[i]);

    struct lab_random random;
    lab_random_seed(&random, 0);
    CHECK(random.s[0] == UINT64_C(0xe220a8397b1dcdaf));
    CHECK(random.s[1] == UINT64_C(0x6e789e6aa1b965f4));
    CHECK(random.s[2] == UINT64_C(0x06c45d188009454f));
    CHECK(random.s[3] == UINT64_C(0xf88bb8a8724c81ec));
}

/* The vectors of Rust's rand_xoshiro, made with the authors' C code, for the state 1, 2, 3, 4. */
static void xoshiro256_matches_published_outputs(void)
{
    static const uint64_t want[] = {11520,
                                    0,
                                    1509978240,
                                    UINT64_C(1215971899390074240),
                                    UINT64_C(1216172134540287360),
                                    UINT64_C(607988272756665600),
                                    UINT64_C(16172922978634559625),
                                    UINT64_C(8476171486693032832),
                                    UINT64_C(10595114339597558777),
                                    UINT64_C(2904607092377533576)};
    struct lab_random random = {{1, 2, 3, 4}};
    for (int i = 0; i < 10; i++)
        CHECK(lab_random_next(&random) == want[i]);
}

static void substream_is_the_nth_splitmix_output(void)
{
    uint64_t state = 99;
    for (uint64_t i = 0; i < 20; i++)
        CHECK(lab_random_substream(99, i) == lab_splitmix64(&state));
}

static void same_seed_same_stream(void)
{
    struct lab_random a, b, c;
    lab_random_seed(&a, 5);
    lab_random_seed(&b, 5);
    lab_random_seed(&c, 6);
    int equal_to_c = 0;
    for (int i = 0; i < 100; i++) {
        uint64_t x = lab_random_next(&a);
        CHECK(x == lab_random_next(&b));
        equal_to_c += x == lab_random_next(&c);
    }
    CHECK_INT(equal_to_c, 0);
}

/* Chi-square of 60,000 draws below 6: with 5 degrees of freedom 20.5 is the 99.9% point. */
static void below_is_uniform(void)
{
    struct lab_random random;
    lab_random_seed(&random, 1);
    int count[6] = {0};
    for (int i = 0; i < 60000; i++) {
        uint64_t face = lab_random_below(&random, 6);
        CHECK_OR_RETURN(face < 6);
        count[face]++;
    }
    double chi_square = 0;
    for (int i = 0; i < 6; i++)
        chi_square += (count[i] - 10000.0) * (count[i] - 10000.0) / 10000;
    CHECK(chi_square < 20.5);
    CHECK(chi_square > 0.1); /* and not suspiciously even */
}

/* Bounds of 3/4 of the range, where a bare modulo or multiply would put 1/2 of the draws into the
 * lowest third (or every third value twice) instead of 1/3. */
static void below_has_no_bias_at_large_bounds(void)
{
    static const uint64_t bounds[] = {UINT64_C(3) << 30, UINT64_C(3) << 62};
    struct lab_random random;
    lab_random_seed(&random, 2);
    for (int b = 0; b < 2; b++) {
        int lowest_third = 0, residue_zero = 0;
        for (int i = 0; i < 30000; i++) {
            uint64_t x = lab_random_below(&random, bounds[b]);
            CHECK_OR_RETURN(x < bounds[b]);
            lowest_third += x < bounds[b] / 3;
            residue_zero += x % 3 == 0;
        }
        CHECK_DOUBLE(lowest_third / 30000.0, 1.0 / 3, 0.011); /* 4 standard errors */
        CHECK_DOUBLE(residue_zero / 30000.0, 1.0 / 3, 0.011);
    }
}

static void below_edges(void)
{
    struct lab_random random;
    lab_random_seed(&random, 3);
    CHECK(lab_random_below(&random, 0) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(lab_random_below(&random, 1) == 0);
    uint64_t both = 0;
    for (int i = 0; i < 100; i++)
        both |= UINT64_C(1) << lab_random_below(&random, 2);
    CHECK(both == 3);
    CHECK(lab_random_below(&random, UINT64_MAX) < UINT64_MAX);
    CHECK(lab_random_below(&random, UINT64_C(1) << 32) < UINT64_C(1) << 32);
}

static void unit_is_in_range_and_even(void)
{
    struct lab_random random;
    lab_random_seed(&random, 4);
    double sum = 0, least = 1, most = 0;
    for (int i = 0; i < 100000; i++) {
        double x = lab_random_unit(&random);
        CHECK_OR_RETURN(x >= 0 && x < 1);
        sum += x;
        least = fmin(least, x);
        most = fmax(most, x);
    }
    CHECK_DOUBLE(sum / 100000, 0.5, 0.004); /* 4 standard errors: 4 x 0.2887 / sqrt(100000) */
    CHECK(least < 0.001 && most > 0.999);

    /* s[1] = 0 outputs 0: exactly 0 is possible; all ones would be the largest, still below 1. */
    struct lab_random zero = {{1, 0, 0, 0}};
    CHECK_DOUBLE(lab_random_unit(&zero), 0, 0);
    CHECK((double)(UINT64_MAX >> 11) * 0x1p-53 < 1);
}

/* All 24 orders of 4 equally often: chi-square with 23 degrees of freedom, 99.9% point 49.7. */
static void shuffle_makes_every_order_equally_likely(void)
{
    struct lab_random random;
    lab_random_seed(&random, 5);
    int count[256] = {0};
    for (int i = 0; i < 24000; i++) {
        unsigned char order[4] = {0, 1, 2, 3};
        lab_random_shuffle(&random, order, 4, 1);
        count[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
    }
    int orders = 0;
    double chi_square = 0;
    for (int i = 0; i < 256; i++)
        if (count[i] > 0) {
            orders++;
            chi_square += (count[i] - 1000.0) * (count[i] - 1000.0) / 1000;
        }
    CHECK_INT(orders, 24);
    CHECK(chi_square < 49.7);
}

static void shuffle_keeps_wide_elements_whole(void)
{
    struct wide {
        int key;
        unsigned char rest[96]; /* more than the swap's buffer */
    } elements[10];
    for (int i = 0; i < 10; i++) {
        elements[i].key = i;
        memset(elements[i].rest, i, sizeof elements[i].rest);
    }
    struct lab_random random;
    lab_random_seed(&random, 6);
    lab_random_shuffle(&random, elements, 10, sizeof *elements);
    int seen = 0, moved = 0;
    for (int i = 0; i < 10; i++) {
        seen |= 1 << elements[i].key;
        moved += elements[i].key != i;
        for (size_t j = 0; j < sizeof elements[i].rest; j++)
            CHECK_OR_RETURN(elements[i].rest[j] == elements[i].key);
    }
    CHECK_INT(seen, 1023);
    CHECK(moved > 0);
}

static void shuffle_of_nothing(void)
{
    struct lab_random random;
    lab_random_seed(&random, 7);
    int one = 42;
    lab_random_shuffle(&random, NULL, 0, sizeof one);
    lab_random_shuffle(&random, &one, 1, sizeof one);
    CHECK_INT(one, 42);
}

LAB_SUITE(random)
{
    RUN(splitmix64_matches_published_outputs);
    RUN(xoshiro256_matches_published_outputs);
    RUN(substream_is_the_nth_splitmix_output);
    RUN(same_seed_same_stream);
    RUN(below_is_uniform);
    RUN(below_has_no_bias_at_large_bounds);
    RUN(below_edges);
    RUN(unit_is_in_range_and_even);
    RUN(shuffle_makes_every_order_equally_likely);
    RUN(shuffle_keeps_wide_elements_whole);
    RUN(shuffle_of_nothing);
}
