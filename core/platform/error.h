/* Errors: one list holds code, name and message together.
 *
 * Public functions return 0 or a negative lab_error. "Full", "cancelled" and "timed out" are
 * results and stand here too; misuse by the programmer is an assertion, not an error.
 *
 * A code says what kind of thing went wrong. The sentence a person reads names the thing as well
 * ("https://x.test/a: no answer within 10 s"): whoever detects the error writes it with
 * lab_fail(), into a struct lab_failure that travels with the result.
 *
 * JavaScript has the names and codes once more (worker/abi.js); a test compares the two.
 */
#ifndef LAB_PLATFORM_ERROR_H
#define LAB_PLATFORM_ERROR_H

#include <stdarg.h>

/* clang-format off */
/*      name               code  message */
#define LAB_ERRORS(X)                                                                              \
    X(LAB_OK,              0,    "no error")                                                       \
    X(LAB_E_NOMEM,         -1,   "out of memory")                                                  \
    X(LAB_E_INVALID,       -2,   "invalid argument")                                               \
    X(LAB_E_STATE,         -3,   "invalid state")                                                  \
    X(LAB_E_FULL,          -4,   "full")                                                           \
    X(LAB_E_CANCELLED,     -5,   "cancelled")                                                      \
    X(LAB_E_TIMEOUT,       -6,   "timed out")                                                      \
    X(LAB_E_SHUTDOWN,      -7,   "the executor was shut down")                                     \
    X(LAB_E_BROKEN,        -8,   "the pool is broken")                                             \
    X(LAB_E_TASK,          -9,   "the task failed")                                                \
    X(LAB_E_IO,            -10,  "input or output failed")                                         \
    X(LAB_E_UNAVAILABLE,   -11,  "not available here")                                             \
    X(LAB_E_USAGE,         -12,  "wrong usage")                                                    \
    X(LAB_E_STOPPED,       -13,  "stopped")                                                        \
    X(LAB_E_TOO_LARGE,     -14,  "too large")                                                      \
    X(LAB_E_AGAIN,         -15,  "nothing yet, try again later")                                   \
    X(LAB_E_UNVERIFIED,    -16,  "the result did not verify")                                      \
    X(LAB_E_EXECUTION,     -17,  "execution failed in an interpreter")                             \
    X(LAB_E_DIED,          -18,  "the process died")                                               \
    X(LAB_E_DEADLOCK,      -19,  "deadlock")                                                       \
    X(LAB_E_END,           -20,  "there are no more")
/* clang-format on */

typedef enum lab_error {
#define X(name, code, text) name = code,
    LAB_ERRORS(X)
#undef X
} lab_error;

/* The symbol ("LAB_E_NOMEM") and the message of a code. Any int is legal; unknown ones say so.
 * Static strings; any thread. */
const char *lab_error_name(int code);
const char *lab_error_text(int code);

/* A code with its sentence, and the code and sentence of what lies behind it, as an exception has a
 * cause. Plain memory: copy it freely. code 0 means nothing failed, cause 0 that nothing lies
 * behind. */
struct lab_failure {
    int code;
    int cause;
    char text[236];
    char cause_text[140];
};

/* Writes code and sentence, and no cause (printf form; cut at the end if too long, never overrun).
 * NULL failure is legal: only the code is returned. Returns code, so that `return lab_fail(f,
 * LAB_E_IO, …)` reads. */
int lab_fail(struct lab_failure *failure, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Gives a failure its cause: code and sentence, cut if too long. */
void lab_fail_cause(struct lab_failure *failure, int cause, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
