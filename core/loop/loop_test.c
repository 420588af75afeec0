#include "loop/loop.h"
#include "loop/slab.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "platform/sync.h"
#include "platform/system.h"

struct sleeper {
    struct lab_co co; /* first */
    uint64_t ns;
    int turns, number;
    bool over;
};

static int finished[32], finished_count;

static int sleep_once(struct lab_co *co)
{
    struct sleeper *sleeper = (struct sleeper *)co;
    LAB_CO_BEGIN(&sleeper->co);
    LAB_AWAIT_SLEEP(&sleeper->co, sleeper->ns);
    LAB_CO_END(&sleeper->co);
    return LAB_CO_DONE;
}

static int yield_often(struct lab_co *co)
{
    struct sleeper *sleeper = (struct sleeper *)co;
    LAB_CO_BEGIN(&sleeper->co);
    while (sleeper->turns > 0) {
        sleeper->turns--;
        LAB_AWAIT_TURN(&sleeper->co);
    }
    LAB_CO_END(&sleeper->co);
    return LAB_CO_DONE;
}

static void on_done(struct lab_co *co)
{
    struct sleeper *sleeper = (struct sleeper *)co;
    sleeper->over = true;
    if (finished_count < 32)
        finished[finished_count++] = sleeper->number;
}

static const struct lab_co_type sleeping = {sleep_once, on_done};
static const struct lab_co_type yielding = {yield_often, on_done};

static void spawn(struct lab_loop *loop, struct sleeper *sleeper, const struct lab_co_type *type,
                  uint64_t ns, int number)
{
    *sleeper = (struct sleeper){.ns = ns, .number = number};
    lab_loop_spawn(loop, &sleeper->co, type);
}

static void ten_thousand_sleep_at_once(void)
{
    enum { COUNT = 10000 };
    struct sleeper *sleepers = calloc(COUNT, sizeof *sleepers);
    struct lab_loop *loop = lab_loop_create();
    uint64_t start = lab_now_ns(), sum = 0;
    CHECK_OR_RETURN(sleepers && loop);
    for (int i = 0; i < COUNT; i++) {
        uint64_t ns = 1000000 + (uint64_t)(i * 7919 % COUNT) * 100;
        sum += ns;
        spawn(loop, &sleepers[i], &sleeping, ns, i);
    }
    CHECK_INT(lab_loop_alive(loop), COUNT);
    while (lab_loop_alive(loop))
        lab_loop_turn(loop, LAB_FOREVER);
    /* All of them one after another would take 15 s. */
    CHECK(lab_now_ns() - start < sum / 4);
    bool all = true;
    for (int i = 0; i < COUNT; i++)
        all &= sleepers[i].over;
    CHECK(all);
    lab_loop_destroy(loop);
    free(sleepers);
}

static void timers_end_in_order_of_time(void)
{
    static const int order[] = {3, 0, 4, 1, 2};
    struct sleeper sleepers[5];
    struct lab_loop *loop = lab_loop_create();
    finished_count = 0;
    for (int i = 0; i < 5; i++)
        spawn(loop, &sleepers[i], &sleeping, (uint64_t)(order[i] + 1) * 3000000, order[i]);
    while (lab_loop_alive(loop))
        lab_loop_turn(loop, LAB_FOREVER);
    CHECK_INT(finished_count, 5);
    for (int i = 0; i < 5; i++)
        CHECK_INT(finished[i], i);
    lab_loop_destroy(loop);
}

static void yielding_takes_turns(void)
{
    struct sleeper sleepers[3];
    struct lab_loop *loop = lab_loop_create();
    for (int i = 0; i < 3; i++) {
        spawn(loop, &sleepers[i], &yielding, 0, i);
        sleepers[i].turns = 10;
    }
    CHECK_INT(lab_loop_next(loop), 0);
    for (int turn = 1; turn <= 10; turn++) {
        CHECK_INT(lab_loop_turn(loop, 0), 3); /* each exactly once a turn */
        for (int i = 0; i < 3; i++)
            CHECK_INT(sleepers[i].turns, 10 - turn);
    }
    CHECK_INT(lab_loop_turn(loop, 0), 3);
    CHECK_INT(lab_loop_alive(loop), 0);
    CHECK(lab_loop_next(loop) == LAB_FOREVER);
    CHECK_INT(lab_loop_turn(loop, 0), 0);
    lab_loop_destroy(loop);
}

static void cancelling_wakes_sleepers(void)
{
    struct sleeper sleepers[100];
    struct lab_loop *loop = lab_loop_create();
    for (int i = 0; i < 100; i++)
        spawn(loop, &sleepers[i], &sleeping, 3600000000000ull + (uint64_t)i, i);
    lab_loop_turn(loop, 0);
    CHECK_INT(lab_loop_turn(loop, 0), 0);
    CHECK(lab_loop_next(loop) > 1000000000000ull);
    lab_loop_cancel_waits(loop);
    CHECK_INT(lab_loop_turn(loop, 0), 100);
    CHECK_INT(lab_loop_alive(loop), 0);
    lab_loop_destroy(loop);
}

static void slabs_never_give_a_piece_twice(void)
{
    enum { COUNT = 5000, SIZE = 37 };
    static unsigned char *pieces[COUNT];
    struct lab_slab slab;
    bool own = true, aligned = true;
    lab_slab_init(&slab, SIZE);
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < COUNT; i++) {
            pieces[i] = lab_slab_take(&slab);
            CHECK_OR_RETURN(pieces[i]);
            aligned &= (uintptr_t)pieces[i] % 8 == 0;
            memset(pieces[i], i % 251, SIZE);
        }
        for (int i = 0; i < COUNT; i++) {
            own &= pieces[i][0] == i % 251 && pieces[i][SIZE - 1] == i % 251;
            if (i % 3 != round)
                lab_slab_give(&slab, pieces[i]);
        }
        /* A third stays taken, and is nobody else's from then on. */
        if (round < 2)
            for (int i = round; i < COUNT; i += 3)
                memset(pieces[i], 255, SIZE);
    }
    CHECK(own);
    CHECK(aligned);
    lab_slab_release(&slab);
}

static void slabs_hold_what_is_larger_than_a_block(void)
{
    enum { SIZE = 200000 };
    struct lab_slab slab;
    lab_slab_init(&slab, SIZE);
    unsigned char *one = lab_slab_take(&slab), *other = lab_slab_take(&slab);
    CHECK_OR_RETURN(one && other);
    memset(one, 1, SIZE);
    memset(other, 2, SIZE);
    CHECK(one[0] == 1 && one[SIZE - 1] == 1);
    lab_slab_give(&slab, one);
    CHECK(lab_slab_take(&slab) == one);
    lab_slab_release(&slab);
}

LAB_SUITE(loop)
{
    RUN(slabs_never_give_a_piece_twice);
    RUN(slabs_hold_what_is_larger_than_a_block);
    RUN(ten_thousand_sleep_at_once);
    RUN(timers_end_in_order_of_time);
    RUN(yielding_takes_turns);
    RUN(cancelling_wakes_sleepers);
}
