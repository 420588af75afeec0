/* Beside the two deadlocks: waits that look like one and are none, and a cycle through many
 * workers. */
#include "exhibits/futures/trial.h"
#include "futures/waits.h"

#define SOURCE "deadlock_chains.c"

/* ---- chains that go on ---- */

/* A task that waits for somebody else's future: its bytes are the address of one. */
struct link {
    _Atomic(struct lab_future *) waits_for; /* release; NULL: comes later */
    struct lab_future *or_for;              /* the first of both is enough; or NULL */
    _Atomic uint32_t about; /* 1: it is about to wait. Relaxed: it publishes nothing */
    _Atomic int code;       /* what the wait said; relaxed: read when the task has ended */
};

static int wait_as_told(const struct link *link)
{
    struct lab_future *futures[] = {atomic_load_explicit(&link->waits_for, memory_order_acquire),
                                    link->or_for};
    struct lab_wait_result sets;
    if (!link->or_for)
        return lab_future_wait(futures[0], LAB_FOREVER);
    int code = lab_wait(futures, 2, LAB_FOREVER, LAB_FIRST_COMPLETED, &sets);
    lab_wait_result_release(&sets);
    return code;
}

static int wait_step(struct lab_run *run)
{
    const uint64_t turn = 1000000;
    uint64_t address;
    memcpy(&address, run->in.data, sizeof address);
    struct link *link = (struct link *)(uintptr_t)address;
    LAB_CO_BEGIN(&run->co);
    while (!atomic_load_explicit(&link->waits_for, memory_order_relaxed) && !lab_stopping())
        LAB_AWAIT_SLEEP(&run->co, turn);
    LAB_CO_END(&run->co);
    if (!atomic_load_explicit(&link->waits_for, memory_order_relaxed))
        return lab_run_fail(run, LAB_E_STOPPED, "stopped");
    atomic_store_explicit(&link->about, 1, memory_order_relaxed);
    int code = wait_as_told(link);
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

/* Until it waits. (If that is too short, the case sees less; it does not fail.) */
static void let_it_begin(struct lab_trial *t, struct link *link)
{
    const uint64_t little = 5000000;
    UNTIL(t, atomic_load_explicit(&link->about, memory_order_relaxed))
    trial_sleep(t, little);
}

/* Submits a task that waits for `future`. */
static struct lab_future *wait_for_it(struct lab_trial *t, struct lab_executor *executor,
                                      struct link *link, struct lab_future *future)
{
    atomic_store_explicit(&link->waits_for, future, memory_order_release);
    struct lab_future *waiter = trial_submit(t, executor, &waits, (uintptr_t)link);
    let_it_begin(t, link);
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

/* A waits for B, which is pending: its pool's only worker waits for C, which runs in a third
 * pool. */
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

/* A waits for B; B waits for the first of A and C, and C runs. */
static void a_cycle_with_a_way_out_is_allowed(struct lab_trial *t)
{
    struct link *links = new_links(t, 2);
    struct lab_future *futures[2], *runs = trial_hold(t, t->executor);
    links[1].or_for = runs;
    futures[1] = trial_submit(t, t->executor, &waits, (uintptr_t)&links[1]);
    futures[0] = wait_for_it(t, t->executor, &links[0], futures[1]);
    atomic_store_explicit(&links[1].waits_for, futures[0], memory_order_release);
    let_it_begin(t, &links[1]);
    let_the_chain_go(t, links, futures, 2);
}

/* ---- tasks within tasks ---- */

enum { DEEP = 70, NOT_SO_DEEP = 8 };

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

/* Two workers: one task submits another and waits for it, the second worker is busy, but will be
 * free. */
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

/* As many workers as there are tasks that wait: the last wait closes the cycle, and no wait before
 * it. */
static void a_cycle_through_many_workers_is_found(struct lab_trial *t)
{
    uint32_t count = lab_thread_limit_idle() > DEEP ? DEEP : NOT_SO_DEEP;
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
    {0, CASE(a_cycle_with_a_way_out_is_allowed), .workers = 3, .source = SOURCE,
     .title = "none: a way out", .meaning = NO_DEADLOCK, ONLY_THREADS},
    {0, CASE(a_wait_for_what_another_worker_can_run_is_allowed), .workers = 2, .source = SOURCE,
     .title = "none: another worker", .meaning = NO_DEADLOCK, ONLY_THREADS},
    {0, CASE(a_cycle_through_many_workers_is_found), .workers = 0, .source = SOURCE,
     .title = "nested, many workers", .meaning = DEEPLY, ONLY_THREADS},
    {0},
};
