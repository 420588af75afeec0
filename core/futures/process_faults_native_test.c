/* The process pool when things go wrong: children that die at any point, tasks and initializers
 * that fail, workers that are ended on request. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "futures/process_test_tasks.h"
#include "platform/sync.h"
#include "platform/system.h"

static const char *const endings[FAULT_HOWS] = {
    [FAULT_TRAPS] = "the process was killed by signal ",
    [FAULT_EXITS] = "the process exited with status 7",
    [FAULT_EXITS_3] = "the process exited with status 3",
    [FAULT_RETURNS] = "the process exited with status 0",
    [FAULT_IS_KILLED] = "the process was killed by signal 9 (Killed)",
    [FAULT_CLOSES] = "the process was killed by signal 9 (Killed)",
    [FAULT_PRINTS] = "it wrote something that is not a result",
    [FAULT_PONGS] = "it wrote something that is not a result",
    [FAULT_INITS] = "it wrote something that is not a result",
};

static void check_broken(const struct lab_failure *why, int cause, const char *words)
{
    CHECK_OR_RETURN(why != NULL);
    CHECK_INT(why->code, LAB_E_BROKEN);
    CHECK_INT(why->cause, cause);
    lab_check(strncmp(why->text, "the process pool broke: ", 24) == 0, __FILE__, __LINE__, "\"%s\"",
              why->text);
    lab_check(strstr(why->cause_text, words) != NULL, __FILE__, __LINE__, "\"%s\" lacks \"%s\"",
              why->cause_text, words);
    CHECK(!strstr(why->cause_text, "out of memory"));
}

static void check_refused(struct lab_executor *executor, int cause, const char *words)
{
    struct test_in in = {0};
    struct lab_task task = {.type = &lab_test_echo, .in = {&in, sizeof in}};
    struct lab_future *late = NULL;
    struct lab_failure failure = {0};
    CHECK_INT(lab_submit(executor, &task, &late, &failure), LAB_E_BROKEN);
    CHECK(late == NULL);
    check_broken(&failure, cause, words);
    CHECK_INT(lab_executor_ready(executor, &failure), LAB_E_BROKEN);
    check_broken(&failure, cause, words);
}

static unsigned unfinished(struct lab_future *const *futures, unsigned count)
{
    unsigned left = 0;
    for (unsigned i = 0; i < count; i++)
        left += !lab_future_done(futures[i]);
    return left;
}

/* Rules 19 and 22: wherever a child dies, every unfinished future ends with the cause. */
static void a_death(enum fault_when when, enum fault_how how, unsigned variant)
{
    enum { TASKS = 12 };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct lab_future *futures[TASKS], *hopeless;
    struct test_in ins[TASKS], fault = {.number = variant, .when = when, .how = how};
    struct gates gates;
    int cause =
        how == FAULT_PRINTS || how == FAULT_PONGS || how == FAULT_INITS ? LAB_E_IO : LAB_E_DIED;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    ins[0] = (struct test_in){.number = 1, .started = gates.started[1], .go = gates.go[0]};
    futures[0] = test_submit(executor, &lab_test_gate, &ins[0]);
    CHECK_INT(gates_started(&gates), 1);
    for (unsigned i = 1; i < TASKS; i++) {
        ins[i] = ins[0];
        ins[i].number = i + 1;
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    /* When all but one have ended, the other child is free for the fault. */
    gates_let_go(&gates, TASKS - 1);
    EVENTUALLY(unfinished(futures, TASKS) == 1);
    hopeless = test_submit(executor, &lab_test_echo, &fault);
    CHECK(test_done(hopeless));
    check_broken(lab_future_failure(hopeless), cause, endings[how]);
    unsigned broken = 0;
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK(test_done(futures[i]));
        if (lab_future_failure(futures[i])) {
            broken++;
            check_broken(lab_future_failure(futures[i]), cause, endings[how]);
            CHECK(lab_future_failure(futures[i]) != lab_future_failure(hopeless));
        }
        lab_future_release(futures[i]);
    }
    CHECK_INT(broken, 1);
    check_refused(executor, cause, endings[how]);
    CHECK_INT(lab_executor_workers(executor), 0);
    CHECK_INT(test_children(NULL, 0), 0);
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    lab_future_release(hopeless);
    lab_executor_destroy(executor);
    gates_close(&gates);
}

static void death_while_decoding(void)
{
    a_death(FAULT_DECODE, FAULT_TRAPS, 0);
    a_death(FAULT_DECODE, FAULT_EXITS, 0);
    a_death(FAULT_DECODE, FAULT_IS_KILLED, 0);
}

static void death_while_running(void)
{
    a_death(FAULT_STEP, FAULT_TRAPS, 0);
    a_death(FAULT_STEP, FAULT_EXITS, 0);
    a_death(FAULT_STEP, FAULT_EXITS_3, 0);
    a_death(FAULT_STEP, FAULT_RETURNS, 0);
    a_death(FAULT_STEP, FAULT_IS_KILLED, 0);
}

static void death_while_encoding(void)
{
    a_death(FAULT_ENCODE, FAULT_TRAPS, 0);
    a_death(FAULT_ENCODE, FAULT_EXITS, 0);
    a_death(FAULT_ENCODE, FAULT_IS_KILLED, 0);
}

static void death_while_writing(void)
{
    for (unsigned variant = 0; variant < 2; variant++) {
        a_death(FAULT_WRITE, FAULT_TRAPS, variant);
        a_death(FAULT_WRITE, FAULT_EXITS, variant);
        a_death(FAULT_WRITE, FAULT_IS_KILLED, variant);
    }
}

static void a_child_that_speaks_nonsense_or_not_at_all(void)
{
    a_death(FAULT_STEP, FAULT_PRINTS, 0);
    a_death(FAULT_STEP, FAULT_PONGS, 0);
    a_death(FAULT_STEP, FAULT_INITS, 0);
    a_death(FAULT_STEP, FAULT_CLOSES, 0);
    a_death(FAULT_WRITE, FAULT_CLOSES, 0);
}

/* Rule 18's other half: those that were pending break as well. */
static void pending_futures_break_too(void)
{
    enum { TASKS = 50 };
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct lab_future *futures[TASKS];
    struct test_in ins[TASKS];
    struct gates gates, last;
    unsigned broken = 0, cancelled = 0;
    CHECK_OR_RETURN(executor && gates_open(&gates) && gates_open(&last));
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i, .started = gates.started[1], .go = gates.go[0]};
        if (i == 1) {
            ins[i].when = FAULT_ENCODE;
            ins[i].how = FAULT_IS_KILLED;
            ins[i].go = last.go[0];
        }
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    CHECK(gates_started(&gates) < 2 && gates_started(&gates) < 2);
    CHECK(lab_future_cancel(futures[TASKS - 1]));
    gates_let_go(&last, 1);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK(test_done(futures[i]));
        if (lab_future_failure(futures[i])) {
            check_broken(lab_future_failure(futures[i]), LAB_E_DIED, "signal 9");
            broken++;
        }
        cancelled += lab_future_result(futures[i], &(struct lab_bytes){0}) == LAB_E_CANCELLED;
        lab_future_release(futures[i]);
    }
    CHECK_INT(broken, TASKS - 1);
    CHECK_INT(cancelled, 1);
    lab_executor_destroy(executor);
    gates_close(&gates);
    gates_close(&last);
}

/* While the parent is in the middle of writing: a stopped child reads nothing, so the pipe is
 * full. */
static void death_while_it_is_written_to(void)
{
    enum { SIZE = 20000000 };
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 1, .prestart = true});
    unsigned char *bytes = calloc(1, SIZE);
    struct lab_task task = {.type = &lab_test_large, .in = {bytes, SIZE}};
    struct lab_future *futures[2] = {NULL};
    int pid = 0;
    CHECK_OR_RETURN(executor && bytes);
    EVENTUALLY(lab_executor_ready(executor, NULL) == 0);
    CHECK_INT(test_children(&pid, 1), 1);
    CHECK_INT(kill(pid, SIGSTOP), 0);
    for (int i = 0; i < 2; i++)
        CHECK_INT(lab_submit(executor, &task, &futures[i], NULL), 0);
    EVENTUALLY(lab_future_state(futures[1]) == LAB_FUTURE_RUNNING);
    CHECK_INT(kill(pid, SIGKILL), 0);
    for (int i = 0; i < 2; i++) {
        CHECK(test_done(futures[i]));
        check_broken(lab_future_failure(futures[i]), LAB_E_DIED, "signal 9");
    }
    free(bytes); /* nobody reads it any more */
    for (int i = 0; i < 2; i++)
        lab_future_release(futures[i]);
    lab_executor_destroy(executor);
}

/* Seen at once, not at the next submit. */
static void an_idle_child_is_killed(void)
{
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 2, .prestart = true});
    struct lab_failure failure = {0};
    int pids[2] = {0};
    CHECK_OR_RETURN(executor != NULL);
    EVENTUALLY(lab_executor_ready(executor, NULL) == 0);
    CHECK_INT(test_children(pids, 2), 2);
    kill(pids[1], SIGKILL);
    EVENTUALLY(lab_executor_ready(executor, &failure) == LAB_E_BROKEN);
    EVENTUALLY(lab_executor_workers(executor) == 0);
    check_refused(executor, LAB_E_DIED, "the process was killed by signal 9 (Killed)");
    CHECK_INT(test_children(NULL, 0), 0);
    lab_executor_destroy(executor);
}

static void a_child_is_killed_while_it_starts(void)
{
    for (int i = 0; i < 10; i++) {
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 1});
        struct test_in in = {.number = 1};
        int pid = 0;
        CHECK_OR_RETURN(executor != NULL);
        struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
        while (test_children(&pid, 1) == 0 && !lab_future_done(future)) {
        }
        if (pid > 0)
            kill(pid, SIGKILL);
        CHECK(test_done(future));
        if (lab_future_failure(future))
            check_broken(lab_future_failure(future), LAB_E_DIED, "signal 9");
        lab_future_release(future);
        lab_executor_destroy(executor);
    }
}

/* What is wrong with one task is its own. */
static void tasks_fail_alone(void)
{
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    static const char *const words[] = {[FAULT_DECODE] = "it fails in decode",
                                        [FAULT_STEP] = "it fails in step",
                                        [FAULT_ENCODE] = "it fails in encode"};
    struct lab_task_type unknown = lab_test_echo, long_name = lab_test_echo;
    unknown.name = "nothing";
    long_name.name =
        "a name that is far too long for what a frame reserves for names of task types";
    CHECK_OR_RETURN(executor != NULL);
    for (int round = 0; round < 3; round++) {
        struct test_in fine = {.number = 4}, unlucky = {.number = 13};
        for (uint32_t when = FAULT_DECODE; when <= FAULT_ENCODE; when++) {
            struct test_in in = {.when = when, .how = FAULT_FAILS};
            struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
            CHECK_OR_RETURN(test_done(future) && lab_future_failure(future));
            CHECK_INT(lab_future_failure(future)->code, LAB_E_TASK);
            CHECK_STR(lab_future_failure(future)->text, words[when]);
            CHECK_INT(lab_future_failure(future)->cause, LAB_E_IO);
            CHECK_STR(lab_future_failure(future)->cause_text, "because it was told to");
            lab_future_release(future);
        }
        struct lab_task huge = {.type = &lab_test_echo, .in = {&fine, (size_t)5 << 30}};
        struct lab_future *futures[] = {test_submit(executor, &lab_test_unlucky, &unlucky), NULL,
                                        test_submit(executor, &unknown, &fine),
                                        test_submit(executor, &long_name, &fine),
                                        test_submit(executor, &lab_test_unlucky, &fine)};
        CHECK_INT(lab_submit(executor, &huge, &futures[1], NULL), 0);
        const char *sentences[] = {"13 cannot be packed", "a task of 5368709120 bytes does not fit",
                                   "no task type is called \"nothing\" here", "is too long", NULL};
        for (int i = 0; i < 5; i++) {
            CHECK(test_done(futures[i]));
            const struct lab_failure *why = lab_future_failure(futures[i]);
            lab_check(sentences[i] ? why && strstr(why->text, sentences[i]) && !why->cause : !why,
                      __FILE__, __LINE__, "%d: \"%s\"", i, why ? why->text : "");
            lab_future_release(futures[i]);
        }
    }
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    lab_executor_destroy(executor);
}

/* Rule 17. */
static void the_initializer_breaks(enum fault_when when, enum fault_how how, bool prestart)
{
    enum { TASKS = 10 };
    struct test_in start = {.when = when, .how = how}, ins[TASKS] = {{0}};
    struct lab_task initializer = {.type = &lab_test_state, .in = {&start, sizeof start}};
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){
        .workers = 3, .initializer = &initializer, .prestart = prestart});
    struct lab_future *futures[TASKS] = {NULL};
    int cause = how == FAULT_FAILS ? LAB_E_TASK : LAB_E_DIED;
    const char *words = how == FAULT_FAILS ? "it fails in " : endings[how];
    CHECK_OR_RETURN(executor != NULL);
    for (unsigned i = 0; i < TASKS; i++) {
        struct lab_task task = {.type = &lab_test_echo, .in = {&ins[i], sizeof ins[i]}};
        int code = lab_submit(executor, &task, &futures[i], NULL);
        CHECK(code == 0 || code == LAB_E_BROKEN); /* it may break meanwhile */
    }
    for (unsigned i = 0; i < TASKS; i++)
        if (futures[i]) {
            CHECK(test_done(futures[i]));
            check_broken(lab_future_failure(futures[i]), cause, words);
            lab_future_release(futures[i]);
        }
    EVENTUALLY(lab_executor_ready(executor, NULL) == LAB_E_BROKEN);
    check_refused(executor, cause, words);
    lab_executor_destroy(executor);
}

static void initializers_break(void)
{
    the_initializer_breaks(FAULT_STEP, FAULT_FAILS, false);
    the_initializer_breaks(FAULT_STEP, FAULT_FAILS, true);
    the_initializer_breaks(FAULT_DECODE, FAULT_FAILS, false);
    the_initializer_breaks(FAULT_STEP, FAULT_TRAPS, true);
    the_initializer_breaks(FAULT_STEP, FAULT_EXITS, false);
    the_initializer_breaks(FAULT_WRITE, FAULT_IS_KILLED, false);
}

static void an_initializer_that_cannot_be_packed(void)
{
    struct test_in unlucky = {.number = 13};
    struct lab_task initializer = {.type = &lab_test_unlucky, .in = {&unlucky, sizeof unlucky}};
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = 2, .initializer = &initializer});
    CHECK_OR_RETURN(executor != NULL);
    check_refused(executor, LAB_E_TASK, "13 cannot be packed");
    lab_executor_destroy(executor);
}

/* Rule 21. */
static void workers_are_ended(bool kindly, unsigned workers)
{
    enum { TASKS = 12 };
    struct lab_executor *executor =
        test_pool(&(struct lab_executor_options){.workers = (int)workers});
    struct lab_future *futures[TASKS];
    struct test_in ins[TASKS];
    struct gates gates;
    const char *words = kindly ? "terminated on request" : "killed on request";
    int (*end)(struct lab_executor *) =
        kindly ? lab_executor_terminate_workers : lab_executor_kill_workers;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    for (unsigned i = 0; i < TASKS; i++) {
        ins[i] = (struct test_in){.number = i, .started = gates.started[1], .go = gates.go[0]};
        futures[i] = test_submit(executor, &lab_test_gate, &ins[i]);
    }
    for (unsigned i = 0; i < workers; i++)
        CHECK(gates_started(&gates) < TASKS);
    CHECK_INT(end(executor), 0);
    check_refused(executor, LAB_E_DIED, words);
    CHECK_INT(end(executor), 0);
    for (unsigned i = 0; i < TASKS; i++) {
        CHECK(test_done(futures[i]));
        check_broken(lab_future_failure(futures[i]), LAB_E_DIED, words);
        lab_future_release(futures[i]);
    }
    EVENTUALLY(lab_executor_workers(executor) == 0);
    CHECK_INT(test_children(NULL, 0), 0);
    CHECK_INT(lab_executor_kill_workers(executor), 0);
    CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
    CHECK_INT(lab_executor_terminate_workers(executor), 0);
    lab_executor_destroy(executor);
    gates_close(&gates);
}

static void terminate_and_kill(void)
{
    workers_are_ended(true, 2);
    workers_are_ended(false, 3);
}

/* A child says it, wherever its memory ends: before it has mapped what it shares with us, and
 * after. */
static void a_child_without_memory(void)
{
    unsigned told = 0;
    for (int request = 1; request <= 6; request++) {
        char text[16];
        snprintf(text, sizeof text, "%d", request);
        setenv("LAB_FAILING_CHILD", text, 1);
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 1});
        struct test_in in = {0};
        struct lab_future *future = executor ? test_submit(executor, &lab_test_echo, &in) : NULL;
        CHECK_OR_RETURN(future && test_done(future));
        unsetenv("LAB_FAILING_CHILD");
        const struct lab_failure *why = lab_future_failure(future);
        if (why && why->code == LAB_E_BROKEN) {
            CHECK_INT(why->cause, LAB_E_DIED);
            CHECK_STR(why->cause_text, "the process ended: out of memory");
            told++;
        }
        lab_future_release(future);
        lab_executor_destroy(executor);
    }
    /* Its own state, its buffer and the two memories; of the rest it does without some. */
    CHECK(told >= 4);
}

static void ending_workers_that_never_were(void)
{
    for (int kindly = 0; kindly < 2; kindly++) {
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
        CHECK_OR_RETURN(executor != NULL);
        CHECK_INT(kindly ? lab_executor_terminate_workers(executor)
                         : lab_executor_kill_workers(executor),
                  0);
        check_refused(executor, LAB_E_DIED, "on request");
        lab_executor_destroy(executor);
    }
}

/* Whoever does not end kindly is killed, by request or when patience ends. */
static void a_child_that_ignores_sigterm(void)
{
    for (int killed = 0; killed < 2; killed++) {
        struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 1});
        struct test_in in = {.number = 6, .when = FAULT_STEP, .how = FAULT_HANGS};
        struct gates gates;
        CHECK_OR_RETURN(executor && gates_open(&gates));
        in.started = gates.started[1];
        struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
        CHECK_INT(gates_started(&gates), 6);
        CHECK_INT(lab_executor_terminate_workers(executor), 0);
        CHECK(test_done(future));
        if (killed)
            CHECK_INT(lab_executor_kill_workers(executor), 0);
        CHECK_INT(lab_executor_shutdown(executor, true, false), 0);
        CHECK_INT(test_children(NULL, 0), 0);
        check_broken(lab_future_failure(future), LAB_E_DIED, "terminated on request");
        lab_future_release(future);
        lab_executor_destroy(executor);
        gates_close(&gates);
    }
}

static void a_hanging_child_is_killed_by_destroy(void)
{
    struct lab_executor *executor = test_pool(&(struct lab_executor_options){.workers = 2});
    struct test_in in = {.number = 8, .when = FAULT_STEP, .how = FAULT_HANGS};
    struct gates gates;
    CHECK_OR_RETURN(executor && gates_open(&gates));
    in.started = gates.started[1];
    struct lab_future *future = test_submit(executor, &lab_test_echo, &in);
    CHECK_INT(gates_started(&gates), 8);
    lab_executor_destroy(executor);
    CHECK_OR_RETURN(lab_future_done(future) && lab_future_failure(future));
    CHECK_INT(lab_future_failure(future)->code, LAB_E_SHUTDOWN);
    CHECK_INT(test_children(NULL, 0), 0);
    lab_future_release(future);
    gates_close(&gates);
}

LAB_SUITE(process_faults)
{
    RUN(death_while_decoding);
    RUN(death_while_running);
    RUN(death_while_encoding);
    RUN(death_while_writing);
    RUN(a_child_that_speaks_nonsense_or_not_at_all);
    RUN(pending_futures_break_too);
    RUN(death_while_it_is_written_to);
    RUN(an_idle_child_is_killed);
    RUN(a_child_is_killed_while_it_starts);
    RUN(tasks_fail_alone);
    RUN(initializers_break);
    RUN(an_initializer_that_cannot_be_packed);
    RUN(a_child_without_memory);
    RUN(terminate_and_kill);
    RUN(ending_workers_that_never_were);
    RUN(a_child_that_ignores_sigterm);
    RUN(a_hanging_child_is_killed_by_destroy);
}
