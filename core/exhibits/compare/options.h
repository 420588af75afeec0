/* The words of `lab compare`, understood.
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right;
 * LAB_E_IO when a file that the words name cannot be read. Ownership. lab_options_release() frees
 * all; strings point into argv or into what was read.
 */
#ifndef LAB_EXHIBITS_COMPARE_OPTIONS_H
#define LAB_EXHIBITS_COMPARE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"
#include "lab/words.h"
#include "platform/error.h"
#include "workloads/workload.h"

enum { LAB_MAX_WORKLOADS = 16, LAB_MAX_WORKER_COUNTS = 32 };

struct lab_options {
    const struct lab_workload *workloads[LAB_MAX_WORKLOADS];
    size_t workload_count;
    const struct lab_method *methods[LAB_MAX_METHODS];
    size_t method_count;
    bool methods_named; /* false: all that are available */
    unsigned workers[LAB_MAX_WORKER_COUNTS];
    size_t worker_counts;
    uint64_t size;  /* 0: each workload's default, */
    bool full_size; /* whole, and not only as much of it as suits the machine (fit.h) */
    unsigned rounds;
    double seconds;
    uint64_t seed;
    unsigned latency_ms;
    const char *json, *trace; /* file names, "-": stdout, or NULL */
    const char *fault;
    uint64_t *numbers;
    size_t number_count;
    const char **urls;
    size_t url_count;
    size_t named_urls;              /* how many the person named; 0: the lab finds its own */
    char *numbers_text, *urls_text; /* what the two point into */
};

/* argv without the program's and the command's own names. cores: for the default numbers of
 * workers. */
int lab_options_parse(struct lab_options *options, int argc, char **argv, unsigned cores,
                      struct lab_failure *failure);
void lab_options_release(struct lab_options *options);

#endif
