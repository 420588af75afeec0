/* What the tests of spinners have in common. */
#ifndef LAB_EXHIBITS_SPIN_SPIN_TEST_H
#define LAB_EXHIBITS_SPIN_SPIN_TEST_H

#include "check.h"
#include "exhibits/spin/spin.h"
#include "platform/sync.h"

/* Where nothing can block, lets the time pass that there is nothing to do. */
static inline void test_go_on(struct lab_spin *spin, int (*step)(struct lab_spin *))
{
    static _Atomic uint32_t never;
    while (step(spin) == LAB_CO_AWAIT)
        lab_futex_wait(&never, 0, 1000000);
}

struct test_frames {
    unsigned next;
    double seconds;
    bool in_order;
};

static inline void test_draw(void *user, unsigned frame, double seconds)
{
    struct test_frames *frames = user;
    frames->in_order &= frame == frames->next && seconds >= frames->seconds;
    frames->next = frame + 1;
    frames->seconds = seconds;
}

/* Runs one to its end, and checks what holds for every method on any machine. */
static inline struct lab_spin_result test_spin(const struct lab_method *method,
                                               const struct lab_slow *slow)
{
    struct test_frames frames = {.in_order = true};
    struct lab_spin *spin = lab_spin_create(method, slow, test_draw, &frames);
    test_go_on(spin, lab_spin_prepare);
    CHECK(!lab_spin_failed(spin));
    test_go_on(spin, lab_spin_run);
    struct lab_spin_result result = *lab_spin_result(spin);
    lab_spin_destroy(spin);
    CHECK_STR(result.failure.text, "");
    CHECK_STR(result.answer, slow->kind == LAB_SLOW_SLEEP ? "42" : "prime");
    CHECK(result.correct && result.method == method && result.slow == slow->kind);
    CHECK(frames.in_order && result.frames == frames.next);
    if (slow->kind == LAB_SLOW_SLEEP)
        CHECK(result.seconds >= (double)slow->amount / 1e9 * 0.999);
    /* A frame may be drawn in the moment that the slow function ends. */
    CHECK(frames.seconds <= result.seconds + 1);
    /* So many frames cannot come without a gap of that size. */
    CHECK(result.longest_freeze <= result.seconds + 1);
    CHECK(result.longest_freeze * (result.frames + 1) >= result.seconds * 0.999);
    CHECK(result.has_jitter == (result.frames > 1));
    if (result.has_jitter)
        CHECK(result.jitter_p50 >= 0 && result.jitter_p50 <= result.jitter_p90 &&
              result.jitter_p90 <= result.jitter_max);
    return result;
}

/* Whether it never stands still for as much as half of the time: a busy machine gets some tries. */
static inline bool test_turns(const struct lab_method *method, const struct lab_slow *slow)
{
    struct lab_slow work = *slow;
    for (int i = 0; i < 10; i++) {
        struct lab_spin_result result = test_spin(method, &work);
        if (result.frames > 1 && result.longest_freeze < result.seconds / 2)
            return true;
        /* A fast machine is done before there is a second frame. */
        if (work.kind == LAB_SLOW_PRIME && result.seconds < 0.3)
            work.amount *= 2;
    }
    return false;
}

#endif
