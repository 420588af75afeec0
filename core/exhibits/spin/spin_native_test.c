/* The slow function in a real child process: this test program itself. */
#include "check.h"
#include "exhibits/spin/spin_test.h"
#include "platform/system.h"

static const struct lab_method *processes(void)
{
    return lab_method_find("processes");
}

static void it_turns_beside_a_process(void)
{
    CHECK(test_turns(processes(), &(struct lab_slow){LAB_SLOW_SLEEP, 300000000}));
    CHECK(test_turns(processes(), &(struct lab_slow){LAB_SLOW_PRIME, 1}));
}

static void stop_at_second_frame(void *user, unsigned frame, double seconds)
{
    (void)user;
    (void)seconds;
    if (frame == 1)
        lab_stop();
}

static void a_stop_ends_the_process(void)
{
    static const struct lab_slow slow[] = {{LAB_SLOW_SLEEP, UINT64_C(600000000000)},
                                           {LAB_SLOW_PRIME, 100000}};
    for (size_t i = 0; i < 2; i++) {
        struct lab_spin *spin = lab_spin_create(processes(), &slow[i], stop_at_second_frame, NULL);
        CHECK_OR_RETURN(spin != NULL);
        test_go_on(spin, lab_spin_prepare);
        uint64_t began = lab_now_ns();
        test_go_on(spin, lab_spin_run);
        CHECK(lab_now_ns() - began < UINT64_C(30000000000));
        CHECK_INT(lab_spin_result(spin)->failure.code, LAB_E_STOPPED);
        CHECK_INT(lab_spin_result(spin)->frames, 2);
        lab_spin_destroy(spin);
        lab_stop_clear();
    }
}

LAB_SUITE(spin_processes)
{
    RUN(it_turns_beside_a_process);
    RUN(a_stop_ends_the_process);
}
