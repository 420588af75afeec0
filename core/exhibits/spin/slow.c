#include "exhibits/spin/slow.h"

#include <math.h>
#include <string.h>

#include "platform/checkpoint.h"
#include "platform/system.h"
#include "stats/sample.h"

/* How many divisors are tried between two checkpoints: some 50 µs, as in workloads/primes.c. */
enum { STRIDE = 16384 };

enum { ANSWER = 42 };

/* Of a test, when it is found out how long one takes: some milliseconds each. */
enum { PARTS = 32, COLD = 16 };

/* ---- the sleep ---- */

struct sleep_frame {
    uint64_t until_ns;
};

static int sleep_step(struct lab_run *run)
{
    struct sleep_frame *frame = run->frame;
    const uint64_t answer = ANSWER;
    uint64_t ns;
    if (run->in.size != sizeof ns)
        return lab_run_fail(run, LAB_E_INVALID, "spin-sleep: a task of %zu bytes", run->in.size);
    memcpy(&ns, run->in.data, sizeof ns);
    LAB_CO_BEGIN(&run->co);
    frame->until_ns = lab_now_ns() + ns;
    LAB_AWAIT_SLEEP(&run->co, ns);
    LAB_CO_END(&run->co);
    /* A stop of the run ends every await early. */
    if (lab_now_ns() < frame->until_ns)
        return lab_run_fail(run, LAB_E_STOPPED, "stopped");
    return lab_run_result(run, &answer, sizeof answer);
}

static const struct lab_task_type sleep_type = {
    .name = "spin-sleep", .step = sleep_step, .frame_size = sizeof(struct sleep_frame)};

/* ---- the primality test ---- */

static uint64_t square_root(uint64_t n)
{
    uint64_t root = (uint64_t)sqrt((double)n);
    while (root * root > n)
        root--;
    while ((root + 1) * (root + 1) <= n)
        root++;
    return root;
}

/* Whether an odd number in [from, to] divides n. A function of its own, and not inlined: a
 * WebAssembly engine replaces slow code by fast code between two calls, never in the middle of a
 * loop. */
static __attribute__((noinline)) bool any_divides(uint64_t n, uint64_t from, uint64_t to)
{
    for (uint64_t d = from; d <= to; d += 2)
        if (n % d == 0)
            return true;
    return false;
}

/* Tries the odd divisors from an odd one on. False: the run is being stopped. */
static bool divide(uint64_t n, uint64_t from, uint64_t last, bool *prime)
{
    *prime = n % 2 != 0;
    for (uint64_t d = from; *prime && d <= last; d += 2 * STRIDE) {
        if (lab_checkpoint())
            return false;
        uint64_t end = d + 2 * (STRIDE - 1);
        *prime = !any_divides(n, d, end < last ? end : last);
    }
    return true;
}

static int prime_step(struct lab_run *run)
{
    uint64_t tests, answer = 1;
    if (run->in.size != sizeof tests)
        return lab_run_fail(run, LAB_E_INVALID, "spin-prime: a task of %zu bytes", run->in.size);
    memcpy(&tests, run->in.data, sizeof tests);
    for (uint64_t i = 0; i < tests; i++) {
        bool prime;
        if (!divide(LAB_SLOW_NUMBER, 3, square_root(LAB_SLOW_NUMBER), &prime))
            return lab_run_fail(run, LAB_E_STOPPED, "stopped");
        answer &= prime;
    }
    return lab_run_result(run, &answer, sizeof answer);
}

static const struct lab_task_type prime_type = {.name = "spin-prime", .step = prime_step};

/* How many tests take so long, by the middle one of the later parts of a test: the first are slow
 * because the code is cold, and any may be because the core was needed elsewhere. */
static uint64_t tests_within(double seconds)
{
    uint64_t root = square_root(LAB_SLOW_NUMBER), part = root / PARTS & ~UINT64_C(1);
    double took[PARTS], scratch[PARTS], median = 0;
    bool prime;
    for (uint64_t i = 0; i < PARTS; i++) {
        uint64_t began = lab_now_ns();
        if (!divide(LAB_SLOW_NUMBER, 3 + i * part, 1 + (i + 1) * part, &prime))
            return 1;
        took[i] = (double)(lab_now_ns() - began) / 1e9;
    }
    /* A clock may be too coarse to see a part, but all together are not. */
    double mean = 0;
    if (lab_sample_median(took + COLD, PARTS - COLD, scratch, &median) ||
        lab_sample_mean(took + COLD, PARTS - COLD, &mean) || mean <= 0)
        return 1;
    if (median < mean / 2)
        median = mean;
    double tests = floor(seconds / (median * PARTS) + 0.5);
    return tests < 1 ? 1 : (uint64_t)tests;
}

/* ---- both ---- */

const char *lab_slow_name(enum lab_slow_kind kind)
{
    return kind == LAB_SLOW_SLEEP ? "sleep" : "prime";
}

struct lab_slow lab_slow_prepare(enum lab_slow_kind kind, double seconds)
{
    return (struct lab_slow){.kind = kind,
                             .amount = kind == LAB_SLOW_SLEEP ? (uint64_t)(seconds * 1e9)
                                                              : tests_within(seconds)};
}

struct lab_task lab_slow_task(const struct lab_slow *slow)
{
    return (struct lab_task){.type = slow->kind == LAB_SLOW_SLEEP ? &sleep_type : &prime_type,
                             .in = {&slow->amount, sizeof slow->amount}};
}

const char *lab_slow_answer(const struct lab_slow *slow, struct lab_bytes result, bool *correct)
{
    uint64_t answer;
    *correct = false;
    if (result.size != sizeof answer)
        return "";
    memcpy(&answer, result.data, sizeof answer);
    if (slow->kind == LAB_SLOW_PRIME) {
        *correct = answer == 1;
        return answer == 1 ? "prime" : "not prime";
    }
    *correct = answer == ANSWER;
    return *correct ? "42" : "not 42";
}

const struct lab_task_type *lab_slow_task_type_find(const char *name)
{
    if (strcmp(name, sleep_type.name) == 0)
        return &sleep_type;
    return strcmp(name, prime_type.name) == 0 ? &prime_type : NULL;
}
