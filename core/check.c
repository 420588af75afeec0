#include "check.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "suites.h"

#if defined(LAB_TEST_NATIVE)
#include "failing.h"
#include "futures/child.h"
#include "futures/process_test_tasks.h"
#include "lab/task_types.h"
#endif

#define X(name) LAB_SUITE(name);
LAB_SUITES(X)
#undef X

/* Counters only: no other data is published through them. */
static _Atomic int checks, failures, tests;

bool lab_check(bool passed, const char *file, int line, const char *format, ...)
{
    atomic_fetch_add_explicit(&checks, 1, memory_order_relaxed);
    if (passed)
        return true;
    atomic_fetch_add_explicit(&failures, 1, memory_order_relaxed);
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    fprintf(stderr, "%s:%d: %s\n", file, line, text);
    return false;
}

void lab_run_test(const char *name, void (*test)(void))
{
    int before = atomic_load_explicit(&failures, memory_order_relaxed);
    atomic_fetch_add_explicit(&tests, 1, memory_order_relaxed);
    test();
    if (atomic_load_explicit(&failures, memory_order_relaxed) != before)
        fprintf(stderr, "FAILED %s\n", name);
}

#if defined(LAB_TEST_NATIVE)
static const struct lab_task_type *find_task_type(const char *name)
{
    const struct lab_task_type *type = lab_test_task_type_find(name);
    return type ? type : lab_every_task_type(name);
}
#endif

int main(int argc, char **argv)
{
#if defined(LAB_TEST_NATIVE)
    /* A process pool under test starts its own program, which is this one. */
    if (argc == 2 && strcmp(argv[1], "--child") == 0) {
        lab_failing_arm_child();
        return lab_child_live(find_task_type);
    }
#endif
    static const struct {
        const char *name;
        void (*run)(void);
    } suites[] = {
#define X(name) {#name, lab_suite_##name},
        LAB_SUITES(X)
#undef X
    };
    enum { SUITES = sizeof suites / sizeof *suites };
    bool wanted[SUITES] = {false};
    for (int word = 1; word < argc; word++) {
        size_t i = 0;
        while (i < SUITES && strcmp(argv[word], suites[i].name) != 0)
            i++;
        if (i == SUITES) {
            fprintf(stderr, "no suite is called \"%s\"\n", argv[word]);
            return 2;
        }
        wanted[i] = true;
    }
    int ran = 0;
    for (size_t i = 0; i < SUITES; i++)
        if (argc <= 1 || wanted[i]) {
            suites[i].run();
            ran++;
        }
    printf("%d suites, %d tests, %d checks, %d failed\n", ran, tests, checks, failures);
    fflush(stdout);
    return failures == 0 && checks > 0 ? 0 : 1;
}
