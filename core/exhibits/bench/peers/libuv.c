/* uv_queue_work() on a pool of two threads, and the loop that its answers come back to. */
#include <stdlib.h>
#include <uv.h>

#include "exhibits/bench/peers/peers.h"
#include "platform/system.h"

struct uv {
    uv_loop_t loop;
    uv_work_t works[PEERS_BURST];
    unsigned done;
};

static void work(uv_work_t *one)
{
    (void)one;
}

static void done(uv_work_t *one, int status)
{
    struct uv *uv = one->data;
    uv->done += status == 0;
}

static void release(void *state)
{
    struct uv *uv = state;
    uv_loop_close(&uv->loop);
    free(uv);
}

static struct uv *begin(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct uv *uv = turn->state;
    if (!uv) {
        setenv("UV_THREADPOOL_SIZE", "2", 1); /* read at the first work */
        if (!(uv = calloc(1, sizeof *uv)) || uv_loop_init(&uv->loop)) {
            free(uv);
            lab_fail(failure, LAB_E_NOMEM, "out of memory");
            return NULL;
        }
        turn->state = uv;
        turn->release = release;
    }
    uv->done = 0;
    return uv;
}

static int run(struct lab_bench_turn *turn, unsigned at_once, unsigned times,
               struct lab_failure *failure)
{
    struct uv *uv = begin(turn, failure);
    int code = uv ? 0 : LAB_E_NOMEM;
    uint64_t start = lab_now_ns();
    for (unsigned i = 0; i < times && !code; i++) {
        for (unsigned j = 0; j < at_once && !code; j++) {
            uv->works[j].data = uv;
            if (uv_queue_work(&uv->loop, &uv->works[j], work, done))
                code = lab_fail(failure, LAB_E_TASK, "uv_queue_work() failed");
        }
        uv_run(&uv->loop, UV_RUN_DEFAULT);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = (double)at_once * times;
    if (!code && uv->done != at_once * times)
        code = lab_fail(failure, LAB_E_TASK, "%u works of %u came back", uv->done, at_once * times);
    return code;
}

int peers_libuv_burst(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return run(turn, PEERS_BURST, 1, failure);
}

int peers_libuv_trips(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    return run(turn, 1, PEERS_TRIPS, failure);
}
