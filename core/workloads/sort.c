/* sort: put random numbers in order, one run at a time.
 *
 * A merge sort: split a run in halves, sort each, merge the two. Merging reads every number and
 * writes it somewhere else, again for every doubling of the length: 16 times from runs of 4 to one
 * of 262,144. There is nearly nothing to compute, so what is measured is memory: first the caches,
 * then, as runs of several workers push each other out of the shared one, the memory behind it. A
 * task also carries its run in and out again, a megabyte each way. Methods that copy data pay for
 * it here.
 *
 * A textbook merge asks "which is smaller?" and jumps; on random numbers the processor guesses the
 * jump wrong half of the time, 15 cycles each. This one turns the answer into a number (0 or 1) and
 * adds it to a pointer, so that there is nothing to guess. And it merges from both ends at once:
 * the smallest half forwards, the largest half backwards. That makes two chains of work that do not
 * wait for each other, and neither can run past its input, so the loop needs no other test. (The
 * idea is Scandum's "parity merge", quadsort, 2021.)
 */
#include <inttypes.h>
#include <string.h>

#include "interpreters/heap.h"
#include "workloads/problem.h"

enum {
    RUN = 1 << 18,    /* numbers in a task */
    STRIDE = 1 << 14, /* numbers from each end between two checkpoints: some 60 µs */
    PIECE = 1 << 11,  /* runs up to here have no checkpoint inside: some 50 µs */
    SMALL = 4,        /* runs up to here are not split */
};

/* A merge under way: of a[0 … n/2) and a[n/2 … n), each in order, into out[0 … n). */
struct merge {
    const uint32_t *left, *right;         /* the smallest not taken */
    const uint32_t *left_end, *right_end; /* the largest not taken */
    uint32_t *first, *last;
};

static inline struct merge begin(const uint32_t *a, size_t n, uint32_t *out)
{
    return (struct merge){a, a + n / 2, a + n / 2 - 1, a + n - 1, out, out + n - 1};
}

/* Takes `count` numbers from each end. */
static inline void advance(struct merge *merge, size_t count)
{
    const uint32_t *restrict left = merge->left, *restrict right = merge->right;
    const uint32_t *restrict left_end = merge->left_end, *restrict right_end = merge->right_end;
    uint32_t *restrict first = merge->first, *restrict last = merge->last;
    for (; count > 0; count--) {
        bool take_left = *left <= *right;
        *first++ = take_left ? *left : *right;
        left += take_left;
        right += !take_left;

        bool take_right = *left_end <= *right_end;
        *last-- = take_right ? *right_end : *left_end;
        right_end -= take_right;
        left_end -= !take_right;
    }
    *merge = (struct merge){left, right, left_end, right_end, first, last};
}

/* The same out of line, for long merges: around a checkpoint the compiler finds a loop 2% slower, although the
 * checkpoint is not in it. */
static __attribute__((noinline)) void advance_stride(struct merge *merge, size_t count)
{
    advance(merge, count);
}

/* An odd number of numbers leaves one, in whichever half is not used up. */
static inline void end(struct merge *merge, size_t n)
{
    if (n % 2 == 1)
        *merge->first = merge->left <= merge->left_end ? *merge->left : *merge->right;
}

static inline void in_order(uint32_t *a, uint32_t *b)
{
    uint32_t low = *a < *b ? *a : *b, high = *a < *b ? *b : *a;
    *a = low;
    *b = high;
}

/* Four numbers by the same five comparisons, whatever they are: a sorting network. */
static inline void sort_four(uint32_t *a)
{
    in_order(a + 0, a + 1);
    in_order(a + 2, a + 3);
    in_order(a + 0, a + 2);
    in_order(a + 1, a + 3);
    in_order(a + 1, a + 2);
}

/* Sorts a[0 … n), into scratch or in place; the other of the two is overwritten. Going down to
 * small runs first keeps the lower levels of merging inside the caches. This one does not look up:
 * a checkpoint in each of the many short merges would cost 5%. */
static void sort_piece(uint32_t *a, uint32_t *scratch, size_t n, bool into_scratch)
{
    if (n <= SMALL) {
        uint32_t few[SMALL];
        memset(few, 0xff, sizeof few); /* the largest there is: fillers end up last */
        memcpy(few, a, n * sizeof *a);
        sort_four(few);
        memcpy(into_scratch ? scratch : a, few, n * sizeof *a);
        return;
    }
    size_t half = n / 2;
    sort_piece(a, scratch, half, !into_scratch);
    sort_piece(a + half, scratch + half, n - half, !into_scratch);
    struct merge merge = into_scratch ? begin(a, n, scratch) : begin(scratch, n, a);
    advance(&merge, half);
    end(&merge, n);
}

/* The same for any n. Returns false when stopped. */
static bool sort(uint32_t *a, uint32_t *scratch, size_t n, bool into_scratch)
{
    if (lab_checkpoint())
        return false;
    if (n <= PIECE) {
        sort_piece(a, scratch, n, into_scratch);
        return true;
    }
    size_t half = n / 2;
    if (!sort(a, scratch, half, !into_scratch) ||
        !sort(a + half, scratch + half, n - half, !into_scratch))
        return false;
    struct merge merge = into_scratch ? begin(a, n, scratch) : begin(scratch, n, a);
    for (size_t done = 0; done < half; done += STRIDE) {
        if (lab_checkpoint())
            return false;
        advance_stride(&merge, half - done < STRIDE ? half - done : STRIDE);
    }
    end(&merge, n);
    return true;
}

static int sort_step(struct lab_run *run)
{
    size_t size = run->in.size, n = size / sizeof(uint32_t);
    if (n == 0 || size % sizeof(uint32_t) != 0)
        return lab_run_fail(run, LAB_E_INVALID, "sort: a task of %zu bytes", size);
    uint32_t *a = lab_alloc(size), *scratch = lab_alloc(size);
    if (!a || !scratch)
        lab_run_fail(run, LAB_E_NOMEM, "sort: out of memory for two times %zu bytes", size);
    else {
        memcpy(a, run->in.data, size);
        if (sort(a, scratch, n, false)) {
            lab_run_adopt(run, a, size);
            a = NULL;
        } else {
            lab_run_fail(run, LAB_E_STOPPED, "stopped");
        }
    }
    lab_free(scratch);
    lab_free(a);
    return LAB_CO_DONE;
}

static int sort_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                        struct lab_failure *failure)
{
    size_t left = (size_t)problem->size;
    int code = lab__problem_tasks(problem, (left + RUN - 1) / RUN, failure);
    for (size_t i = 0; i < problem->task_count && !code; i++) {
        size_t n = left < RUN ? left : RUN;
        uint32_t *numbers = lab__problem_task(problem, i, n * sizeof *numbers, failure);
        if (!numbers)
            return LAB_E_NOMEM;
        uint64_t state = lab_random_substream(options->seed, i);
        for (size_t k = 0; k < n; k++)
            numbers[k] = (uint32_t)(lab_splitmix64(&state) >> 32);
        left -= n;
    }
    return code;
}

/* A sum that does not depend on the order: of every number, scrambled so that two wrong numbers
 * do not make up for each other. */
static uint64_t multiset_hash(const unsigned char *bytes, size_t n)
{
    uint64_t sum = 0;
    for (size_t k = 0; k < n; k++) {
        uint32_t x;
        memcpy(&x, bytes + k * sizeof x, sizeof x);
        uint64_t state = x;
        sum += lab_splitmix64(&state);
    }
    return sum;
}

/* In order, and the same numbers as before: that is all there is to being sorted. */
static int sort_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                       struct lab_failure *failure)
{
    for (size_t i = 0; i < problem->task_count; i++) {
        size_t size = problem->tasks[i].size, n = size / sizeof(uint32_t);
        int code = lab__result_size(problem, i, results[i], size, failure);
        if (code)
            return code;
        const unsigned char *bytes = results[i].data;
        for (size_t k = 1; k < n; k++) {
            uint32_t before, after;
            memcpy(&before, bytes + (k - 1) * sizeof before, sizeof before);
            memcpy(&after, bytes + k * sizeof after, sizeof after);
            if (before > after)
                return lab_fail(failure, LAB_E_UNVERIFIED,
                                "sort: task %zu: number %zu, %" PRIu32 ", comes after %" PRIu32, i,
                                k, after, before);
        }
        if (multiset_hash(bytes, n) != multiset_hash(problem->tasks[i].data, n))
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "sort: task %zu: the numbers are in order, but not those that went in",
                            i);
    }
    return 0;
}

static const struct lab_task_type sort_task = {.name = "sort", .step = sort_step};

const struct lab_workload lab_sort = {
    .name = "sort",
    .family = LAB_FAMILY_MEMORY,
    .sentence =
        "Merge-sorts runs of random numbers: little computing, a lot of memory traffic, and a "
        "megabyte in and out of every task.",
    .size_unit = "numbers",
    .source = "sort.c",
    .default_size = 4 << 20,
    .min_size = 16,
    .max_size = 64 << 20,
    .task = &sort_task,
    .prepare = sort_prepare,
    .verify = sort_verify,
};
