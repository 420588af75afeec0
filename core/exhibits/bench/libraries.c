/* The native kernels against what a system has for the same: OpenBLAS, and glibc's qsort(). */
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "platform/system.h"
#include "stats/random.h"
#include "workloads/workload.h"

enum { MATMUL = 256, SORT = 1 << 18 };

int lab__bench_matmul(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int code = lab__bench_checkpoint(turn, failure);
    turn->operations = 2.0 * MATMUL * MATMUL * MATMUL;
    return code;
}

struct numbers {
    struct lab_problem problem;
    uint32_t *numbers; /* what qsort() gets, SORT of them */
};

static void release(void *state)
{
    struct numbers *numbers = state;
    lab_problem_release(&numbers->problem);
    free(numbers->numbers);
    free(numbers);
}

static int compare(const void *a, const void *b)
{
    uint32_t left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* A task of the workload, with its bytes in and out; and as many random numbers in place. */
int lab__bench_sort(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct numbers *numbers = turn->state;
    if (!numbers) {
        const struct lab_workload_options options = {.size = SORT};
        if (!(numbers = calloc(1, sizeof *numbers)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        turn->state = numbers;
        turn->release = release;
        int code =
            lab_problem_prepare(&numbers->problem, lab_workload_find("sort"), &options, failure);
        if (code)
            return code;
        if (!(numbers->numbers = malloc(SORT * sizeof *numbers->numbers)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    turn->operations = SORT;
    if (turn->peer) {
        uint64_t state = 1;
        for (size_t i = 0; i < SORT; i++)
            numbers->numbers[i] = (uint32_t)lab_splitmix64(&state);
        uint64_t start = lab_now_ns();
        qsort(numbers->numbers, SORT, sizeof *numbers->numbers, compare);
        turn->seconds = (double)(lab_now_ns() - start) / 1e9;
        return 0;
    }
    struct lab_run run;
    int code = lab_run_init(&run, numbers->problem.workload->task, numbers->problem.tasks[0]);
    uint64_t start = lab_now_ns();
    while (!code && run.type->step(&run) != LAB_CO_DONE) {
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    struct lab_bytes result = {run.out, run.out_size};
    if (code || run.failure)
        code = lab_fail(failure, LAB_E_TASK, "the run could not be sorted");
    else
        code = lab_problem_verify(&numbers->problem, &result, failure);
    lab_run_release(&run);
    return code;
}
