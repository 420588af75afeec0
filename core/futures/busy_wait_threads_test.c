#include "futures/busy_wait.h"

#include "check.h"
#include "platform/sync.h"

static unsigned looks; /* of the wait at hand; one thread at a time */

static bool never(const void *unused)
{
    (void)unused;
    looks++;
    return false;
}

static bool at_the_third_look(const void *unused)
{
    (void)unused;
    return ++looks >= 3;
}

/* In a thread of its own: what waiting has cost is kept for each thread. */
static void wait_in_vain(void *looked)
{
    enum { WAITS = 400, LEARNING = 200 };
    for (unsigned i = 0; i < WAITS; i++) {
        looks = 0;
        if (!lab_busy_wait(never, NULL, LAB_FOREVER))
            lab_busy_wait_slept(); /* at once: sleeping costs nothing here */
        *(unsigned *)looked += i >= LEARNING && looks > 1;
    }
}

static void who_looks_in_vain_gives_it_up(void)
{
    unsigned looked = 0;
    lab_thread thread;
    CHECK_OR_RETURN(lab_thread_start(&thread, wait_in_vain, &looked) == 0);
    lab_thread_join(thread);
    /* One in sixteen is a trial; what else the machine does may make a few more. */
    CHECK(looked < 100);
}

static void look_once(void *result)
{
    looks = 0;
    *(unsigned *)result = lab_busy_wait(at_the_third_look, NULL, LAB_FOREVER);
}

static void who_has_learnt_nothing_looks(void)
{
    unsigned happened = 0;
    lab_thread thread;
    CHECK_OR_RETURN(lab_thread_start(&thread, look_once, &happened) == 0);
    lab_thread_join(thread);
    CHECK(happened || looks == 1); /* where there is one core nobody looks */
}

static void nobody_looks_when_it_is_off(void)
{
    unsigned happened = 1;
    lab_thread thread;
    lab_busy_wait_enable(false);
    if (lab_thread_start(&thread, look_once, &happened) == 0)
        lab_thread_join(thread);
    lab_busy_wait_enable(true);
    CHECK(!happened);
    CHECK_INT(looks, 1);
}

LAB_SUITE(busy_wait)
{
    RUN(who_looks_in_vain_gives_it_up);
    RUN(who_has_learnt_nothing_looks);
    RUN(nobody_looks_when_it_is_off);
}
