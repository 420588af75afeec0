/* How often the lab says that two cells differ: of two that are the same, and of two of which one
 * takes a tenth longer. For n rounds of each, seven distributions of run times, and rounds that
 * depend on the ones before. A program of its own (ctest runs it, natively in Release): it prints
 * its table and fails where a bound is broken.
 *
 * What is decided is decided by lab_bootstrap_ratio() and lab_difference(), as everywhere. Only the
 * drawing of resamples is shared by trials with the same n: their ranks depend on n and the seed
 * alone, and are most of the cost. That this gives the same intervals is checked first.
 *
 * A ratio's interval scales with the ratio: 1 is in that of two equal cells exactly if 1.1 is in
 * that of the same cells with one made a tenth slower. So one interval answers for both questions,
 * and its coverage is 1 - the share of false differences. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/error.h"
#include "stats/bootstrap.h"
#include "stats/compare.h"
#include "stats/dependence.h"
#include "stats/random.h"
#include "stats/sample.h"

enum { MOST = 40, TRIALS = 4000, DEPENDENT_TRIALS = 2000, CHECKED = 25, SHARED_BY = 50 };
static const double SCATTER = 0.05, SLOWER = 1.1;
/* Two standard errors of a power of 0.8 in TRIALS. */
static const double NOISE = 2 * 0.0063;

static const size_t sizes[] = {2, 3, 4, 5, 6, 7, 8, 10, 14, 20, 30, 40};
#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- where the samples come from: all have a median of 1, but the bimodal one ---- */

static double normal(struct lab_random *random) /* Box and Muller */
{
    double u = 1 - lab_random_unit(random), v = lab_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static double gaussian(struct lab_random *random)
{
    return 1 + SCATTER * normal(random);
}

static double log_normal(struct lab_random *random)
{
    return exp(4 * SCATTER * normal(random));
}

static double uniform(struct lab_random *random)
{
    return 1 + SCATTER * sqrt(12) * (lab_random_unit(random) - 0.5);
}

/* Never faster than the work takes, now and then much slower: as most run times are. */
static double exponential_tail(struct lab_random *random)
{
    return 1 - 2 * SCATTER * (log(1 - lab_random_unit(random)) + log(2));
}

/* A neighbour is there in a third of the rounds. */
static double two_modes(struct lab_random *random)
{
    return (lab_random_unit(random) < 0.35 ? 1.3 : 1) + 0.02 * normal(random);
}

static double outliers(struct lab_random *random)
{
    return gaussian(random) * (lab_random_unit(random) < 0.1 ? 3 : 1);
}

/* A clock with steps of a twentieth of the sample. */
static double coarse_clock(struct lab_random *random)
{
    return (floor(20 * gaussian(random) + lab_random_unit(random))) / 20;
}

static const struct source {
    const char *name;
    double (*draw)(struct lab_random *random);
} sources[] = {
    {"normal", gaussian},           {"log-normal", log_normal},
    {"uniform", uniform},           {"exp. tail", exponential_tail},
    {"two modes", two_modes},       {"outliers", outliers},
    {"coarse clock", coarse_clock},
};

/* ---- the interval, with resamples that are drawn once for each n ---- */

static struct {
    size_t n;
    uint16_t ranks[2][LAB_RESAMPLES][2]; /* of the sample above and the one below */
} drawn;

static void draw_ranks(size_t n, uint64_t seed)
{
    struct lab_random random;
    double counts[MOST];
    size_t ranks[2];
    lab_random_seed(&random, seed);
    drawn.n = n;
    for (int i = 0; i < LAB_RESAMPLES; i++)
        for (int side = 0; side < 2; side++) {
            lab__resample(&random, n, counts, ranks);
            drawn.ranks[side][i][0] = (uint16_t)ranks[0];
            drawn.ranks[side][i][1] = (uint16_t)ranks[1];
        }
}

struct sorted {
    double values[MOST], median, widens;
};

static void sort(struct sorted *sorted, const double *x, size_t n)
{
    lab_sample_median(x, n, sorted->values, &sorted->median);
    sorted->widens = lab_dependence_widens(lab_autocorrelation(x, sorted->values, n), n);
}

static double deviation(const struct sorted *sorted, const uint16_t ranks[2])
{
    double a = sorted->values[ranks[0]], b = sorted->values[ranks[1]];
    double ratio = (a == b ? a : 0.5 * a + 0.5 * b) / sorted->median;
    return sorted->widens > 1 ? pow(ratio, sorted->widens) : ratio;
}

/* As lab_bootstrap_ratio(), for drawn.n values each. */
static struct lab_interval ratio_of(const double *x, const double *y)
{
    double resampled[LAB_RESAMPLES];
    struct sorted above, below;
    struct lab_interval interval;
    sort(&above, x, drawn.n);
    sort(&below, y, drawn.n);
    double ratio = above.median / below.median;
    for (int i = 0; i < LAB_RESAMPLES; i++)
        resampled[i] =
            ratio * (deviation(&above, drawn.ranks[0][i]) / deviation(&below, drawn.ranks[1][i]));
    lab__cut_tails(resampled, LAB__PLAIN_TAIL, ratio, &interval);
    return interval;
}

/* ---- the table ---- */

struct shares {
    double differs, finds, nothing; /* of equal ones; of one a tenth slower; "changes nothing" */
};

static int failures;

static void demand(bool holds, const char *what, const char *source, size_t n, double is)
{
    if (holds)
        return;
    failures++;
    printf("BROKEN: %s, n = %zu: %s, but it is %.3f\n", source, n, what, is);
}

typedef void fill_sample(struct lab_random *random, const void *how, double *x, size_t n);

static void fill_independent(struct lab_random *random, const void *how, double *x, size_t n)
{
    const struct source *source = how;
    for (size_t i = 0; i < n; i++)
        x[i] = source->draw(random);
}

static void fill_autoregressive(struct lab_random *random, const void *how, double *x, size_t n)
{
    double rho = *(const double *)how, value = normal(random);
    for (size_t i = 0; i < n; i++, value = rho * value + sqrt(1 - rho * rho) * normal(random))
        x[i] = 1 + SCATTER * value;
}

/* Both give the same? And below five values nothing is claimed. */
static void check_against_the_lab(fill_sample *fill, const void *how, size_t n, uint64_t seed,
                                  const char *name)
{
    static double scratch[LAB_BOOTSTRAP_SCRATCH(MOST, MOST)];
    struct lab_random random;
    struct lab_interval interval;
    double x[MOST], y[MOST];
    lab_random_seed(&random, seed);
    for (int i = 0; i < CHECKED; i++) {
        fill(&random, how, x, n);
        fill(&random, how, y, n);
        int code = lab_bootstrap_ratio(x, n, y, n, seed, scratch, &interval);
        if (n < LAB_INTERVAL_LEAST) {
            demand(code == LAB_E_AGAIN && lab_difference(&interval) == LAB_TOO_FEW,
                   "too few to say", name, n, interval.low);
            continue;
        }
        struct lab_interval same = ratio_of(x, y);
        /* To the last bit. NOLINTNEXTLINE(bugprone-suspicious-memory-comparison) */
        demand(code == LAB_OK && memcmp(&same, &interval, sizeof same) == 0,
               "the lab's own interval", name, n, same.low - interval.low);
    }
}

static struct shares simulate(fill_sample *fill, const void *how, size_t n, int trials,
                              const char *name)
{
    struct shares shares = {0};
    struct lab_random random;
    uint64_t seed = 1000 + n;
    if (n >= LAB_INTERVAL_LEAST)
        draw_ranks(n, seed);
    check_against_the_lab(fill, how, n, seed, name);
    if (n < LAB_INTERVAL_LEAST)
        return shares;
    lab_random_seed(&random, 7);
    for (int t = 0; t < trials; t++) {
        double x[MOST], y[MOST];
        if (t % SHARED_BY == 0)
            draw_ranks(n, lab_random_next(&random));
        fill(&random, how, x, n);
        fill(&random, how, y, n);
        struct lab_interval same = ratio_of(x, y);
        struct lab_interval slower = {same.median * SLOWER, same.low * SLOWER, same.high * SLOWER};
        shares.differs += lab_differs(&same);
        shares.finds += lab_difference(&slower) == LAB_LARGER;
        /* Words that the interval does not allow, whichever is true. */
        shares.nothing += lab_changes_nothing(&slower);
        demand(!lab_changes_nothing(&same) || (same.low >= 0.95 && same.high <= 1.05),
               "nothing only within 5%", name, n, same.high);
    }
    shares.differs /= trials;
    shares.finds /= trials;
    shares.nothing /= trials;
    return shares;
}

static void print_head(const char *what)
{
    printf("\n%-14s", what);
    for (size_t i = 0; i < COUNT(sizes); i++)
        printf("  n = %-5zu", sizes[i]);
    printf("\n");
}

static void print_cell(size_t n, const struct shares *shares)
{
    if (n < LAB_INTERVAL_LEAST)
        printf("  too few  ");
    else
        printf("  %4.1f %3.0f ", 100 * shares->differs, 100 * shares->finds);
}

int main(void)
{
    printf(
        "How often two cells are said to differ, in %%: of two that are the same (false), of two "
        "of which one takes\na tenth longer (found). The ratio's interval covers 100 - the "
        "first. Scatter %.0f%% where it is normal.\n",
        100 * SCATTER);
    print_head("independent");
    for (size_t s = 0; s < COUNT(sources); s++) {
        const char *name = sources[s].name;
        double found = 0;
        printf("%-14s", name);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            size_t n = sizes[i];
            struct shares shares = simulate(fill_independent, &sources[s], n, TRIALS, name);
            print_cell(n, &shares);
            if (n < LAB_INTERVAL_LEAST)
                continue;
            demand(shares.differs <= 0.05, "at most 5% false differences", name, n, shares.differs);
            demand(shares.nothing <= 0.05, "a tenth is nothing in at most 5%", name, n,
                   shares.nothing);
            if (s > 0)
                continue;
            demand(shares.finds >= found - NOISE, "power rises with n", name, n, shares.finds);
            demand(n < 7 || shares.finds >= 0.8 - NOISE, "power 0.8 from n = 7", name, n,
                   shares.finds);
            found = shares.finds;
        }
        printf("\n");
        fflush(stdout);
    }
    /* Before LAB_DEPENDENCE_LEAST rounds nobody sees that they depend on each other. */
    static const double rhos[] = {0.3, 0.6, 0.8};
    static const struct {
        double rho;
        size_t from;
        double most;
    } bounds[] = {{0.3, 5, 0.15},  {0.3, 14, 0.10}, {0.6, 5, 0.33},  {0.6, 10, 0.20},
                  {0.6, 20, 0.10}, {0.8, 10, 0.30}, {0.8, 20, 0.17}, {0.8, 40, 0.12}};
    print_head("AR(1), rho");
    for (size_t r = 0; r < COUNT(rhos); r++) {
        char name[32];
        snprintf(name, sizeof name, "%.1f", rhos[r]);
        printf("%-14s", name);
        for (size_t i = 0; i < COUNT(sizes); i++) {
            size_t n = sizes[i];
            struct shares shares =
                simulate(fill_autoregressive, &rhos[r], n, DEPENDENT_TRIALS, name);
            print_cell(n, &shares);
            for (size_t b = 0; b < COUNT(bounds); b++)
                demand(n < bounds[b].from || rhos[r] > bounds[b].rho ||
                           shares.differs <= bounds[b].most,
                       "its bound for dependent rounds", name, n, shares.differs);
        }
        printf("\n");
        fflush(stdout);
    }
    printf("\n%s\n", failures ? "bounds were broken" : "all bounds hold");
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
