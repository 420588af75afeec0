/* Tasks that begin with reading a URL: what pages and mixed share. Internal to core/workloads.
 *
 * Such a task is a head of `head` bytes (the workload's own) and a URL with its terminating zero.
 */
#ifndef LAB_WORKLOADS_URLS_H
#define LAB_WORKLOADS_URLS_H

#include "workloads/problem.h"

/* Makes problem->size tasks, going round the list of URLs, each with the same head. */
int lab__urls_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                      const void *head_data, size_t head, struct lab_failure *failure);

/* The URL in a task's bytes, or NULL if there is none. */
const char *lab__urls_of(struct lab_bytes task, size_t head);

/* Checks that every result has `size` bytes and is the same as the last one for the same URL. */
int lab__urls_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                     size_t size, size_t head, struct lab_failure *failure);

#endif
