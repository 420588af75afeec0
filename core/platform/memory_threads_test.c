/* What the core asks of malloc wherever there are threads, and what an end of memory means. */
#include "platform/memory.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "platform/error.h"
#include "platform/sync.h"

enum { BLOCKS = 3000, THREADS = 16, PIECES = 1280, PIECE = 64 << 10 };

static void fill(unsigned char *block, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        block[i] = (unsigned char)(seed + i);
}

static bool holds(const unsigned char *block, size_t size, unsigned seed)
{
    for (size_t i = 0; i < size; i++)
        if (block[i] != (unsigned char)(seed + i))
            return false;
    return true;
}

/* A block of every size up to BLOCKS, all at once, then half of them again, then each in another
 * size. */
static void blocks_of_every_size_are_apart(void)
{
    static unsigned char *blocks[BLOCKS];
    for (unsigned turn = 0; turn < 2; turn++) {
        for (unsigned i = 0; i < BLOCKS; i++) {
            if (!(blocks[i] = malloc(i)) && i > 0)
                CHECK_OR_RETURN(false);
            CHECK((uintptr_t)blocks[i] % 8 == 0);
            fill(blocks[i], i, i);
        }
        for (unsigned i = 0; i < BLOCKS; i += 2) {
            CHECK(holds(blocks[i], i, i));
            free(blocks[i]);
        }
        for (unsigned i = 0; i < BLOCKS; i += 2) {
            blocks[i] = calloc(1, i);
            for (unsigned k = 0; k < i; k++)
                if (blocks[i][k])
                    CHECK_OR_RETURN(false);
            fill(blocks[i], i, i);
        }
        for (unsigned i = 1; i < BLOCKS; i++) {
            unsigned other = i * 7 % BLOCKS + 1;
            blocks[i] = realloc(blocks[i], other);
            CHECK_OR_RETURN(blocks[i] != NULL);
            CHECK(holds(blocks[i], i < other ? i : other, i));
        }
        for (unsigned i = 0; i < BLOCKS; i++)
            free(blocks[i * 11 % BLOCKS]);
    }
}

struct giver {
    void **pieces;
    _Atomic uint32_t stage; /* 1: pieces are there (release), 2: end */
    lab_thread thread;
};

static void give(void *argument)
{
    struct giver *giver = argument;
    for (unsigned i = 0; i < PIECES; i++)
        giver->pieces[i] = malloc(PIECE);
    atomic_store_explicit(&giver->stage, 1, memory_order_release);
    lab_futex_wake(&giver->stage, 1);
    while (atomic_load_explicit(&giver->stage, memory_order_acquire) == 1)
        lab_futex_wait(&giver->stage, 1, LAB_FOREVER);
}

/* Threads that wait, and whose blocks another one has freed, keep none of them: together they
 * allocate more than there may be. */
static void what_others_free_is_free(void)
{
    static struct giver givers[THREADS];
    void **pieces = malloc(PIECES * sizeof *pieces);
    CHECK_OR_RETURN(pieces != NULL);
    for (unsigned t = 0; t < THREADS; t++) {
        struct giver *giver = &givers[t];
        *giver = (struct giver){.pieces = pieces};
        CHECK_INT(lab_thread_start(&giver->thread, give, giver), 0);
        while (atomic_load_explicit(&giver->stage, memory_order_acquire) == 0)
            lab_futex_wait(&giver->stage, 0, LAB_FOREVER);
        unsigned missing = 0;
        for (unsigned i = 0; i < PIECES; i++) {
            missing += pieces[i] == NULL;
            free(pieces[i]);
        }
        CHECK_INT(missing, 0);
    }
    for (unsigned t = 0; t < THREADS; t++) {
        atomic_store_explicit(&givers[t].stage, 2, memory_order_release);
        lab_futex_wake(&givers[t].stage, 1);
        lab_thread_join(givers[t].thread);
    }
    free(pieces);
}

static void nothing(void *argument)
{
    (void)argument;
}

/* Takes blocks of a size until there is none, in front of first. */
static void *take_all(void *first, size_t size)
{
    for (void **block; (block = malloc(size));) {
        *block = first;
        first = block;
    }
    return first;
}

/* Where memory has an end: large blocks are refused, small ones go on for a while, a thread is an
 * error and no accident; and all is well again after that. */
static void an_end_of_memory_is_an_error(void)
{
    static void *small[1000];
    lab_thread thread;
    if (lab_memory_bytes() > UINT64_C(1) << 30)
        return; /* natively it is the machine's */
    void *first = NULL;
    for (size_t size = 16 << 20; size >= 4096; size /= 4)
        first = take_all(first, size);
    CHECK_INT(lab_thread_start(&thread, nothing, NULL), LAB_E_NOMEM);
    unsigned had = 0;
    for (unsigned i = 0; i < 1000; i++)
        had += (small[i] = malloc(500)) != NULL;
    CHECK_INT(had, 1000);
    void *volatile large = malloc(64 << 10); /* volatile: or the compiler takes it for had */
    CHECK(large == NULL);
    free(large);
    for (unsigned i = 0; i < 1000; i++)
        free(small[i]);
    for (void *next; first; first = next) {
        next = *(void **)first;
        free(first);
    }
    CHECK_INT(lab_thread_start(&thread, nothing, NULL), 0);
    lab_thread_join(thread);
    large = malloc(256 << 20);
    CHECK(large != NULL);
    free(large);
}

LAB_SUITE(memory)
{
    RUN(blocks_of_every_size_are_apart);
    RUN(what_others_free_is_free);
    RUN(an_end_of_memory_is_an_error);
}
