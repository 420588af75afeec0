/* Conformance: what futures and executors must do, as small programs that see whether they do.
 *
 * What it is. A case is a function that demands one clause of one rule of the contract of futures
 * (rules 1–23, after Python's concurrent.futures), of one executor. A trial is one run of a case on
 * an executor.
 *
 * How it is used. lab_rule_cases[] lists the cases; lab_trial_run() runs one. `lab futures`
 * (command.h) runs all on all; conformance_threads_test.c too. How a case is written: trial.h.
 *
 * Threads. One trial at a time, from one thread; a watchdog looks on from its own where there are
 * threads. Blocking. lab_trial_run(), for at most LAB_TRIAL_SECONDS: what hangs longer ends the
 * program. Slowness. A case that must hold a worker busy for a while notices when the machine was
 * too slow for its hold, and is tried again with twice as long a one: no case fails because a
 * machine is slow, and none passes: what was not seen in the last try either is not applicable,
 * with that as the reason. Source. Python's Lib/test/test_concurrent_futures.
 */
#ifndef LAB_EXHIBITS_FUTURES_CONFORMANCE_H
#define LAB_EXHIBITS_FUTURES_CONFORMANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"

enum { LAB_RULES = 23, LAB_TRIAL_SECONDS = 60 };

/* Executors, as bits. */
enum {
    LAB_ON_SEQUENTIAL = 1,
    LAB_ON_INLINE = 2, /* … where it can block: it runs a task inside submit */
    LAB_ON_THREADS = 4,
    LAB_ON_THREADS_GIL = 8,
    LAB_ON_INTERPRETERS = 16,
    LAB_ON_PROCESSES = 32,
    LAB_ON_ASYNC = 64,
    LAB_ON_OTHER = 128,
    /* Those whose workers are threads of this program. */
    LAB_ON_POOLS_OF_THREADS = LAB_ON_THREADS | LAB_ON_THREADS_GIL | LAB_ON_INTERPRETERS,
    /* Those without workers. */
    LAB_ON_CALLER = LAB_ON_SEQUENTIAL | LAB_ON_INLINE | LAB_ON_ASYNC,
};

struct lab_trial;

struct lab_rule_case {
    int rule;         /* 1 … LAB_RULES; 0: one of the deadlocks that Python's documentation shows */
    const char *name; /* the C function's */
    const char *title;   /* a few words */
    const char *meaning; /* what the rule demands, in a sentence or two */
    const char *source;  /* the file under core/exhibits/futures/ that holds the function */
    int workers;         /* of the executor that the case is given; 0: it makes its own */
    void (*run)(struct lab_trial *trial);
    /* The executors that it cannot apply to, and why not. */
    struct {
        unsigned on;
        const char *reason;
    } except[4];
};

/* In the order of the rules; NULL-terminated. The deadlocks come last. */
const struct lab_rule_case *const *lab_rule_cases(void);

/* Why the case cannot be tried on the method; NULL: it can. */
const char *lab_rule_not_applicable(const struct lab_rule_case *rule,
                                    const struct lab_method *method);

enum lab_trial_status { LAB_TRIAL_PASS, LAB_TRIAL_FAIL, LAB_TRIAL_NOT_APPLICABLE };

struct lab_trial_result {
    const struct lab_rule_case *rule;
    const struct lab_method *method;
    enum lab_trial_status status;
    bool unseen;      /* not applicable, for the machine was too slow each time */
    char reason[480]; /* what was expected and where; why it is not applicable; "" */
    double seconds;
};

/* Told from the watchdog's thread that a trial did not end: result says which and what. The program
 * ends with status 1 when it returns. */
typedef void (*lab_trial_hung)(const struct lab_trial_result *result, void *user);

/* Runs the case on a new executor of the method. False: the run is being stopped, and there is no
 * result. hung NULL: a line on stderr. */
bool lab_trial_run(struct lab_trial_result *result, const struct lab_rule_case *rule,
                   const struct lab_method *method, uint64_t seed, lab_trial_hung hung, void *user);

/* The cases' own task types, by name, for child processes. NULL: there is none of that name. */
const struct lab_task_type *lab_conformance_task_type_find(const char *name);

const char *lab_trial_status_text(enum lab_trial_status status);

#endif
