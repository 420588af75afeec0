#include "exhibits/compare/plan.h"

#include <stdlib.h>
#include <string.h>

#include "exhibits/compare/fit.h"
#include "platform/memory.h"
#include "platform/sync.h"

static struct lab_pool *find_pool(struct lab_experiment *experiment,
                                  const struct lab_method *method, unsigned workers)
{
    for (size_t i = 0; i < experiment->pool_count; i++)
        if (experiment->pools[i].method == method && experiment->pools[i].workers == workers)
            return &experiment->pools[i];
    struct lab_pool *pool = &experiment->pools[experiment->pool_count++];
    pool->method = method;
    pool->workers = workers;
    return pool;
}

static int make_cells(struct lab_experiment *experiment, struct lab_failure *failure)
{
    struct lab_options *options = &experiment->options;
    size_t most = options->method_count * options->worker_counts;
    experiment->pools = calloc(most, sizeof *experiment->pools);
    experiment->cells = calloc(most * options->workload_count, sizeof *experiment->cells);
    if (!experiment->pools || !experiment->cells)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    for (size_t w = 0; w < options->workload_count; w++)
        for (size_t m = 0; m < options->method_count; m++) {
            const struct lab_method *method = options->methods[m];
            if (method->unavailable())
                continue;
            for (size_t n = 0; n < (method->parallel ? options->worker_counts : 1); n++) {
                struct lab_cell *cell = &experiment->cells[experiment->cell_count];
                cell->number = experiment->cell_count++;
                cell->work = &experiment->cases[w];
                cell->pool =
                    find_pool(experiment, method, method->parallel ? options->workers[n] : 1);
            }
        }
    if (experiment->cell_count == 0) {
        const char *reason = options->methods[0]->unavailable();
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "no method that was asked for is available: %s: %s",
                        options->methods[0]->name, reason);
    }
    return 0;
}

/* Opens the site where pages are to be read and none were named. */
static int find_urls(struct lab_options *options, struct lab_failure *failure)
{
    uint64_t count = 0;
    for (size_t w = 0; w < options->workload_count; w++) {
        const struct lab_workload *workload = options->workloads[w];
        uint64_t size = options->size ? options->size : workload->default_size;
        if (lab_workload_reads_pages(workload) && size > count)
            count = size < 64 ? size : 64; /* more tasks go round the list */
    }
    if (count == 0 || options->url_count)
        return 0;
    int code = lab_site_open(options->latency_ms, (unsigned)count, &options->urls_text, failure);
    if (code)
        return code;
    options->urls = malloc(count * sizeof *options->urls);
    if (!options->urls)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    for (char *line = options->urls_text; line && options->url_count < count;) {
        char *end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        if (*line)
            options->urls[options->url_count++] = line;
        line = end;
    }
    if (options->url_count == 0)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "the site has no pages to read");
    return 0;
}

/* No cell of a case is run. */
static void leave_out(struct lab_experiment *experiment, const struct lab_case *work,
                      const struct lab_failure *failure)
{
    for (size_t i = 0; i < experiment->cell_count; i++)
        if (experiment->cells[i].work == work)
            experiment->cells[i].failure = *failure;
}

/* Prepares the problem of a case. size 0: the person's, or the default. */
static int prepare(struct lab_experiment *experiment, struct lab_case *work, uint64_t size,
                   struct lab_failure *failure)
{
    const struct lab_options *options = &experiment->options;
    const struct lab_workload *workload = options->workloads[work - experiment->cases];
    bool numbered = options->numbers && strcmp(workload->name, "primes") == 0;
    struct lab_workload_options wanted = {
        .seed = options->seed,
        /* As many pages as were named, unless the person says how many. */
        .size = size                                 ? size
                : options->size                      ? options->size
                : lab_workload_reads_pages(workload) ? options->named_urls
                                                     : 0,
        .numbers = numbered ? options->numbers : NULL,
        .number_count = numbered ? options->number_count : 0,
        .urls = options->urls,
        .url_count = options->url_count,
        .fault = options->fault,
    };
    int code = lab_problem_prepare(&work->problem, workload, &wanted, failure);
    work->prepared = code == 0;
    if (code == LAB_E_NOMEM)
        leave_out(experiment, work, failure);
    return code;
}

static int prepare_cases(struct lab_experiment *experiment, struct lab_failure *failure)
{
    const struct lab_options *options = &experiment->options;
    for (size_t w = 0; w < options->workload_count; w++) {
        struct lab_case *work = &experiment->cases[w];
        work->fitted = lab_fit_wanted(options, options->workloads[w]);
        int code =
            prepare(experiment, work, work->fitted ? options->workloads[w]->fit.least : 0, failure);
        if (code && code != LAB_E_NOMEM)
            return code == LAB_E_INVALID ? (failure->code = LAB_E_USAGE) : code;
    }
    return 0;
}

void lab_plan_fit(struct lab_experiment *experiment, struct lab_case *work,
                  const struct lab_trial *trial)
{
    struct lab_failure failure;
    const struct lab_problem *problem = &work->problem;
    if (lab_stopping())
        return; /* nothing was found out, and nothing will be measured */
    bool waits = lab_workload_reads_pages(problem->workload);
    double seconds = waits ? (double)problem->task_count * experiment->options.latency_ms / 1e3
                           : lab_trial_seconds(trial);
    struct lab_fit fit = lab_fit_size(experiment, work, seconds);
    work->trial_size = problem->size;
    work->trial_seconds = waits ? 0 : seconds;
    work->round_seconds = fit.round_seconds;
    if (fit.size == problem->size)
        return;
    lab_problem_release(&work->problem);
    prepare(experiment, work, fit.size, &failure);
}

static size_t input_bytes(const struct lab_problem *problem, size_t *largest)
{
    size_t bytes = 0;
    *largest = 0;
    for (size_t i = 0; i < problem->task_count; i++) {
        bytes += problem->tasks[i].size;
        if (problem->tasks[i].size > *largest)
            *largest = problem->tasks[i].size;
    }
    return bytes;
}

/* What a cell takes at the least: what all cases keep ready, results as large as what went in, and
 * for each worker what a thread takes and a copy of a task. */
static uint64_t least_bytes(const struct lab_experiment *experiment, const struct lab_cell *cell)
{
    size_t largest, results = 0;
    uint64_t bytes = 0;
    for (size_t w = 0; w < experiment->options.workload_count; w++)
        bytes += input_bytes(&experiment->cases[w].problem, &largest);
    if (cell->work->problem.workload->family == LAB_FAMILY_MEMORY)
        results = input_bytes(&cell->work->problem, &largest);
    else
        input_bytes(&cell->work->problem, &largest);
    unsigned workers = cell->pool->workers;
    uint64_t at_once =
        workers < cell->work->problem.task_count ? workers : cell->work->problem.task_count;
    return bytes + results + (uint64_t)workers * LAB_THREAD_BYTES + at_once * largest;
}

void lab_plan_leave_out(struct lab_experiment *experiment)
{
    uint64_t memory = lab_memory_bytes();
    for (size_t i = 0; i < experiment->cell_count; i++) {
        struct lab_cell *cell = &experiment->cells[i];
        unsigned workers = cell->pool->workers;
        uint64_t bytes = least_bytes(experiment, cell);
        if (cell->failure.code)
            continue;
        if (workers > lab_thread_limit())
            lab_fail(&cell->failure, LAB_E_UNAVAILABLE,
                     "%u workers do not fit in this program's memory; at most %u do", workers,
                     lab_thread_limit());
        else if (memory && bytes > memory)
            lab_fail(&cell->failure, LAB_E_NOMEM,
                     "it would take at least %u MiB, and this program has %u",
                     (unsigned)(bytes >> 20) + 1, (unsigned)(memory >> 20));
    }
}

int lab_plan(struct lab_experiment *experiment, int argc, char **argv, struct lab_failure *failure)
{
    struct lab_environment *environment = &experiment->machine.environment;
    lab_environment(environment);
    int code = lab_options_parse(&experiment->options, argc, argv, environment->cores, failure);
    if (!code)
        code = make_cells(experiment, failure);
    if (!code)
        code = find_urls(&experiment->options, failure);
    if (!code)
        code = prepare_cases(experiment, failure);
    return code;
}

void lab_plan_release(struct lab_experiment *experiment)
{
    for (size_t w = 0; w < experiment->options.workload_count; w++)
        if (experiment->cases[w].prepared)
            lab_problem_release(&experiment->cases[w].problem);
    for (size_t i = 0; i < experiment->cell_count; i++) {
        free(experiment->cells[i].samples);
        free(experiment->cells[i].latencies);
    }
    free(experiment->cells);
    free(experiment->pools);
    free(experiment->scratch);
    lab_options_release(&experiment->options);
    lab_site_close();
}
