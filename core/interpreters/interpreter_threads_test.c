/* Interpreters: what is in one is never seen in another, each has its own GIL or a shared one, and
 * a task that overruns its heap fails alone. Where threads must meet they wait for what the other
 * has done, never for a time. */
#include "interpreters/interpreter.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "check.h"
#include "futures/task.h"
#include "platform/checkpoint.h"
#include "platform/sync.h"
#include "workloads/workload.h"

static struct lab_interpreter *make(const char *name, struct lab_gil *shared, size_t heap_limit)
{
    struct lab_interpreter *interpreter = NULL;
    struct lab_failure failure = {0};
    struct lab_interpreter_options options = {
        .shared_gil = shared, .heap_limit = heap_limit, .name = name};
    CHECK_INT(lab_interpreter_create(&interpreter, &options, &failure), 0);
    return interpreter;
}

static int set(const char *name, const char *text)
{
    return lab_global_set(name, (struct lab_bytes){text, strlen(text)});
}

static bool is(const char *name, const char *text)
{
    struct lab_bytes bytes;
    return lab_global_get(name, &bytes) && bytes.size == strlen(text) &&
           memcmp(bytes.data, text, bytes.size) == 0;
}

static size_t blocks_in(const struct lab_interpreter *interpreter)
{
    struct lab_heap_memory memory;
    lab_interpreter_memory(interpreter, &memory);
    return memory.blocks;
}

/* Returns when `count` threads have come here for the round-th time. Release and acquire: what each
 * did before is seen by all after. */
static void meet(_Atomic uint32_t *place, uint32_t count, uint32_t round)
{
    uint32_t come = 1 + atomic_fetch_add_explicit(place, 1, memory_order_acq_rel);
    lab_futex_wake(place, INT32_MAX);
    for (; come < count * round; come = atomic_load_explicit(place, memory_order_acquire))
        lab_futex_wait(place, come, LAB_FOREVER);
}

/* ---- one interpreter ---- */

static void options_and_defaults(void)
{
    struct lab_interpreter *interpreter = NULL;
    struct lab_failure failure = {0};
    struct lab_interpreter_options tiny = {.heap_limit = LAB_INTERPRETER_HEAP_MIN - 1};
    CHECK_INT(lab_interpreter_create(&interpreter, &tiny, &failure), LAB_E_INVALID);
    CHECK_STR(failure.text, "a heap of 65535 bytes: an interpreter's must be at least 65536");
    CHECK(interpreter == NULL);

    interpreter = make("a name that is much longer than a name may be", NULL, 0);
    CHECK_OR_RETURN(interpreter != NULL);
    CHECK_STR(lab_interpreter_name(interpreter), "a name that is much longer than");
    CHECK_INT(lab_gil_interval(lab_interpreter_gil(interpreter)), LAB_GIL_INTERVAL_US);
    struct lab_heap_memory memory;
    lab_interpreter_memory(interpreter, &memory);
    CHECK_INT(memory.limit, LAB_HEAP_LIMIT);
    CHECK_INT(memory.footprint, 0);

    CHECK(lab_interpreter_current() == NULL);
    lab_interpreter_enter(interpreter);
    CHECK(lab_interpreter_current() == interpreter);
    CHECK(lab_gil_held() == lab_interpreter_gil(interpreter));
    CHECK(lab_heap_current() != NULL);
    lab_interpreter_leave();
    CHECK(lab_interpreter_current() == NULL && !lab_gil_held() && !lab_heap_current());
    lab_interpreter_destroy(interpreter);
    lab_interpreter_destroy(NULL);
}

static int answer(void *argument)
{
    return lab_interpreter_current() == argument ? 42 : -1;
}

static void run_enters_and_leaves(void)
{
    struct lab_interpreter *interpreter = make("", NULL, 0);
    CHECK_INT(lab_interpreter_run(interpreter, answer, interpreter), 42);
    CHECK(lab_interpreter_current() == NULL);
    lab_interpreter_destroy(interpreter);
}

static void globals_are_a_dictionary(void)
{
    struct lab_interpreter *interpreter = make("", NULL, 0);
    struct lab_bytes bytes;
    CHECK_INT(set("x", "outside"), LAB_E_STATE);
    CHECK(!lab_global_get("x", &bytes) && !lab_global_delete("x"));

    lab_interpreter_enter(interpreter);
    CHECK(!lab_global_get("x", &bytes) && !lab_global_delete("x"));
    CHECK_INT(set("x", "one"), 0);
    CHECK_INT(set("", "the empty name"), 0);
    CHECK_INT(set("nothing", ""), 0);
    CHECK(is("x", "one") && is("", "the empty name") && is("nothing", "") && !is("xx", "one"));
    CHECK_INT(set("x", "two"), 0); /* of the same size */
    CHECK(is("x", "two"));
    CHECK_INT(set("x", "three"), 0);
    CHECK(is("x", "three"));
    CHECK(lab_global_get("x", &bytes));
    CHECK((uintptr_t)bytes.data % LAB_HEAP_ALIGN == 0);
    CHECK(lab_heap_owns(lab_heap_current(), bytes.data));
    /* From a part of itself. */
    CHECK_INT(lab_global_set("x", (struct lab_bytes){(const char *)bytes.data + 2, 3}), 0);
    CHECK(is("x", "ree"));
    CHECK(lab_global_delete("x") && !lab_global_get("x", &bytes) && !lab_global_delete("x"));
    CHECK(is("", "the empty name"));

    char name[32], value[16];
    size_t right = 0, blocks;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "name %d", i);
        snprintf(value, sizeof value, "%d", i * i);
        CHECK_INT(set(name, value), 0);
    }
    blocks = blocks_in(interpreter);
    for (int i = 0; i < 1000; i++) { /* a longer value is another block, in its place */
        snprintf(name, sizeof name, "name %d", i);
        snprintf(value, sizeof value, "%d and on", i * i);
        CHECK_INT(set(name, value), 0);
    }
    CHECK_INT(blocks_in(interpreter), blocks);
    for (int i = 0; i < 1000; i += 2) {
        snprintf(name, sizeof name, "name %d", i);
        CHECK(lab_global_delete(name));
    }
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "name %d", i);
        snprintf(value, sizeof value, "%d and on", i * i);
        right += is(name, value) == (i % 2 == 1);
    }
    CHECK_INT(right, 1000);
    lab_interpreter_leave();

    lab_interpreter_enter(interpreter); /* they stay */
    CHECK(is("name 999", "998001 and on"));
    lab_interpreter_leave();
    lab_interpreter_destroy(interpreter);
}

static void a_global_that_does_not_fit_changes_nothing(void)
{
    struct lab_interpreter *interpreter = make("", NULL, 1 << 20);
    char *large = calloc(1, 1 << 20);
    CHECK_OR_RETURN(interpreter && large);
    lab_interpreter_enter(interpreter);
    CHECK_INT(set("x", "old"), 0);
    size_t blocks = blocks_in(interpreter);
    CHECK_INT(lab_global_set("x", (struct lab_bytes){large, 1 << 20}), LAB_E_NOMEM);
    CHECK_INT(lab_global_set("x", (struct lab_bytes){large, SIZE_MAX}), LAB_E_NOMEM);
    CHECK_INT(lab_global_set("y", (struct lab_bytes){large, 1 << 20}), LAB_E_NOMEM);
    CHECK(is("x", "old") && !is("y", ""));
    CHECK_INT(blocks_in(interpreter), blocks);
    lab_interpreter_leave();
    lab_interpreter_destroy(interpreter);
    free(large);
}

/* ---- several ---- */

enum { ROUNDS = 300, MANY = 4, TURNS = 2000 };

struct citizen {
    struct lab_interpreter *interpreter;
    int number;
    size_t wrong;
    _Atomic uint32_t *place;
    void *_Atomic block; /* release and acquire: the address alone; nobody looks behind it */
    struct citizen *other;
    lab_thread thread;
};

/* In every round both have set the same global before either looks. Both are inside their
 * interpreters all the time, so this also shows that two GILs can be held at once: under one they
 * would wait for ever. */
static void live_beside_another(void *argument)
{
    struct citizen *citizen = argument;
    char own[32];
    uint32_t round = 0;
    lab_interpreter_enter(citizen->interpreter);
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(own, sizeof own, "%d of %d", i, citizen->number);
        citizen->wrong += set("state", own) != 0;
        void *block = lab_alloc(1 + (size_t)i * 100);
        citizen->wrong += !block;
        atomic_store_explicit(&citizen->block, block, memory_order_release);
        meet(citizen->place, 2, ++round);
        citizen->wrong += !is("state", own);
        void *others = atomic_load_explicit(&citizen->other->block, memory_order_acquire);
        citizen->wrong +=
            lab_heap_owns(lab_heap_current(), others) || !lab_heap_owns(lab_heap_current(), block);
        if (citizen->number == 0)
            citizen->wrong += !lab_global_delete("state");
        meet(citizen->place, 2, ++round);
        citizen->wrong += is("state", own) == (citizen->number == 0);
        lab_checkpoint();
        lab_free(block);
    }
    lab_interpreter_leave();
}

static void what_is_set_in_one_is_never_seen_in_another(void)
{
    static struct citizen citizens[2];
    _Atomic uint32_t place = 0;
    for (int i = 0; i < 2; i++)
        citizens[i] = (struct citizen){.interpreter = make("", NULL, 0),
                                       .number = i,
                                       .place = &place,
                                       .other = &citizens[1 - i]};
    for (int i = 0; i < 2; i++)
        CHECK_OR_RETURN(lab_thread_start(&citizens[i].thread, live_beside_another, &citizens[i]) ==
                        0);
    for (int i = 0; i < 2; i++) {
        lab_thread_join(citizens[i].thread);
        CHECK_INT(citizens[i].wrong, 0);
        lab_interpreter_destroy(citizens[i].interpreter);
    }
}

/* Plain memory that only the one GIL protects (ThreadSanitizer checks that it does), and a count of
 * those inside, which would see two at once. */
static struct {
    _Atomic int inside;
    long turns;
} under_one_gil;

static void take_turns(void *argument)
{
    struct citizen *citizen = argument;
    for (int i = 0; i < TURNS; i++) {
        lab_interpreter_enter(citizen->interpreter);
        for (int k = 0; k < 3; k++) {
            citizen->wrong +=
                atomic_fetch_add_explicit(&under_one_gil.inside, 1, memory_order_relaxed) != 0;
            under_one_gil.turns++;
            int before = 0;
            struct lab_bytes bytes;
            if (lab_global_get("turns", &bytes))
                memcpy(&before, bytes.data, sizeof before);
            before++;
            citizen->wrong +=
                lab_global_set("turns", (struct lab_bytes){&before, sizeof before}) != 0;
            atomic_fetch_sub_explicit(&under_one_gil.inside, 1, memory_order_relaxed);
            lab_checkpoint(); /* the GIL may go to another, and comes back */
        }
        lab_interpreter_leave();
    }
}

static int turns_in(struct lab_interpreter *interpreter)
{
    int turns = -1;
    struct lab_bytes bytes;
    lab_interpreter_enter(interpreter);
    if (lab_global_get("turns", &bytes) && bytes.size == sizeof turns)
        memcpy(&turns, bytes.data, sizeof turns);
    lab_interpreter_leave();
    return turns;
}

static void one_shared_gil_lets_one_run_at_a_time(void)
{
    static struct citizen citizens[MANY];
    struct lab_gil *gil = lab_gil_create(1);
    under_one_gil.turns = 0;
    for (int i = 0; i < MANY; i++) {
        citizens[i] = (struct citizen){.interpreter = make("", gil, 0)};
        CHECK(lab_interpreter_gil(citizens[i].interpreter) == gil);
    }
    for (int i = 0; i < MANY; i++)
        CHECK_OR_RETURN(lab_thread_start(&citizens[i].thread, take_turns, &citizens[i]) == 0);
    for (int i = 0; i < MANY; i++) {
        lab_thread_join(citizens[i].thread);
        CHECK_INT(citizens[i].wrong, 0);
    }
    CHECK_INT(under_one_gil.turns, MANY * TURNS * 3);
    for (int i = 0; i < MANY; i++) { /* one GIL, but still as many worlds */
        CHECK_INT(turns_in(citizens[i].interpreter), TURNS * 3);
        lab_interpreter_destroy(citizens[i].interpreter);
    }
    lab_gil_destroy(gil);
}

static void threads_in_the_same_interpreter_take_turns(void)
{
    static struct citizen citizens[MANY];
    struct lab_interpreter *interpreter = make("", NULL, 0);
    lab_gil_set_interval(lab_interpreter_gil(interpreter), 1);
    under_one_gil.turns = 0;
    for (int i = 0; i < MANY; i++) {
        citizens[i] = (struct citizen){.interpreter = interpreter};
        CHECK_OR_RETURN(lab_thread_start(&citizens[i].thread, take_turns, &citizens[i]) == 0);
    }
    for (int i = 0; i < MANY; i++) {
        lab_thread_join(citizens[i].thread);
        CHECK_INT(citizens[i].wrong, 0);
    }
    CHECK_INT(under_one_gil.turns, MANY * TURNS * 3);
    CHECK_INT(turns_in(interpreter), MANY * TURNS * 3);
    lab_interpreter_destroy(interpreter);
}

/* Rule 31. In one interpreter nobody is asked to drop before 67 minutes are over, in the other
 * after 1 ms: a thread that computes there without end is switched away from. */
struct crowd {
    struct lab_interpreter *interpreter;
    _Atomic uint32_t inside, let_go; /* release and acquire: of nothing; the first thread is in */
    bool computes;
    lab_thread first, second;
};

static void first_in(void *argument)
{
    struct crowd *crowd = argument;
    lab_interpreter_enter(crowd->interpreter);
    atomic_store_explicit(&crowd->inside, 1, memory_order_release);
    while (!atomic_load_explicit(&crowd->let_go, memory_order_acquire))
        if (crowd->computes)
            lab_checkpoint();
        else
            lab_futex_wait(&crowd->let_go, 0, LAB_FOREVER);
    lab_interpreter_leave();
}

static void second_in(void *argument)
{
    struct crowd *crowd = argument;
    lab_interpreter_enter(crowd->interpreter);
    atomic_store_explicit(&crowd->let_go, 1, memory_order_release);
    lab_futex_wake(&crowd->let_go, 1);
    lab_interpreter_leave();
}

static void gather(struct crowd *crowd, uint32_t interval_us, bool computes)
{
    struct lab_interpreter_options options = {.interval_us = interval_us};
    *crowd = (struct crowd){.computes = computes};
    CHECK_INT(lab_interpreter_create(&crowd->interpreter, &options, NULL), 0);
    CHECK_INT(lab_gil_interval(lab_interpreter_gil(crowd->interpreter)), interval_us);
    CHECK_INT(lab_thread_start(&crowd->first, first_in, crowd), 0);
    while (!atomic_load_explicit(&crowd->inside, memory_order_acquire))
        lab_futex_wait(&crowd->inside, 0, 1000000);
    CHECK_INT(lab_thread_start(&crowd->second, second_in, crowd), 0);
}

static void each_has_its_own_interval(void)
{
    static struct crowd slow, quick;
    struct lab_gil_stats stats;
    gather(&slow, 4000000000u, false);
    gather(&quick, 1000, true);
    lab_thread_join(quick.second); /* it got in although the first never leaves by itself */
    lab_thread_join(quick.first);
    lab_gil_stats(lab_interpreter_gil(quick.interpreter), &stats);
    CHECK(stats.drop_requests >= 1 && stats.forced >= 1);
    lab_gil_stats(lab_interpreter_gil(slow.interpreter), &stats);
    CHECK_INT(stats.timeouts, 0);
    CHECK_INT(stats.takes, 1); /* the second waits, and asks for nothing */
    atomic_store_explicit(&slow.let_go, 1, memory_order_release);
    lab_futex_wake(&slow.let_go, 1);
    lab_thread_join(slow.first);
    lab_thread_join(slow.second);
    lab_gil_stats(lab_interpreter_gil(slow.interpreter), &stats);
    CHECK_INT(stats.takes, 2);
    CHECK_INT(stats.drop_requests, 0);
    lab_interpreter_destroy(slow.interpreter);
    lab_interpreter_destroy(quick.interpreter);
}

/* ---- memory ---- */

/* Runs every task of a workload in the interpreter; returns how many failed for want of memory. */
static int run_all(struct lab_interpreter *interpreter, const char *name, uint64_t size,
                   const char *fault)
{
    struct lab_problem problem;
    struct lab_workload_options options = {.size = size, .seed = 7, .fault = fault};
    int failed = 0;
    CHECK_INT(lab_problem_prepare(&problem, lab_workload_find(name), &options, NULL), 0);
    struct lab_bytes *results = calloc(problem.task_count, sizeof *results);
    for (size_t i = 0; i < problem.task_count; i++) {
        struct lab_run run;
        lab_interpreter_enter(interpreter);
        CHECK_INT(lab_run_init(&run, problem.workload->task, problem.tasks[i]), 0);
        CHECK_INT(run.type->step(&run), LAB_CO_DONE);
        lab_run_export(&run);
        results[i] = (struct lab_bytes){run.out, run.out_size};
        run.out = NULL;
        failed += run.failure && run.failure->code == LAB_E_NOMEM;
        CHECK(run.failure != NULL || results[i].data != NULL);
        lab_run_release(&run);
        lab_interpreter_leave();
    }
    if (!failed)
        CHECK_INT(lab_problem_verify(&problem, results, NULL), 0);
    for (size_t i = 0; i < problem.task_count; i++)
        free((void *)results[i].data);
    free(results);
    lab_problem_release(&problem);
    return failed;
}

static void overrun(void *argument)
{
    struct citizen *citizen = argument;
    for (int i = 0; i < 5; i++)
        citizen->wrong += run_all(citizen->interpreter, "fault", 5, "nomem") != 1;
}

static void behave(void *argument)
{
    struct citizen *citizen = argument;
    for (int i = 0; i < 5; i++)
        citizen->wrong += run_all(citizen->interpreter, "sort", 100000, NULL) != 0;
}

static void a_task_that_overruns_fails_alone(void)
{
    static struct citizen citizens[2];
    for (int i = 0; i < 2; i++)
        citizens[i] = (struct citizen){.interpreter = make("", NULL, 0)};
    CHECK_OR_RETURN(lab_thread_start(&citizens[0].thread, overrun, &citizens[0]) == 0);
    CHECK_OR_RETURN(lab_thread_start(&citizens[1].thread, behave, &citizens[1]) == 0);
    for (int i = 0; i < 2; i++)
        for (int k = 0; k < 100; k++) { /* figures may be read from outside meanwhile */
            struct lab_heap_memory memory;
            lab_interpreter_memory(citizens[i].interpreter, &memory);
            CHECK(memory.footprint <= memory.limit && memory.peak <= memory.limit);
        }
    for (int i = 0; i < 2; i++) {
        lab_thread_join(citizens[i].thread);
        CHECK_INT(citizens[i].wrong, 0);
        CHECK_INT(blocks_in(citizens[i].interpreter), 0);
    }
    /* The one that ran out goes on as if nothing had been. */
    CHECK_INT(run_all(citizens[0].interpreter, "sort", 100000, NULL), 0);
    for (int i = 0; i < 2; i++)
        lab_interpreter_destroy(citizens[i].interpreter);
}

static void many_cost_nothing_until_used(void)
{
    enum { COUNT = 64 };
    static struct lab_interpreter *all[COUNT];
    char name[16];
    for (int i = 0; i < COUNT; i++) {
        snprintf(name, sizeof name, "%d", i);
        all[i] = make(name, NULL, 0);
        CHECK_OR_RETURN(all[i] != NULL);
        lab_interpreter_enter(all[i]);
        CHECK_INT(set("name", name), 0);
        lab_interpreter_leave();
    }
    for (int i = 0; i < COUNT; i++) {
        struct lab_heap_memory memory;
        lab_interpreter_memory(all[i], &memory);
        CHECK(memory.footprint <= 2 * LAB_HEAP_CHUNK);
        lab_interpreter_enter(all[i]);
        CHECK(is("name", lab_interpreter_name(all[i])));
        lab_interpreter_leave();
        lab_interpreter_destroy(all[i]);
    }
}

LAB_SUITE(interpreter)
{
    RUN(options_and_defaults);
    RUN(run_enters_and_leaves);
    RUN(globals_are_a_dictionary);
    RUN(a_global_that_does_not_fit_changes_nothing);
    RUN(what_is_set_in_one_is_never_seen_in_another);
    RUN(one_shared_gil_lets_one_run_at_a_time);
    RUN(threads_in_the_same_interpreter_take_turns);
    RUN(each_has_its_own_interval);
    RUN(a_task_that_overruns_fails_alone);
    RUN(many_cost_nothing_until_used);
}
