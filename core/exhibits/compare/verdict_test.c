#include "exhibits/compare/verdict.h"

#include "check.h"

/* Three cells of primes: sequential, threads-gil and two threads. */
enum { CELLS = 3, ROUNDS = 12 };
static struct lab_experiment experiment;
static struct lab_pool pools[CELLS];
static struct lab_cell cells[CELLS];
static double samples[CELLS][ROUNDS];

static void set_up(void)
{
    static const char *const names[CELLS] = {"sequential", "threads-gil", "threads"};
    static double scratch[LAB_BOOTSTRAP_SCRATCH(ROUNDS, ROUNDS)];
    memset(&experiment, 0, sizeof experiment);
    experiment.scratch = scratch;
    memset(cells, 0, sizeof cells);
    experiment.cells = cells;
    experiment.cell_count = CELLS;
    experiment.options.method_count = CELLS;
    experiment.cases[0].problem.workload = lab_workload_find("primes");
    for (size_t i = 0; i < CELLS; i++) {
        pools[i] = (struct lab_pool){.method = lab_method_find(names[i]), .workers = i ? 2 : 1};
        experiment.options.methods[i] = pools[i].method;
        cells[i] = (struct lab_cell){.number = i,
                                     .work = &experiment.cases[0],
                                     .pool = &pools[i],
                                     .samples = samples[i],
                                     .verified = true};
    }
}

/* n samples around `median`, `scatter` of it to either side. */
static void measure(size_t cell, size_t n, double median, double scatter)
{
    double scratch[LAB_BOOTSTRAP_SCRATCH(ROUNDS, 0)];
    bool settled;
    for (size_t i = 0; i < n; i++) /* 5 has no factor in common with them: all places, mixed */
        samples[cell][i] =
            median * (1 + scatter * (2.0 * (double)(i * 5 % n) / (double)(n - 1 + (n == 1)) - 1));
    cells[cell].count = n;
    lab_settled(samples[cell], n, 5, 0.05, 1, scratch, &cells[cell].interval, &settled);
}

static const char *say(size_t *best)
{
    static char why[2000];
    struct lab_verdict verdict;
    lab_verdict_make(&verdict, &experiment, &experiment.cases[0]);
    snprintf(why, sizeof why, "%s", verdict.why.data ? verdict.why.data : "");
    if (best)
        *best = verdict.best_count;
    lab_text_release(&verdict.why);
    return why;
}

#define SAYS(words)   CHECK(strstr(say(NULL), words) || !printf("%s\n", say(NULL)))
#define SILENT(words) CHECK(!strstr(say(NULL), words) || !printf("%s\n", say(NULL)))

static void what_is_certain_is_said(void)
{
    size_t best;
    set_up();
    measure(0, 12, 1.00, 0.02);
    measure(1, 12, 1.00, 0.02);
    measure(2, 12, 0.50, 0.02);
    SAYS("On this machine 2 threads under a GIL change nothing (0.9");
    SAYS("only the one that holds the GIL computes");
    SAYS("2 threads make primes 2.00× faster (1.9");
    say(&best);
    CHECK_INT(best, 1);
    measure(2, 12, 1.50, 0.02);
    SAYS("2 threads make it slower: 0.67× the pace");
    /* Certain, and yet hardly anything. */
    measure(2, 12, 1.02, 0.002);
    measure(0, 12, 1.00, 0.002);
    SAYS("2 threads change next to nothing (0.9");
}

/* Others took the cores away: 0.76 to 1.92 had been called "nothing" because the median was 1. */
static void a_wide_interval_around_one_says_nothing(void)
{
    size_t best;
    set_up();
    measure(0, 7, 1.00, 0.50);
    measure(1, 7, 1.00, 0.50);
    measure(2, 7, 1.02, 0.50);
    SAYS("2 threads under a GIL cannot be told from sequential (0.");
    SAYS("2 threads cannot be told from sequential (0.");
    SILENT("nothing");
    SILENT("only the one");
    say(&best);
    CHECK_INT(best, 3);
}

/* Their own intervals share points; that of the ratio excludes 1. */
static void intervals_that_overlap_may_differ(void)
{
    struct lab_interval ratio;
    size_t best;
    set_up();
    measure(0, 12, 1.00, 0.10);
    measure(1, 12, 1.00, 0.10);
    measure(2, 12, 0.90, 0.10);
    CHECK(cells[2].interval.high > cells[0].interval.low);
    CHECK(lab_experiment_speedup(&experiment, &cells[2], &ratio) && ratio.low > 1);
    SAYS("2 threads make primes 1.11× faster");
    say(&best);
    CHECK_INT(best, 1);
}

static void too_few_rounds_are_not_enough(void)
{
    set_up();
    for (size_t i = 0; i < CELLS; i++)
        measure(i, 4, i == 2 ? 0.5 : 1, 0.02);
    CHECK_STR(say(NULL),
              "On this machine 2 threads under a GIL ran at 1.00× the sequential pace in 4 rounds. "
              "2 threads ran at 2.00× the sequential pace in 4 rounds. "
              "Fewer than 5 rounds are too few to say more.");
    measure(2, 1, 0.5, 0);
    SAYS("2 threads ran at 2.00× the sequential pace in the only round. Fewer than 5 rounds ");
    /* Only where a method has too few. */
    measure(0, 12, 1, 0.02);
    measure(1, 12, 1, 0.02);
    SAYS("change nothing (0.9");
    SAYS("in the only round. Fewer than 5 rounds ");
    measure(2, 12, 0.5, 0.02);
    SILENT("too few");
}

/* Two rounds: the sequential row alone had an interval, 1.00 to 1.00. */
static void the_baseline_has_an_interval_where_others_have_one(void)
{
    struct lab_interval ratio;
    set_up();
    for (size_t rounds = 2; rounds <= ROUNDS; rounds++) {
        for (size_t i = 0; i < CELLS; i++) {
            measure(i, rounds, 1, 0.02);
            CHECK(lab_experiment_speedup(&experiment, &cells[i], &ratio));
            CHECK_INT(isnan(ratio.low), rounds < LAB_INTERVAL_LEAST);
            CHECK_INT(isnan(ratio.high), rounds < LAB_INTERVAL_LEAST);
            if (i == 0)
                CHECK_DOUBLE(ratio.median, 1, 0);
        }
    }
}

LAB_SUITE(verdict)
{
    RUN(what_is_certain_is_said);
    RUN(a_wide_interval_around_one_says_nothing);
    RUN(intervals_that_overlap_may_differ);
    RUN(too_few_rounds_are_not_enough);
    RUN(the_baseline_has_an_interval_where_others_have_one);
}
