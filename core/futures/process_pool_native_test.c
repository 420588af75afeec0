/* Real child processes: this test program itself, started with --child. What goes right: results,
 * workers on demand, the call queue, initializers, replacement, shutdown. */
#include <stdlib.h>

#include "check.h"
#include "futures/process_test_tasks.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"
#include "workloads/workload.h"

static void results_come_from_children(void)
{
    static const char *const names[] = {"primes", "mandelbrot", "sha256", "sort", "matmul"};
    static const uint64_t sizes[] = {5, 64, 2, 100000, 128};
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    CHECK_OR_RETURN(executor != NULL);
    for (size_t w = 0; w < 5; w++) {
        enum { MOST = 64 };
        struct lab_problem problem;
        struct lab_future *futures[MOST];
        struct lab_bytes results[MOST];
        struct lab_failure failure = {0};
        struct lab_workload_options wanted = {.seed = 1, .size = sizes[w]};
        CHECK_OR_RETURN(
            lab_problem_prepare(&problem, lab_workload_find(names[w]), &wanted, &failure) == 0 &&
            problem.task_count <= MOST);
        for (size_t i = 0; i < problem.task_count; i++) {
            struct lab_task task = {.type = problem.workload->task, .in = problem.tasks[i]};
            CHECK_OR_RETURN(lab_submit(executor, &task, &futures[i], NULL) == 0);
        }
        for (size_t i = 0; i < problem.task_count; i++) {
            CHECK(test_done(futures[i]));
            CHECK_INT(lab_future_result(futures[i], &results[i]), 0);
        }
        CHECK_INT(lab_problem_verify(&problem, results, &failure), 0);
        for (size_t i = 0; i < problem.task_count; i++)
            lab_future_release(futures[i]);
        lab_problem_release(&problem);
    }
    CHECK(lab_executor_memory(executor) > 100000);
    lab_executor_destroy(executor);
}

/* Rule 14. */
static void workers_start_on_demand(void)
{
    enum { MAX = 3, TASKS = 15 * MAX };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = MAX});
    struct lab_future *futures[TASKS];
    struct test_in ins[TASKS] = {{0}};
    struct gates gates;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    CHECK_INT(lab_executor_ready(executor, NULL), 0);
    CHECK_INT(lab_executor_workers(executor), 0);
    CHECK_INT(test_children(NULL, 0), 0);
    uint64_t pid = 0;
    for (unsigned i = 0; i < 3; i++) {
        struct test_in in = {.number = i};
        struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
        struct test_out out = test_out(future);
        CHECK(i == 0 || out.pid == pid);
        pid = out.pid;
        CHECK_INT(lab_executor_workers(executor), 1);
        lab_future_release(future);
    }
    CHECK_INT(test_children(NULL, 0), 1);
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i, .started = gates.started[1], .go = gates.go[0]};
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    for (unsigned i = 0; i < MAX; i++)
        CHECK(gates_started(&gates) < TASKS);
    CHECK_INT(lab_executor_workers(executor), MAX);
    gates_let_go(&gates, TASKS);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK_INT(test_out(futures[i]).number, i);
        lab_future_release(futures[i]);
    }
    CHECK_INT(lab_executor_workers(executor), MAX);
    CHECK_INT(test_children(NULL, 0), MAX);
    lab_executor_destroy(executor);
    CHECK_INT(test_children(NULL, 0), 0);
    gates_close(&gates);
}

static void prestart_starts_all(void)
{
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 3, .prestart = true});
    CHECK_OR_RETURN(executor != NULL);
    EVENTUALLY(lab_executor_ready(executor, NULL) == 0);
    CHECK_INT(lab_executor_workers(executor), 3);
    CHECK_INT(test_children(NULL, 0), 3);
    lab_executor_destroy(executor);
}

static unsigned how_many_are_done(struct lab_future *const *futures, unsigned count)
{
    unsigned done = 0;
    for (unsigned i = 0; i < count; i++)
        done += lab_future_done(futures[i]);
    return done;
}

/* Rule 18: with N workers 2N + 1 futures are running, and no others. */
static void the_call_queue_holds_n_plus_one(unsigned workers, int max_tasks)
{
    enum { TASKS = 40 };
    struct lab_executor *executor = test_pool(
        &(struct lab_executor_options){.workers = (int)workers, .max_tasks_per_child = max_tasks});
    struct lab_future *futures[TASKS];
    struct test_in ins[TASKS];
    struct gates gates;
    unsigned running = 0, cancelled = 0;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i, .started = gates.started[1], .go = gates.go[0]};
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    for (unsigned i = 0; i < workers; i++)
        CHECK(gates_started(&gates) < TASKS);
    /* The next one starts when one of them has ended, and takes its place in the queue. Each takes
     * its time: of tasks that are known to be very short more go ahead. */
    for (unsigned i = 0; i < 5; i++) {
        EVENTUALLY(how_many_are_done(futures, TASKS) == i);
        test_pause();
        gates_let_go(&gates, 1);
        CHECK(gates_started(&gates) < TASKS);
    }
    EVENTUALLY(lab_future_state(futures[5 + 2 * workers]) == LAB_FUTURE_RUNNING);
    for (unsigned i = 0; i < TASKS; i++)
        running += lab_future_state(futures[i]) == LAB_FUTURE_RUNNING;
    CHECK_INT(running, 2 * workers + 1);
    for (unsigned i = TASKS; i-- > 0;)
        cancelled += lab_future_cancel(futures[i]);
    CHECK_INT(cancelled, TASKS - 5 - (2 * workers + 1));
    gates_let_go(&gates, 2 * workers + 1);
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    for (unsigned i = 0; i < TASKS; i++) {
        enum lab_future_state state = lab_future_state(futures[i]);
        CHECK_INT(state, i < 5 + 2 * workers + 1 ? LAB_FUTURE_FINISHED
                                                 : LAB_FUTURE_CANCELLED_AND_NOTIFIED);
        lab_future_release(futures[i]);
    }
    lab_executor_destroy(executor);
    gates_close(&gates);
}

static void the_call_queue(void)
{
    the_call_queue_holds_n_plus_one(1, 0);
    the_call_queue_holds_n_plus_one(2, 0);
    the_call_queue_holds_n_plus_one(3, 1);
    the_call_queue_holds_n_plus_one(2, 4);
}

/* A quick task never waits behind a slow one while another child is idle. */
static void nobody_waits_behind_a_slow_task(void)
{
    enum { TASKS = 9 };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct test_in slow = {.number = 100}, ins[TASKS];
    struct lab_future *futures[TASKS];
    struct gates gates;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    slow.started = gates.started[1];
    slow.go = gates.go[0];
    struct lab_future *first = test_submit(executor, &lab_test_gate, &slow);
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i};
        futures[i] = test_submit(executor, &lab_test_echo, &ins[i]);
    }
    for (unsigned i = 0; i < TASKS; i++)
        CHECK_INT(test_out(futures[i]).number, i);
    CHECK(!lab_future_done(first));
    gates_let_go(&gates, 1);
    CHECK_INT(test_out(first).number, 100);
    for (unsigned i = 0; i < TASKS; i++)
        lab_future_release(futures[i]);
    lab_future_release(first);
    lab_executor_destroy(executor);
    gates_close(&gates);
}

/* Rule 17, when it goes right: every child, before its first task, once. */
static void the_initializer_runs_first(void)
{
    enum { TASKS = 12 };
    static struct {
        struct test_in in;
        char more[200000]; /* more than a pipe holds */
    } start;
    struct lab_task initializer = {.type = &lab_test_state, .in = {&start, sizeof start}};
    start.in.number = 1000;
    for (int max_tasks = 0; max_tasks < 3; max_tasks++) {
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){
            .workers = 3, .initializer = &initializer, .max_tasks_per_child = max_tasks});
        struct lab_future *futures[TASKS];
        struct test_in ins[TASKS] = {{0}};
        CHECK_OR_RETURN(executor != NULL);
        for (unsigned i = 0; i < TASKS; i++)
            futures[i] = test_submit(executor, &lab_test_echo, &ins[i]);
        for (unsigned i = 0; i < TASKS; i++) {
            CHECK_INT(test_out(futures[i]).state, 1000);
            lab_future_release(futures[i]);
        }
        lab_executor_destroy(executor);
    }
}

/* Rule 20. */
static void children_are_replaced(int max_tasks)
{
    enum { TASKS = 30 };
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 2, .max_tasks_per_child = max_tasks});
    struct lab_future *futures[TASKS];
    struct test_in ins[TASKS];
    uint64_t pids[TASKS];
    CHECK_OR_RETURN(executor != NULL);
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i};
        futures[i] = test_submit(executor, &lab_test_echo, &ins[i]);
    }
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0); /* with a backlog */
    CHECK_INT(lab_executor_workers(executor), 0);
    CHECK_INT(test_children(NULL, 0), 0);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK_INT(lab_future_state(futures[i]), LAB_FUTURE_FINISHED);
        CHECK_INT(test_out(futures[i]).number, i);
        pids[i] = test_out(futures[i]).pid;
        lab_future_release(futures[i]);
    }
    for (unsigned i = 0; i < TASKS; i++) {
        int same = 0;
        for (unsigned j = 0; j < TASKS; j++)
            same += pids[j] == pids[i];
        CHECK(same <= max_tasks);
    }
    lab_executor_destroy(executor);
}

static void max_tasks_per_child(void)
{
    children_are_replaced(1);
    children_are_replaced(2);
    children_are_replaced(7);
}

/* Children that had all their tasks go even when no other task waits; the next task starts
 * another. */
static void a_retired_child_is_gone(void)
{
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 2, .max_tasks_per_child = 1});
    CHECK_OR_RETURN(executor != NULL);
    for (int i = 0; i < 3; i++) {
        struct test_in in = {.number = 5};
        struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
        CHECK_INT(test_out(future).number, 5);
        EVENTUALLY(lab_executor_workers(executor) == 0);
        CHECK_INT(test_children(NULL, 0), 0);
        lab_future_release(future);
    }
    lab_executor_destroy(executor);
}

/* Rule 15. */
static void shutdown_finishes_or_cancels(bool cancel)
{
    enum { TASKS = 20 };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct lab_future *futures[TASKS], *late = NULL;
    struct test_in ins[TASKS];
    struct gates gates;
    unsigned cancelled = 0;
    struct lab_failure failure = {0};
    CHECK_OR_RETURN(executor && gates_open(&gates));
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i, .started = gates.started[1], .go = gates.go[0]};
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    CHECK(gates_started(&gates) < TASKS);
    CHECK(gates_started(&gates) < TASKS);
    EVENTUALLY(lab_future_state(futures[4]) == LAB_FUTURE_RUNNING);
    for (int i = 0; i < 3; i++)
        CHECK_INT(lab_executor_shutdown(executor, false, cancel), 0);
    struct lab_task task = {.type = &lab_test_echo, .in = {ins, sizeof *ins}};
    CHECK_INT(lab_submit(executor, &task, &late, &failure), LAB_E_SHUTDOWN);
    CHECK_STR(failure.text, "the process pool was shut down");
    gates_let_go(&gates, TASKS);
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    CHECK_INT(lab_executor_shutdown(executor, true, true), 0);
    CHECK_INT(lab_executor_workers(executor), 0);
    CHECK_INT(test_children(NULL, 0), 0);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK(lab_future_done(futures[i]));
        cancelled += lab_future_state(futures[i]) == LAB_FUTURE_CANCELLED_AND_NOTIFIED;
        lab_future_release(futures[i]);
    }
    CHECK_INT(cancelled, cancel ? TASKS - 5 : 0);
    lab_executor_destroy(executor);
    gates_close(&gates);
}

static void shutdown(void)
{
    shutdown_finishes_or_cancels(false);
    shutdown_finishes_or_cancels(true);
    struct lab_executor *unused = test_pool(&(struct lab_executor_options){.workers = 2});
    CHECK_INT(lab_executor_shutdown(unused, true, false), 0);
    lab_executor_destroy(unused);
}

/* A callback may ask the pool for anything, though the pool's own thread runs it. */
static int on_done(struct lab_future *future, void *user)
{
    struct lab_executor *executor = user;
    static const struct test_in in = {.number = 3};
    struct lab_task task = {.type = &lab_test_echo, .in = {&in, sizeof in}};
    struct lab_future *next = NULL;
    if (lab_submit(executor, &task, &next, NULL) == 0)
        lab_future_release(next);
    lab_executor_shutdown(executor, true, true);
    (void)future;
    return 0;
}

static void callbacks_may_shut_down(void)
{
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct test_in in = {.number = 3};
    struct gates gates;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    in.started = gates.started[1];
    in.go = gates.go[0];
    struct lab_future *future = test_submit(executor, &lab_test_gate, &in);
    CHECK_INT(lab_future_on_done(future, on_done, executor), 0);
    gates_let_go(&gates, 1);
    CHECK(test_done(future));
    CHECK_INT(lab_executor_shutdown(executor, true, true), 0);
    CHECK_INT(test_children(NULL, 0), 0);
    lab_future_release(future);
    lab_executor_destroy(executor);
    gates_close(&gates);
}

/* The trace names tasks by their tags, on a row for each place, whichever child has it. */
static void tasks_leave_their_trace(void)
{
    enum { TASKS = 6 };
    struct test_in ins[TASKS];
    unsigned starts[TASKS] = {0}, ends[TASKS] = {0};
    uint64_t begun = lab_now_ns();
    lab_trace_reset();
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 1, .max_tasks_per_child = 2});
    CHECK_OR_RETURN(executor != NULL);
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i};
        lab_future_release(test_submit(executor, &lab_test_echo, &ins[i]));
    }
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    lab_executor_destroy(executor);
    CHECK_INT(lab_lane_count(), 1);
    struct lab_trace_event events[64];
    uint64_t cursor = 0, lost = 0, last = begun;
    size_t count = lab_lane_read(lab_lane_at(0), &cursor, events, 64, &lost);
    for (size_t i = 0; i < count; i++) {
        CHECK_OR_RETURN(events[i].task < TASKS);
        CHECK(events[i].time_ns >= last && events[i].time_ns <= lab_now_ns());
        last = events[i].time_ns;
        starts[events[i].task] += events[i].kind == LAB_TRACE_START;
        ends[events[i].task] += events[i].kind == LAB_TRACE_END;
    }
    for (unsigned i = 0; i < TASKS; i++)
        CHECK(starts[i] == 1 && ends[i] == 1);
    lab_trace_reset();
}

/* More than a pipe holds: these pass through it in pieces, both ways. */
static void large_tasks_and_results(void)
{
    enum { SIZE = 3000000, TASKS = 6 };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct lab_future *futures[TASKS];
    unsigned char *bytes = calloc(1, SIZE);
    struct test_in in = {.number = SIZE};
    CHECK_OR_RETURN(executor && bytes);
    memcpy(bytes, &in, sizeof in);
    for (unsigned i = 0; i < TASKS; i++) {
        struct lab_task task = {.type = &lab_test_large, .in = {bytes, SIZE}};
        CHECK_INT(lab_submit(executor, &task, &futures[i], NULL), 0);
    }
    for (unsigned i = 0; i < TASKS; i++) {
        struct lab_bytes result = {0};
        CHECK(test_done(futures[i]) && lab_future_result(futures[i], &result) == 0);
        size_t right = 0;
        for (size_t j = 0; j < result.size; j++)
            right += ((const unsigned char *)result.data)[j] == (unsigned char)(j * 31);
        CHECK_INT(right, SIZE);
        lab_future_release(futures[i]);
    }
    lab_executor_destroy(executor);
    free(bytes);
}

static void pools_come_and_go(void)
{
    for (int i = 0; i < 20; i++) {
        struct lab_executor *executor =
            test_pool(&(struct lab_executor_options){.workers = 3, .prestart = i % 4 < 2});
        struct test_in in = {.number = 1};
        if (i % 2)
            lab_future_release(test_submit(executor, &lab_test_echo, &in));
        lab_executor_destroy(executor); /* at once: starting, pinging or running */
        CHECK_INT(test_children(NULL, 0), 0);
    }
}

/* Rule 20, with a thread that waits and reads the results itself: a child's last one too, after
 * which it must leave. */
static void a_backlog_waited_for_in_order(void)
{
    enum { ROUNDS = 12, TASKS = 20 };
    for (int round = 0; round < ROUNDS; round++) {
        struct lab_executor *executor =
            test_pool(&(struct lab_executor_options){.workers = 1, .max_tasks_per_child = 2});
        struct lab_future *futures[TASKS];
        struct test_in ins[TASKS];
        CHECK_OR_RETURN(executor != NULL);
        for (unsigned i = 0; i < TASKS; i++) {
            ins[i] = (struct test_in){.number = i};
            futures[i] = test_submit(executor, &lab_test_echo, &ins[i]);
        }
        for (unsigned i = 0; i < TASKS; i++) {
            CHECK_OR_RETURN(test_done(futures[i]));
            CHECK_INT(test_out(futures[i]).number, i);
            lab_future_release(futures[i]);
        }
        lab_executor_destroy(executor);
    }
}

static struct lab_executor *closing;

static void shut_down_and_wait(void *argument)
{
    _Atomic uint32_t *over = argument;
    for (uint64_t start = lab_now_ns(); lab_now_ns() - start < 500000;)
        lab_spin_pause();
    CHECK_INT(lab_executor_shutdown(closing, true, false), 0);
    /* release: with the pool's end. */
    atomic_store_explicit(over, 1, memory_order_release);
}

/* The last result may be read by who waits for it: the pool must end all the same. */
static void a_shutdown_while_somebody_waits(void)
{
    for (unsigned round = 0; round < 30; round++) {
        _Atomic uint32_t over = 0;
        lab_thread closer;
        struct test_in in = {.number = round}, work = {.number = 3000 + 13 * round};
        closing = test_pool(&(struct lab_executor_options){.workers = 1});
        CHECK_OR_RETURN(closing != NULL);
        struct lab_future *future = test_submit(closing, &lab_test_echo, &in);
        CHECK_OR_RETURN(test_done(future)); /* the child is up and idle */
        lab_future_release(future);
        test_pause();
        future = test_submit(closing, &lab_test_busy, &work);
        CHECK_OR_RETURN(lab_thread_start(&closer, shut_down_and_wait, (void *)&over) == 0);
        while (lab_future_wait(future, 30000) == LAB_E_TIMEOUT) {
        }
        EVENTUALLY(atomic_load_explicit(&over, memory_order_acquire) == 1);
        CHECK_OR_RETURN(over == 1);
        lab_thread_join(closer);
        lab_future_release(future);
        lab_executor_destroy(closing);
    }
}

LAB_SUITE(process_pool)
{
    RUN(results_come_from_children);
    RUN(workers_start_on_demand);
    RUN(prestart_starts_all);
    RUN(the_call_queue);
    RUN(nobody_waits_behind_a_slow_task);
    RUN(the_initializer_runs_first);
    RUN(max_tasks_per_child);
    RUN(a_retired_child_is_gone);
    RUN(shutdown);
    RUN(callbacks_may_shut_down);
    RUN(tasks_leave_their_trace);
    RUN(large_tasks_and_results);
    RUN(pools_come_and_go);
    RUN(a_backlog_waited_for_in_order);
    RUN(a_shutdown_while_somebody_waits);
}
