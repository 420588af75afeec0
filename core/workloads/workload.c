#include "workloads/workload.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/problem.h"

extern const struct lab_workload lab_primes, lab_mandelbrot, lab_sha256_workload, lab_sort,
    lab_matmul, lab_pages, lab_mixed, lab_fault;

const struct lab_workload *const lab_workloads[] = {
    &lab_primes, &lab_mandelbrot, &lab_sha256_workload, &lab_sort, &lab_matmul,
    &lab_pages,  &lab_mixed,      &lab_fault,           NULL,
};

const struct lab_workload *lab_workload_find(const char *name)
{
    for (size_t i = 0; lab_workloads[i]; i++)
        if (strcmp(lab_workloads[i]->name, name) == 0)
            return lab_workloads[i];
    return NULL;
}

const char *lab_family_text(enum lab_family family)
{
    switch (family) {
    case LAB_FAMILY_CPU:
        return "cpu";
    case LAB_FAMILY_MEMORY:
        return "memory";
    case LAB_FAMILY_IO:
        return "io";
    case LAB_FAMILY_MIXED:
        return "mixed";
    }
    return "unknown";
}

int lab_problem_prepare(struct lab_problem *problem, const struct lab_workload *workload,
                        const struct lab_workload_options *options, struct lab_failure *failure)
{
    uint64_t size = options->size ? options->size : workload->default_size;
    *problem = (struct lab_problem){.workload = workload, .size = size, .seed = options->seed};
    if (size < workload->min_size || size > workload->max_size)
        return lab_fail(failure, LAB_E_INVALID,
                        "%s: a size of %" PRIu64 " is out of range: %" PRIu64 " to %" PRIu64 " %s",
                        workload->name, size, workload->min_size, workload->max_size,
                        workload->size_unit);
    int code = workload->prepare(problem, options, failure);
    if (code)
        lab_problem_release(problem);
    return code;
}

int lab_problem_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                       struct lab_failure *failure)
{
    return problem->workload->verify(problem, results, failure);
}

static uint64_t fnv1a(uint64_t hash, uint64_t word)
{
    return (hash ^ word) * 0x100000001b3u;
}

uint64_t lab_problem_checksum(const struct lab_problem *problem, const struct lab_bytes *results)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < problem->task_count; i++) {
        const unsigned char *bytes = results[i].data;
        size_t left = results[i].size;
        hash = fnv1a(hash, left);
        for (; left > 0; left -= left < 8 ? left : 8, bytes += 8) {
            uint64_t word = 0;
            memcpy(&word, bytes, left < 8 ? left : 8);
            hash = fnv1a(hash, word);
        }
    }
    return hash;
}

void lab_problem_release(struct lab_problem *problem)
{
    if (problem->workload && problem->workload->release)
        problem->workload->release(problem);
    for (size_t i = 0; i < problem->task_count; i++)
        free((void *)problem->tasks[i].data);
    free(problem->tasks);
    problem->tasks = NULL;
    problem->task_count = 0;
    problem->state = NULL;
}

int lab__problem_tasks(struct lab_problem *problem, size_t count, struct lab_failure *failure)
{
    problem->tasks = calloc(count, sizeof *problem->tasks);
    if (!problem->tasks)
        return lab_fail(failure, LAB_E_NOMEM, "%s: out of memory for %zu task%s",
                        problem->workload->name, count, count == 1 ? "" : "s");
    problem->task_count = count;
    return 0;
}

void *lab__problem_task(struct lab_problem *problem, size_t i, size_t size,
                        struct lab_failure *failure)
{
    void *bytes = malloc(size);
    if (!bytes) {
        lab_fail(failure, LAB_E_NOMEM,
                 "%s: out of memory at task %zu of %zu, which takes %zu bytes",
                 problem->workload->name, i, problem->task_count, size);
        return NULL;
    }
    problem->tasks[i] = (struct lab_bytes){.data = bytes, .size = size};
    return bytes;
}

int lab__result_size(const struct lab_problem *problem, size_t i, struct lab_bytes result,
                     size_t size, struct lab_failure *failure)
{
    if (result.data && result.size == size)
        return 0;
    return lab_fail(failure, LAB_E_UNVERIFIED, "%s: task %zu: the result has %zu bytes, not %zu",
                    problem->workload->name, i, result.data ? result.size : 0, size);
}
