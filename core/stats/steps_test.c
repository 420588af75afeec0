#include "stats/steps.h"

#include <math.h>

#include "check.h"
#include "platform/error.h"
#include "stats/random.h"

/* Synthetic ladders: four sizes an octave from 1 KB, as core/exhibits/latency climbs. */
enum { PER_OCTAVE = 4, POINTS = 73, MOST = 4, TRIALS = 8 };

struct level {
    double kilobytes; /* up to here; the last one's is not read */
    double height;
};

struct ladder {
    struct level levels[MOST];
    size_t count;
    double noise;     /* a factor e^noise, one standard deviation of a sum of uniforms */
    double outliers;  /* how many of the values are up to four times too high */
    double blur;      /* octaves that a step takes */
    double shoulders; /* e^shoulders more from half of each level's capacity on, as misses of a TLB
                       * are */
};

static double kilobytes(size_t i)
{
    return exp2((double)i / PER_OCTAVE);
}

static double gauss(struct lab_random *random)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += lab_random_unit(random);
    return sum;
}

static void draw(const struct ladder *ladder, struct lab_random *random, double *y)
{
    for (size_t i = 0; i < POINTS; i++) {
        double size = log2(kilobytes(i));
        y[i] = log(ladder->levels[0].height);
        for (size_t k = 0; k + 1 < ladder->count; k++) {
            double beyond = size - log2(ladder->levels[k].kilobytes) + ladder->blur / 2;
            double part = ladder->blur > 0 ? beyond / ladder->blur : beyond > 0.01;
            double step = log(ladder->levels[k + 1].height / ladder->levels[k].height);
            y[i] += fmin(fmax(part, 0), 1) * step;
            if (beyond < 0 && beyond > -1 && k > 0)
                y[i] += ladder->shoulders;
        }
        y[i] += ladder->noise * gauss(random);
        if (lab_random_unit(random) < ladder->outliers)
            y[i] += lab_random_unit(random) * log(4);
    }
}

/* Each level found, each boundary within half an octave, each height within a tenth. */
static bool fits(const struct ladder *ladder, const double *y)
{
    struct lab_step steps[MOST];
    size_t count = 0;
    if (lab_steps_fit(y, POINTS, PER_OCTAVE, PER_OCTAVE + 1, MOST, steps, &count) ||
        count != ladder->count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (fabs(steps[i].level - log(ladder->levels[i].height)) > 0.1 + ladder->shoulders)
            return false;
        if (i + 1 == count)
            continue;
        size_t end = steps[i].first + steps[i].count;
        if (steps[i + 1].first < end || steps[i + 1].first > end + PER_OCTAVE + 1)
            return false;
        double end_at = log2(kilobytes(steps[i].last) / ladder->levels[i].kilobytes);
        if (end_at < -0.5 || end_at > 0.5)
            return false;
    }
    return true;
}

static void check_ladder(const struct ladder *ladder, unsigned fewest, const char *what)
{
    struct lab_random random;
    double y[POINTS];
    unsigned right = 0;
    lab_random_seed(&random, 7);
    for (unsigned i = 0; i < TRIALS; i++) {
        draw(ladder, &random, y);
        right += fits(ladder, y);
    }
    lab_check(right >= fewest, __FILE__, __LINE__, "%s: right in %u of %d ladders, not %u", what,
              right, TRIALS, fewest);
}

#define DESKTOP {{32, 1.2}, {512, 4}, {32768, 13}, {0, 90}}
#define SMALL   {{64, 1}, {1024, 6}, {0, 110}}

static void three_caches(void)
{
    check_ladder(&(struct ladder){DESKTOP, 4, 0.01, 0, 0, 0}, TRIALS, "quiet");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.05, 0, 0, 0}, TRIALS - 1, "5% noise");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.10, 0, 0, 0}, TRIALS - 1, "10% noise");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.03, 0.10, 0, 0}, TRIALS - 1, "outliers");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.03, 0, 1, 0}, TRIALS - 1, "steps of an octave");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.02, 0.05, 0.75, 0}, TRIALS - 1, "all together");
}

static void two_caches(void)
{
    check_ladder(&(struct ladder){SMALL, 3, 0.01, 0, 0, 0}, TRIALS, "quiet");
    check_ladder(&(struct ladder){SMALL, 3, 0.05, 0.05, 0.75, 0}, TRIALS - 1, "noise");
}

static void one_cache_or_none(void)
{
    struct ladder one = {{{256, 2}, {0, 80}}, 2, 0.05, 0.05, 0.5, 0};
    struct ladder none = {{{0, 3}}, 1, 0.10, 0.05, 0, 0};
    check_ladder(&one, TRIALS - 1, "one cache");
    check_ladder(&none, TRIALS - 1, "flat");
}

/* What rises by less than caches do belongs to the level below it. */
static void shoulders_are_no_levels(void)
{
    check_ladder(&(struct ladder){DESKTOP, 4, 0.02, 0, 0.5, 0.15}, TRIALS - 1, "shoulders of 15%");
    check_ladder(&(struct ladder){DESKTOP, 4, 0.005, 0, 0.5, 0.25}, TRIALS - 1, "shoulders of 28%");
}

/* Values that are the heights exactly leave nothing to weigh: every plateau is where it was
 * drawn. */
static void exact(void)
{
    struct lab_step steps[MOST];
    double y[24];
    size_t count = 0;
    for (size_t i = 0; i < 24; i++)
        y[i] = i < 7 ? 0 : i < 9 ? 0.5 * (double)(i - 6) : i < 17 ? 2 : 4;
    CHECK_OR_RETURN(lab_steps_fit(y, 24, 4, 5, MOST, steps, &count) == 0);
    CHECK_OR_RETURN(count == 3);
    CHECK_INT(steps[0].first, 0);
    CHECK_INT(steps[0].count, 7);
    CHECK_INT(steps[1].first, 9);
    CHECK_INT(steps[1].count, 8);
    CHECK_INT(steps[2].first, 17);
    CHECK_INT(steps[2].count, 7);
    CHECK_DOUBLE(steps[1].level, 2, 1e-12);
    CHECK_INT(steps[0].last, 7); /* 0.5 is nearer to 0, 1 is not */
    CHECK_INT(steps[1].last, 16);
    CHECK_INT(steps[2].last, 23);
    /* No more than were asked for. */
    CHECK_OR_RETURN(lab_steps_fit(y, 24, 4, 5, 2, steps, &count) == 0);
    CHECK(count <= 2);
    /* What falls is no step up. */
    for (size_t i = 0; i < 24; i++)
        y[i] = i < 12 ? 2 : 0;
    CHECK_OR_RETURN(lab_steps_fit(y, 24, 4, 5, MOST, steps, &count) == 0);
    CHECK_INT(count, 1);
}

static void misuse(void)
{
    struct lab_step steps[MOST];
    double y[LAB_STEPS_MAX + 1] = {0};
    size_t count = 9;
    CHECK_INT(lab_steps_fit(y, 3, 4, 5, MOST, steps, &count), LAB_E_INVALID);
    CHECK_INT(lab_steps_fit(y, LAB_STEPS_MAX + 1, 4, 5, MOST, steps, &count), LAB_E_INVALID);
    CHECK_INT(lab_steps_fit(y, 10, 0, 5, MOST, steps, &count), LAB_E_INVALID);
    CHECK_INT(lab_steps_fit(y, 10, 4, 5, 0, steps, &count), LAB_E_INVALID);
    y[3] = NAN;
    CHECK_INT(lab_steps_fit(y, 10, 4, 5, MOST, steps, &count), LAB_E_INVALID);
    y[3] = -INFINITY; /* the logarithm of what took no time */
    CHECK_INT(lab_steps_fit(y, 10, 4, 5, MOST, steps, &count), LAB_E_INVALID);
    CHECK_INT(count, 9);
}

LAB_SUITE(steps)
{
    RUN(three_caches);
    RUN(two_caches);
    RUN(one_cache_or_none);
    RUN(shoulders_are_no_levels);
    RUN(exact);
    RUN(misuse);
}
