/* A small storm, three times. (`lab futures --storm --seeds 100` is the large one.) */
#include "exhibits/futures/storm.h"

#include "check.h"
#include "platform/system.h"

#if defined(LAB_TEST_NATIVE)
static const bool has_processes = true;
#else
static const bool has_processes = false; /* nobody starts Workers for this program */
#endif

enum { FUTURES = 5000, SEEDS = 3, METHODS = 8 };

static size_t all_methods(const struct lab_method **methods)
{
    size_t count = 0;
    for (size_t i = 0; lab_methods[i] && count < METHODS; i++)
        if (has_processes || !lab_methods[i]->processes)
            methods[count++] = lab_methods[i];
    return count;
}

static void nothing_is_lost(void)
{
    const struct lab_method *methods[METHODS];
    struct lab_storm_options options = {.futures = FUTURES, .methods = methods};
    options.method_count = all_methods(methods);
    for (options.seed = 1; options.seed <= SEEDS; options.seed++) {
        struct lab_storm_result result;
        lab_storm_run(&result, &options);
        CHECK_STR(result.problem, "");
        CHECK(result.passed);
        CHECK_INT(result.futures, FUTURES);
        CHECK_INT(result.finished + result.failed + result.cancelled, FUTURES);
        CHECK(result.finished > FUTURES / 10 && result.failed > 0 && result.cancelled > 0);
        CHECK(result.callbacks > FUTURES && result.callback_failures > FUTURES / 4);
        CHECK(result.threads_left <= 0 && result.processes_left <= 0);
    }
}

/* Where nothing but the seed decides, everything comes again: one thread, one submitter. */
static void the_same_seed_decides_the_same(void)
{
    const struct lab_method *sequential = lab_method_find("sequential");
    struct lab_storm_options options = {
        .seed = 7, .futures = FUTURES, .methods = &sequential, .method_count = 1};
    struct lab_storm_result first, second, other;
    lab_storm_run(&first, &options);
    lab_storm_run(&second, &options);
    options.seed = 8;
    lab_storm_run(&other, &options);
    CHECK(first.passed && second.passed && other.passed);
    CHECK_INT(first.failed, second.failed);
    CHECK_INT(first.callbacks, second.callbacks);
    CHECK_INT(first.callback_failures, second.callback_failures);
    CHECK_INT(first.pools, second.pools);
    CHECK(first.callbacks != other.callbacks || first.failed != other.failed);
}

LAB_SUITE(storm)
{
    RUN(nothing_is_lost);
    RUN(the_same_seed_decides_the_same);
}
