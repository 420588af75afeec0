/* Many pools at once, used and killed at random from a seed: nothing hangs, nothing is left. */
#include <signal.h>
#include <stdlib.h>

#include "check.h"
#include "futures/process_test_tasks.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

enum { POOLS = 200, THREADS = 2, TASKS = 40 };

/* What other threads do to a pool while it is used. */
struct meddler {
    struct lab_executor *executor;
    struct lab_future **futures; /* each NULL or submitted; the submitter's */
    _Atomic uint32_t *submitted; /* release: publishes futures[0…submitted) */
    struct lab_random random;
};

static void meddle(void *argument)
{
    struct meddler *meddler = argument;
    for (int i = 0; i < 30; i++) {
        uint32_t there = atomic_load_explicit(meddler->submitted, memory_order_acquire);
        switch (lab_random_next(&meddler->random) % 60) {
        case 0:
            lab_executor_shutdown(meddler->executor, false, false);
            break;
        case 1:
            lab_executor_shutdown(meddler->executor, true, true);
            break;
        case 2:
            lab_executor_kill_workers(meddler->executor);
            break;
        case 3:
            lab_executor_terminate_workers(meddler->executor);
            break;
        case 4: {
            int pids[16];
            unsigned count = test_children(pids, 16);
            if (count) /* any pool's */
                kill(pids[lab_random_next(&meddler->random) % (count < 16 ? count : 16)], SIGKILL);
            break;
        }
        case 5:
            test_pause();
            break;
        default:
            if (there)
                lab_future_cancel(meddler->futures[lab_random_next(&meddler->random) % there]);
        }
    }
}

static int count_call(struct lab_future *future, void *user)
{
    (void)future;
    /* relaxed: read after the pool is gone. */
    atomic_fetch_add_explicit((_Atomic unsigned *)user, 1, memory_order_relaxed);
    return 0;
}

static void one_pool(struct lab_random *random)
{
    struct test_in ins[TASKS], start = {.number = 1};
    struct lab_task initializer = {.type = &lab_test_state, .in = {&start, sizeof start}};
    struct lab_future *futures[TASKS];
    _Atomic uint32_t submitted = 0;
    _Atomic unsigned called = 0;
    uint64_t bits = lab_random_next(random);
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){
        .workers = 1 + (int)(bits % 3),
        .prestart = bits >> 8 & 1,
        .initializer = bits >> 9 & 1 ? &initializer : NULL,
        .max_tasks_per_child = bits >> 10 & 1 ? 1 + (int)(bits >> 16 & 3) : 0});
    CHECK_OR_RETURN(executor != NULL);
    struct meddler meddler = {.executor = executor, .futures = futures, .submitted = &submitted};
    lab_thread thread;
    lab_random_seed(&meddler.random, lab_random_next(random));
    bool meddled = lab_thread_start(&thread, meddle, &meddler) == 0;
    unsigned count = 0;
    for (unsigned i = 0; i < TASKS; i++) {
        uint64_t dice = lab_random_next(random);
        ins[i] = (struct test_in){.number = i};
        if (dice % 50 == 0) {
            ins[i].when = 1 + (uint32_t)(dice >> 8) % 4;
            ins[i].how = (uint32_t)(dice >> 16) % FAULT_CLOSES;
        }
        struct lab_task task = {.type = dice % 5 ? &lab_test_echo : &lab_test_unlucky,
                                .in = {&ins[i], sizeof ins[i]},
                                .tag = i};
        if (lab_submit(executor, &task, &futures[count], NULL))
            continue;
        lab_future_on_done(futures[count], count_call, &called);
        atomic_store_explicit(&submitted, ++count, memory_order_release);
    }
    if (bits >> 11 & 1 && count)
        lab_future_wait(futures[count - 1], 60000000000u);
    if (bits >> 12 & 1)
        lab_executor_shutdown(executor, true, bits >> 13 & 1);
    if (meddled)
        lab_thread_join(thread);
    lab_executor_destroy(executor);
    unsigned done = 0;
    for (unsigned i = 0; i < count; i++) {
        done += lab_future_state(futures[i]) == LAB_FUTURE_FINISHED ||
                lab_future_state(futures[i]) == LAB_FUTURE_CANCELLED_AND_NOTIFIED;
        lab_future_release(futures[i]);
    }
    CHECK_INT(done, count);
    CHECK_INT(called, count);
}

static void many_pools(void *argument)
{
    struct lab_random random;
    lab_random_seed(&random, (uint64_t)(uintptr_t)argument);
    for (int i = 0; i < POOLS / THREADS; i++)
        one_pool(&random);
}

static void pools_in_a_storm(void)
{
    unsigned before = test_descriptors();
    lab_thread threads[THREADS];
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK_OR_RETURN(lab_thread_start(&threads[i], many_pools, (void *)(i + 1)) == 0);
    for (int i = 0; i < THREADS; i++)
        lab_thread_join(threads[i]);
    CHECK_INT(test_children(NULL, 0), 0);
    CHECK_INT(test_descriptors(), before);
}

/* Rule 16, on one pool, with the same thread racing itself. */
static void end_again_and_again(void *argument)
{
    for (int i = 0; i < 20; i++) {
        lab_executor_terminate_workers(argument);
        lab_executor_kill_workers(argument);
        lab_executor_shutdown(argument, false, i % 2);
    }
    lab_executor_shutdown(argument, true, false);
}

static void many_end_one_pool(void)
{
    for (int round = 0; round < 10; round++) {
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
        struct test_in in = {.number = 1};
        struct lab_future *futures[10];
        lab_thread threads[3];
        CHECK_OR_RETURN(executor != NULL);
        for (int i = 0; i < 10; i++)
            futures[i] = test_submit(executor, &lab_test_echo, &in);
        for (int i = 0; i < 3; i++)
            CHECK_OR_RETURN(lab_thread_start(&threads[i], end_again_and_again, executor) == 0);
        for (int i = 0; i < 3; i++)
            lab_thread_join(threads[i]);
        CHECK_INT(lab_executor_workers(executor), 0);
        for (int i = 0; i < 10; i++) {
            CHECK(lab_future_done(futures[i]));
            lab_future_release(futures[i]);
        }
        lab_executor_destroy(executor);
    }
    CHECK_INT(test_children(NULL, 0), 0);
}

LAB_SUITE(process_storm)
{
    RUN(pools_in_a_storm);
    RUN(many_end_one_pool);
}
