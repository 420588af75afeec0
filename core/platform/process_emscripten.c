/* A child is an isolate.wasm instance in a Worker of its own. Its pipes are rings in this program's
 * shared memory: written and read here directly (process_shared.h), and by worker/pipe.js over
 * there.
 *
 * The host answers the SPAWN request when the Worker is gone; until then it may touch the rings. So
 * a process has two owners, the group's thread and the host, and is used again when both have let
 * it go. */
#include <stddef.h>
#include <stdlib.h>

#include "platform/host.h"
#include "platform/process_shared.h"

struct worker_group {
    struct lab_process_group base; /* first */
    struct lab_bell bell;
    _Atomic uint32_t owners; /* the creator, and every process that is not free */
};

struct worker {
    struct lab_process base; /* first */
    struct lab_host_request spawned;
    struct lab_host_spawn spawn; /* the request's payload */
    struct lab_grant grant;
    uint32_t answer[5];
    _Atomic uint32_t owners;
    _Atomic bool free; /* release: nobody touches it or its pipes any more */
};

static void group_drop(struct worker_group *group)
{
    if (atomic_fetch_sub_explicit(&group->owners, 1, memory_order_acq_rel) != 1)
        return;
    for (struct lab_process *process = lab__process_first(&group->base), *next; process;
         process = next) {
        next = process->next;
        free(process->in);
        free(process->out);
        free(process);
    }
    free(group);
}

static void worker_drop(struct worker *worker)
{
    struct worker_group *group = (struct worker_group *)worker->base.group;
    if (atomic_fetch_sub_explicit(&worker->owners, 1, memory_order_acq_rel) != 1)
        return;
    lab__process_clear(&worker->base);
    free(worker->spawned.data);
    atomic_store_explicit(&worker->free, true, memory_order_release);
    group_drop(group);
}

struct lab_process_group *lab_process_group_create(void)
{
    struct worker_group *group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    group->base.bell = &group->bell;
    atomic_init(&group->owners, 1);
    return &group->base;
}

void lab_process_group_destroy(struct lab_process_group *group)
{
    if (group)
        group_drop((struct worker_group *)group);
}

/* One that is free, or a new one. NULL: out of memory. */
static struct worker *worker_of(struct lab_process_group *group)
{
    for (struct lab_process *process = lab__process_first(group); process;
         process = process->next) {
        struct worker *worker = (struct worker *)process;
        if (atomic_load_explicit(&worker->free, memory_order_acquire))
            return worker;
    }
    struct worker *worker = calloc(1, sizeof *worker);
    struct lab_pipe *in = aligned_alloc(64, LAB_PIPE_SIZE), *out = aligned_alloc(64, LAB_PIPE_SIZE);
    if (!worker || !in || !out) {
        free(worker);
        free(in);
        free(out);
        return NULL;
    }
    lab_pipe_init(in);
    lab_pipe_init(out);
    worker->base.in = in;
    worker->base.out = out;
    worker->base.grant = &worker->grant;
    lab__process_add(group, &worker->base);
    return worker;
}

static void on_end(struct lab_host_request *request)
{
    struct worker *worker = (struct worker *)((char *)request - offsetof(struct worker, spawned));
    atomic_store_explicit(&worker->base.ended, true, memory_order_release);
    lab_process_group_wake(worker->base.group);
    worker_drop(worker);
}

int lab_process_spawn(struct lab_process_group *group, struct lab_process **out,
                      struct lab_failure *failure)
{
    struct worker *worker = worker_of(group);
    if (!worker)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    /* relaxed, all three: the host's thread learns of it by the request. */
    atomic_store_explicit(&worker->free, false, memory_order_relaxed);
    atomic_store_explicit(&worker->owners, 2, memory_order_relaxed);
    atomic_fetch_add_explicit(&((struct worker_group *)group)->owners, 1, memory_order_relaxed);
    worker->spawned = (struct lab_host_request){.on_done = on_end};
    worker->spawn = (struct lab_host_spawn){
        .in = (uint32_t)(uintptr_t)worker->base.in,
        .out = (uint32_t)(uintptr_t)worker->base.out,
        .bell = (uint32_t)(uintptr_t)group->bell,
        .answer = (uint32_t)(uintptr_t)worker->answer,
        .grant = (uint32_t)(uintptr_t)&worker->grant,
    };
    worker->answer[0] = 0;
    lab__process_watch(&worker->base);
    lab_host_post(LAB_HOST_SPAWN, &worker->spawned, &worker->spawn, sizeof worker->spawn);
    *out = &worker->base;
    return 0;
}

bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    if (!atomic_load_explicit(&process->ended, memory_order_acquire))
        return false;
    if (!lab_pipe_empty(process->out))
        return false;
    const struct lab_host_request *end = &((struct worker *)process)->spawned;
    if (end->code < 0)
        lab_fail(failure, end->code, "%.*s", (int)end->size, end->data ? (char *)end->data : "");
    else
        lab_process_status_told(failure, end->code);
    return true;
}

void lab_process_kill(struct lab_process *process)
{
    const struct worker *worker = (struct worker *)process;
    uint32_t request = (uint32_t)(uintptr_t)&worker->spawned;
    if (!atomic_load_explicit(&process->ended, memory_order_acquire))
        lab_host_tell(LAB_HOST_KILL, &request, sizeof request, NULL, 0);
}

void lab_process_terminate(struct lab_process *process)
{
    lab_process_kill(process);
}

void lab_process_release(struct lab_process *process)
{
    lab__process_unwatch(process);
    lab_process_kill(process);
    worker_drop((struct worker *)process);
}

void lab__process_group_sleep(struct lab_process_group *group, uint64_t timeout_ns)
{
    if (timeout_ns)
        lab_pipe_sleep(&group->bell->sleeps, timeout_ns);
}

void lab__process_group_rouse(struct lab_process_group *group)
{
    lab_pipe_rouse(&group->bell->sleeps);
}
