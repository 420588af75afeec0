/* The lost update: several threads add to one counter, unprotected, and then with what protects it.
 *
 * What it is. counter = counter + 1 is a load and a store. Between the two another thread may do
 * the same, and one of the increments is gone. The load and the store are relaxed atomics, so that
 * the race is only in the program's logic: C defines what each of them does, and the compiler may
 * not remove them.
 *
 * Threads. The coordinator's. Blocking. Until the threads are done; a stop of the run ends them.
 */
#ifndef LAB_EXHIBITS_GIL_COUNTER_H
#define LAB_EXHIBITS_GIL_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/error.h"

struct lab_gil;

#define LAB_COUNTER_TOTAL UINT64_C(2000000) /* increments of all threads, about */

#define LAB_COUNTER_KINDS(X)                                                                       \
    X(UNPROTECTED, "unprotected")                                                                  \
    X(LOCK, "lock")                                                                                \
    X(ATOMIC, "atomic")

enum lab_counter_kind {
#define X(name, text) LAB_COUNTER_##name,
    LAB_COUNTER_KINDS(X)
#undef X
};

struct lab_counter_result {
    enum lab_counter_kind kind;
    bool gil;
    unsigned threads;
    uint64_t expected, counted;
    double seconds;
};

/* Counts once. gil: each thread works under it, with a checkpoint after every increment and none
 * inside; or NULL. LAB_E_STOPPED, LAB_E_UNAVAILABLE, LAB_E_TIMEOUT with the failure. */
int lab_counter_run(struct lab_counter_result *result, enum lab_counter_kind kind, unsigned threads,
                    struct lab_gil *gil, struct lab_failure *failure);
const char *lab_counter_kind_text(enum lab_counter_kind kind);

#endif
