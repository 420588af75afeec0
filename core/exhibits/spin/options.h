/* The words of `lab spin`, understood.
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right.
 * Ownership. Strings point into argv. Threads. No state.
 */
#ifndef LAB_EXHIBITS_SPIN_OPTIONS_H
#define LAB_EXHIBITS_SPIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "exhibits/spin/slow.h"
#include "futures/executor.h"
#include "lab/words.h"

struct lab_spin_options {
    const struct lab_method *methods[LAB_MAX_METHODS]; /* each once, in the order of the words */
    size_t method_count;
    enum lab_slow_kind slow;
    double seconds;   /* that the slow function is to take */
    bool together;    /* all at once, instead of one after another */
    const char *json; /* a file name, "-": stdout, or NULL */
};

/* argv: the words after `spin`. */
int lab_spin_options_parse(struct lab_spin_options *options, int argc, char **argv,
                           struct lab_failure *failure);

#endif
