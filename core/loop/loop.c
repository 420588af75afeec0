#include "loop/loop.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>

#include "gil/gil.h"
#include "platform/reactor.h"
#include "platform/sync.h"
#include "platform/system.h"

struct timer {
    uint64_t at; /* lab_now_ns() */
    struct lab_co *co;
};

struct lab_loop {
    struct lab_reactor *reactor;
    struct lab_co *first,
        **last; /* ready, in order; *last is where the next one is linked, and says nothing */
    struct timer *heap; /* heap[1…timers]: a parent is no later than its children */
    size_t timers, heap_capacity;
    struct lab_fetch *flying; /* all in flight */
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
    loop->last = &loop->first;
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

static void ready(struct lab_loop *loop, struct lab_co *co)
{
    *loop->last = co;
    loop->last = &co->next;
}

/* Empties the queue of ready coroutines, and gives it as a list. */
static struct lab_co *take_ready(struct lab_loop *loop)
{
    *loop->last = NULL;
    loop->last = &loop->first;
    return loop->first;
}

static bool any_ready(const struct lab_loop *loop)
{
    return loop->last != &loop->first;
}

void lab_loop_spawn(struct lab_loop *loop, struct lab_co *co, const struct lab_co_type *type)
{
    co->type = type;
    loop->alive++;
    ready(loop, co);
}

size_t lab_loop_alive(const struct lab_loop *loop)
{
    return loop->alive;
}

static struct lab_co *pop_timer(struct lab_loop *loop)
{
    struct timer *heap = loop->heap;
    struct lab_co *earliest = heap[1].co;
    struct timer last = heap[loop->timers--];
    size_t slot = 1, child;
    for (; (child = slot * 2) <= loop->timers; slot = child) {
        if (child < loop->timers && heap[child + 1].at < heap[child].at)
            child++;
        if (heap[child].at >= last.at)
            break;
        heap[slot] = heap[child];
    }
    heap[slot] = last;
    return earliest;
}

static bool add_timer(struct lab_loop *loop, uint64_t at, struct lab_co *co)
{
    if (loop->timers + 2 > loop->heap_capacity) {
        size_t capacity = loop->heap_capacity ? loop->heap_capacity * 2 : 64;
        struct timer *heap = realloc(loop->heap, capacity * sizeof *heap);
        if (!heap)
            return false;
        loop->heap = heap;
        loop->heap_capacity = capacity;
    }
    size_t slot = ++loop->timers;
    for (; slot > 1 && loop->heap[slot / 2].at > at; slot /= 2)
        loop->heap[slot] = loop->heap[slot / 2];
    loop->heap[slot] = (struct timer){at, co};
    return true;
}

static void link_flying(struct lab_loop *loop, struct lab_fetch *fetch)
{
    fetch->before = NULL;
    fetch->after = loop->flying;
    if (loop->flying)
        loop->flying->before = fetch;
    loop->flying = fetch;
}

static void unlink_flying(struct lab_loop *loop, struct lab_fetch *fetch)
{
    *(fetch->before ? &fetch->before->after : &loop->flying) = fetch->after;
    if (fetch->after)
        fetch->after->before = fetch->before;
}

/* Starts what a suspended coroutine awaits. */
static void wait_for(struct lab_loop *loop, struct lab_co *co)
{
    switch (co->awaits) {
    case LAB_AWAITS_SLEEP:
        if (!add_timer(loop, lab_now_ns() + co->on.ns, co))
            ready(loop, co); /* no memory for a timer: early beats never */
        break;
    case LAB_AWAITS_FETCH:
        co->on.fetch->user = co;
        link_flying(loop, co->on.fetch);
        lab_reactor_start(loop->reactor, co->on.fetch);
        break;
    default:
        ready(loop, co);
    }
}

uint64_t lab_loop_next(const struct lab_loop *loop)
{
    if (any_ready(loop))
        return 0;
    if (!loop->timers)
        return LAB_FOREVER;
    uint64_t now = lab_now_ns();
    return loop->heap[1].at > now ? loop->heap[1].at - now : 0;
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
        for (; fetch; fetch = lab_reactor_take(loop->reactor)) {
            unlink_flying(loop, fetch);
            ready(loop, fetch->user);
        }
    }
    if (loop->timers) {
        uint64_t now = lab_now_ns();
        while (loop->timers && loop->heap[1].at <= now)
            ready(loop, pop_timer(loop));
    }
}

size_t lab_loop_turn(struct lab_loop *loop, uint64_t timeout_ns)
{
    size_t steps = 0;
    take_in(loop, timeout_ns);
    /* What becomes ready from here on runs in the next turn. */
    for (struct lab_co *next, *co = take_ready(loop); co; co = next) {
        next = co->next;
        steps++;
        if (co->type->step(co) == LAB_CO_AWAIT) {
            wait_for(loop, co);
        } else {
            loop->alive--;
            co->type->done(co);
        }
    }
    return steps;
}

void lab_loop_cancel_waits(struct lab_loop *loop)
{
    while (loop->timers)
        ready(loop, pop_timer(loop));
    while (loop->flying) {
        struct lab_fetch *fetch = loop->flying;
        unlink_flying(loop, fetch);
        lab_reactor_cancel(loop->reactor, fetch);
        lab_fail(&fetch->failure, LAB_E_CANCELLED, "stopped");
        ready(loop, fetch->user);
    }
}
