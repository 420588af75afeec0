/* Every workload: prepared small, run by stepping its task type, verified, tampered with, stopped.
 */
#include "workloads/workload.h"

#include <stdlib.h>

#include "check.h"
#include "platform/reactor.h"
#include "workloads/problem.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

static const char *const urls[] = {"http://x.test/a", "http://x.test/b", "http://x.test/empty"};

static const struct {
    const char *name;
    uint64_t size;
    bool seeded;
} cases[] = {
    {"primes", 7, false},  {"mandelbrot", 150, true}, {"sha256", 5, true}, {"sort", 300001, true},
    {"matmul", 300, true}, {"pages", 8, false},       {"mixed", 8, false}, {"fault", 5, true},
};
enum { CASES = sizeof cases / sizeof *cases };

struct outcome {
    struct lab_problem problem;
    struct lab_run *runs;
    struct lab_bytes *results;
};

/* Answers an await as a server would: /a has 33 bytes and 6 words, /b 26 and 5, /empty none. */
static void answer(struct lab_fetch *fetch, int code)
{
    static const char text[] = " one two\tthree\r\nfour, five\f\v six ";
    CHECK(fetch->url != NULL);
    fetch->code = code;
    fetch->status = code ? 0 : 200;
    if (code) {
        lab_fail(&fetch->failure, code, "%s: refused", fetch->url);
    } else if (strcmp(fetch->url, urls[2]) != 0) {
        fetch->size = strcmp(fetch->url, urls[0]) == 0 ? sizeof text - 1 : 26;
        fetch->body = malloc(fetch->size);
        memcpy(fetch->body, text, fetch->size);
    }
}

static void run_task(struct lab_run *run, const struct lab_task_type *type, struct lab_bytes in,
                     int fetch_code)
{
    CHECK_INT(lab_run_init(run, type, in), 0);
    while (type->step(run) == LAB_CO_AWAIT) {
        CHECK_INT(run->co.awaits, LAB_AWAITS_FETCH);
        answer(run->co.on.fetch, fetch_code);
    }
}

static bool prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                    const char *name)
{
    struct lab_failure failure = {0};
    int code = lab_problem_prepare(problem, lab_workload_find(name), options, &failure);
    return lab_check(code == 0, __FILE__, __LINE__, "%s: %s", name, failure.text);
}

static bool make(struct outcome *o, const char *name, uint64_t size, uint64_t seed,
                 const char *fault)
{
    const struct lab_workload_options options = {
        .seed = seed, .size = size, .urls = urls, .url_count = 3, .fault = fault};
    if (!prepare(&o->problem, &options, name))
        return false;
    size_t count = o->problem.task_count;
    o->runs = calloc(count, sizeof *o->runs);
    o->results = calloc(count, sizeof *o->results);
    for (size_t i = 0; i < count; i++) {
        run_task(&o->runs[i], o->problem.workload->task, o->problem.tasks[i], 0);
        o->results[i] = (struct lab_bytes){.data = o->runs[i].out, .size = o->runs[i].out_size};
    }
    return true;
}

static void drop(struct outcome *o)
{
    for (size_t i = 0; i < o->problem.task_count; i++)
        lab_run_release(&o->runs[i]);
    free(o->runs);
    free(o->results);
    lab_problem_release(&o->problem);
}

static void registry(void)
{
    for (size_t i = 0; lab_workloads[i]; i++) {
        const struct lab_workload *w = lab_workloads[i];
        CHECK(lab_workload_find(w->name) == w);
        CHECK(lab_task_type_find(w->task->name) == w->task);
        CHECK(w->min_size <= w->default_size && w->default_size <= w->max_size);
        CHECK(w->fit.least == 0 || (w->min_size <= w->fit.least && w->fit.least < w->default_size &&
                                    w->fit.cost_power && w->fit.task_power));
        CHECK(w->sentence[strlen(w->sentence) - 1] == '.');
        CHECK(w->hidden == (strcmp(w->name, "fault") == 0));
        CHECK(strcmp(lab_family_text(w->family), "unknown") != 0);
    }
    CHECK(lab_workload_find("prime") == NULL);
    CHECK(lab_task_type_find("") == NULL);
    CHECK(lab_task_type_find("echo") != NULL);
}

static void right_results_verify(void)
{
    for (size_t c = 0; c < CASES; c++) {
        struct outcome o;
        struct lab_failure failure = {0};
        if (!make(&o, cases[c].name, cases[c].size, 1, NULL))
            continue;
        for (int time = 0; time < 2; time++) {
            int code = lab_problem_verify(&o.problem, o.results, &failure);
            lab_check(code == 0, __FILE__, __LINE__, "%s", failure.text);
        }
        drop(&o);
    }
}

static void checksums_follow_the_seed(void)
{
    for (size_t c = 0; c < CASES; c++) {
        uint64_t sum[3];
        for (int i = 0; i < 3; i++) {
            struct outcome o;
            if (!make(&o, cases[c].name, cases[c].size, i < 2 ? 1 : 2, NULL))
                return;
            sum[i] = lab_problem_checksum(&o.problem, o.results);
            drop(&o);
        }
        lab_check(sum[0] == sum[1], __FILE__, __LINE__, "%s: two runs differ", cases[c].name);
        lab_check((sum[1] != sum[2]) == cases[c].seeded, __FILE__, __LINE__,
                  "%s: another seed gives %llx and %llx", cases[c].name, (unsigned long long)sum[1],
                  (unsigned long long)sum[2]);
    }
}

/* Verifies with result i replaced. */
static void expect_caught(struct outcome *o, size_t i, struct lab_bytes instead, const char *what)
{
    struct lab_failure failure = {0};
    struct lab_bytes kept = o->results[i];
    uint64_t sum = lab_problem_checksum(&o->problem, o->results);
    o->results[i] = instead;
    int code = lab_problem_verify(&o->problem, o->results, &failure);
    lab_check(code == LAB_E_UNVERIFIED, __FILE__, __LINE__, "%s: task %zu, %s: not caught",
              o->problem.workload->name, i, what);
    CHECK(strncmp(failure.text, o->problem.workload->name, strlen(o->problem.workload->name)) == 0);
    CHECK(strstr(failure.text, "task ") != NULL);
    CHECK(lab_problem_checksum(&o->problem, o->results) != sum);
    o->results[i] = kept;
}

static void tampered_results_are_caught(void)
{
    for (size_t c = 0; c < CASES; c++) {
        struct outcome o;
        if (!make(&o, cases[c].name, cases[c].size, 1, NULL))
            continue;
        /* A picture is verified by samples: only its high bytes are certain to be caught. */
        bool sampled = strcmp(cases[c].name, "mandelbrot") == 0;
        for (size_t i = 0; i < o.problem.task_count; i += 1 + o.problem.task_count / 5) {
            struct lab_bytes right = o.results[i];
            CHECK_OR_RETURN(right.data != NULL && right.size > 0);
            for (size_t at = 0; at < right.size; at += 1 + right.size / 7) {
                unsigned char *copy = malloc(right.size);
                memcpy(copy, right.data, right.size);
                copy[sampled ? at | 1 : at] ^= 0x40;
                expect_caught(&o, i, (struct lab_bytes){copy, right.size}, "a bit flipped");
                free(copy);
            }
            expect_caught(&o, i, (struct lab_bytes){right.data, right.size - 1}, "cut");
            expect_caught(&o, i, (struct lab_bytes){NULL, 0}, "missing");
        }
        if (strcmp(cases[c].name, "primes") != 0) /* most of whose results are just "2" */
            expect_caught(&o, 0, o.results[1], "another task's");
        drop(&o);
    }
}

static void sizes_out_of_range(void)
{
    for (size_t i = 0; lab_workloads[i]; i++) {
        const struct lab_workload *w = lab_workloads[i];
        uint64_t sizes[] = {w->min_size - 1, w->max_size + 1, UINT64_MAX};
        for (size_t s = w->min_size == 1; s < 3; s++) { /* a size of 0 is the default */
            struct lab_problem problem;
            struct lab_failure failure = {0};
            const struct lab_workload_options options = {
                .size = sizes[s], .urls = urls, .url_count = 3};
            CHECK_INT(lab_problem_prepare(&problem, w, &options, &failure), LAB_E_INVALID);
            CHECK(strstr(failure.text, w->name) && strstr(failure.text, "out of range"));
            lab_problem_release(&problem);
        }
    }
}

static void smallest_sizes(void)
{
    for (size_t i = 0; lab_workloads[i]; i++) {
        struct outcome o;
        struct lab_failure failure = {0};
        if (!make(&o, lab_workloads[i]->name, lab_workloads[i]->min_size, 1, NULL))
            continue;
        int code = lab_problem_verify(&o.problem, o.results, &failure);
        lab_check(code == 0, __FILE__, __LINE__, "%s", failure.text);
        CHECK_INT(o.problem.task_count, 1);
        drop(&o);
    }
}

static void stop_is_noticed(void)
{
    for (size_t i = 0; lab_workloads[i]; i++) {
        const struct lab_workload_options options = {
            .seed = 1, .size = 20, .urls = urls, .url_count = 1, .fault = "hang"};
        struct lab_problem problem;
        if (!prepare(&problem, &options, lab_workloads[i]->name))
            continue;
        size_t middle = problem.task_count / 2;
        struct lab_run run;
        atomic_store_explicit(&lab_eval_breaker, 1, memory_order_relaxed);
        run_task(&run, problem.workload->task, problem.tasks[middle], 0);
        atomic_store_explicit(&lab_eval_breaker, 0, memory_order_relaxed);
        CHECK(run.out == NULL);
        lab_check(run.failure && run.failure->code == LAB_E_STOPPED, __FILE__, __LINE__,
                  "%s: was not stopped", problem.workload->name);
        lab_run_release(&run);
        lab_problem_release(&problem);
    }
}

static void wrong_task_bytes(void)
{
    for (size_t i = 0; lab_workloads[i]; i++) {
        static const unsigned char bytes[3] = {1, 2, 3};
        for (size_t size = 0; size <= 3; size++) {
            struct lab_run run;
            run_task(&run, lab_workloads[i]->task, (struct lab_bytes){bytes, size}, 0);
            CHECK(run.out == NULL);
            lab_check(run.failure && run.failure->code == LAB_E_INVALID, __FILE__, __LINE__,
                      "%s took a task of %zu bytes", lab_workloads[i]->name, size);
            lab_run_release(&run);
        }
    }
}

static void primes_of_special_numbers(void)
{
    static const struct {
        uint64_t n, divisor;
    } known[] = {
        {0, 0},
        {1, 0},
        {2, 2},
        {3, 3},
        {4, 2},
        {9, 3},
        {25, 5},
        {49, 7},
        {4294967291, 4294967291}, /* the largest prime below 2^32 */
        {4295098369, 65537},      /* 65537² */
        {UINT64_MAX, 3},          /* 3 · 5 · 17 · 257 · 641 · 65537 · 6700417 */
        {UINT64_MAX - 1, 2},
        {9223372036854775807u, 7},      /* 2^63 - 1 */
        {18446744073709551557u - 2, 3}, /* beside the largest prime below 2^64 */
    };
    enum { COUNT = sizeof known / sizeof *known };
    uint64_t numbers[COUNT];
    struct lab_bytes results[COUNT];
    struct lab_run runs[COUNT];
    struct lab_problem problem;
    struct lab_failure failure = {0};
    for (size_t i = 0; i < COUNT; i++)
        numbers[i] = known[i].n;
    const struct lab_workload_options options = {.numbers = numbers, .number_count = COUNT};
    CHECK_OR_RETURN(prepare(&problem, &options, "primes"));
    CHECK_INT(problem.size, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        uint64_t out[2] = {9, 9};
        run_task(&runs[i], problem.workload->task, problem.tasks[i], 0);
        results[i] = (struct lab_bytes){runs[i].out, runs[i].out_size};
        CHECK_OR_RETURN(runs[i].out_size == sizeof out);
        memcpy(out, runs[i].out, sizeof out);
        CHECK_INT(out[0], known[i].n >= 2 && known[i].divisor == known[i].n);
        CHECK_INT(out[1], known[i].divisor);
    }
    int code = lab_problem_verify(&problem, results, &failure);
    lab_check(code == 0, __FILE__, __LINE__, "%s", failure.text);
    for (size_t i = 0; i < COUNT; i++)
        lab_run_release(&runs[i]);
    lab_problem_release(&problem);

    const struct lab_workload_options none = {.numbers = numbers, .number_count = 0};
    CHECK_INT(lab_problem_prepare(&problem, lab_workload_find("primes"), &none, &failure),
              LAB_E_INVALID);
    CHECK_STR(failure.text, "primes: no numbers were given");
}

static void square_roots(void)
{
    for (uint64_t r = 1; r <= UINT32_MAX; r += 1 + r / 3) {
        CHECK_INT(lab__square_root(r * r), r);
        CHECK_INT(lab__square_root(r * r - 1), r - 1);
        CHECK_INT(lab__square_root(r * r + 2 * r), r);
    }
    CHECK_INT(lab__square_root(0), 0);
    CHECK_INT(lab__square_root(UINT64_MAX), UINT32_MAX);
    CHECK_INT(lab__square_root((uint64_t)UINT32_MAX * UINT32_MAX), UINT32_MAX);
    CHECK_INT(lab__square_root((uint64_t)UINT32_MAX * UINT32_MAX - 1), UINT32_MAX - 1);
}

static void miller_rabin(void)
{
    enum { LIMIT = 20000 };
    static bool composite[LIMIT];
    for (size_t i = 2; i < LIMIT; i++)
        for (size_t k = 2 * i; k < LIMIT; k += i)
            composite[k] = true;
    for (size_t i = 0; i < LIMIT; i++)
        CHECK(lab__miller_rabin(i) == (i >= 2 && !composite[i]));
    /* Strong pseudoprimes to the first 4, 7 and 9 prime bases (OEIS A014233). */
    CHECK(!lab__miller_rabin(3215031751));
    CHECK(!lab__miller_rabin(341550071728321));
    CHECK(!lab__miller_rabin(3825123056546413051));
    CHECK(lab__miller_rabin(2305843009213693951));   /* 2^61 - 1 */
    CHECK(lab__miller_rabin(18446744073709551557u)); /* the largest prime below 2^64 */
    CHECK(!lab__miller_rabin(UINT64_MAX));

    const struct lab_workload_options options = {.seed = 1};
    struct lab_problem problem;
    int primes = 0;
    CHECK_OR_RETURN(prepare(&problem, &options, "primes"));
    CHECK_INT(problem.task_count, 20);
    for (size_t i = 0; i < problem.task_count; i++) {
        uint64_t n;
        memcpy(&n, problem.tasks[i].data, sizeof n);
        primes += lab__miller_rabin(n);
    }
    CHECK_INT(primes, 9);
    lab_problem_release(&problem);
}

/* Tiles cover the picture, each pixel once. */
static void tiles(void)
{
    enum { SIDE = 150 };
    static unsigned char covered[SIDE][SIDE];
    struct outcome o;
    memset(covered, 0, sizeof covered);
    CHECK_OR_RETURN(make(&o, "mandelbrot", SIDE, 1, NULL));
    for (size_t i = 0; i < o.problem.task_count; i++) {
        struct lab_tile tile;
        CHECK_OR_RETURN(o.problem.workload->tile(&o.problem, i, o.results[i], &tile) == 0);
        CHECK(tile.iterations == o.results[i].data && tile.limit == 1000);
        for (int y = tile.y; y < tile.y + tile.height; y++)
            for (int x = tile.x; x < tile.x + tile.width; x++)
                covered[y][x]++;
        struct lab_bytes cut = {o.results[i].data, o.results[i].size - 2};
        CHECK_INT(o.problem.workload->tile(&o.problem, i, cut, &tile), LAB_E_INVALID);
    }
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            CHECK_OR_RETURN(covered[y][x] == 1);
    drop(&o);
}

static void sort_of_special_runs(void)
{
    enum { LENGTH = 1000 };
    uint32_t numbers[LENGTH];
    for (int kind = 0; kind < 4; kind++)
        for (size_t n = 1; n <= LENGTH; n += n < 20 ? 1 : 49) {
            uint64_t sum = 0, sorted_sum = 0;
            struct lab_run run;
            for (size_t i = 0; i < n; i++) {
                numbers[i] = kind == 0   ? (uint32_t)i
                             : kind == 1 ? (uint32_t)(n - i)
                             : kind == 2 ? UINT32_MAX
                                         : (uint32_t)(i * 2654435761u % 7);
                sum += numbers[i];
            }
            run_task(&run, lab_task_type_find("sort"), (struct lab_bytes){numbers, n * 4}, 0);
            CHECK_OR_RETURN(run.out && run.out_size == n * 4);
            uint32_t before = 0;
            for (size_t i = 0; i < n; i++) {
                uint32_t x;
                memcpy(&x, run.out + i * 4, 4);
                CHECK(x >= before);
                before = x;
                sorted_sum += x;
            }
            CHECK(sum == sorted_sum);
            lab_run_release(&run);
        }
}

static void pages_count_words(void)
{
    static const uint64_t bytes[] = {33, 26, 0}, words[] = {6, 5, 0};
    struct outcome o;
    uint64_t out[3];
    CHECK_OR_RETURN(make(&o, "pages", 6, 1, NULL));
    for (size_t i = 0; i < 6; i++) {
        memcpy(out, o.results[i].data, sizeof out);
        CHECK_INT(out[0], 200);
        CHECK_INT(out[1], bytes[i % 3]);
        CHECK_INT(out[2], words[i % 3]);
    }
    drop(&o);
}

static void a_failing_fetch_fails_the_task(void)
{
    static const char *const names[] = {"pages", "mixed"};
    for (size_t k = 0; k < 2; k++) {
        const struct lab_workload_options options = {.urls = urls, .url_count = 3};
        struct lab_problem problem;
        struct lab_run run;
        struct lab_failure failure = {0};
        CHECK_OR_RETURN(prepare(&problem, &options, names[k]));
        run_task(&run, problem.workload->task, problem.tasks[1], LAB_E_TIMEOUT);
        CHECK_OR_RETURN(run.failure != NULL);
        CHECK_INT(run.failure->code, LAB_E_TIMEOUT);
        CHECK_STR(run.failure->text, "http://x.test/b: refused");
        lab_run_release(&run);
        lab_problem_release(&problem);

        const struct lab_workload_options none = {.seed = 1};
        CHECK_INT(lab_problem_prepare(&problem, lab_workload_find(names[k]), &none, &failure),
                  LAB_E_INVALID);
        CHECK(strstr(failure.text, "no URLs were given") != NULL);
    }
}

static void faults(void)
{
    struct outcome o;
    struct lab_failure failure = {0};
    CHECK_OR_RETURN(make(&o, "fault", 5, 1, "wrong"));
    CHECK_INT(lab_problem_verify(&o.problem, o.results, &failure), LAB_E_UNVERIFIED);
    CHECK(strncmp(failure.text, "fault: task 2: ", 15) == 0);
    drop(&o);

    CHECK_OR_RETURN(make(&o, "fault", 5, 1, "fail"));
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(o.runs[i].failure ? o.runs[i].failure->code : 0, i == 2 ? LAB_E_TASK : 0);
    CHECK_INT(lab_problem_verify(&o.problem, o.results, &failure), LAB_E_UNVERIFIED);
    drop(&o);

#ifndef SANITIZED /* whose allocators end the program instead of returning NULL */
    CHECK_OR_RETURN(make(&o, "fault", 5, 1, "nomem"));
    for (size_t i = 0; i < 5; i++)
        CHECK_INT(o.runs[i].failure ? o.runs[i].failure->code : 0, i == 2 ? LAB_E_NOMEM : 0);
    drop(&o);
#endif

    const struct lab_workload_options options = {.fault = "earthquake"};
    CHECK_INT(lab_problem_prepare(&o.problem, lab_workload_find("fault"), &options, &failure),
              LAB_E_INVALID);
    CHECK(strstr(failure.text, "\"earthquake\"") != NULL);
}

LAB_SUITE(workloads)
{
    RUN(registry);
    RUN(right_results_verify);
    RUN(checksums_follow_the_seed);
    RUN(tampered_results_are_caught);
    RUN(sizes_out_of_range);
    RUN(smallest_sizes);
    RUN(stop_is_noticed);
    RUN(wrong_task_bytes);
    RUN(primes_of_special_numbers);
    RUN(square_roots);
    RUN(miller_rabin);
    RUN(tiles);
    RUN(sort_of_special_runs);
    RUN(pages_count_words);
    RUN(a_failing_fetch_fails_the_task);
    RUN(faults);
}
