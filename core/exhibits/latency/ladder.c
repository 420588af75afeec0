#include "exhibits/latency/ladder.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/latency/chase.h"
#include "exhibits/latency/rows.h"
#include "platform/system.h"
#include "stats/sample.h"
#include "stats/steps.h"

enum {
    FIRST_BYTES = 1 << 10,
    MEGABYTE = 1 << 20,
    MOST_BYTES = 256 * MEGABYTE,
    WASM_BYTES = 128 * MEGABYTE, /* where memory may be 256 MB, with all else in it */
    FEWEST_BYTES = 16 * MEGABYTE,
    PER_OCTAVE = 4,
    PASSES = 3,
    MIN_ROUNDS = 2, /* of a point in a pass */
    MAX_ROUNDS = 8,
    MIN_TURNS = 3, /* of a round */
    MAX_TURNS = 5,
    MOST_DOUBLINGS = 20,
};

/* Of what a turn should last. */
static const double TOO_SHORT = 0.25;

/* What the ladder needs besides its turns: to make the cycles and to read them once. */
static const double TURNS_SHARE = 0.6;

/* No memory answers as soon as that, and no cache of a CPU's own as late: DRAM alone needs some 25
 * ns from address to data, and the way there and back as long again. Only used to say whether the
 * topmost plateau is memory, or a cache that is larger than the largest set. */
static const double MEMORY_LEAST = 45e-9;

struct samples {
    double rounds[PASSES * MAX_ROUNDS];
    size_t count;
};

struct lab_ladder {
    struct lab_chase *chase;
    double seconds, least;
    uint64_t began_ns;
    unsigned per_octave, passes, turns;
    size_t sizes;   /* points in the end */
    size_t at;      /* steps done */
    uint64_t loads; /* of a turn at the latest size */
    struct samples samples[LAB_LADDER_POINTS];
    struct lab_ladder_point points[LAB_LADDER_POINTS];
};

static uint64_t size_of(const struct lab_ladder *ladder, size_t i)
{
    double bytes = FIRST_BYTES * exp2((double)i / ladder->per_octave);
    return (uint64_t)(bytes / LAB_LINE_BYTES + 0.5) * LAB_LINE_BYTES;
}

/* As much as there is time for: a coarse clock makes turns long. */
static void plan(struct lab_ladder *ladder)
{
    ladder->per_octave = PER_OCTAVE;
    ladder->passes = PASSES;
    ladder->turns = MAX_TURNS;
    double octaves = log2((double)lab_chase_room(ladder->chase) / FIRST_BYTES);
    for (;;) {
        ladder->sizes = (size_t)(octaves * ladder->per_octave + 0.5) + 1;
        double turns = (double)ladder->sizes * ladder->passes * MIN_ROUNDS * ladder->turns;
        if (turns * ladder->least <= TURNS_SHARE * ladder->seconds)
            return;
        if (ladder->passes > 1)
            ladder->passes--;
        else if (ladder->turns > MIN_TURNS)
            ladder->turns--;
        else if (ladder->per_octave > 2)
            ladder->per_octave /= 2;
        else
            break;
    }
    /* A coarse clock: shorter turns, of five of its steps at least, rather than minutes, and each
     * is a round: the faster ones of several would be those that were rounded down. */
    ladder->turns = 1;
    double turns = (double)ladder->sizes * ladder->passes * MIN_ROUNDS * ladder->turns;
    ladder->least = fmax(ladder->least / 10, TURNS_SHARE * ladder->seconds / turns);
}

struct lab_ladder *lab_ladder_begin(double seconds, double least, uint64_t seed)
{
    struct lab_ladder *ladder = calloc(1, sizeof *ladder);
    size_t most = sizeof(void *) == 4 ? WASM_BYTES : MOST_BYTES;
    if (!ladder)
        return NULL;
    ladder->seconds = seconds;
    ladder->least = least;
    ladder->loads = LAB_CHASE_STRIDE;
    if (!(ladder->chase = lab_chase_create(FEWEST_BYTES, most, seed))) {
        free(ladder);
        return NULL;
    }
    plan(ladder);
    ladder->began_ns = lab_now_ns();
    return ladder;
}

/* Goes around, and finds how many loads a turn needs: about as many as at the size before. */
static void warm_up(struct lab_ladder *ladder)
{
    for (;;) {
        double seconds = lab_chase_run(ladder->chase, ladder->loads);
        double ratio = ladder->least / fmax(seconds, ladder->least / 1000);
        if (ratio <= 1.0 && ratio >= 0.5)
            return;
        ladder->loads =
            (uint64_t)fmax(ceil((double)ladder->loads * 1.1 * ratio / LAB_CHASE_STRIDE), 1) *
            LAB_CHASE_STRIDE;
        if (ratio < 0.5)
            return;
    }
}

/* Seconds a load. Where the turn by which the loads were reckoned had been interrupted this one may
 * be so short that a coarse clock does not see it. */
static double take_turn(struct lab_ladder *ladder)
{
    double seconds = lab_chase_run(ladder->chase, ladder->loads);
    for (int i = 0; i < MOST_DOUBLINGS && seconds < TOO_SHORT * ladder->least; i++) {
        ladder->loads *= 2;
        seconds = lab_chase_run(ladder->chase, ladder->loads);
    }
    return seconds / (double)ladder->loads;
}

static double take_round(struct lab_ladder *ladder)
{
    double turns[MAX_TURNS];
    for (unsigned i = 0; i < ladder->turns; i++)
        turns[i] = take_turn(ladder);
    lab_sample_sort(turns, ladder->turns);
    return turns[ladder->turns > 1];
}

/* Seconds that a step has: what is left, in equal parts. */
static double share(const struct lab_ladder *ladder)
{
    double left = ladder->seconds - (double)(lab_now_ns() - ladder->began_ns) / 1e9;
    return left > 0 ? left / (double)(lab_ladder_total(ladder) - ladder->at) : 0;
}

/* The lower quartile of the rounds, with an interval that no distribution is assumed for: fewer
 * than k of n values are below the quartile with the binomial probability, so 95% of the time it
 * lies between the smallest and the k-th. */
static struct lab_interval lower_quartile(const struct samples *samples)
{
    double sorted[PASSES * MAX_ROUNDS];
    size_t n = samples->count, k = 0;
    double term = pow(0.75, (double)n), sum = term;
    struct lab_interval interval;
    memcpy(sorted, samples->rounds, n * sizeof *sorted);
    lab_sample_sort(sorted, n);
    lab_sample_percentile(sorted, n, 25, &interval.median);
    while (k + 1 < n && sum < 0.95) {
        term *= (double)(n - k) / (double)(k + 1) / 3; /* that k + 1 of n are below */
        sum += term;
        k++;
    }
    interval.low = n > 1 ? sorted[0] : (double)NAN;
    interval.high = n > 1 ? sorted[k] : (double)NAN;
    return interval;
}

bool lab_ladder_step(struct lab_ladder *ladder)
{
    if (ladder->at == lab_ladder_total(ladder))
        return false;
    size_t i = ladder->at % ladder->sizes;
    struct samples *samples = &ladder->samples[i];
    uint64_t start = lab_now_ns();
    double seconds = share(ladder);
    ladder->points[i].bytes = size_of(ladder, i);
    lab_chase_set(ladder->chase, ladder->points[i].bytes);
    warm_up(ladder);
    for (unsigned round = 0; round < MAX_ROUNDS; round++) {
        if (round >= MIN_ROUNDS && (double)(lab_now_ns() - start) / 1e9 >= seconds)
            break;
        samples->rounds[samples->count++] = take_round(ladder);
    }
    ladder->points[i].seconds = lower_quartile(samples);
    if (++ladder->at < lab_ladder_total(ladder))
        return true;
    /* Half of all the memory there is under WebAssembly, which others want now. */
    lab_chase_destroy(ladder->chase);
    ladder->chase = NULL;
    return false;
}

const struct lab_ladder_point *lab_ladder_points(const struct lab_ladder *ladder, size_t *count)
{
    *count = ladder->at < ladder->sizes ? ladder->at : ladder->sizes;
    return ladder->points;
}

const struct lab_ladder_point *lab_ladder_latest(const struct lab_ladder *ladder)
{
    return ladder->at ? &ladder->points[(ladder->at - 1) % ladder->sizes] : NULL;
}

size_t lab_ladder_done(const struct lab_ladder *ladder)
{
    return ladder->at;
}

size_t lab_ladder_total(const struct lab_ladder *ladder)
{
    return ladder->sizes * ladder->passes;
}

void lab_ladder_end(struct lab_ladder *ladder)
{
    if (!ladder)
        return;
    lab_chase_destroy(ladder->chase);
    free(ladder);
}

/* ---- what it shows ---- */

static const char *name_of(size_t i, size_t count, double seconds)
{
    static const char *const caches[] = {"l1", "l2", "l3"};
    if (i + 1 == count && (i == LAB_LADDER_LEVELS - 1 || seconds >= MEMORY_LEAST))
        return "memory";
    assert(i < sizeof caches / sizeof *caches); /* the fourth is the last */
    return caches[i];
}

size_t lab_ladder_levels(const struct lab_ladder_point *points, size_t count, uint64_t seed,
                         struct lab_ladder_level levels[LAB_LADDER_LEVELS])
{
    static double scratch[LAB_BOOTSTRAP_SCRATCH(LAB_LADDER_POINTS, 0)];
    double values[LAB_LADDER_POINTS];
    struct lab_step steps[LAB_LADDER_LEVELS];
    size_t found = 0, octave = 1;
    for (size_t i = 0; i < count; i++)
        values[i] = log(points[i].seconds.median);
    while (octave < count && points[octave].bytes < 2 * points[0].bytes)
        octave++;
    if (octave >= count ||
        lab_steps_fit(values, count, octave, octave + 1, LAB_LADDER_LEVELS, steps, &found))
        return 0;
    for (size_t i = 0; i < found; i++) {
        struct lab_ladder_level *level = &levels[i];
        for (size_t k = 0; k < steps[i].count; k++)
            values[k] = points[steps[i].first + k].seconds.median;
        lab_bootstrap_median(values, steps[i].count, seed, scratch, &level->seconds);
        level->points = (unsigned)steps[i].count;
        level->name = name_of(i, found, level->seconds.median);
        level->bytes = i + 1 < found ? points[steps[i].last].bytes : 0;
        if (i + 1 == found && strcmp(level->name, "memory") != 0)
            level->bytes = points[count - 1].bytes; /* as far as it was seen */
    }
    return found;
}

const struct lab_ladder_level *lab_ladder_find(const struct lab_ladder_level *levels, size_t count,
                                               const char *name, uint64_t largest,
                                               struct lab_failure *reason)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(levels[i].name, name) == 0)
            return &levels[i];
    if (strcmp(name, "memory") == 0)
        lab_fail(reason, LAB_E_UNAVAILABLE,
                 "the largest working set that fits here, %.0f MB, is still in a cache",
                 (double)largest / MEGABYTE);
    else
        lab_fail(reason, LAB_E_UNAVAILABLE, "the ladder shows no such cache on this machine");
    return NULL;
}

const struct lab_latency_row lab__latency_levels[] = {
    {.name = "l1-cache",
     .title = "Load from the L1 cache",
     .about =
         "Each load says where the next one goes; all of the working set is in the first cache.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 0.5e-9,
     .of = "l1"},
    {.name = "l2-cache",
     .title = "Load from the L2 cache",
     .about = "The same through a working set that only the second cache has room for.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 7e-9,
     .of = "l2"},
    {.name = "l3-cache",
     .title = "Load from the L3 cache",
     .about = "The same through a working set that only the third cache has room for, which the "
              "cores share.",
     .group = LAB_LATENCY_MEMORY,
     .of = "l3"},
    {.name = "main-memory",
     .title = "Load from main memory",
     .about = "The same through a working set that no cache has room for.",
     .group = LAB_LATENCY_MEMORY,
     .classic_seconds = 100e-9,
     .of = "memory"},
    {0},
};
