/* The heap against a model that knows every block's bytes; its limit from both sides; whose blocks
 * are whose; and tasks on it. (AddressSanitizer's build sees here that nothing leaks.) */
#include "interpreters/heap.h"

#include <stdlib.h>

#include "check.h"
#include "futures/task.h"
#include "stats/random.h"
#include "workloads/workload.h"

enum { MIB = 1 << 20 };

static struct lab_heap_memory memory_of(const struct lab_heap *heap)
{
    struct lab_heap_memory memory;
    lab_heap_memory(heap, &memory);
    return memory;
}

/* ---- sizes ---- */

static void block_sizes(void)
{
    size_t before = 0;
    for (size_t size = 0; size <= 3 * LAB_HEAP_SMALL_MAX; size++) {
        size_t block = lab_heap_block_size(size);
        if (block < size || block < before || block % LAB_HEAP_ALIGN != 0 ||
            block > size + size / 4 + 2 * LAB_HEAP_ALIGN + 4) {
            CHECK_INT(block, size);
            break;
        }
        before = block;
    }
    CHECK(lab_heap_block_size(0) > 0);
    CHECK_INT(lab_heap_block_size(SIZE_MAX), 0);
    CHECK_INT(lab_heap_block_size(SIZE_MAX / 2 + 1), 0);
}

/* Each size's neighbours in memory must not reach into each other. */
static void every_size_is_all_there(void)
{
    struct lab_heap *heap = lab_heap_create(64 * MIB);
    CHECK_OR_RETURN(heap != NULL);
    size_t wrong = 0;
    for (size_t size = 0; size <= LAB_HEAP_SMALL_MAX + 64; size += size < 300 ? 1 : 37) {
        unsigned char *blocks[3];
        for (int i = 0; i < 3; i++) {
            blocks[i] = lab_heap_alloc(heap, size);
            CHECK_OR_RETURN(blocks[i] != NULL);
            wrong += (uintptr_t)blocks[i] % LAB_HEAP_ALIGN != 0;
            memset(blocks[i], 'a' + i, size);
        }
        for (int i = 0; i < 3; i++)
            for (size_t k = 0; k < size; k++)
                wrong += blocks[i][k] != 'a' + i;
        lab_heap_free(heap, blocks[1]);
        lab_heap_free(heap, blocks[0]); /* the third stays, to the heap's end */
    }
    CHECK_INT(wrong, 0);
    lab_heap_destroy(heap);
}

/* ---- the model ---- */

enum { SLOTS = 300, STEPS = 20000 };

struct slot {
    unsigned char *block;
    size_t size;
    uint64_t seed; /* of its bytes */
};

static void fill(struct slot *slot, size_t from)
{
    uint64_t state = slot->seed;
    for (size_t k = 0; k < slot->size; k++) {
        if (k % 8 == 0)
            lab_splitmix64(&state);
        if (k >= from)
            slot->block[k] = (unsigned char)(state >> (k % 8 * 8));
    }
}

static bool intact(const struct slot *slot, size_t size)
{
    uint64_t state = slot->seed;
    for (size_t k = 0; k < size; k++) {
        if (k % 8 == 0)
            lab_splitmix64(&state);
        if (slot->block[k] != (unsigned char)(state >> (k % 8 * 8)))
            return false;
    }
    return true;
}

static size_t random_size(uint64_t *state)
{
    uint64_t bits = lab_splitmix64(state);
    switch (bits % 16) {
    case 0:
        return 0;
    case 1:
        return LAB_HEAP_SMALL_MAX - 32 + (bits >> 8) % 64; /* where small ends */
    case 2:
        return (bits >> 8) % (100 << 10);
    case 3:
        return SIZE_MAX - (bits >> 8) % 64; /* must be refused, not wrap */
    case 4:
    case 5:
        return (bits >> 8) % 4096;
    default:
        return (bits >> 8) % 300;
    }
}

static bool may_refuse(const struct lab_heap_memory *before, size_t size)
{
    size_t block = lab_heap_block_size(size);
    if (block == 0)
        return true;
    /* An empty chunk may be given back to make room; no other memory is to be had. */
    size_t need = size > LAB_HEAP_SMALL_MAX ? block : LAB_HEAP_CHUNK;
    return need > before->limit - before->footprint;
}

static void fuzz_with(uint64_t seed, size_t limit)
{
    struct slot *slots = calloc(SLOTS, sizeof *slots);
    struct lab_heap *heap = lab_heap_create(limit);
    CHECK_OR_RETURN(slots && heap);
    uint64_t state = seed;
    size_t used = 0, blocks = 0, peak = 0, wrong = 0, refused = 0;
    for (int step = 0; step < STEPS && !wrong; step++) {
        struct slot *slot = &slots[lab_splitmix64(&state) % SLOTS];
        struct lab_heap_memory before = memory_of(heap);
        size_t size = random_size(&state);
        bool all_free = lab_splitmix64(&state) % 5000 == 0;
        if (all_free) {
            for (size_t i = 0; i < SLOTS; i++) {
                lab_heap_free(heap, slots[i].block);
                slots[i] = (struct slot){0};
            }
            used = blocks = 0;
        } else if (!slot->block) {
            slot->block = lab_heap_alloc(heap, size);
            if (slot->block) {
                slot->size = size;
                slot->seed = lab_splitmix64(&state);
                fill(slot, 0);
                used += lab_heap_block_size(size);
                blocks++;
            }
            refused += !slot->block;
            wrong += !slot->block && !may_refuse(&before, size);
        } else if (lab_splitmix64(&state) % 3 == 0) {
            size_t kept = size < slot->size ? size : slot->size;
            unsigned char *moved = lab_heap_realloc(heap, slot->block, size);
            if (moved) {
                used -= lab_heap_block_size(slot->size);
                /* One that became smaller where no smaller one was to be had stays what it was. */
                slot->block = moved;
                wrong += !intact(slot, kept);
                slot->size = size;
                fill(slot, kept);
                used += lab_heap_block_size(size);
            } else {
                refused++;
                wrong +=
                    size <= slot->size || !may_refuse(&before, size) || !intact(slot, slot->size);
            }
            if (moved && memory_of(heap).used != used) {
                wrong += memory_of(heap).used < used || !may_refuse(&before, size);
                lab_heap_free(heap, slot->block); /* forget the exception */
                used -= lab_heap_block_size(slot->size);
                blocks--;
                *slot = (struct slot){0};
            }
        } else {
            wrong += !intact(slot, slot->size) || !lab_heap_owns(heap, slot->block);
            lab_heap_free(heap, slot->block);
            used -= lab_heap_block_size(slot->size);
            blocks--;
            *slot = (struct slot){0};
        }
        struct lab_heap_memory after = memory_of(heap);
        peak = peak > after.used ? peak : after.used;
        wrong += after.used != used || after.blocks != blocks || after.peak < peak ||
                 after.footprint > limit || after.footprint < used || after.limit != limit;
        if (wrong)
            lab_check(false, __FILE__, __LINE__, "seed %llu limit %zu step %d: size %zu",
                      (unsigned long long)seed, limit, step, size);
    }
    CHECK_INT(wrong, 0);
    CHECK(refused > 0); /* SIZE_MAX at least */
    for (size_t i = 0; i < SLOTS; i++)
        CHECK(!slots[i].block || intact(&slots[i], slots[i].size));
    lab_heap_destroy(heap); /* with what is in it */
    free(slots);
}

static void fuzz(void)
{
    fuzz_with(1, 64 * MIB); /* roomy */
    fuzz_with(2, 2 * MIB);  /* refuses often */
    fuzz_with(3, 1 * MIB);
    fuzz_with(4, 3 * LAB_HEAP_CHUNK + 16);
}

/* ---- the limit ---- */

static void the_limit_is_exact(void)
{
    struct lab_heap *heap = lab_heap_create(MIB);
    CHECK_OR_RETURN(heap != NULL);
    CHECK_INT(memory_of(heap).footprint, 0); /* costs nothing until used */
    CHECK(lab_heap_alloc(heap, MIB + 1) == NULL);
    CHECK(lab_heap_alloc(heap, SIZE_MAX) == NULL);
    void *all = lab_heap_alloc(heap, MIB);
    CHECK_OR_RETURN(all != NULL);
    CHECK_INT(memory_of(heap).footprint, MIB);
    CHECK(lab_heap_alloc(heap, 1) == NULL);
    CHECK(lab_heap_realloc(heap, all, MIB + 1) == NULL);
    all = lab_heap_realloc(heap, all, MIB - LAB_HEAP_CHUNK);
    CHECK_OR_RETURN(all != NULL);
    void *small = lab_heap_alloc(heap, 1); /* one chunk fits again */
    CHECK(small != NULL);
    CHECK_INT(memory_of(heap).footprint, MIB);
    CHECK(lab_heap_alloc(heap, LAB_HEAP_SMALL_MAX) == NULL);
    lab_heap_free(heap, small); /* its chunk is empty now, and makes room when it must */
    all = lab_heap_realloc(heap, all, MIB);
    CHECK_OR_RETURN(all != NULL);
    CHECK_INT(memory_of(heap).footprint, MIB);
    lab_heap_free(heap, all);
    CHECK_INT(memory_of(heap).used, 0);
    CHECK_INT(memory_of(heap).footprint, 0);
    CHECK_INT(memory_of(heap).peak, MIB);
    lab_heap_destroy(heap);
}

/* Small blocks fill the limit but for less than a chunk, and an emptied heap has all of it
 * again. */
static void small_blocks_reach_the_limit(void)
{
    static const size_t sizes[] = {1, 48, 200, 1000, 5000};
    struct lab_heap *heap = lab_heap_create(20 * LAB_HEAP_CHUNK + 100);
    CHECK_OR_RETURN(heap != NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        void *last = NULL, *block;
        size_t count = 0;
        for (; (block = lab_heap_alloc(heap, sizes[i])); count++, last = block) {
            if (sizes[i] >= sizeof last)
                memcpy(block, &last, sizeof last);
            else if (last) { /* too small for a link: each goes at once, but for the first */
                lab_heap_free(heap, block);
                if (count > 100)
                    break;
                block = last;
            }
        }
        if (sizes[i] >= sizeof last) {
            CHECK_INT(memory_of(heap).footprint, 20 * LAB_HEAP_CHUNK);
            CHECK_INT(memory_of(heap).blocks, count);
            CHECK_INT(count % 20, 0);
        }
        for (; last && memory_of(heap).blocks; last = block) {
            block = NULL;
            if (sizes[i] >= sizeof last)
                memcpy(&block, last, sizeof block);
            lab_heap_free(heap, last);
        }
        CHECK_INT(memory_of(heap).used, 0);
        CHECK(memory_of(heap).footprint <= LAB_HEAP_CHUNK); /* one is kept */
    }
    lab_heap_destroy(heap);
}

/* A chunk that was full has room again when one of its blocks is freed. */
static void freed_blocks_are_used_again(void)
{
    enum { SIZE = 1000, MANY = 400 };
    struct lab_heap *heap = lab_heap_create(0);
    void *blocks[MANY];
    CHECK_OR_RETURN(heap != NULL);
    for (int i = 0; i < MANY; i++)
        blocks[i] = lab_heap_alloc(heap, SIZE);
    size_t footprint = memory_of(heap).footprint;
    CHECK(footprint > 3 * LAB_HEAP_CHUNK);
    for (int lap = 0; lap < 3; lap++) {
        for (int i = lap; i < MANY; i += 2)
            lab_heap_free(heap, blocks[i]);
        for (int i = lap; i < MANY; i += 2)
            blocks[i] = lab_heap_alloc(heap, SIZE);
        CHECK_INT(memory_of(heap).footprint, footprint);
        CHECK_INT(memory_of(heap).blocks, MANY);
    }
    for (int i = 0; i < MANY; i++)
        lab_heap_free(heap, blocks[i]);
    CHECK(memory_of(heap).footprint <= LAB_HEAP_CHUNK);
    lab_heap_destroy(heap);
}

/* ---- current heaps ---- */

static void blocks_know_their_heap(void)
{
    struct lab_heap *one = lab_heap_create(0), *other = lab_heap_create(0);
    CHECK_OR_RETURN(one && other);
    CHECK(lab_heap_current() == NULL);
    CHECK_INT(memory_of(one).limit, LAB_HEAP_LIMIT);
    unsigned char *plain = lab_alloc(100), *zeroed = lab_zalloc(0);
    CHECK_OR_RETURN(plain && zeroed);
    CHECK(!lab_heap_owns(one, plain));
    memset(plain, 7, 100);

    lab_heap_set_current(one);
    unsigned char *ones = lab_alloc(100), *large = lab_zalloc(100000);
    CHECK_OR_RETURN(ones && large);
    CHECK(lab_heap_owns(one, ones) && !lab_heap_owns(other, ones));
    CHECK(lab_heap_owns(one, large) && lab_heap_owns(one, large + 99999));
    CHECK(large[0] == 0 && large[99999] == 0);
    /* malloc's, while a heap is current: stays malloc's. */
    plain = lab_realloc(plain, 200000);
    CHECK_OR_RETURN(plain != NULL);
    CHECK(!lab_heap_owns(one, plain) && plain[99] == 7);
    CHECK_INT(memory_of(one).blocks, 2);
    lab_free(zeroed);
    CHECK_INT(memory_of(one).blocks, 2);
    lab_free(NULL);

    lab_heap_set_current(other);
    unsigned char *others = lab_realloc(NULL, 50);
    CHECK(lab_heap_owns(other, others) && !lab_heap_owns(one, others));
    lab_free(others);
    CHECK_INT(memory_of(other).blocks, 0);

    lab_heap_set_current(one);
    memset(ones, 9, 100);
    ones = lab_realloc(ones, 20000);
    CHECK_OR_RETURN(ones != NULL);
    CHECK(lab_heap_owns(one, ones) && ones[99] == 9);
    ones = lab_realloc(ones, 10);
    CHECK(lab_heap_owns(one, ones) && ones[9] == 9);
    lab_free(ones);
    lab_free(large);
    CHECK_INT(memory_of(one).used, 0);
    unsigned char *again = lab_zalloc(100); /* memory that was in use is zero, too */
    CHECK_OR_RETURN(again != NULL);
    CHECK(again[0] == 0 && again[99] == 0);
    lab_free(plain);
    lab_heap_set_current(NULL);
    lab_heap_destroy(one);
    lab_heap_destroy(other);
    lab_heap_destroy(NULL);
}

/* ---- tasks ---- */

/* Runs a workload's tasks on a heap; returns its failures, all of which must be code. */
static int run_on_heap(const char *name, uint64_t size, const char *fault, size_t limit, int code)
{
    struct lab_problem problem;
    struct lab_failure failure;
    struct lab_workload_options options = {.size = size, .seed = 1, .fault = fault};
    int failed = 0;
    struct lab_heap *heap = lab_heap_create(limit);
    CHECK_INT(lab_problem_prepare(&problem, lab_workload_find(name), &options, &failure), 0);
    struct lab_bytes *results = calloc(problem.task_count, sizeof *results);
    struct lab_run run;
    for (size_t i = 0; i < problem.task_count; i++) {
        lab_heap_set_current(heap);
        CHECK_INT(lab_run_init(&run, problem.workload->task, problem.tasks[i]), 0);
        CHECK_INT(run.type->step(&run), LAB_CO_DONE);
        CHECK(!run.out || lab_heap_owns(heap, run.out));
        lab_run_export(&run);
        CHECK(!run.out || !lab_heap_owns(heap, run.out));
        if (run.failure)
            CHECK_INT(run.failure->code, code);
        failed += run.failure != NULL;
        results[i] = (struct lab_bytes){run.out, run.out_size};
        run.out = NULL;
        lab_run_release(&run);
        lab_heap_set_current(NULL);
        CHECK_INT(memory_of(heap).blocks, 0); /* the task left nothing behind */
    }
    CHECK(memory_of(heap).peak <= memory_of(heap).limit);
    lab_heap_destroy(heap); /* the results outlive it */
    if (failed == 0)
        CHECK_INT(lab_problem_verify(&problem, results, &failure), 0);
    for (size_t i = 0; i < problem.task_count; i++)
        free((void *)results[i].data);
    free(results);
    lab_problem_release(&problem);
    return failed;
}

static void tasks_live_on_the_heap(void)
{
    CHECK_INT(run_on_heap("sort", 300001, NULL, 0, 0), 0);
    CHECK_INT(run_on_heap("matmul", 300, NULL, 0, 0), 0);
    CHECK_INT(run_on_heap("primes", 7, NULL, 0, 0), 0);
}

static void a_task_that_overruns_fails_alone(void)
{
    CHECK_INT(run_on_heap("sort", (1 << 18) + 1000, NULL, MIB, LAB_E_NOMEM), 1); /* of two */
    CHECK_INT(run_on_heap("fault", 5, "nomem", 0, LAB_E_NOMEM), 1);
}

LAB_SUITE(heap)
{
    RUN(block_sizes);
    RUN(every_size_is_all_there);
    RUN(fuzz);
    RUN(the_limit_is_exact);
    RUN(small_blocks_reach_the_limit);
    RUN(freed_blocks_are_used_again);
    RUN(blocks_know_their_heap);
    RUN(tasks_live_on_the_heap);
    RUN(a_task_that_overruns_fails_alone);
}
