/* The slow function beside which a spinner turns: it waits, or it computes.
 *
 * What it is. Two task types that end after about the same time. The sleep is a coroutine that
 * awaits its time and answers 42: every model can do something else meanwhile. The primality test
 * of 5000111000222021 by trial division, again and again, never awaits: only its checkpoints
 * (platform/checkpoint.h) let anybody else in.
 *
 * How it is used. lab_slow_prepare() says how much work is to be done, lab_slow_task() makes the
 * task of it, lab_slow_answer() reads the result.
 *
 * Threads. Any. Blocking. lab_slow_prepare(), which computes for about as long as a test (some
 * tenths of a second). Ownership. A task's bytes are the struct lab_slow's own. Source. The
 * spinners of Luciano Ramalho's "Fluent Python", which wait 3 s for 42 and test that number.
 */
#ifndef LAB_EXHIBITS_SPIN_SLOW_H
#define LAB_EXHIBITS_SPIN_SLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "futures/future.h"

#define LAB_SLOW_NUMBER UINT64_C(5000111000222021) /* a prime: 35 million divisions tell */

enum lab_slow_kind { LAB_SLOW_SLEEP, LAB_SLOW_PRIME };

struct lab_slow {
    enum lab_slow_kind kind;
    uint64_t amount; /* sleep: nanoseconds; prime: tests. What the task's bytes are. */
};

/* "sleep", "prime". */
const char *lab_slow_name(enum lab_slow_kind kind);

/* So much of it that it takes about so many seconds here: every method then does the same work,
 * however long it takes there. Never less than one test. A stop of the run ends it early, with any
 * amount. */
struct lab_slow lab_slow_prepare(enum lab_slow_kind kind, double seconds);

struct lab_task lab_slow_task(const struct lab_slow *slow);

/* What a result says, and whether it is right. "" and false for bytes that are none of its. */
const char *lab_slow_answer(const struct lab_slow *slow, struct lab_bytes result, bool *correct);

/* What a child process looks the types up by: NULL if it is none of them. */
const struct lab_task_type *lab_slow_task_type_find(const char *name);

#endif
