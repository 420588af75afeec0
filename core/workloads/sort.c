/* sort: put random numbers in order, one run at a time.
 *
 * A merge sort: split a run in halves, sort each, merge the two. Merging reads every number and
 * writes it somewhere else, again for every doubling of the length: 14 times from runs of 16 to one
 * of 262,144. There is little to compute, so what is measured is memory: first the caches, then, as
 * runs of several workers push each other out of the shared one, the memory behind it. A task also
 * carries its run in and out again, a megabyte each way. Methods that copy data pay for it here.
 *
 * A textbook merge asks "which is smaller?" and jumps; on random numbers the processor guesses the
 * jump wrong half of the time, 15 cycles each. This one asks only once for eight numbers. It holds
 * eight, takes the next eight of the run whose next number is smaller, and puts all sixteen in
 * order by comparisons that are the same whatever the numbers are: a network. The smaller eight go
 * out, the larger eight are held. (Batcher's bitonic merge, 1968; in vectors: Chhugani and others,
 * "Efficient implementation of sorting on multi-core SIMD CPU architecture", 2008.) A network does
 * four of its comparisons with one instruction, and the next eight numbers are on their way while
 * it works.
 *
 * Why are the smaller eight always the next ones? The next number of the other run is not smaller
 * than the eight that were taken begin with, so all that is held is at most that: there are eight
 * numbers that may go before it.
 *
 * What was tried and lost: a scalar merge from both ends at once ("parity merge", Scandum's
 * quadsort, 2021) takes 2.8 times as long natively and 4.4 times as WebAssembly; radix sorts of 8
 * and 11 bits are faster natively, by half, but as WebAssembly 1.4 and 1.8 times slower than that,
 * where this one loses nothing. (A choice of `next` without a jump is 9% faster natively, and 4%
 * slower in V8.)
 */
#include <inttypes.h>
#include <string.h>

#include "interpreters/heap.h"
#include "workloads/problem.h"

enum {
    RUN = 1 << 18,    /* numbers in a task */
    STRIDE = 1 << 15, /* numbers between two checkpoints in a merge: some 20 µs */
    PIECE = 1 << 12,  /* runs up to here have no checkpoint inside: some 30 µs */
    EIGHT = 8,        /* what a merge takes at a time */
    SMALL = 16, /* runs of this length are sorted in registers; all lengths are multiples of it */
};

/* Four numbers side by side: GCC's vector extension. */
typedef uint32_t four __attribute__((vector_size(16)));

static inline four load(const uint32_t *from)
{
    four x;
    memcpy(&x, from, sizeof x);
    return x;
}

static inline void store(uint32_t *to, four x)
{
    memcpy(to, &x, sizeof x);
}

/* In each of the four places, the smaller of two numbers to x and the larger to y. The compiler
 * knows instructions for this, where there are some. */
static inline void exchange(four *x, four *y)
{
    four less = (four)(*x < *y); /* all bits where it is so */
    four low = (*x & less) | (*y & ~less), high = (*y & less) | (*x & ~less);
    *x = low;
    *y = high;
}

/* x0 x1 x2 x3 and y0 y1 y2 y3 become x0 y0 x1 y1 and x2 y2 x3 y3. */
static inline void interleave(four *x, four *y)
{
    four a = *x, b = *y;
    *x = (four){a[0], b[0], a[1], b[1]};
    *y = (four){a[2], b[2], a[3], b[3]};
}

static inline four reversed(four x)
{
    return (four){x[3], x[2], x[1], x[0]};
}

/* Eight numbers that fall and then rise, or rise and then fall, come out in order. Interleaving
 * brings those together that are to be compared next: first 4 places apart, then 2, then 1. */
static inline void untwist(four *x, four *y)
{
    for (int distance = 4; distance > 0; distance /= 2) {
        exchange(x, y);
        interleave(x, y);
    }
}

/* Two times eight numbers in order: the smaller eight to a, the larger eight to b, both in
 * order. */
static inline void merge_eights(four a[2], four b[2])
{
    four first = b[0];
    b[0] = reversed(b[1]);
    b[1] = reversed(first);
    exchange(&a[0], &b[0]);
    exchange(&a[1], &b[1]);
    untwist(&a[0], &a[1]);
    untwist(&b[0], &b[1]);
}

/* Sixteen numbers: four columns are sorted, columns become rows, and rows are merged. */
static inline void sort_small(const uint32_t *from, uint32_t *to)
{
    four x[4] = {load(from), load(from + 4), load(from + 8), load(from + 12)};
    exchange(&x[0], &x[1]);
    exchange(&x[2], &x[3]);
    exchange(&x[0], &x[2]);
    exchange(&x[1], &x[3]);
    exchange(&x[1], &x[2]);

    interleave(&x[0], &x[2]);
    interleave(&x[1], &x[3]);
    interleave(&x[0], &x[1]);
    interleave(&x[2], &x[3]);

    x[1] = reversed(x[1]);
    x[3] = reversed(x[3]);
    untwist(&x[0], &x[1]);
    untwist(&x[2], &x[3]);
    merge_eights(&x[0], &x[2]);
    for (size_t i = 0; i < 4; i++)
        store(to + 4 * i, x[i]);
}

/* A merge under way: of two runs in order, of which neither is empty, into out. */
struct merge {
    const uint32_t *left, *left_end, *right, *right_end; /* not taken */
    uint32_t *out;
    four held[2]; /* the largest eight that were taken */
};

static inline struct merge begin(const uint32_t *a, size_t half, size_t n, uint32_t *out)
{
    return (struct merge){a + EIGHT, a + half, a + half, a + n, out, {load(a), load(a + 4)}};
}

static inline bool both_are_left(const struct merge *merge)
{
    return merge->left != merge->left_end && merge->right != merge->right_end;
}

/* Takes eight numbers from `next` and puts out eight. */
static inline void step(struct merge *merge, const uint32_t *next)
{
    four taken[2] = {load(next), load(next + 4)};
    merge_eights(merge->held, taken);
    store(merge->out, merge->held[0]);
    store(merge->out + 4, merge->held[1]);
    merge->out += EIGHT;
    merge->held[0] = taken[0];
    merge->held[1] = taken[1];
}

/* Puts out `count` numbers, or less when one of the runs has no more. */
static inline void advance(struct merge *merge, size_t count)
{
    struct merge m = *merge; /* so that it is kept in registers */
    for (; count > 0 && both_are_left(&m); count -= EIGHT) {
        bool take_left = *m.left <= *m.right;
        const uint32_t *next = take_left ? m.left : m.right;
        m.left += take_left ? EIGHT : 0;
        m.right += take_left ? 0 : EIGHT;
        step(&m, next);
    }
    *merge = m;
}

/* One of the runs has no more. */
static inline void end(struct merge *merge)
{
    struct merge m = *merge;
    for (; m.left != m.left_end; m.left += EIGHT)
        step(&m, m.left);
    for (; m.right != m.right_end; m.right += EIGHT)
        step(&m, m.right);
    store(m.out, m.held[0]);
    store(m.out + 4, m.held[1]);
}

static size_t half_of(size_t n)
{
    return (n / 2 + SMALL - 1) / SMALL * SMALL;
}

/* Sorts a[0 … n), into scratch or in place; the other of the two is overwritten. Going down to
 * small runs first keeps the lower levels of merging inside the caches. This one does not look up:
 * a checkpoint in each of the many short merges would cost some percent. */
static void sort_piece(uint32_t *a, uint32_t *scratch, size_t n, bool into_scratch)
{
    if (n == SMALL) {
        sort_small(a, into_scratch ? scratch : a);
        return;
    }
    size_t half = half_of(n);
    sort_piece(a, scratch, half, !into_scratch);
    sort_piece(a + half, scratch + half, n - half, !into_scratch);
    struct merge merge = into_scratch ? begin(a, half, n, scratch) : begin(scratch, half, n, a);
    advance(&merge, n);
    end(&merge);
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
    size_t half = half_of(n);
    if (!sort(a, scratch, half, !into_scratch) ||
        !sort(a + half, scratch + half, n - half, !into_scratch))
        return false;
    struct merge merge = into_scratch ? begin(a, half, n, scratch) : begin(scratch, half, n, a);
    while (both_are_left(&merge)) {
        if (lab_checkpoint())
            return false;
        advance(&merge, STRIDE);
    }
    end(&merge);
    return true;
}

static int sort_step(struct lab_run *run)
{
    size_t size = run->in.size, n = size / sizeof(uint32_t);
    if (n == 0 || size % sizeof(uint32_t) != 0)
        return lab_run_fail(run, LAB_E_INVALID, "sort: a task of %zu bytes", size);
    size_t padded = (n + SMALL - 1) / SMALL * SMALL, room = padded * sizeof(uint32_t);
    uint32_t *a = lab_alloc(room), *scratch = lab_alloc(room);
    if (!a || !scratch)
        lab_run_fail(run, LAB_E_NOMEM, "sort: out of memory for two times %zu bytes", room);
    else {
        memcpy(a, run->in.data, size);
        memset(a + n, 0xff, room - size); /* the largest there is: fillers end up last */
        if (sort(a, scratch, padded, false)) {
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
    .fit = {.least = 1 << 20, .cost_power = 1, .task_power = 1},
    .task = &sort_task,
    .prepare = sort_prepare,
    .verify = sort_verify,
};
