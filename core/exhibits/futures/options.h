/* The words of `lab futures`, understood.
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right.
 * Ownership. Strings point into argv. Threads. No state.
 */
#ifndef LAB_EXHIBITS_FUTURES_OPTIONS_H
#define LAB_EXHIBITS_FUTURES_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exhibits/futures/conformance.h"
#include "exhibits/futures/deadlock.h"
#include "futures/executor.h"
#include "lab/words.h"

/* What is run: the suite, one deadlock, or the storm. */
enum lab_futures_part { LAB_FUTURES_SUITE, LAB_FUTURES_DEADLOCK, LAB_FUTURES_STORM };

struct lab_futures_options {
    enum lab_futures_part part;
    const struct lab_method *methods[LAB_MAX_METHODS];
    size_t method_count;
    uint32_t rules; /* the suite: bit n, rule n; bit 0, the deadlocks */
    enum lab_deadlock_kind deadlock;
    uint64_t seed;
    uint64_t futures, seeds; /* the storm: how many, from how many seeds */
    const char *json;        /* file name, "-": stdout, or NULL */
};

/* argv: the words after `futures`. */
int lab_futures_options_parse(struct lab_futures_options *options, int argc, char **argv,
                              struct lab_failure *failure);

#endif
