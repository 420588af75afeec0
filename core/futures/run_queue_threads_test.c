/* The thread pool's queue and the magazines, with threads that race for them. */
#include "futures/run_queue.h"

#include <stdlib.h>

#include "check.h"
#include "futures/future.h"
#include "futures/magazines.h"
#include "futures/test_tasks.h"
#include "platform/sync.h"

enum { TAKERS = 2, PUTTERS = 2, TASKS = 100000 };

static struct lab_run_queue *queue_create(void)
{
    struct lab_run_queue *queue = aligned_alloc(_Alignof(struct lab_run_queue), sizeof *queue);
    if (CHECK(queue != NULL))
        memset(queue, 0, sizeof *queue);
    return queue;
}

static struct lab_future *numbered(uint32_t i)
{
    struct lab_future *future = lab_future_create(false);
    if (CHECK(future != NULL))
        lab_future_task(future)->tag = i;
    return future;
}

/* Its number; gives it up. */
static uint32_t number_of(struct lab_future *future)
{
    uint32_t tag = lab_future_task(future)->tag;
    lab_future_release(future);
    return tag;
}

/* Whoever takes two of one batch knows that the second one was there when it took the first. */
static void a_batch_is_what_was_there(void)
{
    struct lab_run_queue *queue = queue_create();
    bool more;
    uint64_t first = 0, second = 0, later = 0;
    CHECK_OR_RETURN(queue != NULL);
    for (uint32_t i = 0; i < 3; i++)
        CHECK_INT(lab_run_queue_put(queue, numbered(i)), LAB_PUT_DONE);
    CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), 0);
    CHECK_INT(number_of(lab_run_queue_take(queue, &first)), 1);
    for (uint32_t i = 3; i < 5; i++)
        CHECK_INT(lab_run_queue_put(queue, numbered(i)), LAB_PUT_DONE);
    CHECK_INT(number_of(lab_run_queue_take(queue, &second)), 2);
    CHECK(first != 0 && second == first);
    CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), 3);
    CHECK_INT(number_of(lab_run_queue_take(queue, &later)), 4);
    CHECK(later != 0 && later != first);
    free(queue);
}

static void queue_is_first_in_first_out(void)
{
    struct lab_run_queue *queue = queue_create();
    uint32_t taken = 0;
    bool more = true;
    CHECK_OR_RETURN(queue != NULL);
    uint64_t batch;
    CHECK(lab_run_queue_take(queue, &batch) == NULL);
    CHECK(lab_run_queue_refill(queue, &more) == NULL);
    CHECK(!more);
    for (uint32_t i = 0; i < 300; i++) {
        CHECK_INT(lab_run_queue_put(queue, numbered(i)), LAB_PUT_DONE);
        if (i % 3 == 0) /* so that all three parts hold some */
            CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), taken++);
    }
    for (; taken < 300; taken++) {
        struct lab_future *future = taken % 2 ? lab_run_queue_take(queue, &batch) : NULL;
        CHECK_INT(number_of(future ? future : lab_run_queue_refill(queue, &more)), taken);
        CHECK_INT(more || taken % 2, taken < 299 || taken % 2);
    }
    CHECK(lab_run_queue_refill(queue, &more) == NULL);
    CHECK(!more);
    free(queue);
}

static void a_put_is_barred_or_called(void)
{
    struct lab_run_queue *queue = queue_create();
    bool more;
    CHECK_OR_RETURN(queue != NULL);
    struct lab_future *future = numbered(0);
    CHECK(lab_run_queue_call(queue));
    CHECK(lab_run_queue_call(queue));
    lab_run_queue_bar(queue, true);
    CHECK_INT(lab_run_queue_put(queue, future), LAB_PUT_BARRED);
    CHECK(!lab_run_queue_has_post(queue));
    CHECK_INT(lab_run_queue_put_barred(queue, future), LAB_PUT_CALL); /* once */
    CHECK_INT(lab_run_queue_put_barred(queue, numbered(1)), LAB_PUT_DONE);
    CHECK(lab_run_queue_has_post(queue));
    CHECK(!lab_run_queue_call(queue));
    CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), 0);
    CHECK(more);
    CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), 1);
    CHECK(!more);
    future = numbered(2);
    CHECK_INT(lab_run_queue_put(queue, future), LAB_PUT_BARRED); /* still */
    lab_run_queue_bar(queue, false);
    CHECK_INT(lab_run_queue_put(queue, future), LAB_PUT_DONE);
    CHECK_INT(number_of(lab_run_queue_refill(queue, &more)), 2);
    free(queue);
}

/* ---- several that put and take ---- */

struct race {
    struct lab_run_queue *queue;
    lab_mutex mutex;
    _Atomic unsigned char runs[TASKS]; /* how often each was taken */
    _Atomic uint32_t turns;            /* of the putters */
    _Atomic bool over;
};

/* Puts every second one. */
static void putter(void *argument)
{
    struct race *race = argument;
    /* relaxed, here and below: read after the threads have been joined, or numbers that only have
     * to differ. */
    uint32_t first = atomic_fetch_add_explicit(&race->turns, 1, memory_order_relaxed);
    for (uint32_t i = first; i < TASKS; i += PUTTERS)
        CHECK_INT(lab_run_queue_put(race->queue, numbered(i)), LAB_PUT_DONE);
}

/* Returns how often it got an older one of a putter's after a newer one. */
static size_t take_all(struct race *race, bool refills, uint32_t last[PUTTERS])
{
    size_t out_of_order = 0;
    for (;;) {
        uint64_t batch;
        struct lab_future *future = lab_run_queue_take(race->queue, &batch);
        if (!future && refills) {
            bool more;
            lab_mutex_lock(&race->mutex);
            future = lab_run_queue_refill(race->queue, &more);
            lab_mutex_unlock(&race->mutex);
        }
        if (!future)
            return out_of_order;
        uint32_t i = number_of(future);
        out_of_order += i + 1 <= last[i % PUTTERS];
        last[i % PUTTERS] = i + 1;
        atomic_fetch_add_explicit(&race->runs[i], 1, memory_order_relaxed);
    }
}

static void taker(void *argument)
{
    struct race *race = argument;
    size_t out_of_order = 0;
    uint32_t last[PUTTERS] = {0};
    for (bool refills = false; !atomic_load_explicit(&race->over, memory_order_relaxed);
         refills = !refills)
        out_of_order += take_all(race, refills, last);
    CHECK_INT(out_of_order, 0);
}

static void each_task_goes_to_one_in_order(void)
{
    struct race *race = calloc(1, sizeof *race);
    lab_thread takers[TAKERS], putters[PUTTERS];
    uint32_t last[PUTTERS] = {0};
    size_t wrong = 0;
    CHECK_OR_RETURN(race && (race->queue = queue_create()));
    lab_mutex_init(&race->mutex);
    for (int i = 0; i < TAKERS; i++)
        CHECK_INT(lab_thread_start(&takers[i], taker, race), 0);
    for (int i = 0; i < PUTTERS; i++)
        CHECK_INT(lab_thread_start(&putters[i], putter, race), 0);
    for (int i = 0; i < PUTTERS; i++)
        lab_thread_join(putters[i]);
    CHECK_INT(take_all(race, true, last), 0);
    atomic_store_explicit(&race->over, true, memory_order_relaxed);
    for (int i = 0; i < TAKERS; i++)
        lab_thread_join(takers[i]);
    for (size_t i = 0; i < TASKS; i++)
        wrong += atomic_load_explicit(&race->runs[i], memory_order_relaxed) != 1;
    CHECK_INT(wrong, 0);
    lab_mutex_destroy(&race->mutex);
    free(race->queue);
    free(race);
}

/* ---- in a pool ---- */

static int nothing_step(struct lab_run *run)
{
    (void)run;
    return LAB_CO_DONE;
}
static const struct lab_task_type nothing_type = {.name = "nothing", .step = nothing_step};

/* Waits for the future whose address it is given. */
static int wait_step(struct lab_run *run)
{
    struct lab_future *future;
    memcpy(&future, run->in.data, sizeof future);
    int code = lab_future_wait(future, LAB_FOREVER);
    return code ? lab_run_fail(run, code, "%s", lab_error_text(code)) : LAB_CO_DONE;
}
static const struct lab_task_type wait_type = {.name = "wait", .step = wait_step};

/* Each third task waits for the one right behind it. In the order of submission one other worker is
 * enough; if the workers took batches of their own, both would come to wait for what is behind
 * them. */
static void what_is_behind_a_task_that_waits_is_run_by_another(void)
{
    enum { MANY = 3000 };
    static struct lab_future *futures[MANY];
    struct lab_executor *pool = NULL;
    struct lab_executor_options options = {.workers = 2};
    const struct lab_task nothing = {.type = &nothing_type};
    CHECK_OR_RETURN(lab_executor_create(&pool, lab_method_find("threads"), &options, NULL) == 0);
    /* The pool is held up, so that everything is in its queue before anything of it runs. */
    struct lab_future *first = lab_future_create(false);
    const struct lab_task hold = {.type = &wait_type, .in = {&first, sizeof first}};
    struct lab_future *holds[2];
    for (int i = 0; i < 2; i++)
        CHECK_INT(lab_submit(pool, &hold, &holds[i], NULL), 0);
    for (int i = 0; i < MANY; i++)
        if (i % 3 == 1) {
            const struct lab_task waits = {.type = &wait_type,
                                           .in = {&futures[i + 1], sizeof futures[i + 1]}};
            CHECK_INT(lab_submit(pool, &waits, &futures[i], NULL), 0);
        } else {
            CHECK_INT(lab_submit(pool, &nothing, &futures[i], NULL), 0);
        }
    lab_future_set_running_or_notify_cancel(first);
    lab_future_set_result(first, NULL, 0);
    for (int i = 0; i < 2; i++)
        lab_test_wait(holds[i]);
    for (int i = 0; i < MANY; i++) {
        CHECK_INT(lab_future_wait(futures[i], LAB_FOREVER), 0);
        CHECK(lab_future_failure(futures[i]) == NULL);
        lab_future_release(futures[i]);
    }
    for (int i = 0; i < 2; i++)
        lab_future_release(holds[i]);
    lab_future_release(first);
    lab_executor_destroy(pool);
}

/* ---- magazines ---- */

static void free_all(void *blocks)
{
    for (void **block = blocks; *block; block++)
        lab_magazine_give(*block);
}

static void magazines_give_aligned_blocks_that_another_thread_may_free(void)
{
    enum { MANY = 1000 };
    static void *blocks[MANY + 1];
    lab_thread thread;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < MANY; i++) {
            blocks[i] = lab_magazine_take();
            CHECK_OR_RETURN(blocks[i] != NULL);
            CHECK_INT((uintptr_t)blocks[i] % LAB_MAGAZINE_BLOCK, 0);
            memset(blocks[i], i & 0xff, LAB_MAGAZINE_BLOCK);
        }
        for (int i = 0; i < MANY; i++) /* nobody else's block overlaps */
            for (int byte = 0; byte < LAB_MAGAZINE_BLOCK; byte++)
                if (((unsigned char *)blocks[i])[byte] != (i & 0xff))
                    CHECK_OR_RETURN(!"a block was written to by another");
        CHECK_OR_RETURN(lab_thread_start(&thread, free_all, blocks) == 0);
        lab_thread_join(thread); /* its magazine comes back as it ends */
    }
}

/* A thread that only frees, as one that submits and forgets does: what it was given comes back. */
static void magazines_of_threads_that_only_free_come_back(void)
{
#if !defined(__SANITIZE_ADDRESS__) /* there they are malloc's */
    enum { MANY = 1000, ROUNDS = 10, KNOWN = 2 * MANY };
    static void *blocks[MANY + 1], *known[KNOWN];
    size_t count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        lab_thread thread;
        for (int i = 0; i < MANY; i++) {
            size_t at = 0;
            blocks[i] = lab_magazine_take();
            while (at < count && known[at] != blocks[i])
                at++;
            if (at == count && count < KNOWN)
                known[count++] = blocks[i];
        }
        CHECK_OR_RETURN(lab_thread_start(&thread, free_all, blocks) == 0);
        lab_thread_join(thread);
    }
    CHECK(count < MANY + MANY / 2);
#endif
}

LAB_SUITE(run_queue)
{
    RUN(magazines_of_threads_that_only_free_come_back); /* first: no others are about */
    RUN(a_batch_is_what_was_there);
    RUN(queue_is_first_in_first_out);
    RUN(a_put_is_barred_or_called);
    RUN(each_task_goes_to_one_in_order);
    RUN(what_is_behind_a_task_that_waits_is_run_by_another);
    RUN(magazines_give_aligned_blocks_that_another_thread_may_free);
}
