/* What the workloads share when they make a problem. Internal to core/workloads. */
#ifndef LAB_WORKLOADS_PROBLEM_H
#define LAB_WORKLOADS_PROBLEM_H

#include "stats/random.h"
#include "workloads/workload.h"

/* Task bytes are structs copied as they lie in memory, and they cross from program to program. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "task bytes are little-endian");

/* Makes room for `count` tasks without bytes. */
int lab__problem_tasks(struct lab_problem *problem, size_t count, struct lab_failure *failure);
/* Gives task i `size` bytes to be filled in, or returns NULL with the failure written. */
void *lab__problem_task(struct lab_problem *problem, size_t i, size_t size,
                        struct lab_failure *failure);
/* LAB_E_UNVERIFIED with "workload: task i: …" unless the result has `size` bytes. */
int lab__result_size(const struct lab_problem *problem, size_t i, struct lab_bytes result,
                     size_t size, struct lab_failure *failure);

/* Parts of primes.c that have edges of their own, for the tests. */
uint64_t lab__square_root(uint64_t n);
bool lab__miller_rabin(uint64_t n);

#endif
