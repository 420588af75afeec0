/* The words of `lab latency`, understood.
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right;
 * LAB_E_NOMEM. Ownership. lab_latency_options_release() frees all; strings point into argv.
 * Threads. No state.
 */
#ifndef LAB_EXHIBITS_LATENCY_OPTIONS_H
#define LAB_EXHIBITS_LATENCY_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "exhibits/latency/latency.h"

struct lab_latency_options {
    const struct lab_latency_row *
        *rows; /* malloc'd; to be measured, in the table's order, each once */
    size_t row_count;
    double seconds; /* for all together */
    uint64_t seed;
    const char *json; /* a file name, "-": stdout, or NULL */
};

/* argv: the words after `latency`. To be released even after an error. */
int lab_latency_options_parse(struct lab_latency_options *options, int argc, char **argv,
                              struct lab_failure *failure);
void lab_latency_options_release(struct lab_latency_options *options);

#endif
