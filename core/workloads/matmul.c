/* matmul: multiply two large matrices.
 *
 * C = A × B, cut into blocks of C. A block needs its rows of A and its columns of B and nothing
 * else, so a task carries just these, and blocks can be computed anywhere, in any order.
 *
 * The three nested loops of the textbook reach a few hundredths of what a core can do. Two things
 * make the difference. A core multiplies four or eight floats with one instruction (SIMD), and it
 * can start several such instructions while the first is still under way. So the kernel computes
 * ROWS × COLUMNS elements of C at a time in registers, and every number it loads is used several
 * times. And it reads memory in the order in which it lies there, from pieces of A and B that were
 * packed to stay in the cache: packing moves n² numbers, multiplying them is n³ work.
 *
 * The elements are whole numbers from -8 to 7. Sums of n products stay far below 2^24, so every
 * float is exact, whatever the order of additions and whether a product is rounded before it is
 * added (x86-64-v3 and ARM do both at once, WebAssembly cannot): all machines must agree to the
 * last bit, and the verifier can be strict. The arithmetic is no faster for it.
 *
 * How far WebAssembly is from native code. On a Zen 3 core of 3.2 GHz the native kernel reaches 102
 * of the 102 GFLOP/s that there are: two multiply-adds of 8 floats a cycle. WebAssembly has 4
 * floats and adds by themselves, so 51 is its limit; a C compiler reaches 45 with that and these
 * ROWS, V8 (Node 20) 42. That is 2.4 times, and 2.2 would need 46. (With packing, a task of 256
 * takes 2.2 times as long, one of 1024 2.5.) What was tried: other shapes, 3 × 3 (30), 4 × 2 (40),
 * 6 × 2 (26, registers are spilled); two and four steps of k in a round of the loop (33 and 31: V8
 * loads them all first, and spills); with fences between (21 to 36); a loop that ends by address
 * (37). The multiply-add of relaxed SIMD gives 50, 2.05 times; Node 20 has it behind a flag, and it
 * would be a second binary to build, choose and keep: not for one kernel's 20%.
 */
#include <stdlib.h>
#include <string.h>

#include "interpreters/heap.h"
#include "workloads/problem.h"

/* A vector register of floats. Where registers have 32 bytes the same source fills them. */
#if defined(__AVX__)
enum { FLOATS = 8 };
#else
enum { FLOATS = 4 };
#endif
typedef float vector __attribute__((vector_size(4 * FLOATS), aligned(4), may_alias));

enum {
    ROWS = 5,             /* of C in registers: 5 × 2 sums, 2 vectors of B, 1 of A and a product: */
    COLUMNS = 2 * FLOATS, /* that makes 14 of the 16 there are, of which V8 keeps one for itself */
    DEPTH = 256,          /* of the packed pieces */
    BLOCK = 256,          /* rows and columns of C in a task */
    PADDED = (BLOCK + ROWS - 1) / ROWS * ROWS,
};

struct matmul_in {
    uint32_t rows, columns, n, zero;
    /* float a[rows][n], b[n][columns] follow; the result is float c[rows][columns]. */
};

struct workspace {
    float a[PADDED * DEPTH], b[DEPTH * BLOCK]; /* packed, in the order in which they are read */
    float c[PADDED * BLOCK];
};

/* c[ROWS][COLUMNS], rows BLOCK apart, += the product of two packed strips. */
static __attribute__((noinline)) void kernel(size_t depth, const float *restrict a,
                                             const float *restrict b, float *restrict c)
{
    vector sum[ROWS][2];
    for (size_t i = 0; i < ROWS; i++) {
        sum[i][0] = *(const vector *)(c + i * BLOCK);
        sum[i][1] = *(const vector *)(c + i * BLOCK + FLOATS);
    }
    for (size_t k = 0; k < depth; k++, a += ROWS, b += COLUMNS) {
        vector b0 = *(const vector *)b, b1 = *(const vector *)(b + FLOATS);
        for (size_t i = 0; i < ROWS; i++) {
            sum[i][0] += a[i] * b0;
            sum[i][1] += a[i] * b1;
        }
    }
    for (size_t i = 0; i < ROWS; i++) {
        *(vector *)(c + i * BLOCK) = sum[i][0];
        *(vector *)(c + i * BLOCK + FLOATS) = sum[i][1];
    }
}

/* Called through this, so that no optimizer puts the kernel into the loops around it: there V8
 * unrolls it, spills registers, and needs twice the time. */
static void (*volatile const multiply_strips)(size_t, const float *, const float *,
                                              float *) = kernel;

/* Columns k … k + depth of A, in strips of ROWS rows; zeros where the last strip has no more rows.
 */
static void pack_a(float *to, const unsigned char *a, const struct matmul_in *in, size_t k,
                   size_t depth)
{
    for (size_t strip = 0; strip < in->rows; strip += ROWS) {
        size_t height = in->rows - strip < ROWS ? in->rows - strip : ROWS;
        const unsigned char *from = a + (strip * in->n + k) * sizeof *to;
        if (height < ROWS)
            memset(to, 0, ROWS * depth * sizeof *to);
        for (size_t d = 0; d < depth; d++, from += sizeof *to, to += ROWS)
            for (size_t i = 0; i < height; i++)
                memcpy(to + i, from + i * in->n * sizeof *to, sizeof *to);
    }
}

/* Rows k … k + depth of B, in strips of COLUMNS columns. */
static void pack_b(float *to, const unsigned char *b, const struct matmul_in *in, size_t k,
                   size_t depth)
{
    for (size_t strip = 0; strip < in->columns; strip += COLUMNS) {
        size_t width = in->columns - strip < COLUMNS ? in->columns - strip : COLUMNS;
        const unsigned char *from = b + (k * in->columns + strip) * sizeof *to;
        if (width < COLUMNS)
            memset(to, 0, COLUMNS * depth * sizeof *to);
        for (size_t d = 0; d < depth; d++, from += in->columns * sizeof *to, to += COLUMNS)
            if (width == COLUMNS)
                memcpy(to, from, COLUMNS * sizeof *to); /* of constant size: two vectors */
            else
                memcpy(to, from, width * sizeof *to);
    }
}

static bool multiply(struct workspace *work, const struct matmul_in *in, const unsigned char *a,
                     const unsigned char *b)
{
    memset(work->c, 0, sizeof work->c);
    for (size_t k = 0; k < in->n; k += DEPTH) {
        size_t depth = in->n - k < DEPTH ? in->n - k : DEPTH;
        pack_a(work->a, a, in, k, depth);
        pack_b(work->b, b, in, k, depth);
        for (size_t j = 0; j < in->columns; j += COLUMNS) {
            if (lab_checkpoint())
                return false;
            for (size_t i = 0; i < in->rows; i += ROWS)
                multiply_strips(depth, work->a + i * depth, work->b + j * depth,
                                work->c + i * BLOCK + j);
        }
    }
    return true;
}

static int matmul_step(struct lab_run *run)
{
    struct matmul_in in = {.rows = 0};
    if (run->in.size >= sizeof in)
        memcpy(&in, run->in.data, sizeof in);
    size_t a_bytes = sizeof(float) * in.rows * in.n, b_bytes = sizeof(float) * in.n * in.columns;
    if (in.rows == 0 || in.rows > BLOCK || in.columns == 0 || in.columns > BLOCK ||
        run->in.size != sizeof in + a_bytes + b_bytes)
        return lab_run_fail(run, LAB_E_INVALID, "matmul: a task of %zu bytes", run->in.size);

    const unsigned char *a = (const unsigned char *)run->in.data + sizeof in;
    size_t row_bytes = in.columns * sizeof(float);
    struct workspace *work = lab_alloc(sizeof *work);
    unsigned char *out = lab_alloc(in.rows * row_bytes);
    if (!work || !out)
        lab_run_fail(run, LAB_E_NOMEM, "matmul: out of memory for %zu bytes", sizeof *work);
    else if (!multiply(work, &in, a, a + a_bytes))
        lab_run_fail(run, LAB_E_STOPPED, "stopped");
    else {
        for (size_t i = 0; i < in.rows; i++)
            memcpy(out + i * row_bytes, work->c + i * BLOCK, row_bytes);
        lab_run_adopt(run, out, in.rows * row_bytes);
        out = NULL;
    }
    lab_free(work);
    lab_free(out);
    return LAB_CO_DONE;
}

static void fill(float *matrix, size_t count, uint64_t seed)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++, bits >>= 4) {
        if (i % 16 == 0)
            bits = lab_splitmix64(&seed);
        matrix[i] = (float)((int)(bits & 15) - 8);
    }
}

/* Cuts the blocks' rows and columns out of A and B. */
static int cut(struct lab_problem *problem, const float *a, const float *b,
               struct lab_failure *failure)
{
    size_t n = (size_t)problem->size, across = (n + BLOCK - 1) / BLOCK;
    for (size_t t = 0; t < problem->task_count; t++) {
        size_t row = t / across * BLOCK, column = t % across * BLOCK;
        size_t rows = n - row < BLOCK ? n - row : BLOCK;
        size_t columns = n - column < BLOCK ? n - column : BLOCK;
        struct matmul_in in = {
            .rows = (uint32_t)rows, .columns = (uint32_t)columns, .n = (uint32_t)n};
        unsigned char *to = lab__problem_task(
            problem, t, sizeof in + sizeof(float) * n * (rows + columns), failure);
        if (!to)
            return LAB_E_NOMEM;
        memcpy(to, &in, sizeof in);
        to += sizeof in;
        memcpy(to, a + row * n, sizeof(float) * rows * n);
        to += sizeof(float) * rows * n;
        for (size_t k = 0; k < n; k++, to += sizeof(float) * columns)
            memcpy(to, b + k * n + column, sizeof(float) * columns);
    }
    return 0;
}

static int matmul_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                          struct lab_failure *failure)
{
    size_t n = (size_t)problem->size, across = (n + BLOCK - 1) / BLOCK;
    float *a = malloc(2 * n * n * sizeof *a);
    if (!a)
        return lab_fail(failure, LAB_E_NOMEM, "matmul: out of memory for two matrices of %zu × %zu",
                        n, n);
    fill(a, 2 * n * n, options->seed);
    int code = lab__problem_tasks(problem, across * across, failure);
    if (!code)
        code = cut(problem, a, a + n * n, failure);
    free(a);
    return code;
}

/* The other way is Freivalds' ("Fast probabilistic algorithms", 1979): if C = A·B, then C·x =
 * A·(B·x) for every vector x, and three products with a vector cost far less than one of matrices.
 * For a wrong C and an x of random whole numbers below 2^20 equality has a chance of 2^-20 at most.
 * No rounding blurs it: elements must be whole and bounded, and sums of their products fit a
 * double. */
static bool block_is_right(const struct matmul_in *in, const unsigned char *a,
                           const unsigned char *b, const unsigned char *c,
                           struct lab_random *random, double *bx)
{
    double x[BLOCK];
    for (size_t j = 0; j < in->columns; j++)
        x[j] = 1 + (double)lab_random_below(random, 1 << 20);
    for (size_t k = 0; k < in->n; k++) {
        bx[k] = 0;
        for (size_t j = 0; j < in->columns; j++) {
            float e;
            memcpy(&e, b + (k * in->columns + j) * sizeof e, sizeof e);
            bx[k] += (double)e * x[j];
        }
    }
    for (size_t i = 0; i < in->rows; i++) {
        double abx = 0, cx = 0;
        for (size_t k = 0; k < in->n; k++) {
            float e;
            memcpy(&e, a + (i * in->n + k) * sizeof e, sizeof e);
            abx += (double)e * bx[k];
        }
        for (size_t j = 0; j < in->columns; j++) {
            float e, whole;
            memcpy(&e, c + (i * in->columns + j) * sizeof e, sizeof e);
            if (!(e >= -64.0f * (float)in->n && e <= 64.0f * (float)in->n))
                return false;
            whole = (float)(int)e; /* its bytes too: no fraction, no minus zero */
            /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): as said */
            if (memcmp(&whole, &e, sizeof e) != 0)
                return false;
            cx += (double)e * x[j];
        }
        if (abx != cx)
            return false;
    }
    return true;
}

static int matmul_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                         struct lab_failure *failure)
{
    struct lab_random random;
    lab_random_seed(&random, problem->seed);
    double *bx = malloc((size_t)problem->size * sizeof *bx);
    if (!bx)
        return lab_fail(failure, LAB_E_NOMEM, "matmul: out of memory for a vector");
    int code = 0;
    for (size_t t = 0; t < problem->task_count && !code; t++) {
        struct matmul_in in;
        memcpy(&in, problem->tasks[t].data, sizeof in);
        const unsigned char *a = (const unsigned char *)problem->tasks[t].data + sizeof in;
        const unsigned char *b = a + sizeof(float) * in.rows * in.n;
        code =
            lab__result_size(problem, t, results[t], sizeof(float) * in.rows * in.columns, failure);
        if (!code && !block_is_right(&in, a, b, results[t].data, &random, bx))
            code = lab_fail(
                failure, LAB_E_UNVERIFIED,
                "matmul: task %zu: this block is not the product of its rows and columns", t);
    }
    free(bx);
    return code;
}

static const struct lab_task_type matmul_task = {.name = "matmul", .step = matmul_step};

const struct lab_workload lab_matmul = {
    .name = "matmul",
    .family = LAB_FAMILY_CPU,
    .sentence = "Multiplies two square matrices in blocks, with several multiplications in every "
                "instruction.",
    .size_unit = "rows and columns",
    .source = "matmul.c",
    .default_size = 1024,
    .min_size = 1,
    .max_size = 4096,
    .fit = {.least = 256, .cost_power = 3, .task_power = 2},
    .task = &matmul_task,
    .prepare = matmul_prepare,
    .verify = matmul_verify,
};
