#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/peer.h"
#include "platform/sync.h"
#include "platform/system.h"

struct order {
    struct lab_host_request request; /* first: the host knows only this */
    uint64_t ended_ns;
    /* Release: publishes the request's answer and ended_ns. */
    _Atomic uint32_t answered;
};

/* On the host's thread: what it takes to wake the coordinator is not the peer's. */
static void on_answer(struct lab_host_request *request)
{
    struct order *order = (struct order *)request;
    order->ended_ns = lab_now_ns();
    atomic_store_explicit(&order->answered, 1, memory_order_release);
    lab_futex_wake(&order->answered, 1);
}

int lab_peer_turn(const char *words, double *seconds, double *operations,
                  struct lab_failure *failure)
{
    struct order order = {.request = {.on_done = on_answer}};
    char answer[LAB_PEER_LINE];
    uint64_t began_ns = lab_now_ns();
    lab_host_post(LAB_HOST_PEER, &order.request, words, strlen(words));
    /* The host answers in any case, and ends a peer that does not. */
    while (!atomic_load_explicit(&order.answered, memory_order_acquire))
        lab_futex_wait(&order.answered, 0, LAB_FOREVER);
    const struct lab_host_request *request = &order.request;
    snprintf(answer, sizeof answer, "%.*s", (int)request->size,
             request->data ? (const char *)request->data : "");
    free(request->data);
    *seconds = (double)(order.ended_ns - began_ns) / 1e9;
    if (request->code)
        return lab_fail(failure, request->code, "%s",
                        *answer ? answer : lab_error_text(request->code));
    return lab__peer_answer(answer, seconds, operations, failure);
}
