/* What the checkpoints in the kernels cost: each kernel as it is, and compiled without them
 * (unchecked.h). */
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "platform/reactor.h"
#include "platform/system.h"
#include "workloads/workload.h"

extern const struct lab_workload lab__unchecked_primes, lab__unchecked_mandelbrot,
    lab__unchecked_sha256_workload, lab__unchecked_sort, lab__unchecked_matmul,
    lab__unchecked_mixed;

static const uint64_t prime[] = {1000000000039}; /* half a million divisions */
static const char *const urls[] = {"http://bench.invalid/"};

/* Sizes that make one task of about a millisecond: on a busy machine, long ones never run
 * undisturbed. Where no size is as small, the task itself is made smaller: an eight-byte number at
 * `at` in its bytes. */
static const struct {
    const struct lab_workload *unchecked;
    struct lab_workload_options options;
    size_t at;
    uint64_t number; /* 0: as it is */
} kernels[] = {
    {&lab__unchecked_primes, {.numbers = prime, .number_count = 1}, 0, 0},
    {&lab__unchecked_mandelbrot, {.size = 64}, 0, 0},
    {&lab__unchecked_sha256_workload, {.size = 1}, 8, 1 << 18 /* bytes of the message */},
    {&lab__unchecked_sort, {.size = 1 << 17}, 0, 0},
    {&lab__unchecked_matmul, {.size = 256}, 0, 0},
    {&lab__unchecked_mixed, {.size = 1, .urls = urls, .url_count = 1}, 0, 3000 /* iterations */},
};

struct kernel {
    const struct lab_task_type *checked, *unchecked;
    struct lab_problem problem;
    struct lab_bytes result; /* verified; what every turn must return */
};

static void release(void *state)
{
    struct kernel *kernel = state;
    lab_problem_release(&kernel->problem);
    free((void *)kernel->result.data);
    free(kernel);
}

/* The page that mixed waits for: it is there at once, what is measured is the hashing. */
static int answer(struct lab_fetch *fetch)
{
    enum { PAGE_BYTES = 16384 };
    fetch->code = 0;
    fetch->status = 200;
    fetch->body = malloc(PAGE_BYTES);
    fetch->size = fetch->body ? PAGE_BYTES : 0;
    if (!fetch->body)
        return LAB_E_NOMEM;
    memset(fetch->body, 'x', PAGE_BYTES);
    return 0;
}

static int run_kernel(const struct kernel *kernel, const struct lab_task_type *type,
                      struct lab_run *run, double *seconds, struct lab_failure *failure)
{
    if (lab_run_init(run, type, kernel->problem.tasks[0]))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    uint64_t start = lab_now_ns();
    while (run->type->step(run) != LAB_CO_DONE)
        if (answer(run->co.on.fetch))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    *seconds = (double)(lab_now_ns() - start) / 1e9;
    if (run->failure)
        *failure = *run->failure;
    return run->failure ? run->failure->code : 0;
}

/* The first result is verified and kept; the others must equal it. */
static int check(struct kernel *kernel, const struct lab_run *run, struct lab_failure *failure)
{
    struct lab_bytes result = {run->out, run->out_size};
    if (!kernel->result.data) {
        int code = lab_problem_verify(&kernel->problem, &result, failure);
        void *copy = code ? NULL : malloc(result.size);
        if (!copy)
            return code ? code : lab_fail(failure, LAB_E_NOMEM, "out of memory");
        memcpy(copy, result.data, result.size);
        kernel->result = (struct lab_bytes){copy, result.size};
        return 0;
    }
    if (result.size != kernel->result.size ||
        memcmp(result.data, kernel->result.data, result.size) != 0)
        return lab_fail(failure, LAB_E_UNVERIFIED,
                        "with checkpoints and without, the results differ");
    return 0;
}

static int prepare(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const struct lab_workload *workload = lab_workload_find(turn->of);
    struct kernel *kernel = calloc(1, sizeof *kernel);
    if (!kernel)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        if (strcmp(kernels[i].unchecked->name, workload->name) != 0)
            continue;
        kernel->checked = workload->task;
        kernel->unchecked = kernels[i].unchecked->task;
        int code = lab_problem_prepare(&kernel->problem, workload, &kernels[i].options, failure);
        if (code) {
            free(kernel);
            return code;
        }
        if (kernels[i].number)
            memcpy((unsigned char *)kernel->problem.tasks[0].data + kernels[i].at,
                   &kernels[i].number, sizeof kernels[i].number);
        turn->state = kernel;
        turn->release = release;
        return 0;
    }
    free(kernel);
    return lab_fail(failure, LAB_E_INVALID, "%s: no kernel without checkpoints", turn->of);
}

int lab__bench_checkpoint(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct lab_run run;
    int code = turn->state ? 0 : prepare(turn, failure);
    if (code)
        return code;
    struct kernel *kernel = turn->state;
    code = run_kernel(kernel, turn->peer ? kernel->unchecked : kernel->checked, &run,
                      &turn->seconds, failure);
    if (!code)
        code = check(kernel, &run, failure);
    lab_run_release(&run);
    turn->operations = 1;
    return code;
}
