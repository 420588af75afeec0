/* The words of `lab gil`, understood.
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right.
 * Ownership. Strings point into argv. Threads. No state.
 */
#ifndef LAB_EXHIBITS_GIL_OPTIONS_H
#define LAB_EXHIBITS_GIL_OPTIONS_H

#include <stdint.h>

#include "platform/error.h"

enum { LAB_GIL_MAX_THREADS = 16 }; /* of each kind */

/* Which parts are run. */
enum lab_gil_part { LAB_GIL_ALL, LAB_GIL_WITH, LAB_GIL_WITHOUT, LAB_GIL_COUNTER };

struct lab_gil_options {
    unsigned threads, io_threads; /* not both 0 */
    uint32_t interval_us;
    uint32_t io_us;
    double seconds;
    uint64_t seed;
    enum lab_gil_part part;
    const char *json, *trace; /* file names, "-": stdout, or NULL */
};

/* argv: the words after `gil`. */
int lab_gil_options_parse(struct lab_gil_options *options, int argc, char **argv,
                          struct lab_failure *failure);

#endif
