/* Executors blow at the same time, each in a thread of its own, where there is room for so many;
 * one after another elsewhere. */
#include "exhibits/futures/storm.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "exhibits/futures/storm_gust.h"
#include "exhibits/futures/watchdog.h"
#include "platform/census.h"
#include "platform/system.h"
#include "stats/random.h"

enum { KINDS = 8 };

/* A counter: of all callbacks that failed and were logged. */
static _Atomic uint64_t logged;

static void log_failure(const struct lab_future *future, int code)
{
    (void)future;
    (void)code;
    atomic_fetch_add_explicit(&logged, 1, memory_order_relaxed);
}

static void blow_until_done(void *argument)
{
    struct lab_storm_kind *kind = argument;
    for (uint64_t i = 0; kind->sum.futures < kind->share && !lab_stopping(); i++) {
        lab__storm_gust(kind, i);
        lab_mutex_lock(&kind->storm->mutex);
        bool over = kind->storm->result->problem[0] != '\0';
        lab_mutex_unlock(&kind->storm->mutex);
        if (over)
            break;
    }
}

/* ---- the storm ---- */

/* Processes get a fiftieth, the others the rest in equal parts. */
static size_t divide(struct lab_storm *storm, struct lab_storm_kind *kinds)
{
    const struct lab_storm_options *options = storm->options;
    size_t count = 0, equal = 0;
    uint64_t rest = options->futures;
    for (size_t i = 0; i < options->method_count && count < KINDS; i++) {
        const struct lab_method *method = options->methods[i];
        /* A pool of processes that only lives while it is driven cannot be waited for here. */
        if (method->unavailable() || (method->processes && !lab_can_block()))
            continue;
        kinds[count] = (struct lab_storm_kind){.storm = storm, .method = method};
        kinds[count].seed = lab_random_substream(options->seed, i);
        equal += !method->processes;
        count++;
    }
    for (size_t i = 0; i < count; i++)
        if (kinds[i].method->processes) {
            kinds[i].share = equal ? options->futures / 50 : options->futures;
            rest -= kinds[i].share;
        }
    for (size_t i = 0, given = 0; i < count; i++)
        if (!kinds[i].method->processes) {
            kinds[i].share = rest / equal + (given < rest % equal);
            given++;
        }
    return count;
}

static void add(struct lab_storm_result *sum, const struct lab_storm_result *one)
{
    sum->futures += one->futures;
    sum->finished += one->finished;
    sum->failed += one->failed;
    sum->cancelled += one->cancelled;
    sum->refused += one->refused;
    sum->callbacks += one->callbacks;
    sum->callback_failures += one->callback_failures;
    sum->pools += one->pools;
    sum->shutdowns += one->shutdowns;
    sum->kills += one->kills;
    sum->crashes += one->crashes;
}

/* How many more there are than before, when the last ones have had time to vanish; -1: unknown. */
static int left(int (*census)(void), int before)
{
    _Atomic uint32_t never;
    int now = census();
    atomic_init(&never, 0);
    for (int i = 0; i < 200 && before >= 0 && now > before; i++, now = census())
        lab_futex_wait(&never, 0, 10000000);
    return before < 0 || now < 0 ? -1 : now > before ? now - before : 0;
}

static void do_nothing(void *unused)
{
    (void)unused;
}

/* The first thread brings along what the program keeps for threads (ThreadSanitizer's own, for
 * one): that is not counted as left behind. */
static void start_a_first_thread(void)
{
    lab_thread thread;
    if (lab_has_threads() && lab_thread_start(&thread, do_nothing, NULL) == 0)
        lab_thread_join(thread);
}

static void run(struct lab_storm *storm)
{
    struct lab_storm_kind kinds[KINDS];
    size_t count = divide(storm, kinds);
    bool at_once = lab_thread_limit() >= 256 && lab_has_threads();
    for (size_t i = 0; i < count; i++) {
        kinds[i].threaded =
            at_once && lab_thread_start(&kinds[i].thread, blow_until_done, &kinds[i]) == 0;
        if (!kinds[i].threaded)
            blow_until_done(&kinds[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (kinds[i].threaded)
            lab_thread_join(kinds[i].thread);
        add(storm->result, &kinds[i].sum);
    }
    if (count == 0)
        lab__storm_problem(storm, "none of the executors is available here");
}

static void say_hung(void *user)
{
    (void)user;
    lab_print(2, "the storm did not end\n");
}

void lab_storm_run(struct lab_storm_result *result, const struct lab_storm_options *options)
{
    struct lab_storm storm = {.options = options, .result = result};
    struct lab_watchdog watchdog;
    start_a_first_thread();
    int threads = lab_census_threads(), processes = lab_census_processes();
    uint64_t start = lab_now_ns();
    *result = (struct lab_storm_result){.seed = options->seed};
    lab_mutex_init(&storm.mutex);
    atomic_store_explicit(&logged, 0, memory_order_relaxed);
    lab_future_log(log_failure);
    lab_watchdog_start(&watchdog, 120 + (double)options->futures / 500,
                       options->hung ? options->hung : say_hung, options->user);
    run(&storm);
    lab_watchdog_end(&watchdog);
    lab_future_log(NULL);
    result->threads_left = left(lab_census_threads, threads);
    result->processes_left = left(lab_census_processes, processes);
    uint64_t found = atomic_load_explicit(&logged, memory_order_relaxed);
    if (found != result->callback_failures)
        lab__storm_problem(&storm, "%" PRIu64 " callbacks failed, %" PRIu64 " were logged",
                           result->callback_failures, found);
    if (result->threads_left > 0 || result->processes_left > 0)
        lab__storm_problem(&storm, "%d threads and %d processes are left", result->threads_left,
                           result->processes_left);
    result->stopped = lab_stopping();
    result->passed = !result->problem[0] && !result->stopped;
    result->seconds = (double)(lab_now_ns() - start) / 1e9;
    lab_mutex_destroy(&storm.mutex);
}
