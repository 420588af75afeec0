/* mandelbrot: paint a corner of the Mandelbrot set, one tile at a time.
 *
 * For each pixel, a point c of the complex plane, repeat z = z² + c from z = 0 and count the steps
 * until |z| exceeds 2, after which it runs away for certain. The count is the pixel's colour.
 * Points of the set never run away; we give up on them after LIMIT steps.
 *
 * It is embarrassingly parallel (no tile needs another) and still unfair: a tile of outer sea is
 * done in a blink, a tile full of the set costs LIMIT steps for every pixel. Watch which worker
 * gets which.
 *
 * One step of z = z² + c must wait for the step before, so a single pixel leaves most of the
 * processor's arithmetic idle. The kernel therefore takes LANES neighbours of a row at once, in
 * vectors of two doubles. Lanes that ran away keep computing for company, to infinity and then NaN;
 * they are no longer counted, because neither is at most 4.
 *
 * The seed moves the picture by a fraction of a pixel: another seed is other work, the same view.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("fp-contract=off")
#else
#pragma STDC FP_CONTRACT OFF
#endif
/* Without contraction (x·y + z rounded once) every build computes the same bits: near the edge of
 * the set one rounding decides whether a point escapes, and all methods must paint the same
 * picture. */

#include <complex.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/problem.h"

/* A valley of sea horses, with the set's edge through it. */
static const double centre_re = -0.7445, centre_im = 0.1215, view_width = 0.0125;

enum { TILE = 64, LIMIT = 1000, LANES = 4, VECTORS = LANES / 2, BURST = 8 };

struct mandelbrot_in {
    double left, top, step; /* of the tile's first pixel; the distance between pixels */
    uint32_t x, y, width, height;
};

/* Two doubles, and two 64-bit integers of the same size: GCC's vector extension. Comparing two
 * vectors gives 0 or -1 in each lane. */
typedef double real2 __attribute__((vector_size(16)));
typedef int64_t int2 __attribute__((vector_size(16)));

/* Steps of LANES points (re, im), into counts. BURST steps run between two looks at whether
 * anybody is left: LIMIT is a multiple of it. */
static void iterate(const double re[LANES], double im, uint16_t counts[LANES])
{
    _Static_assert(LIMIT % BURST == 0, "the last burst must end at the limit");
    const real2 four = {4, 4};
    real2 cx[VECTORS], x[VECTORS], y[VECTORS], cy = {im, im};
    int2 count[VECTORS];
    for (int v = 0; v < VECTORS; v++) {
        cx[v] = (real2){re[2 * v], re[2 * v + 1]};
        x[v] = y[v] = (real2){0, 0};
        count[v] = (int2){0, 0};
    }
    for (int n = 0; n < LIMIT; n += BURST) {
        int2 alive = {0, 0};
        for (int burst = 0; burst < BURST; burst++) {
            for (int v = 0; v < VECTORS; v++) {
                real2 xx = x[v] * x[v], yy = y[v] * y[v], xy = x[v] * y[v];
                int2 inside = xx + yy <= four;
                count[v] -= inside;
                alive = burst == BURST - 1 ? alive | inside : alive;
                x[v] = xx - yy + cx[v];
                y[v] = xy + xy + cy;
            }
        }
        if (!(alive[0] | alive[1]))
            break;
    }
    for (int i = 0; i < LANES; i++)
        counts[i] = (uint16_t)count[i / 2][i % 2];
}

static int mandelbrot_step(struct lab_run *run)
{
    struct mandelbrot_in in;
    if (run->in.size != sizeof in)
        return lab_run_fail(run, LAB_E_INVALID, "mandelbrot: a task of %zu bytes", run->in.size);
    memcpy(&in, run->in.data, sizeof in);
    if (in.width > TILE || in.height > TILE)
        return lab_run_fail(run, LAB_E_INVALID, "mandelbrot: a tile of %u × %u pixels",
                            (unsigned)in.width, (unsigned)in.height);

    uint16_t out[TILE * TILE];
    for (uint32_t y = 0; y < in.height; y++) {
        for (uint32_t x = 0; x < in.width; x += LANES) {
            if (lab_checkpoint())
                return lab_run_fail(run, LAB_E_STOPPED, "stopped");
            double re[LANES];
            uint16_t counts[LANES];
            for (uint32_t i = 0; i < LANES; i++)
                re[i] = in.left + (x + i) * in.step;
            iterate(re, in.top - y * in.step, counts);
            uint32_t used = in.width - x < LANES ? in.width - x : LANES;
            memcpy(out + (size_t)y * in.width + x, counts, used * sizeof *counts);
        }
    }
    return lab_run_result(run, out, (size_t)in.width * in.height * sizeof *out);
}

static int mandelbrot_prepare(struct lab_problem *problem,
                              const struct lab_workload_options *options,
                              struct lab_failure *failure)
{
    uint32_t side = (uint32_t)problem->size, across = (side + TILE - 1) / TILE;
    double step = view_width / side;
    struct lab_random random;
    lab_random_seed(&random, options->seed);
    double left = centre_re - view_width / 2 + lab_random_unit(&random) * step;
    double top = centre_im + view_width / 2 - lab_random_unit(&random) * step;

    int code = lab__problem_tasks(problem, (size_t)across * across, failure);
    for (uint32_t i = 0; i < problem->task_count && !code; i++) {
        uint32_t x = i % across * TILE, y = i / across * TILE;
        struct mandelbrot_in *in = lab__problem_task(problem, i, sizeof *in, failure);
        if (!in)
            return LAB_E_NOMEM;
        *in = (struct mandelbrot_in){
            .left = left + x * step,
            .top = top - y * step,
            .step = step,
            .x = x,
            .y = y,
            .width = side - x < TILE ? side - x : TILE,
            .height = side - y < TILE ? side - y : TILE,
        };
    }
    return code;
}

static int mandelbrot_tile(const struct lab_problem *problem, size_t i, struct lab_bytes result,
                           struct lab_tile *tile)
{
    struct mandelbrot_in in;
    memcpy(&in, problem->tasks[i].data, sizeof in);
    if (!result.data || result.size != (size_t)in.width * in.height * sizeof(uint16_t))
        return LAB_E_INVALID;
    *tile = (struct lab_tile){
        .x = (uint16_t)in.x,
        .y = (uint16_t)in.y,
        .width = (uint16_t)in.width,
        .height = (uint16_t)in.height,
        .limit = LIMIT,
        .iterations = result.data,
    };
    return 0;
}

/* The other way: one point at a time, as the textbook writes it. */
static unsigned textbook(double complex c)
{
    double complex z = 0;
    for (unsigned n = 0; n < LIMIT; n++) {
        if (creal(z) * creal(z) + cimag(z) * cimag(z) > 4)
            return n;
        z = z * z + c;
    }
    return LIMIT;
}

/* Computes one pixel in SAMPLE again, a random one of each group, and demands the same count: the
 * kernel does the same roundings. No count may be above the limit or 0 (|c| < 2 here, so the first
 * step never escapes). A tile that is misplaced, cut or stale is certain to be caught; one damaged
 * pixel that stays in range only sometimes, and then the checksum tells it from other runs. */
static int mandelbrot_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                             struct lab_failure *failure)
{
    enum { SAMPLE = 32 };
    struct lab_random random;
    lab_random_seed(&random, problem->seed);
    for (size_t i = 0; i < problem->task_count; i++) {
        struct mandelbrot_in in;
        memcpy(&in, problem->tasks[i].data, sizeof in);
        uint32_t pixels = in.width * in.height;
        int code = lab__result_size(problem, i, results[i], pixels * sizeof(uint16_t), failure);
        if (code)
            return code;
        uint16_t counts[TILE * TILE];
        memcpy(counts, results[i].data, results[i].size);
        for (uint32_t p = 0; p < pixels; p++)
            if (counts[p] == 0 || counts[p] > LIMIT)
                return lab_fail(failure, LAB_E_UNVERIFIED,
                                "mandelbrot: task %zu: a pixel took %u steps of at most %d", i,
                                counts[p], LIMIT);
        for (uint32_t group = 0; group < pixels; group += SAMPLE) {
            uint32_t rest = pixels - group < SAMPLE ? pixels - group : SAMPLE;
            uint32_t p = group + (uint32_t)lab_random_below(&random, rest);
            uint32_t column = p % in.width, row = p / in.width;
            unsigned right = textbook((in.left + column * in.step) + (in.top - row * in.step) * I);
            if (counts[p] != right)
                return lab_fail(failure, LAB_E_UNVERIFIED,
                                "mandelbrot: task %zu: pixel %u, %u took %u steps, should take %u",
                                i, (unsigned)(in.x + column), (unsigned)(in.y + row), counts[p],
                                right);
        }
    }
    return 0;
}

static const struct lab_task_type mandelbrot_task = {.name = "mandelbrot", .step = mandelbrot_step};

const struct lab_workload lab_mandelbrot = {
    .name = "mandelbrot",
    .family = LAB_FAMILY_CPU,
    .sentence = "Paints a valley of the Mandelbrot set in tiles; those that touch the set cost a "
                "thousand steps a pixel, the others a few dozen.",
    .size_unit = "pixels a side",
    .source = "mandelbrot.c",
    .default_size = 1024,
    .min_size = 16,
    .max_size = 8192,
    .fit = {.least = 256, .cost_power = 2, .task_power = 2},
    .task = &mandelbrot_task,
    .prepare = mandelbrot_prepare,
    .verify = mandelbrot_verify,
    .tile = mandelbrot_tile,
};
