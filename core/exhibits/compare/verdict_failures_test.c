/* What a verdict says of cells that failed. */
#include <stdio.h>

#include "check.h"
#include "exhibits/compare/verdict.h"

enum { CELLS = 40 };

static struct lab_experiment experiment;
static struct lab_pool pools[CELLS];
static struct lab_cell cells[CELLS];

/* One workload under threads, 1 to CELLS, each of which failed. */
static void make(void)
{
    experiment = (struct lab_experiment){.cells = cells, .cell_count = CELLS};
    experiment.options.methods[experiment.options.method_count++] = lab_method_find("threads");
    experiment.options.workloads[experiment.options.workload_count++] = lab_workload_find("primes");
    experiment.cases[0].problem.workload = experiment.options.workloads[0];
    for (unsigned i = 0; i < CELLS; i++) {
        pools[i] = (struct lab_pool){.method = experiment.options.methods[0], .workers = i + 1};
        cells[i] = (struct lab_cell){.number = i, .work = &experiment.cases[0], .pool = &pools[i]};
    }
}

static void one_reason_is_said_once(void)
{
    struct lab_verdict verdict;
    make();
    for (unsigned i = 0; i < 3; i++)
        lab_fail(&cells[2 * i].failure, LAB_E_NOMEM, "out of memory");
    lab_fail(&cells[1].failure, LAB_E_IO, "no answer");
    lab_verdict_make(&verdict, &experiment, &experiment.cases[0]);
    CHECK_STR(verdict.why.data,
              "There is no result of 1 thread, 3 threads and 5 threads: out of memory. "
              "There is no result of 2 threads: no answer.");
    lab_text_release(&verdict.why);
}

static void reasons_are_said_as_far_as_there_is_room(void)
{
    struct lab_verdict verdict;
    make();
    for (unsigned i = 0; i < CELLS; i++)
        lab_fail(&cells[i].failure, LAB_E_IO, "http://%0150u.test/: no answer", i);
    lab_verdict_make(&verdict, &experiment, &experiment.cases[0]);
    CHECK(verdict.why.size <= LAB_WORDS_MAX);
    CHECK(strlen(verdict.why.data) == verdict.why.size);
    size_t told = 0;
    for (const char *at = verdict.why.data; (at = strstr(at, " no answer.")); at++)
        told++;
    char rest[80];
    snprintf(rest, sizeof rest, "There is no result of %zu more: their rows say why.",
             CELLS - told);
    CHECK(told > 5);
    CHECK_STR(verdict.why.data + verdict.why.size - strlen(rest), rest);
    lab_text_release(&verdict.why);
}

LAB_SUITE(verdict_failures)
{
    RUN(one_reason_is_said_once);
    RUN(reasons_are_said_as_far_as_there_is_room);
}
