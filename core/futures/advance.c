#include "futures/advance.h"

#include <stdlib.h>

#include "gil/gil.h"
#include "platform/reactor.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

static enum lab_wait_reason reason(const struct lab_run *run)
{
    switch (run->co.awaits) {
    case LAB_AWAITS_FETCH:
        return LAB_WAIT_FETCH;
    case LAB_AWAITS_SLEEP:
        return LAB_WAIT_SLEEP;
    default:
        return LAB_WAIT_TURN;
    }
}

static void begin(struct lab_run *run, struct lab_advance *advance)
{
    if (!advance->reactor)
        advance->reactor = lab_reactor_create();
    advance->waiting = true;
    advance->finished = false;
    advance->wake_at = LAB_FOREVER;
    if (run->co.awaits != LAB_AWAITS_TURN)
        lab_trace_here(LAB_TRACE_BLOCK, advance->tag, reason(run));
    if (run->co.awaits == LAB_AWAITS_SLEEP) {
        advance->wake_at = lab_now_ns() + run->co.on.ns;
    } else if (run->co.awaits == LAB_AWAITS_FETCH) {
        struct lab_fetch *fetch = run->co.on.fetch;
        fetch->user = advance;
        if (!advance->reactor) {
            fetch->code = lab_fail(&fetch->failure, LAB_E_NOMEM, "%s: out of memory", fetch->url);
            advance->finished = true;
        } else {
            lab_reactor_start(advance->reactor, fetch);
        }
    } else {
        advance->finished = true;
    }
}

static void finish(struct lab_run *run, struct lab_advance *advance)
{
    advance->waiting = false;
    if (run->co.awaits != LAB_AWAITS_TURN)
        lab_trace_here(LAB_TRACE_UNBLOCK, advance->tag, reason(run));
}

void lab_advance_cancel(struct lab_advance *advance, struct lab_run *run)
{
    if (!advance->waiting)
        return;
    if (run->co.awaits == LAB_AWAITS_FETCH && !advance->finished) {
        struct lab_fetch *fetch = run->co.on.fetch;
        lab_reactor_cancel(advance->reactor, fetch);
        lab_fail(&fetch->failure, LAB_E_CANCELLED, "stopped");
    }
    finish(run, advance);
}

/* The next step, with the GIL. */
static int go_on(struct lab_run *run, struct lab_gil **gil)
{
    lab_gil_end_allow_threads(*gil);
    *gil = NULL;
    return run->type->step(run);
}

int lab__run_await(struct lab_run *run, struct lab_advance *advance, uint64_t timeout_ns)
{
    /* Waits in slices, to notice a stop. A thread under a GIL is without it through all slices of
     * an await, not only in each: it would queue up for nothing in between. */
    const uint64_t slice = 50000000;
    uint64_t start = timeout_ns && timeout_ns != LAB_FOREVER ? lab_now_ns() : 0;
    struct lab_gil *gil = NULL;
    for (;;) {
        if (!advance->waiting)
            begin(run, advance);
        uint64_t now = lab_now_ns();
        bool stopping = lab_stopping();
        if (stopping || advance->finished || now >= advance->wake_at) {
            if (stopping)
                lab_advance_cancel(advance, run);
            else
                finish(run, advance);
            if (go_on(run, &gil) == LAB_CO_DONE)
                return LAB_CO_DONE;
            continue;
        }
        uint64_t most = slice;
        if (advance->wake_at - now < most)
            most = advance->wake_at - now;
        if (timeout_ns != LAB_FOREVER) {
            uint64_t left = timeout_ns && now - start < timeout_ns ? timeout_ns - (now - start) : 0;
            if (left < most)
                most = left;
        }
        if (advance->reactor) {
            if (!gil && most > 0)
                gil = lab_gil_begin_allow_threads();
            if (lab_reactor_wait(advance->reactor, most)) {
                advance->finished = true;
            } else if (most == 0 || !lab_can_block()) {
                lab_gil_end_allow_threads(gil);
                return LAB_CO_AWAIT;
            }
        } else {
            /* No memory for a reactor: a fetch has failed for that reason already, a sleep needs
             * none. */
            static _Atomic uint32_t never;
            lab_futex_wait(&never, 0, most);
            if (most == 0 || !lab_can_block())
                return LAB_CO_AWAIT;
        }
    }
}

uint64_t lab_advance_next(const struct lab_advance *advance)
{
    if (!advance->waiting || advance->wake_at == LAB_FOREVER)
        return LAB_FOREVER;
    uint64_t now = lab_now_ns();
    return advance->wake_at > now ? advance->wake_at - now : 0;
}

void lab_advance_release(struct lab_advance *advance)
{
    lab_reactor_destroy(advance->reactor);
    advance->reactor = NULL;
}
