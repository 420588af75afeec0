/* Processes: their start, their program's instance, and what it takes to ask one of them something.
 *
 * A child of platform/process.h runs futures/child.h, which answers a ping as soon as it can: that
 * is what "it runs" means here. The pool's clock alignment uses the same ping. */
#include "exhibits/latency/process.h"

#include <stdlib.h>
#include <string.h>

#include "exhibits/latency/probe_turn.h"
#include "exhibits/latency/rows.h"
#include "futures/frame.h"
#include "platform/process.h"
#include "platform/system.h"

enum { INSTANCES = 64 }; /* at once: each has a memory of 2 MB until it is collected */

static const uint64_t GLANCE =
    50000000; /* nanoseconds between looks whether the run is being stopped */
static const uint64_t PATIENCE = 2000000000; /* … that a child may take to end */

/* ---- one child ---- */

struct child {
    struct lab_process_group *group;
    struct lab_process *process;
};

static void end_child(struct child *child)
{
    if (child->process)
        lab_process_release(child->process);
    lab_process_group_destroy(child->group);
    *child = (struct child){0};
}

static int start_child(struct child *child, struct lab_failure *failure)
{
    if (!child->group && !(child->group = lab_process_group_create()))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    return lab_process_spawn(child->group, &child->process, failure);
}

/* 0: there is news, or has been none for a while. */
static int wait_for_news(struct child *child, struct lab_failure *failure)
{
    if (lab_stopping())
        return lab_fail(failure, LAB_E_STOPPED, "stopped");
    if (lab_process_exited(child->process, failure))
        return failure->code;
    lab_process_group_wait(child->group, GLANCE);
    return 0;
}

static int tell(struct child *child, enum lab_frame_type type, struct lab_failure *failure)
{
    struct lab_frame frame = {.type = type};
    for (size_t done = 0; done < sizeof frame;) {
        done += lab_process_write(child->process, (char *)&frame + done, sizeof frame - done);
        int code = done < sizeof frame ? wait_for_news(child, failure) : 0;
        if (code)
            return code;
    }
    return 0;
}

/* Asks whether it is there, and waits until it says so. */
static int ask(struct child *child, struct lab_failure *failure)
{
    struct lab_frame answer;
    int code = tell(child, LAB_FRAME_PING, failure);
    for (size_t got = 0; !code && got < sizeof answer;) {
        size_t n = lab_process_read(child->process, (char *)&answer + got, sizeof answer - got);
        got += n;
        if (n == 0)
            code = wait_for_news(child, failure);
    }
    if (!code && answer.type != LAB_FRAME_PONG)
        code = lab_fail(failure, LAB_E_IO, "a process answered a ping with nonsense");
    return code;
}

/* Lets it end by itself: nothing of it competes with the next one then. */
static void let_end(struct child *child)
{
    struct lab_failure how;
    char rest[32];
    uint64_t until = lab_now_ns() + PATIENCE;
    if (tell(child, LAB_FRAME_EXIT, &how) == 0)
        while (lab_now_ns() < until && !lab_stopping()) {
            lab_process_read(child->process, rest,
                             sizeof rest); /* its end is seen where it is read */
            if (lab_process_exited(child->process, &how))
                break;
            lab_process_group_wait(child->group, GLANCE);
        }
    lab_process_release(child->process);
    child->process = NULL;
}

static void release_child(void *state)
{
    end_child(state);
    free(state);
}

static int child_of(struct lab_latency_turn *turn, struct child **child,
                    struct lab_failure *failure)
{
    int code = lab_latency_needs_blocking(failure);
    if (code)
        return code;
    if (!turn->state) {
        if (!(turn->state = calloc(1, sizeof **child)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        turn->release = release_child;
    }
    *child = turn->state;
    return 0;
}

/* ---- process-start-… ---- */

int lab__latency_spawn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    struct child *child = NULL;
    int code = child_of(turn, &child, failure);
    uint64_t sum = 0;
    for (uint64_t i = 0; i < turn->operations && !code; i++) {
        uint64_t start = lab_now_ns();
        code = start_child(child, failure);
        if (!code)
            code = ask(child, failure);
        sum += lab_now_ns() - start;
        if (!code)
            let_end(child);
    }
    turn->seconds = (double)sum / 1e9;
    return code;
}

/* ---- wasm-instantiate ---- */

static int instantiate_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_INSTANTIATE, 0, INSTANCES, failure);
}

/* ---- pipe-round-trip ---- */

static int pipe_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    struct child *child = NULL;
    int code = child_of(turn, &child, failure);
    if (!code && !child->process) {
        code = start_child(child, failure);
        if (!code)
            code = ask(child, failure);
    }
    uint64_t start = lab_now_ns();
    for (uint64_t i = 0; i < turn->operations && !code; i++)
        code = ask(child, failure);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    return code;
}

const struct lab_latency_row lab__latency_process[] = {
    {.name = "process-start-cold",
     .title = "Process start, cold",
     .about = "A process from its program until it answers; natively fork and exec of this "
              "program, under "
              "WebAssembly the program is compiled, a Worker started, an instance made in it.",
     .group = LAB_LATENCY_SYNC,
     .turn = lab__latency_start_cold},
    {.name = "process-start-warm",
     .title = "Process start, warm",
     .about = "A process of a program that is there already until it answers; natively a fork of "
              "this program, "
              "which executes nothing new, under WebAssembly a Worker and an instance of the "
              "compiled program.",
     .group = LAB_LATENCY_SYNC,
     .turn = lab__latency_start_warm},
    {.name = "wasm-instantiate",
     .title = "WebAssembly instance",
     .about = "An instance of the processes' program, 2 MB of memory with it, made from the "
              "compiled module in one "
              "and the same Worker.",
     .group = LAB_LATENCY_SYNC,
     .turn = instantiate_turn},
    {.name = "pipe-round-trip",
     .title = "Pipe round trip",
     .about =
         "32 bytes to a process that waits for them and 32 bytes back, through rings of bytes in "
         "memory that both share.",
     .group = LAB_LATENCY_SYNC,
     .turn = pipe_turn},
    {0},
};
