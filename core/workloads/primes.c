/* primes: is this number prime? Asked 20 times, the slow way.
 *
 * The classic example of CPU-bound work. Trial division tries 2, then every odd number up to the
 * square root, and stops at the first one that divides. Nothing is shared and nothing waits, so a
 * task runs as fast as its core divides, and twice the cores should take half the time.
 *
 * The catch is that no two numbers cost the same. 44444444444444 is even: one division settles it.
 * 55555555555555 is a multiple of 5: three. 55555555555541 is prime, and it takes 3.7 million
 * divisions to be sure. Whoever hands the numbers out in equal shares will see one worker still
 * dividing while the other has long gone home.
 *
 * They are as small as they are because an experiment needs five rounds of every cell for its
 * intervals, and somebody waits for it.
 *
 * A size below 20 takes numbers spread evenly over the list, so that cheap and dear ones stay
 * mixed; a size above 20 goes round the list again. The seed changes nothing here. / */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "workloads/problem.h"

/* clang-format off */
static const uint64_t builtin[20] = {
    2,              1427021104723,  2995935723169,  33333333333323, 33333333333333,
    33333313797001, 44444444444353, 44444444444444, 44443782224689, 55555452323809,
    55555555555541, 55555555555555, 66666666666666, 66666666666647, 66666294193249,
    77777389084201, 77777777777753, 77777777777777, 99999999999973, 99999999999999,
};
/* clang-format on */

struct prime_in {
    uint64_t n;
};

struct prime_out {
    uint64_t prime;   /* 1 or 0 */
    uint64_t divisor; /* the smallest above 1: n itself when n is prime; 0 for 0 and 1 */
};

/* How many numbers are tried between two checkpoints: some 50 µs. */
enum { STRIDE = 16384 };

/* The largest r with r·r <= n. A double has 53 bits, so near 2^64 the first guess is off by one now
 * and then, and (r + 1)² may not fit 64 bits. */
uint64_t lab__square_root(uint64_t n)
{
    uint64_t r = (uint64_t)sqrt((double)n);
    if (r > UINT32_MAX)
        r = UINT32_MAX;
    while (r * r > n)
        r--;
    while (r < UINT32_MAX && (r + 1) * (r + 1) <= n)
        r++;
    return r;
}

static int primes_step(struct lab_run *run)
{
    struct prime_in in;
    if (run->in.size != sizeof in)
        return lab_run_fail(run, LAB_E_INVALID, "primes: a task of %zu bytes", run->in.size);
    memcpy(&in, run->in.data, sizeof in);

    struct prime_out out = {.prime = 0, .divisor = 0};
    if (in.n < 2)
        return lab_run_result(run, &out, sizeof out);
    if (in.n % 2 == 0)
        out.divisor = 2;
    else
        out.divisor = in.n;

    uint64_t root = lab__square_root(in.n);
    for (uint64_t d = 3; d <= root && out.divisor == in.n;) {
        if (lab_checkpoint())
            return lab_run_fail(run, LAB_E_STOPPED, "stopped");
        uint64_t end = root - d < 2 * STRIDE ? root + 1 : d + 2 * STRIDE;
        for (; d < end; d += 2) {
            if (in.n % d == 0) {
                out.divisor = d;
                break;
            }
        }
    }
    out.prime = out.divisor == in.n;
    return lab_run_result(run, &out, sizeof out);
}

static int primes_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                          struct lab_failure *failure)
{
    const uint64_t *numbers = builtin;
    size_t available = sizeof builtin / sizeof *builtin;
    if (options->numbers) {
        numbers = options->numbers;
        available = options->number_count;
        if (available == 0)
            return lab_fail(failure, LAB_E_INVALID, "primes: no numbers were given");
        if (available > problem->workload->max_size)
            return lab_fail(failure, LAB_E_INVALID,
                            "primes: %zu numbers were given, %" PRIu64 " are the most", available,
                            problem->workload->max_size);
        problem->size = available;
    }
    size_t count = (size_t)problem->size;
    int code = lab__problem_tasks(problem, count, failure);
    for (size_t i = 0; i < count && !code; i++) {
        size_t pick = count < available ? (2 * i + 1) * available / (2 * count) : i % available;
        struct prime_in *in = lab__problem_task(problem, i, sizeof *in, failure);
        if (in)
            in->n = numbers[pick];
        else
            code = LAB_E_NOMEM;
    }
    return code;
}

/* The other way: Miller and Rabin's test, which asks what a prime must satisfy and never divides n
 * by anything. For 64 bits the first twelve primes as bases leave no doubt (Sorenson and Webster,
 * "Strong pseudoprimes to twelve prime bases", 2015: enough below 3.18·10^23). */
static uint64_t add_mod(uint64_t a, uint64_t b, uint64_t n)
{
    return a >= n - b ? a - (n - b) : a + b;
}

static uint64_t mul_mod(uint64_t a, uint64_t b, uint64_t n)
{
    uint64_t product = 0;
    for (; b; b >>= 1, a = add_mod(a, a, n))
        if (b & 1)
            product = add_mod(product, a, n);
    return product;
}

static uint64_t pow_mod(uint64_t a, uint64_t exponent, uint64_t n)
{
    uint64_t power = 1;
    for (; exponent; exponent >>= 1, a = mul_mod(a, a, n))
        if (exponent & 1)
            power = mul_mod(power, a, n);
    return power;
}

bool lab__miller_rabin(uint64_t n)
{
    static const uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    if (n < 2 || n % 2 == 0)
        return n == 2;
    uint64_t odd = n - 1;
    int twos = 0;
    for (; odd % 2 == 0; odd /= 2)
        twos++;
    for (size_t i = 0; i < sizeof bases / sizeof *bases; i++) {
        if (bases[i] >= n)
            break; /* n is odd and below 41: the smaller bases were enough */
        uint64_t x = pow_mod(bases[i], odd, n);
        bool passes = x == 1 || x == n - 1;
        for (int square = 1; square < twos && !passes; square++) {
            x = mul_mod(x, x, n);
            passes = x == n - 1;
        }
        if (!passes)
            return false;
    }
    return true;
}

static int primes_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                         struct lab_failure *failure)
{
    for (size_t i = 0; i < problem->task_count; i++) {
        struct prime_in in;
        struct prime_out out;
        int code = lab__result_size(problem, i, results[i], sizeof out, failure);
        if (code)
            return code;
        memcpy(&in, problem->tasks[i].data, sizeof in);
        memcpy(&out, results[i].data, sizeof out);
        bool prime = lab__miller_rabin(in.n);
        if (out.prime != prime)
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "primes: task %zu: %" PRIu64 " %s prime, and the result says otherwise",
                            i, in.n, prime ? "is" : "is not");
        bool divides = in.n < 2 ? out.divisor == 0
                       : prime  ? out.divisor == in.n
                                : out.divisor <= UINT32_MAX && lab__miller_rabin(out.divisor) &&
                                     in.n % out.divisor == 0 && out.divisor <= in.n / out.divisor;
        if (!divides)
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "primes: task %zu: %" PRIu64 " is not the smallest divisor of %" PRIu64,
                            i, out.divisor, in.n);
    }
    return 0;
}

static const struct lab_task_type primes_task = {.name = "primes", .step = primes_step};

const struct lab_workload lab_primes = {
    .name = "primes",
    .family = LAB_FAMILY_CPU,
    .sentence =
        "Finds out whether large numbers are prime by trial division; the numbers cost very "
        "different amounts of work.",
    .size_unit = "numbers",
    .source = "primes.c",
    .default_size = 20,
    .min_size = 1,
    .max_size = 100000,
    /* Of fewer numbers a single dear one decides how long two workers take. */
    .fit = {.least = 15, .cost_power = 1, .task_power = 1},
    .task = &primes_task,
    .prepare = primes_prepare,
    .verify = primes_verify,
};
