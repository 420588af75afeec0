#include "stats/steps.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/error.h"
#include "stats/sample.h"

/* A plateau is [first, last]; one that no fit can have costs INFINITY. */
struct plateau {
    double level, cost; /* negative logarithms of likelihoods */
};

/* The best staircase that ends with this plateau. */
struct best {
    double cost;
    uint8_t first, last; /* of the plateau before it */
};

struct fit {
    const double *y;
    size_t n, least, rise;
    double scale, penalty, height;
    struct plateau plateaus[LAB_STEPS_MAX][LAB_STEPS_MAX]; /* [first][last] */
    struct best best[][LAB_STEPS_MAX][LAB_STEPS_MAX]; /* [number of plateaus - 1][first][last] */
};

/* The noise: neighbours' differences are its alone but at the few steps, which a median does not
 * see. The difference of two Laplace values of scale b has its median magnitude at 1.146 b (the
 * root of (1 + x / 2) e^-x = 1/2). */
static double noise(const double *y, size_t n)
{
    double differences[LAB_STEPS_MAX], scratch[LAB_STEPS_MAX], median = 0;
    for (size_t i = 1; i < n; i++)
        differences[i - 1] = fabs(y[i] - y[i - 1]);
    if (n > 1)
        lab_sample_median(differences, n - 1, scratch, &median);
    return fmax(median / 1.146, LAB_STEPS_SCALE);
}

/* The negative logarithm of the likelihood of a value so far from its level. */
static double cost_of(double distance, double scale)
{
    double anything = LAB_STEPS_OUTLIERS / (2 * log(10));
    return -log((1 - LAB_STEPS_OUTLIERS) * exp(-distance / scale) / (2 * scale) + anything);
}

static void find_plateaus(struct fit *fit)
{
    double values[LAB_STEPS_MAX], scratch[LAB_STEPS_MAX];
    for (size_t first = 0; first < fit->n; first++)
        for (size_t last = first; last < fit->n; last++) {
            struct plateau *plateau = &fit->plateaus[first][last];
            size_t count = last - first + 1;
            plateau->cost = INFINITY;
            if (count < fit->least)
                continue;
            memcpy(values, fit->y + first, count * sizeof *values);
            lab_sample_median(values, count, scratch, &plateau->level);
            plateau->cost = 0;
            for (size_t i = 0; i < count; i++)
                plateau->cost += cost_of(fabs(values[i] - plateau->level), fit->scale);
        }
}

/* Of the values (from, to), which rise from one level to another. */
static double rising(const struct fit *fit, size_t from, size_t to, double low, double high)
{
    double outside = 0;
    if (to == from + 1)
        return 0;
    for (size_t i = from + 1; i < to; i++)
        outside += fmax(fmax(low - fit->y[i], fit->y[i] - high), 0);
    return (double)(to - from - 1) * log(high - low) + outside / fit->scale;
}

/* The best staircase whose last plateau, its number `k`, is [first, last]. */
static struct best extend(const struct fit *fit, size_t k, size_t first, size_t last)
{
    const struct plateau *plateau = &fit->plateaus[first][last];
    struct best best = {.cost = INFINITY};
    for (size_t before = first; before-- > 0 && first - before <= fit->rise + 1;)
        for (size_t begin = 0; begin + fit->least <= before + 1; begin++) {
            double cost = fit->best[k - 1][begin][before].cost;
            double level = fit->plateaus[begin][before].level;
            if (!(cost < best.cost) || plateau->level - level < fit->height)
                continue;
            cost += rising(fit, before, first, level, plateau->level);
            if (cost < best.cost)
                best = (struct best){cost, (uint8_t)begin, (uint8_t)before};
        }
    best.cost += plateau->cost + fit->penalty;
    return best;
}

static void climb(struct fit *fit, size_t most)
{
    for (size_t k = 0; k < most; k++)
        for (size_t first = 0; first < fit->n; first++)
            for (size_t last = 0; last < fit->n; last++) {
                struct best *best = &fit->best[k][first][last];
                best->cost = INFINITY;
                if (last < first || isinf(fit->plateaus[first][last].cost))
                    continue;
                if (k > 0)
                    *best = extend(fit, k, first, last);
                else if (first == 0)
                    best->cost = fit->plateaus[first][last].cost;
            }
}

static void walk_back(const struct fit *fit, size_t k, size_t first, struct lab_step *steps)
{
    size_t last = fit->n - 1;
    steps[k].last = last;
    for (;; k--) {
        struct lab_step *step = &steps[k];
        step->first = first;
        step->count = last - first + 1;
        step->level = fit->plateaus[first][last].level;
        if (k == 0)
            return;
        const struct best *best = &fit->best[k][first][last];
        /* Noise adds more than it takes away: the last one below the middle, not the one before the
         * first above. */
        double middle = (step->level + fit->plateaus[best->first][best->last].level) / 2;
        steps[k - 1].last = first - 1;
        while (steps[k - 1].last > best->last && fit->y[steps[k - 1].last] >= middle)
            steps[k - 1].last--;
        first = best->first;
        last = best->last;
    }
}

int lab_steps_fit(const double *y, size_t n, size_t least, size_t rise, size_t most,
                  struct lab_step *steps, size_t *count)
{
    if (n > LAB_STEPS_MAX || n < least || least == 0 || most == 0 || !lab_sample_valid(y, n))
        return LAB_E_INVALID;
    struct fit *fit = malloc(sizeof *fit + most * sizeof fit->best[0]);
    if (!fit)
        return LAB_E_NOMEM;
    fit->y = y;
    fit->n = n;
    fit->least = least;
    fit->rise = rise;
    fit->scale = noise(y, n);
    fit->penalty = 1.5 * log((double)n);
    fit->height = log(LAB_STEPS_HEIGHT);
    find_plateaus(fit);
    climb(fit, most);
    size_t k = 0, first = 0;
    for (size_t i = 0; i < most; i++)
        for (size_t from = 0; from < n; from++)
            if (fit->best[i][from][n - 1].cost < fit->best[k][first][n - 1].cost) {
                k = i;
                first = from;
            }
    walk_back(fit, k, first, steps);
    *count = k + 1;
    free(fit);
    return 0;
}
