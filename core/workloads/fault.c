/* fault: work that goes wrong on purpose.
 *
 * What happens to a pool of workers when one task crashes? Threads share one memory and one fate: a
 * trap in any of them ends them all. A process takes only itself along, and its pool has to notice.
 * An ordinary failure hurts nobody but its own task. See for yourself: every task here does a
 * little honest work, except the one in the middle, which does what the option says.
 *
 *   none    nothing special
 *   trap    executes an illegal instruction; in WebAssembly, `unreachable`
 *   exit    ends the program it runs in, with status 7
 *   fail    fails, with a sentence
 *   nomem   asks for memory until there is no more, gives it all back, and fails for that reason
 *   hang    computes for ever, and only a stop ends it
 *   wrong   returns a wrong result without a word: only verification can tell
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "interpreters/heap.h"
#include "platform/system.h"
#include "workloads/problem.h"

enum fault { FAULT_NONE, FAULT_TRAP, FAULT_EXIT, FAULT_FAIL, FAULT_NOMEM, FAULT_HANG, FAULT_WRONG };

static const char *const names[] = {"none", "trap", "exit", "fail", "nomem", "hang", "wrong"};

struct fault_in {
    uint64_t number, fault;
};

struct fault_out {
    uint64_t answer;
};

/* The honest work: 1 + 2 + … + number. */
static uint64_t sum_to(uint64_t number)
{
    uint64_t sum = 0;
    for (uint64_t i = 1; i <= number; i++)
        sum += i;
    return sum;
}

/* Takes blocks of 1 MiB, 2 MiB, 4 MiB, … until one is refused. Each is linked to the one before, so
 * that it is really used (a compiler may leave out memory that nobody looks at) and can be given
 * back. */
static int exhaust_memory(struct lab_run *run)
{
    struct block {
        struct block *before;
    } *blocks = NULL;
    size_t size = 1 << 20;
    for (struct block *block; size != 0 && (block = lab_alloc(size)) != NULL; size *= 2) {
        block->before = blocks;
        blocks = block;
    }
    while (blocks) {
        struct block *before = blocks->before;
        lab_free(blocks);
        blocks = before;
    }
    return lab_run_fail(run, LAB_E_NOMEM, "fault: out of memory, asked for %zu MiB", size >> 20);
}

static int fault_step(struct lab_run *run)
{
    struct fault_in in;
    struct fault_out out;
    if (run->in.size != sizeof in)
        return lab_run_fail(run, LAB_E_INVALID, "fault: a task of %zu bytes", run->in.size);
    memcpy(&in, run->in.data, sizeof in);
    out.answer = sum_to(in.number);
    switch ((enum fault)in.fault) {
    case FAULT_NONE:
        break;
    case FAULT_TRAP:
        __builtin_trap();
    case FAULT_EXIT:
        lab_exit_now(7);
    case FAULT_FAIL:
        return lab_run_fail(run, LAB_E_TASK, "fault: this task fails because it was told to");
    case FAULT_NOMEM:
        return exhaust_memory(run);
    case FAULT_HANG:
        while (!lab_checkpoint()) {
        }
        return lab_run_fail(run, LAB_E_STOPPED, "stopped");
    case FAULT_WRONG:
        out.answer++;
        break;
    }
    return lab_run_result(run, &out, sizeof out);
}

static int fault_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                         struct lab_failure *failure)
{
    size_t count = (size_t)problem->size, fault = 0, kinds = sizeof names / sizeof *names;
    while (options->fault && fault < kinds && strcmp(options->fault, names[fault]) != 0)
        fault++;
    if (fault == kinds)
        return lab_fail(
            failure, LAB_E_INVALID,
            "fault: there is no fault \"%.40s\"; there are none, trap, exit, fail, nomem, "
            "hang and wrong",
            options->fault);
    int code = lab__problem_tasks(problem, count, failure);
    for (size_t i = 0; i < count && !code; i++) {
        struct fault_in *in = lab__problem_task(problem, i, sizeof *in, failure);
        if (!in)
            return LAB_E_NOMEM;
        in->number = lab_random_substream(options->seed, i) % 100000;
        in->fault = i == count / 2 ? fault : FAULT_NONE;
    }
    return code;
}

/* The other way is Gauss's. */
static int fault_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                        struct lab_failure *failure)
{
    for (size_t i = 0; i < problem->task_count; i++) {
        struct fault_in in;
        struct fault_out out;
        int code = lab__result_size(problem, i, results[i], sizeof out, failure);
        if (code)
            return code;
        memcpy(&in, problem->tasks[i].data, sizeof in);
        memcpy(&out, results[i].data, sizeof out);
        uint64_t right = in.number * (in.number + 1) / 2;
        if (out.answer != right)
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "fault: task %zu: the sum is %" PRIu64 ", not %" PRIu64, i, right,
                            out.answer);
    }
    return 0;
}

static const struct lab_task_type fault_task = {.name = "fault", .step = fault_step};

const struct lab_workload lab_fault = {
    .name = "fault",
    .family = LAB_FAMILY_CPU,
    .hidden = true,
    .sentence = "Small sums, one of which goes wrong on purpose.",
    .size_unit = "tasks",
    .source = "fault.c",
    .default_size = 9,
    .min_size = 1,
    .max_size = 100000,
    .task = &fault_task,
    .prepare = fault_prepare,
    .verify = fault_verify,
};
