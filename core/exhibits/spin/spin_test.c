/* Short spins of every method but processes (spin_native_test.c). What holds by construction is
 * asserted at once; what a busy machine may spoil is tried again. */
#include "exhibits/spin/spin.h"

#include "check.h"
#include "exhibits/spin/spin_test.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "workloads/problem.h"

static const struct lab_slow sleep_03 = {LAB_SLOW_SLEEP, 300000000};
static const struct lab_slow one_test = {LAB_SLOW_PRIME, 1};

static void the_number_is_prime(void)
{
    CHECK(lab__miller_rabin(LAB_SLOW_NUMBER));
}

static void an_amount_for_a_time(void)
{
    struct lab_slow slow = lab_slow_prepare(LAB_SLOW_SLEEP, 0.25);
    CHECK_INT(slow.amount, 250000000);
    slow = lab_slow_prepare(LAB_SLOW_PRIME, 1e-9);
    CHECK_INT(slow.amount, 1);
    CHECK(lab_slow_prepare(LAB_SLOW_PRIME, 1000).amount > 1);
    CHECK_STR(lab_slow_name(LAB_SLOW_SLEEP), "sleep");
    CHECK_STR(lab_slow_name(LAB_SLOW_PRIME), "prime");
    for (int kind = LAB_SLOW_SLEEP; kind <= LAB_SLOW_PRIME; kind++) {
        struct lab_task task = lab_slow_task(&(struct lab_slow){(enum lab_slow_kind)kind, 1});
        CHECK(lab_slow_task_type_find(task.type->name) == task.type);
    }
    CHECK(lab_slow_task_type_find("spinner") == NULL);
}

static void a_wrong_answer_is_seen(void)
{
    uint64_t number = 1;
    bool correct;
    struct lab_bytes result = {&number, sizeof number};
    CHECK_STR(lab_slow_answer(&one_test, result, &correct), "prime");
    CHECK(correct);
    CHECK_STR(lab_slow_answer(&sleep_03, result, &correct), "not 42");
    CHECK(!correct);
    number = 42;
    CHECK_STR(lab_slow_answer(&sleep_03, result, &correct), "42");
    CHECK(correct);
    number = 0;
    CHECK_STR(lab_slow_answer(&one_test, result, &correct), "not prime");
    CHECK(!correct);
    result.size = 3;
    CHECK_STR(lab_slow_answer(&one_test, result, &correct), "");
    CHECK(!correct);
}

static bool here(const struct lab_method *method)
{
    return !method->unavailable() && strcmp(method->name, "processes") != 0;
}

static void who_cannot_share_freezes_for_the_whole_time(void)
{
    const struct lab_method *sequential = lab_method_find("sequential");
    const struct lab_method *async = lab_method_find("async");
    struct lab_spin_result results[] = {test_spin(sequential, &sleep_03),
                                        test_spin(sequential, &one_test),
                                        test_spin(async, &one_test)};
    for (size_t i = 0; i < 3; i++) {
        CHECK_INT(results[i].frames, 1);
        CHECK(!results[i].has_jitter);
        /* All but what it takes to come to the first frame and from there to the slow function. */
        CHECK(results[i].longest_freeze > results[i].seconds * 0.5);
    }
    CHECK(results[0].seconds >= 0.3);
}

static void who_can_turns(void)
{
    static const struct {
        const char *method;
        const struct lab_slow *slow;
    } cases[] = {{"threads", &sleep_03},      {"threads", &one_test},
                 {"threads-gil", &sleep_03},  {"threads-gil", &one_test},
                 {"interpreters", &sleep_03}, {"interpreters", &one_test},
                 {"async", &sleep_03}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (here(lab_method_find(cases[i].method)))
            CHECK(test_turns(lab_method_find(cases[i].method), cases[i].slow));
}

/* ---- a stop ---- */

static void stop_soon(void *argument)
{
    static _Atomic uint32_t never;
    (void)argument;
    lab_futex_wait(&never, 0, 50000000);
    lab_stop();
}

static void stop_at_frame(void *user, unsigned frame, double seconds)
{
    (void)user;
    (void)frame;
    (void)seconds;
    lab_stop();
}

static void a_stop_ends_it(const struct lab_method *method, const struct lab_slow *slow)
{
    lab_thread thread;
    bool threads = lab_has_threads();
    struct lab_spin *spin = lab_spin_create(method, slow, threads ? NULL : stop_at_frame, NULL);
    CHECK_OR_RETURN(spin != NULL);
    test_go_on(spin, lab_spin_prepare);
    uint64_t began = lab_now_ns();
    if (threads)
        CHECK_OR_RETURN(lab_thread_start(&thread, stop_soon, NULL) == 0);
    test_go_on(spin, lab_spin_run);
    if (threads)
        lab_thread_join(thread);
    CHECK(lab_now_ns() - began < UINT64_C(30000000000));
    CHECK_INT(lab_spin_result(spin)->failure.code, LAB_E_STOPPED);
    CHECK(!lab_spin_result(spin)->correct);
    CHECK_STR(lab_spin_result(spin)->answer, "");
    lab_spin_destroy(spin);
    lab_stop_clear();
}

static void a_stop_ends_all(void)
{
    static const struct lab_slow slow[] = {{LAB_SLOW_SLEEP, UINT64_C(600000000000)},
                                           {LAB_SLOW_PRIME, 100000}};
    for (size_t i = 0; lab_methods[i]; i++)
        for (size_t j = 0; here(lab_methods[i]) && j < 2; j++)
            a_stop_ends_it(lab_methods[i], &slow[j]);
}

/* ---- several at once ---- */

static void spin_in_a_thread(void *argument)
{
    test_spin(argument, &sleep_03);
}

static void several_turn_at_once(void)
{
    lab_thread threads[8];
    size_t count = 0;
    for (size_t i = 0; lab_has_threads() && lab_methods[i]; i++)
        if (here(lab_methods[i]))
            CHECK_OR_RETURN(
                lab_thread_start(&threads[count++], spin_in_a_thread, (void *)lab_methods[i]) == 0);
    while (count)
        lab_thread_join(threads[--count]);
}

static void what_cannot_run_says_why(void)
{
    for (size_t i = 0; lab_methods[i]; i++) {
        if (!lab_methods[i]->unavailable())
            continue;
        struct lab_spin *spin = lab_spin_create(lab_methods[i], &sleep_03, NULL, NULL);
        CHECK_OR_RETURN(spin != NULL);
        CHECK_INT(lab_spin_prepare(spin), LAB_CO_DONE);
        CHECK(lab_spin_failed(spin));
        CHECK_INT(lab_spin_run(spin), LAB_CO_DONE);
        CHECK(lab_spin_result(spin)->unavailable);
        CHECK_STR(lab_spin_result(spin)->failure.text, lab_methods[i]->unavailable());
        lab_spin_destroy(spin);
    }
}

LAB_SUITE(spin)
{
    RUN(the_number_is_prime);
    RUN(an_amount_for_a_time);
    RUN(a_wrong_answer_is_seen);
    RUN(who_cannot_share_freezes_for_the_whole_time);
    RUN(who_can_turns);
    RUN(a_stop_ends_all);
    RUN(several_turn_at_once);
    RUN(what_cannot_run_says_why);
}
