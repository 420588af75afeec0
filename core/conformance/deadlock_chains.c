/* Beside the two deadlocks: waits that look like one and are none, and a cycle through many workers. */
#include "conformance/trial.h"
#include "futures/waits.h"

#define SOURCE "deadlock_chains.c"

/* ---- chains that go on ---- */

/* A task that waits for somebody else's future: its bytes are the address of one. */
struct link {
    struct lab_future *waits_for;
    _Atomic uint32_t about; /* 1: it is about to wait. Relaxed: it publishes nothing */
    _Atomic int code;       /* what the wait said; relaxed: read when the task has ended */
};

static int wait_step(struct lab_run *run)
{
    uint64_t address;
    memcpy(&address, run->in.data, sizeof address);
    struct link *link = (struct link *)(uintptr_t)address;
    atomic_store_explicit(&link->about, 1, memory_order_relaxed);
    int code = lab_future_wait(link->waits_for, LAB_FOREVER);
    atomic_store_explicit(&link->code, code, memory_order_relaxed);
    return code ? lab_run_fail(run, code, "%s", lab_error_text(code))
                : lab_run_result(run, NULL, 0);
}

static const struct lab_task_type waits = {.name = "conformance/wait", .step = wait_step};

/* `count` of them that live as long as the trial's tasks. */
static struct link *new_links(struct lab_trial *t, size_t count)
{
    struct link *links = calloc(count, sizeof *links);
    if (!links)
        abort();
    struct link *kept = trial_keep(t, links, count * sizeof *links);
    free(links);
    return kept;
}

/* Submits a task that waits for `future`, and gives it the time to begin to. (If that was too short, the case sees
 * less; it does not fail.) */
static struct lab_future *wait_for_it(struct lab_trial *t, struct lab_executor *executor,
                                      struct link *link, struct lab_future *future)
{
    const uint64_t little = 5000000;
    link->waits_for = future;
    struct lab_future *waiter = trial_submit(t, executor, &waits, (uintptr_t)link);
    UNTIL(t, atomic_load_explicit(&link->about, memory_order_relaxed))
    trial_sleep(t, little);
    return waiter;
}

/* Opens the gate and demands that all waits were allowed. */
static void let_the_chain_go(struct lab_trial *t, struct link *links, struct lab_future **futures,
                             int count)
{
    trial_let_go(t);
    for (int i = 0; i < count; i++)
        trial_wait(t, futures[i]);
    for (int i = 0; i < count; i++)
        EXPECT(t, atomic_load_explicit(&links[i].code, memory_order_relaxed) == 0,
               "no wait to be refused: the last of the chain runs");
}

/* A waits for B, B waits for C, C runs. */
static void a_chain_of_waits_that_can_go_on_is_allowed(struct lab_trial *t)
{
    enum { LINKS = 2 };
    struct link *links = new_links(t, LINKS);
    struct lab_future *chain[LINKS], *last = trial_hold(t, t->executor);
    for (int i = 0; i < LINKS; i++)
        last = chain[i] = wait_for_it(t, t->executor, &links[i], last);
    let_the_chain_go(t, links, chain, LINKS);
}

/* A waits for B, which is pending: its pool's only worker waits for C, which runs in a third pool. */
static void a_chain_through_a_pool_whose_workers_all_wait_is_allowed(struct lab_trial *t)
{
    struct lab_executor_options options = trial_options(t, 1);
    struct lab_executor *full = trial_executor(t, &options), *third = trial_executor(t, &options);
    EXPECT(t, full && third, "three pools");
    struct link *links = new_links(t, 2);
    struct lab_future *futures[3], *runs = trial_hold(t, third);
    futures[0] = wait_for_it(t, full, &links[0], runs);
    futures[2] = trial_submit(t, full, &lab_task_double, 21);
    EXPECT(t, lab_future_state(futures[2]) == LAB_FUTURE_PENDING, "no worker for it");
    futures[1] = wait_for_it(t, t->executor, &links[1], futures[2]);
    let_the_chain_go(t, links, futures, 2);
    EXPECT(t, trial_wait(t, futures[2]) == 0 && trial_number(futures[2]) == 42,
           "what was pending to run after all");
}

/* ---- tasks within tasks ---- */

enum { DEEP = 60, NOT_SO_DEEP = 8 };

/* Each of the first `count` tasks submits the next one and waits for it; the others do nothing. */
struct nest {
    struct lab_executor *executor;
    uint32_t count;
    _Atomic uint32_t made, refused;             /* counters */
    _Atomic(struct lab_future *) futures[DEEP]; /* release: of what each of them submitted */
};

static int nest_step(struct lab_run *run);

static const struct lab_task_type nests = {.name = "conformance/nest", .step = nest_step};

static int nest_step(struct lab_run *run)
{
    uint64_t address;
    struct lab_future *inner;
    struct lab_failure failure;
    memcpy(&address, run->in.data, sizeof address);
    struct nest *nest = (struct nest *)(uintptr_t)address;
    uint32_t number = atomic_fetch_add_explicit(&nest->made, 1, memory_order_relaxed);
    if (number >= nest->count)
        return lab_run_result(run, NULL, 0);
    struct lab_task task = {.type = &nests, .in = run->in, .tag = number + 2};
    int code = lab_submit(nest->executor, &task, &inner, &failure);
    if (code)
        return lab_run_fail(run, code, "%s", failure.text);
    atomic_store_explicit(&nest->futures[number], inner, memory_order_release);
    code = lab_future_wait(inner, LAB_FOREVER);
    if (code == LAB_E_DEADLOCK)
        atomic_fetch_add_explicit(&nest->refused, 1, memory_order_relaxed);
    return code ? lab_run_fail(run, code, "%s", lab_error_text(code))
                : lab_run_result(run, NULL, 0);
}

static struct nest *new_nest(struct lab_trial *t, struct lab_executor *executor, uint32_t count)
{
    const struct nest nest = {.executor = executor, .count = count};
    return trial_keep(t, &nest, sizeof nest);
}

/* Waits for all of them. How many ended; the tasks' own futures are released. */
static uint32_t end_of(struct lab_trial *t, struct nest *nest, struct lab_future *first)
{
    uint32_t ended = trial_wait(t, first) == 0;
    trial_shutdown(t, nest->executor, true, false);
    for (uint32_t i = 0; i < nest->count; i++) {
        struct lab_future *future = atomic_load_explicit(&nest->futures[i], memory_order_acquire);
        ended += future && lab_future_done(future);
        lab_future_release(future);
    }
    return ended;
}

/* Two workers: one task submits another and waits for it, the second worker is busy, but will be free. */
static void a_wait_for_what_another_worker_can_run_is_allowed(struct lab_trial *t)
{
    trial_hold(t, t->executor);
    struct nest *nest = new_nest(t, t->executor, 1);
    struct lab_future *first = trial_submit(t, t->executor, &nests, (uintptr_t)nest);
    UNTIL(t, atomic_load_explicit(&nest->futures[0], memory_order_acquire))
    trial_sleep(t, 5000000); /* so that it waits */
    trial_let_go(t);
    EXPECT(t, end_of(t, nest, first) == 2, "both to end");
    EXPECT(t, atomic_load_explicit(&nest->refused, memory_order_relaxed) == 0,
           "the wait not to be refused");
}

/* As many workers as there are tasks that wait: the last wait closes the cycle, and no wait before it. */
static void a_cycle_through_many_workers_is_found(struct lab_trial *t)
{
    uint32_t count = lab_thread_limit() > DEEP ? DEEP : NOT_SO_DEEP;
    struct lab_executor_options options = trial_options(t, (int)count);
    struct lab_executor *executor = trial_executor(t, &options);
    EXPECT(t, executor != NULL, "a pool");
    struct nest *nest = new_nest(t, executor, count);
    struct lab_future *first = trial_submit(t, executor, &nests, (uintptr_t)nest);
    EXPECT(t, end_of(t, nest, first) == count + 1, "every task to end");
    EXPECT(t, atomic_load_explicit(&nest->refused, memory_order_relaxed) == 1,
           "one wait to be refused, and the others to be served");
}

#define NO_DEADLOCK                                                                                \
    "A wait is refused only if nothing could ever end it: not if what it waits for waits in turn " \
    "for a task that runs, nor if a worker can still become free."
#define DEEPLY                                                                                     \
    "However many workers' waits a cycle goes through, the one that would close it is refused."
#define NO_OTHER   "no other worker's wait could be in the chain: it has one thread"
#define BYTES_ONLY "a task there gets bytes and nothing else: it cannot reach another's future"
#define ONLY_THREADS                                                                               \
    .except = {{LAB_ON_CALLER, NO_OTHER}, {LAB_ON_PROCESSES | LAB_ON_INTERPRETERS, BYTES_ONLY}}

const struct lab_rule_case lab_cases_deadlock_chains[] = {
    {0, CASE(a_chain_of_waits_that_can_go_on_is_allowed), .workers = 3, .source = SOURCE,
     .title = "none: a chain that goes on", .meaning = NO_DEADLOCK, ONLY_THREADS},
    {0, CASE(a_chain_through_a_pool_whose_workers_all_wait_is_allowed), .workers = 1,
     .source = SOURCE, .title = "none: through a full pool", .meaning = NO_DEADLOCK, ONLY_THREADS},
    {0, CASE(a_wait_for_what_another_worker_can_run_is_allowed), .workers = 2, .source = SOURCE,
     .title = "none: another worker", .meaning = NO_DEADLOCK, ONLY_THREADS},
    {0, CASE(a_cycle_through_many_workers_is_found), .workers = 0, .source = SOURCE,
     .title = "nested, many workers", .meaning = DEEPLY, ONLY_THREADS},
    {0},
};
