#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>

#include "gil/gil.h"
#include "platform/reactor.h"
#include "platform/sync.h"
#include "platform/system.h"

struct lab_loop {
    struct lab_reactor *reactor;
    struct lab_coroutine *first, *last; /* ready, in order */
    struct lab_coroutine **heap;        /* timers: heap[1…timers], earliest first */
    size_t timers, heap_capacity;
    struct lab_coroutine *flying; /* with a fetch in flight */
    size_t alive;
};

struct lab_loop *lab_loop_create(void)
{
    struct lab_loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->reactor = lab_reactor_create();
    if (!loop->reactor) {
        free(loop);
        return NULL;
    }
    return loop;
}

void lab_loop_destroy(struct lab_loop *loop)
{
    if (!loop)
        return;
    assert(loop->alive == 0);
    lab_reactor_destroy(loop->reactor);
    free(loop->heap);
    free(loop);
}

static void ready(struct lab_loop *loop, struct lab_coroutine *coroutine)
{
    coroutine->next = NULL;
    if (loop->last)
        loop->last->next = coroutine;
    else
        loop->first = coroutine;
    loop->last = coroutine;
}

void lab_loop_spawn(struct lab_loop *loop, struct lab_coroutine *coroutine)
{
    coroutine->slot = 0;
    coroutine->flying = NULL;
    loop->alive++;
    ready(loop, coroutine);
}

size_t lab_loop_alive(const struct lab_loop *loop)
{
    return loop->alive;
}

/* The heap: a parent wakes no later than its children; each coroutine knows its slot. */
static void place(struct lab_loop *loop, size_t slot, struct lab_coroutine *coroutine)
{
    loop->heap[slot] = coroutine;
    coroutine->slot = slot;
}

static void sift_up(struct lab_loop *loop, size_t slot, struct lab_coroutine *coroutine)
{
    while (slot > 1 && loop->heap[slot / 2]->wake_at > coroutine->wake_at) {
        place(loop, slot, loop->heap[slot / 2]);
        slot /= 2;
    }
    place(loop, slot, coroutine);
}

static void sift_down(struct lab_loop *loop, size_t slot, struct lab_coroutine *coroutine)
{
    for (;;) {
        size_t child = slot * 2;
        if (child > loop->timers)
            break;
        if (child < loop->timers && loop->heap[child + 1]->wake_at < loop->heap[child]->wake_at)
            child++;
        if (loop->heap[child]->wake_at >= coroutine->wake_at)
            break;
        place(loop, slot, loop->heap[child]);
        slot = child;
    }
    place(loop, slot, coroutine);
}

static struct lab_coroutine *pop_timer(struct lab_loop *loop)
{
    struct lab_coroutine *earliest = loop->heap[1];
    struct lab_coroutine *last = loop->heap[loop->timers--];
    if (loop->timers)
        sift_down(loop, 1, last);
    earliest->slot = 0;
    return earliest;
}

static bool add_timer(struct lab_loop *loop, struct lab_coroutine *coroutine)
{
    if (loop->timers + 2 > loop->heap_capacity) {
        size_t capacity = loop->heap_capacity ? loop->heap_capacity * 2 : 64;
        struct lab_coroutine **heap = realloc(loop->heap, capacity * sizeof *heap);
        if (!heap)
            return false;
        loop->heap = heap;
        loop->heap_capacity = capacity;
    }
    sift_up(loop, ++loop->timers, coroutine);
    return true;
}

static void unlink_flying(struct lab_coroutine *coroutine)
{
    *coroutine->flying = coroutine->next_flying;
    if (coroutine->next_flying)
        coroutine->next_flying->flying = coroutine->flying;
    coroutine->flying = NULL;
}

/* Starts what a suspended coroutine awaits. */
static void wait_for(struct lab_loop *loop, struct lab_coroutine *coroutine)
{
    struct lab_co *co = coroutine->co;
    switch (co->awaits) {
    case LAB_AWAITS_SLEEP:
        coroutine->wake_at = lab_now_ns() + co->on.ns;
        if (!add_timer(loop, coroutine))
            ready(loop, coroutine); /* no memory for a timer: early beats never */
        break;
    case LAB_AWAITS_FETCH:
        co->on.fetch->user = coroutine;
        coroutine->next_flying = loop->flying;
        if (loop->flying)
            loop->flying->flying = &coroutine->next_flying;
        coroutine->flying = &loop->flying;
        loop->flying = coroutine;
        lab_reactor_start(loop->reactor, co->on.fetch);
        break;
    default:
        ready(loop, coroutine);
    }
}

uint64_t lab_loop_next(const struct lab_loop *loop)
{
    if (loop->first)
        return 0;
    if (!loop->timers)
        return LAB_FOREVER;
    uint64_t now = lab_now_ns();
    return loop->heap[1]->wake_at > now ? loop->heap[1]->wake_at - now : 0;
}

static void take_in(struct lab_loop *loop, uint64_t timeout_ns)
{
    uint64_t most = lab_loop_next(loop);
    if (timeout_ns < most)
        most = timeout_ns;
    /* With neither a fetch in flight nor a reason to wait there is nothing to ask the reactor. */
    if (loop->flying || most > 0) {
        /* A loop that is driven under a GIL keeps it for its coroutines' steps, not to wait. */
        struct lab_gil *gil = most > 0 ? lab_gil_begin_allow_threads() : NULL;
        struct lab_fetch *fetch = lab_reactor_wait(loop->reactor, most);
        lab_gil_end_allow_threads(gil);
        for (; fetch; fetch = lab_reactor_wait(loop->reactor, 0)) {
            struct lab_coroutine *coroutine = fetch->user;
            unlink_flying(coroutine);
            ready(loop, coroutine);
        }
    }
    if (loop->timers) {
        uint64_t now = lab_now_ns();
        while (loop->timers && loop->heap[1]->wake_at <= now)
            ready(loop, pop_timer(loop));
    }
}

size_t lab_loop_turn(struct lab_loop *loop, uint64_t timeout_ns)
{
    size_t steps = 0;
    take_in(loop, timeout_ns);
    struct lab_coroutine *coroutine = loop->first;
    loop->first = loop->last = NULL; /* what becomes ready from here on runs in the next turn */
    while (coroutine) {
        struct lab_coroutine *next = coroutine->next;
        steps++;
        if (coroutine->step(coroutine) == LAB_CO_AWAIT) {
            wait_for(loop, coroutine);
        } else {
            loop->alive--;
            coroutine->done(coroutine);
        }
        coroutine = next;
    }
    return steps;
}

void lab_loop_cancel_waits(struct lab_loop *loop)
{
    while (loop->timers)
        ready(loop, pop_timer(loop));
    while (loop->flying) {
        struct lab_coroutine *coroutine = loop->flying;
        struct lab_fetch *fetch = coroutine->co->on.fetch;
        unlink_flying(coroutine);
        lab_reactor_cancel(loop->reactor, fetch);
        lab_fail(&fetch->failure, LAB_E_CANCELLED, "stopped");
        ready(loop, coroutine);
    }
}
