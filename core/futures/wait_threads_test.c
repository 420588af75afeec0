/* wait, as_completed, map and deadlocks, with threads that end futures meanwhile. (Every clause of
 * every rule, under every executor: core/exhibits/futures.) */
#include "check.h"
#include "futures/map.h"
#include "futures/test_tasks.h"
#include "futures/wait.h"
#include "futures/waits.h"

static struct lab_executor *pool_of(const char *method, int workers)
{
    struct lab_executor *pool = NULL;
    struct lab_executor_options options = {.workers = workers};
    CHECK_INT(lab_executor_create(&pool, lab_method_find(method), &options, NULL), 0);
    return pool;
}

static void wait_sorts_out_duplicates_and_cancellations(void)
{
    struct lab_future *a = lab_future_create(false), *b = lab_future_create(false);
    struct lab_future *all[] = {a, b, a, b, b};
    struct lab_wait_result result;
    CHECK_INT(lab_wait(all, 5, 0, LAB_ALL_COMPLETED, &result), LAB_E_TIMEOUT);
    CHECK_INT(result.done_count, 0);
    CHECK_INT(result.not_done_count, 2);
    lab_wait_result_release(&result);
    lab_future_cancel(a); /* not yet notified: not done (rule 8) */
    CHECK_INT(lab_wait(all, 5, 0, LAB_FIRST_COMPLETED, &result), LAB_E_TIMEOUT);
    CHECK_INT(result.done_count, 0);
    lab_wait_result_release(&result);
    lab_future_set_running_or_notify_cancel(a);
    CHECK_INT(lab_wait(all, 5, 0, LAB_FIRST_COMPLETED, &result), 0);
    CHECK(result.done_count == 1 && result.done[0] == a);
    CHECK(result.not_done_count == 1 && result.not_done[0] == b);
    lab_wait_result_release(&result);
    CHECK_INT(lab_wait(all, 5, 0, LAB_FIRST_EXCEPTION, &result), LAB_E_TIMEOUT);
    lab_wait_result_release(&result);
    CHECK_INT(lab_wait(all, 5, 0, (enum lab_return_when)7, &result), LAB_E_INVALID);
    lab_future_release(a);
    lab_future_release(b);
}

static void as_completed_counts_what_is_missing(void)
{
    struct lab_future *futures[4], *one;
    struct lab_as_completed *iterator;
    struct lab_failure failure = {0};
    for (int i = 0; i < 4; i++)
        futures[i] = lab_future_create(false);
    lab_future_set_result(futures[2], NULL, 0);
    CHECK_INT(lab_as_completed_create(&iterator, futures, 4, 30000000), 0);
    CHECK_INT(lab_as_completed_next(iterator, &one, NULL), 0);
    CHECK(one == futures[2]);
    lab_future_set_result(futures[0], NULL, 0);
    CHECK_INT(lab_as_completed_next(iterator, &one, NULL), 0);
    CHECK(one == futures[0]);
    CHECK_INT(lab_as_completed_next(iterator, &one, &failure), LAB_E_TIMEOUT);
    CHECK_STR(failure.text, "2 (of 4) futures unfinished");
    lab_as_completed_destroy(iterator);
    for (int i = 0; i < 4; i++)
        lab_future_release(futures[i]);
}

/* Thousands of futures of two pools, one driven and one not, end while they are waited for. */
static void waiting_for_several_executors(void)
{
    enum { EACH = 2000 };
    static uint64_t numbers[2 * EACH];
    static struct lab_future *futures[2 * EACH];
    struct lab_executor *pools[2] = {pool_of("threads", 3), pool_of("async", 1)};
    struct lab_as_completed *iterator;
    struct lab_future *one;
    size_t yielded = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < 2 * EACH; i++) {
        numbers[i] = i + 100;
        futures[i] = lab_test_submit(pools[i % 2], &lab_test_double_type, &numbers[i]);
    }
    CHECK_INT(lab_as_completed_create(&iterator, futures, 2 * EACH, LAB_FOREVER), 0);
    while (lab_as_completed_next(iterator, &one, NULL) == 0) {
        sum += lab_test_number(one);
        yielded++;
    }
    CHECK_INT(yielded, 2 * EACH);
    CHECK_INT(sum, 2 * (uint64_t)(2 * EACH) * 100 + (uint64_t)(2 * EACH) * (2 * EACH - 1));
    lab_as_completed_destroy(iterator);
    for (size_t i = 0; i < 2 * EACH; i++)
        lab_future_release(futures[i]);
    lab_executor_destroy(pools[0]);
    lab_executor_destroy(pools[1]);
}

static void map_yields_in_order_and_stays_within_its_buffer(void)
{
    uint64_t numbers[20];
    struct lab_bytes items[20], result;
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    struct lab_map *map;
    struct lab_failure failure = {0};
    struct lab_executor *pool = pool_of("threads", 2);
    for (uint64_t i = 0; i < 20; i++) {
        numbers[i] = i;
        items[i] = (struct lab_bytes){&numbers[i], sizeof numbers[i]};
    }
    options.buffersize = 3;
    CHECK_INT(lab_map_create(&map, pool, &lab_test_double_type, items, 20, &options, &failure), 0);
    CHECK_INT(lab_map_submitted(map), 3);
    for (uint64_t i = 0; i < 13; i++) {
        uint64_t number;
        CHECK_INT(lab_map_next(map, &result, &failure), 0);
        memcpy(&number, result.data, sizeof number);
        CHECK_INT(number, 2 * i);
        CHECK_INT(lab_map_submitted(map), i + 4);
    }
    CHECK_INT(lab_map_next(map, &result, &failure), LAB_E_TASK); /* item 13, at its own position */
    CHECK_STR(failure.text, "13 is unlucky");
    CHECK_INT(lab_map_next(map, &result, &failure), LAB_E_END);
    lab_map_destroy(map);
    options.buffersize = 0;
    CHECK_INT(lab_map_create(&map, pool, &lab_test_double_type, items, 20, &options, &failure),
              LAB_E_INVALID);
    options.buffersize = 1;
    options.chunksize = 0;
    CHECK_INT(lab_map_create(&map, pool, &lab_test_double_type, items, 20, &options, &failure),
              LAB_E_INVALID);
    lab_executor_destroy(pool);
}

/* ---- deadlocks ---- */

struct pair {
    struct lab_future *_Atomic futures[2]; /* release: set when both were submitted */
    struct lab_executor *pool;
    _Atomic uint32_t refused;
    struct lab_deadlock deadlock;
};

struct place {
    struct pair *pair;
    uint64_t other;
};

static int wait_for_other(struct lab_run *run)
{
    struct place place;
    struct lab_future *future;
    memcpy(&place, run->in.data, sizeof place);
    while (
        !(future = atomic_load_explicit(&place.pair->futures[place.other], memory_order_acquire)))
        lab_futex_wait(&place.pair->refused, 0, 1000000);
    int code = lab_future_wait(future, LAB_FOREVER);
    if (code == 0)
        return lab_run_result(run, &place.other, sizeof place.other);
    if (atomic_fetch_add_explicit(&place.pair->refused, 1, memory_order_acq_rel) == 0)
        place.pair->deadlock = *lab_deadlock_last();
    return lab_run_fail(run, code, "%s", lab_deadlock_last()->sentence);
}

static int wait_for_a_new_task(struct lab_run *run)
{
    struct place place;
    static const uint64_t number = 21;
    memcpy(&place, run->in.data, sizeof place);
    struct lab_task task = {
        .type = &lab_test_double_type, .in = {&number, sizeof number}, .tag = 7};
    struct lab_future *future;
    if (lab_submit(place.pair->pool, &task, &future, NULL))
        return lab_run_fail(run, LAB_E_TASK, "not submitted");
    int code = lab_future_wait(future, LAB_FOREVER);
    uint64_t result = lab_test_number(future);
    lab_future_release(future);
    if (code == 0)
        return lab_run_result(run, &result, sizeof result);
    atomic_fetch_add_explicit(&place.pair->refused, 1, memory_order_acq_rel);
    place.pair->deadlock = *lab_deadlock_last();
    return lab_run_fail(run, code, "%s", lab_deadlock_last()->sentence);
}

static const struct lab_task_type wait_type = {.name = "wait", .step = wait_for_other};
static const struct lab_task_type nested_type = {.name = "nested", .step = wait_for_a_new_task};

static void two_that_wait_for_each_other(const char *method)
{
    struct pair pair = {.pool = pool_of(method, 2)};
    struct place places[2] = {{&pair, 1}, {&pair, 0}};
    struct lab_future *futures[2];
    for (uint32_t i = 0; i < 2; i++) {
        struct lab_task task = {
            .type = &wait_type, .in = {&places[i], sizeof places[i]}, .tag = i + 1};
        CHECK_INT(lab_submit(pair.pool, &task, &futures[i], NULL), 0);
    }
    for (int i = 0; i < 2; i++)
        atomic_store_explicit(&pair.futures[i], futures[i], memory_order_release);
    for (int i = 0; i < 2; i++)
        CHECK_INT(lab_future_wait(futures[i], LAB_FOREVER), 0);
    CHECK_INT(atomic_load(&pair.refused), 1); /* one is refused, and that frees the other */
    CHECK_INT(pair.deadlock.count, 2);
    for (size_t i = 0; i < pair.deadlock.count; i++)
        CHECK_INT(pair.deadlock.steps[i].waits_for, 3 - pair.deadlock.steps[i].task);
    CHECK(strstr(pair.deadlock.sentence, "waits for task") != NULL);
    lab_executor_destroy(pair.pool);
    for (int i = 0; i < 2; i++)
        lab_future_release(futures[i]);
}

static void one_that_waits_for_what_it_submits(int workers, uint32_t refused)
{
    struct pair pair = {.pool = pool_of("threads", workers)};
    struct place place = {&pair, 0};
    struct lab_task task = {.type = &nested_type, .in = {&place, sizeof place}, .tag = 1};
    struct lab_future *future;
    CHECK_INT(lab_submit(pair.pool, &task, &future, NULL), 0);
    CHECK_INT(lab_future_wait(future, LAB_FOREVER), 0);
    CHECK_INT(atomic_load(&pair.refused), refused);
    if (refused) {
        CHECK_INT(lab_future_failure(future)->code, LAB_E_DEADLOCK);
        CHECK_STR(pair.deadlock.steps[0].because,
                  "task 7 is pending, and the pool's only worker waits");
    } else {
        CHECK_INT(lab_test_number(future), 42);
    }
    lab_future_release(future);
    lab_executor_destroy(pair.pool);
}

static void deadlocks_are_refused_and_others_are_not(void)
{
    two_that_wait_for_each_other("threads");
    two_that_wait_for_each_other("threads-gil");
    one_that_waits_for_what_it_submits(1, 1);
    one_that_waits_for_what_it_submits(2, 0);
}

/* Every worker of a pool submits to it and waits, by wait or as_completed: refused as well,
 * whatever their number. */
static int wait_for_a_group(struct lab_run *run)
{
    struct place place;
    static const uint64_t number = 21;
    memcpy(&place, run->in.data, sizeof place);
    struct lab_task task = {.type = &lab_test_double_type, .in = {&number, sizeof number}};
    struct lab_future *future;
    int code = 0;
    if (lab_submit(place.pair->pool, &task, &future, NULL))
        return lab_run_fail(run, LAB_E_TASK, "not submitted");
    if (place.other == 0) {
        struct lab_wait_result result;
        code = lab_wait(&future, 1, LAB_FOREVER, LAB_ALL_COMPLETED, &result);
        lab_wait_result_release(&result);
    } else {
        struct lab_as_completed *iterator;
        struct lab_future *one;
        lab_as_completed_create(&iterator, &future, 1, LAB_FOREVER);
        code = lab_as_completed_next(iterator, &one, NULL);
        lab_as_completed_destroy(iterator);
    }
    lab_future_release(future);
    if (code == LAB_E_DEADLOCK)
        atomic_fetch_add_explicit(&place.pair->refused, 1, memory_order_acq_rel);
    return lab_run_result(run, &place.other, sizeof place.other);
}

static const struct lab_task_type group_type = {.name = "group", .step = wait_for_a_group};

static void groups_and_large_pools(void)
{
    enum { MOST = 70 };
    for (uint64_t how = 0; how < 2; how++) {
        int workers = lab_thread_limit() < MOST ? 8 : how ? 2 : MOST;
        struct pair pair = {.pool = pool_of("threads", workers)};
        struct place place = {&pair, how};
        struct lab_task task = {.type = &group_type, .in = {&place, sizeof place}};
        struct lab_future *futures[MOST];
        for (int i = 0; i < workers; i++)
            CHECK_INT(lab_submit(pair.pool, &task, &futures[i], NULL), 0);
        for (int i = 0; i < workers; i++) {
            CHECK_INT(lab_future_wait(futures[i], LAB_FOREVER), 0);
            lab_future_release(futures[i]);
        }
        lab_executor_destroy(pair.pool);
        CHECK(atomic_load(&pair.refused) <= (uint32_t)workers);
    }
}

/* A chain of waits whose last can go on is no deadlock: three workers, each waits for the next, a
 * fourth works. */
static void a_chain_that_goes_on_is_allowed(void)
{
    struct pair pair = {.pool = pool_of("threads", 4)};
    uint64_t ns = 60000000;
    struct lab_future *sleeper = lab_test_submit(pair.pool, &lab_test_sleep_type, &ns), *waiters[3];
    struct pair links[3];
    struct place places[3];
    for (int i = 0; i < 3; i++) {
        links[i] = (struct pair){.pool = pair.pool};
        atomic_store(&links[i].futures[0], i ? waiters[i - 1] : sleeper);
        places[i] = (struct place){&links[i], 0};
        struct lab_task task = {.type = &wait_type, .in = {&places[i], sizeof places[i]}};
        CHECK_INT(lab_submit(pair.pool, &task, &waiters[i], NULL), 0);
    }
    for (int i = 0; i < 3; i++) {
        CHECK_INT(lab_future_wait(waiters[i], LAB_FOREVER), 0);
        CHECK(lab_future_failure(waiters[i]) == NULL);
    }
    lab_executor_destroy(pair.pool);
    for (int i = 0; i < 3; i++)
        lab_future_release(waiters[i]);
    lab_future_release(sleeper);
}

/* More driven executors than anybody needs, beside one that runs itself. */
static void many_drivers_at_once(void)
{
    enum { LOOPS = 12 };
    struct lab_executor *loops[LOOPS], *pool = pool_of("threads", 1);
    struct lab_future *futures[LOOPS + 1];
    struct lab_wait_result result;
    uint64_t ns = 5000000;
    for (int i = 0; i < LOOPS; i++)
        futures[i] = lab_test_submit(loops[i] = pool_of("async", 1), &lab_test_sleep_type, &ns);
    futures[LOOPS] = lab_test_submit(pool, &lab_test_sleep_type, &ns);
    CHECK_INT(lab_wait(futures, LOOPS + 1, LAB_FOREVER, LAB_ALL_COMPLETED, &result), 0);
    CHECK_INT(result.done_count, LOOPS + 1);
    lab_wait_result_release(&result);
    for (int i = 0; i <= LOOPS; i++)
        lab_future_release(futures[i]);
    for (int i = 0; i < LOOPS; i++)
        lab_executor_destroy(loops[i]);
    lab_executor_destroy(pool);
}

/* A thread under a GIL that waits for a loop's future drives the loop; while the loop sleeps,
 * others have the GIL. */
static int wait_for_a_loop(struct lab_run *run)
{
    struct place place;
    static const uint64_t ns = 300000000;
    memcpy(&place, run->in.data, sizeof place);
    struct lab_executor *loop = NULL;
    if (lab_executor_create(&loop, lab_method_find("async"), NULL, NULL))
        return lab_run_fail(run, LAB_E_NOMEM, "no loop");
    struct lab_future *future = lab_test_submit(loop, &lab_test_sleep_type, &ns);
    atomic_store(&place.pair->refused, 1); /* begun */
    lab_future_wait(future, LAB_FOREVER);
    atomic_store(&place.pair->refused, 2);
    lab_future_release(future);
    lab_executor_destroy(loop);
    return lab_run_result(run, &place.other, sizeof place.other);
}

static const struct lab_task_type loop_type = {.name = "loop", .step = wait_for_a_loop};

static void a_gil_is_given_up_while_a_loop_waits(void)
{
    struct pair pair = {.pool = pool_of("threads-gil", 2)};
    struct place place = {&pair, 0};
    uint64_t number = 4;
    struct lab_task task = {.type = &loop_type, .in = {&place, sizeof place}};
    struct lab_future *slow, *quick;
    CHECK_INT(lab_submit(pair.pool, &task, &slow, NULL), 0);
    while (atomic_load(&pair.refused) == 0)
        lab_futex_wait(&pair.refused, 0, 1000000);
    quick = lab_test_submit(pair.pool, &lab_test_double_type, &number);
    lab_future_wait(quick, LAB_FOREVER);
    CHECK_INT(atomic_load(&pair.refused), 1); /* the slow one still waits */
    lab_future_wait(slow, LAB_FOREVER);
    lab_future_release(quick);
    lab_future_release(slow);
    lab_executor_destroy(pair.pool);
}

/* A coroutine that blocks its own loop would wait for ever. */
static void a_loop_cannot_wait_for_itself(void)
{
    struct pair pair = {.pool = pool_of("async", 1)};
    struct place place = {&pair, 0};
    struct lab_task task = {.type = &nested_type, .in = {&place, sizeof place}};
    struct lab_future *future;
    CHECK_INT(lab_submit(pair.pool, &task, &future, NULL), 0);
    CHECK_INT(lab_test_wait(future), 0);
    CHECK_INT(atomic_load(&pair.refused), 1);
    lab_future_release(future);
    lab_executor_destroy(pair.pool);
}

/* ---- workers on demand ---- */

static void workers_start_on_demand_and_are_reused(void)
{
    uint64_t number = 1, ns = 20000000;
    struct lab_executor *pool = pool_of("threads", 4);
    struct lab_future *futures[60];
    CHECK_INT(lab_executor_workers(pool), 0);
    for (int i = 0; i < 3; i++) {
        struct lab_future *future = lab_test_submit(pool, &lab_test_double_type, &number);
        lab_future_wait(future, LAB_FOREVER);
        lab_future_release(future);
    }
    CHECK_INT(lab_executor_workers(pool), 1);
    for (int i = 0; i < 60; i++)
        futures[i] = lab_test_submit(pool, i < 8 ? &lab_test_sleep_type : &lab_test_double_type,
                                     i < 8 ? &ns : &number);
    CHECK_INT(lab_executor_workers(pool), 4);
    CHECK_INT(lab_executor_shutdown(pool, true, false), 0);
    CHECK_INT(lab_executor_shutdown(pool, true, false), 0);
    CHECK_INT(lab_executor_workers(pool), 0);
    for (int i = 0; i < 60; i++) {
        CHECK_INT(lab_future_state(futures[i]), LAB_FUTURE_FINISHED);
        lab_future_release(futures[i]);
    }
    CHECK(lab_test_submit(pool, &lab_test_double_type, &number) == NULL);
    lab_executor_destroy(pool);
}

LAB_SUITE(wait)
{
    RUN(wait_sorts_out_duplicates_and_cancellations);
    RUN(as_completed_counts_what_is_missing);
    RUN(waiting_for_several_executors);
    RUN(map_yields_in_order_and_stays_within_its_buffer);
    RUN(deadlocks_are_refused_and_others_are_not);
    RUN(groups_and_large_pools);
    RUN(a_chain_that_goes_on_is_allowed);
    RUN(many_drivers_at_once);
    RUN(a_gil_is_given_up_while_a_loop_waits);
    RUN(a_loop_cannot_wait_for_itself);
    RUN(workers_start_on_demand_and_are_reused);
}
