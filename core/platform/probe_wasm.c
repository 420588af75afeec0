/* The host does it. An order is posted and its answer awaited; the answer's time is taken on the
 * host's thread, before this one is woken.
 *
 * Ownership. The host answers every order, whenever. So a probe lives until its last order, the
 * closing one, has been answered; who waits for that frees it, else the answer does. */
#include "platform/probe.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/sync.h"
#include "platform/system.h"

enum { EMPTIES = 15, FIRST_EMPTIES = 5 };
static const uint64_t GLANCE =
    50000000; /* nanoseconds between looks whether the run is being stopped */

enum stage { IDLE, SETTLING, EMPTY, WORKING };

struct order {
    struct lab_host_request request; /* first: the host knows only this */
    struct lab_host_probe payload;
    struct lab_probe *probe;
    uint64_t began_ns, ended_ns;
    bool under_way; /* the owner's: posted, and the answer not yet seen */
    /* Release: publishes the request's answer and ended_ns. */
    _Atomic uint32_t answered;
};

struct lab_probe {
    struct order order, closing;
    bool waited_for; /* its owner waits for closing's answer; immutable once that is posted */
    enum stage stage;
    double empties[EMPTIES]; /* seconds, the latest in any order */
    unsigned empty_count;
};

static void on_answer(struct lab_host_request *request)
{
    struct order *order = (struct order *)request;
    struct lab_probe *probe = order->probe;
    bool free_it = order == &probe->closing && !probe->waited_for;
    order->ended_ns = lab_now_ns();
    atomic_store_explicit(&order->answered, 1, memory_order_release);
    if (free_it) {
        free(probe->order.request.data);
        free(request->data);
        free(probe);
    } else {
        lab_futex_wake(&order->answered, 1);
    }
}

static void post(struct order *order, uint32_t kind, uint64_t count)
{
    free(order->request.data);
    memset(&order->request, 0, sizeof order->request);
    order->request.on_done = on_answer;
    order->payload.kind = kind;
    order->payload.count = (uint32_t)count;
    atomic_store_explicit(&order->answered, 0, memory_order_relaxed); /* the post publishes it */
    order->under_way = true;
    order->began_ns = lab_now_ns();
    lab_host_post(LAB_HOST_PROBE, &order->request, &order->payload, sizeof order->payload);
}

/* 0: it was answered, with whatever code. */
static int await(struct order *order)
{
    while (!atomic_load_explicit(&order->answered, memory_order_acquire)) {
        if (lab_stopping())
            return LAB_E_STOPPED;
        if (!lab_can_block())
            return LAB_E_AGAIN;
        lab_futex_wait(&order->answered, 0, GLANCE);
    }
    order->under_way = false;
    return 0;
}

static double median(const double *values, unsigned count)
{
    double sorted[EMPTIES];
    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > values[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = values[i];
    }
    return sorted[count / 2];
}

int lab_probe_open(struct lab_probe **out, enum lab_probe_kind kind, uint32_t bytes,
                   struct lab_failure *failure)
{
    struct lab_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    probe->order.probe = probe->closing.probe = probe;
    probe->order.payload = (struct lab_host_probe){.kind = kind, .bytes = bytes};
    *out = probe;
    return 0;
}

int lab_probe_run(struct lab_probe *probe, uint64_t count, double *seconds,
                  struct lab_failure *failure)
{
    struct order *order = &probe->order;
    uint32_t kind = order->payload.kind;
    for (;;) {
        int code = probe->stage == IDLE ? 0 : await(order);
        if (code)
            return lab_fail(failure, code, "%s", lab_error_text(code));
        const struct lab_host_request *answer = &order->request;
        if (probe->stage != IDLE && answer->code) {
            probe->stage = IDLE;
            return lab_fail(failure, answer->code, "%.*s", (int)answer->size,
                            answer->data ? (char *)answer->data : "");
        }
        double took = (double)(order->ended_ns - order->began_ns) / 1e9;
        switch (probe->stage) {
        case IDLE:
            post(order, kind, 0);
            probe->stage = SETTLING;
            break;
        case SETTLING:
            post(order, kind, 0);
            probe->stage = EMPTY;
            break;
        case EMPTY:
            probe->empties[probe->empty_count++ % EMPTIES] = took;
            if (probe->empty_count < FIRST_EMPTIES) {
                post(order, kind, 0);
                break;
            }
            post(order, kind, count);
            probe->stage = WORKING;
            break;
        case WORKING:
            probe->stage = IDLE;
            *seconds = took - median(probe->empties,
                                     probe->empty_count < EMPTIES ? probe->empty_count : EMPTIES);
            return 0;
        }
    }
}

void lab_probe_close(struct lab_probe *probe)
{
    if (!probe)
        return;
    bool wait = lab_can_block();
    probe->waited_for = wait;
    post(&probe->closing, 0, 0);
    if (!wait)
        return;
    /* The order that may be under way is answered first. */
    while (!atomic_load_explicit(&probe->closing.answered, memory_order_acquire))
        lab_futex_wait(&probe->closing.answered, 0, LAB_FOREVER);
    while (probe->order.under_way &&
           !atomic_load_explicit(&probe->order.answered, memory_order_acquire))
        lab_futex_wait(&probe->order.answered, 0, LAB_FOREVER);
    free(probe->order.request.data);
    free(probe->closing.request.data);
    free(probe);
}
