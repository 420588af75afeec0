/* What of two cores a CPU kernel gets from two workers: the time on one by twice the time on two, 1
 * at best.
 *
 * Both times belong to one turn, one after the other, so that a neighbour on the machine who takes
 * a core takes it from both. */
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/rows.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "workloads/workload.h"

enum {
    TASKS = 32
}; /* of a millisecond or so, alike: the first task of the problem, again and again */

static const uint64_t prime[] = {1000000000039};
static const struct {
    const char *name;
    struct lab_workload_options options;
} kernels[] = {
    {"primes", {.numbers = prime, .number_count = 1}},
    {"mandelbrot", {.size = 64}},
    {"sort", {.size = 1 << 17}},
};

struct kernel {
    struct lab_problem problem;
    struct lab_task task;
};

static void release(void *state)
{
    struct kernel *kernel = state;
    lab_problem_release(&kernel->problem);
    free(kernel);
}

static struct kernel *prepare(struct lab_bench_turn *turn, const char *name,
                              struct lab_failure *failure)
{
    struct kernel *kernel = turn->state;
    const struct lab_workload *workload = lab_workload_find(name);
    if (kernel)
        return kernel;
    if (!(kernel = calloc(1, sizeof *kernel))) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i].name, name) == 0) {
            if (lab_problem_prepare(&kernel->problem, workload, &kernels[i].options, failure))
                break;
            kernel->task =
                (struct lab_task){.type = workload->task, .in = kernel->problem.tasks[0]};
            turn->state = kernel;
            turn->release = release;
            return kernel;
        }
    free(kernel);
    return NULL;
}

/* ---- ours ---- */

int lab__bench_efficiency(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    const char *method = strncmp(turn->of, "processes ", 10) == 0 ? "processes" : "threads";
    struct kernel *kernel = prepare(turn, strchr(turn->of, ' ') + 1, failure);
    double seconds[2];
    for (unsigned i = 0; i < 2; i++) {
        struct lab_executor *executor =
            kernel ? lab_bench_executor(turn->bench, method, i + 1, false, failure) : NULL;
        if (!executor || lab__bench_burst(executor, &kernel->task, TASKS, LAB__BENCH_ANY_SIZE,
                                          &seconds[i], failure))
            return failure->code;
    }
    turn->operations = seconds[0];
    turn->seconds = 2 * seconds[1];
    return 0;
}

/* ---- bare threads ---- */

struct share {
    const struct lab_task *task;
    unsigned count;
    int code;
    lab_thread thread;
};

static void work(void *argument)
{
    struct share *share = argument;
    for (unsigned i = 0; i < share->count && !share->code; i++) {
        struct lab_run run;
        share->code = lab_run_init(&run, share->task->type, share->task->in);
        while (!share->code && run.type->step(&run) != LAB_CO_DONE) {
        }
        share->code = share->code || !run.failure ? share->code : run.failure->code;
        lab_run_release(&run);
    }
}

static int on_threads(const struct lab_task *task, unsigned count, double *seconds,
                      struct lab_failure *failure)
{
    struct share shares[2];
    unsigned started = 0;
    int code = 0;
    uint64_t start = lab_now_ns();
    for (; started < count && !code; started += code == 0) {
        shares[started] = (struct share){.task = task, .count = TASKS / count};
        code = lab_thread_start(&shares[started].thread, work, &shares[started]);
    }
    for (unsigned i = 0; i < started; i++) {
        lab_thread_join(shares[i].thread);
        code = code ? code : shares[i].code;
    }
    *seconds = (double)(lab_now_ns() - start) / 1e9;
    return code ? lab_fail(failure, code, "%s", lab_error_text(code)) : 0;
}

int lab__bench_pthreads(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    if (!lab__bench_is_native())
        return lab__bench_order(turn, failure, "native %s/%s", turn->row->name, turn->peer->name);
    struct kernel *kernel = prepare(turn, strchr(turn->of, ' ') + 1, failure);
    double seconds[2];
    for (unsigned i = 0; i < 2; i++)
        if (!kernel || on_threads(&kernel->task, i + 1, &seconds[i], failure))
            return failure->code;
    turn->operations = seconds[0];
    turn->seconds = 2 * seconds[1];
    return 0;
}
