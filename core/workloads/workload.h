/* Workloads: the work that is compared.
 *
 * What it is. A workload turns (size, seed, options) into a problem: a list of tasks, each flat
 * bytes for one task type (futures/task.h). Its verifier checks results by a way of its own, its
 * checksum makes two runs comparable.
 *
 * How it is used. lab_workload_find(), lab_problem_prepare(), run the tasks by any executor, hand
 * the results to lab_problem_verify() and lab_problem_checksum(), lab_problem_release().
 *
 * Threads. Preparing, verifying and releasing: one thread at a time. A prepared problem is
 * immutable. Blocking. Preparing may take as long as it takes to make the input; it is never timed.
 */
#ifndef LAB_WORKLOADS_WORKLOAD_H
#define LAB_WORKLOADS_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/task.h"
#include "platform/error.h"

enum lab_family { LAB_FAMILY_CPU, LAB_FAMILY_MEMORY, LAB_FAMILY_IO, LAB_FAMILY_MIXED };

struct lab_problem;

/* What a person may give beyond the size. Borrowed strings, valid while preparing. */
struct lab_workload_options {
    uint64_t seed;
    uint64_t size;           /* 0: the workload's default */
    const uint64_t *numbers; /* primes: numbers to test instead of the built-in ones, or NULL */
    size_t number_count;
    const char *const *urls; /* pages, mixed: absolute URLs; at least one */
    size_t url_count;
    const char *fault; /* fault: which one (fault.c lists them); NULL: none */
};

struct lab_tile {
    uint16_t x, y, width, height, limit;
    const uint16_t *iterations; /* inside the result's bytes; `limit`: never escaped */
};

struct lab_workload {
    const char *name;
    enum lab_family family;
    bool hidden;           /* for tests and teaching: found by name, left out of lists */
    const char *sentence;  /* one sentence: what the work is */
    const char *size_unit; /* what size counts: "numbers", "pixels a side", … */
    const char *source;    /* file under core/workloads/ that a person should read */
    uint64_t default_size, min_size, max_size;
    /* Where the default size takes too long it may be made smaller, down to `least` (0: it may
     * not). Cost and number of tasks grow with these powers of the size. */
    struct {
        uint64_t least;
        unsigned cost_power, task_power;
    } fit;
    const struct lab_task_type *task;
    /* Fills problem->tasks (malloc'd array of malloc'd bytes) and, if need be, problem->state. Size
     * and seed are set and in range; it may correct the size to what it made. On an error
     * lab_problem_prepare() releases whatever is there. */
    int (*prepare)(struct lab_problem *problem, const struct lab_workload_options *options,
                   struct lab_failure *failure);
    /* Checks every result against what must be, by another way than the task's; results[i] belongs
     * to task i. 0, or LAB_E_UNVERIFIED with a sentence that names the task, or LAB_E_STOPPED. It
     * may keep in problem->state what it computed, for the next verification. */
    int (*verify)(const struct lab_problem *problem, const struct lab_bytes *results,
                  struct lab_failure *failure);
    /* Frees problem->state, which may be NULL. Itself NULL for workloads without one. */
    void (*release)(struct lab_problem *problem);
    /* Where the tile of task i lies in the picture: 0, or LAB_E_INVALID when the result cannot be
     * that tile. NULL for workloads without a picture. Results are aligned to 2 bytes at least. */
    int (*tile)(const struct lab_problem *problem, size_t i, struct lab_bytes result,
                struct lab_tile *tile);
};

struct lab_problem {
    const struct lab_workload *workload;
    uint64_t size, seed;
    size_t task_count;
    struct lab_bytes *tasks;
    void *state;
};

/* Every workload, NULL-terminated; and one by name, or NULL. */
extern const struct lab_workload *const lab_workloads[];
const struct lab_workload *lab_workload_find(const char *name);
/* The task types of all workloads, and "echo", which returns its bytes, by name; NULL if there is
 * none. Any thread. */
const struct lab_task_type *lab_task_type_find(const char *name);
const char *lab_family_text(enum lab_family family);

/* Whether its tasks read pages, which may answer differently each time. */
static inline bool lab_workload_reads_pages(const struct lab_workload *workload)
{
    return workload->family == LAB_FAMILY_IO || workload->family == LAB_FAMILY_MIXED;
}

/* LAB_E_INVALID with a sentence when the size is out of the workload's range; LAB_E_NOMEM. */
int lab_problem_prepare(struct lab_problem *problem, const struct lab_workload *workload,
                        const struct lab_workload_options *options, struct lab_failure *failure);
int lab_problem_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                       struct lab_failure *failure);
/* FNV-1a over 64-bit words (little-endian, the last one of a result padded with zeros) of all
 * results in task order, each preceded by its length. Each step is a bijection of the state, so one
 * changed word always changes the sum. */
uint64_t lab_problem_checksum(const struct lab_problem *problem, const struct lab_bytes *results);
void lab_problem_release(struct lab_problem *problem);

#endif
