/* A child is an isolate.wasm instance in a Worker of its own. Its pipes are rings in this program's
 * shared memory: written and read here directly, and through fd_read and fd_write over there.
 *
 * The host answers the SPAWN request when the Worker is gone; until then it may touch the rings. So a
 * process has two owners, the group's thread and the host, and the last one frees it. */
#include "platform/process.h"

#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/sync.h"

struct lab_process_group {
    _Atomic uint32_t owners;   /* the creator, and every process until its Worker is gone */
    _Atomic uint32_t doorbell; /* grows with every write, read and exit of a child */
    uint32_t heard;            /* the group's thread's */
};

struct lab_process {
    struct lab_host_request spawned; /* first: the host knows only this */
    struct lab_host_spawn spawn;     /* the request's payload */
    struct lab_process_group *group;
    struct lab_pipe *in, *out;
    uint32_t answer[5];
    _Atomic uint32_t owners;
    _Atomic uint32_t ended; /* release: publishes spawned.code, data, size */
};

static void group_drop(struct lab_process_group *group)
{
    if (atomic_fetch_sub_explicit(&group->owners, 1, memory_order_acq_rel) == 1)
        free(group);
}

static void process_drop(struct lab_process *process)
{
    if (atomic_fetch_sub_explicit(&process->owners, 1, memory_order_acq_rel) != 1)
        return;
    group_drop(process->group);
    free(process->spawned.data);
    free(process->in);
    free(process->out);
    free(process);
}

struct lab_process_group *lab_process_group_create(void)
{
    struct lab_process_group *group = calloc(1, sizeof *group);
    if (group)
        atomic_init(&group->owners, 1);
    return group;
}

void lab_process_group_destroy(struct lab_process_group *group)
{
    if (group)
        group_drop(group);
}

static void on_end(struct lab_host_request *request)
{
    struct lab_process *process = (struct lab_process *)request;
    atomic_store_explicit(&process->ended, 1, memory_order_release);
    lab_process_group_wake(process->group);
    process_drop(process);
}

int lab_process_spawn(struct lab_process_group *group, struct lab_process **out,
                      struct lab_failure *failure)
{
    struct lab_process *process = calloc(1, sizeof *process);
    struct lab_pipe *in = calloc(1, sizeof *in + LAB_PIPE_BYTES);
    struct lab_pipe *from = calloc(1, sizeof *from + LAB_PIPE_BYTES);
    if (!process || !in || !from) {
        free(process);
        free(in);
        free(from);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    }
    in->capacity = from->capacity = LAB_PIPE_BYTES;
    process->spawned.on_done = on_end;
    process->group = group;
    process->in = in;
    process->out = from;
    atomic_init(&process->owners, 2);
    atomic_fetch_add_explicit(&group->owners, 1, memory_order_relaxed);
    process->spawn = (struct lab_host_spawn){
        .in = (uint32_t)(uintptr_t)in,
        .out = (uint32_t)(uintptr_t)from,
        .doorbell = (uint32_t)(uintptr_t)&group->doorbell,
        .answer = (uint32_t)(uintptr_t)process->answer,
    };
    lab_host_post(LAB_HOST_SPAWN, &process->spawned, &process->spawn, sizeof process->spawn);
    *out = process;
    return 0;
}

/* Copies between a ring and flat memory in at most two pieces. */
static void ring_copy(struct lab_pipe *pipe, uint32_t at, void *to, const void *from, uint32_t size)
{
    uint32_t offset = at & (pipe->capacity - 1);
    uint32_t first = pipe->capacity - offset < size ? pipe->capacity - offset : size;
    if (to) {
        memcpy(to, pipe->bytes + offset, first);
        memcpy((char *)to + first, pipe->bytes, size - first);
    } else {
        memcpy(pipe->bytes + offset, from, first);
        memcpy(pipe->bytes, (const char *)from + first, size - first);
    }
}

size_t lab_process_write(struct lab_process *process, const void *data, size_t size)
{
    struct lab_pipe *pipe = process->in;
    if (atomic_load_explicit(&process->ended, memory_order_acquire))
        return 0;
    /* acquire: the reader has copied what it gave back. */
    uint32_t head = atomic_load_explicit(&pipe->head, memory_order_acquire);
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_relaxed);
    uint32_t room = pipe->capacity - (tail - head);
    uint32_t n = size < room ? (uint32_t)size : room;
    if (n) {
        ring_copy(pipe, tail, NULL, data, n);
        /* release: publishes the bytes. */
        atomic_store_explicit(&pipe->tail, tail + n, memory_order_release);
        lab_futex_wake(&pipe->tail, 1);
    }
    return n;
}

size_t lab_process_read(struct lab_process *process, void *data, size_t size)
{
    struct lab_pipe *pipe = process->out;
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_acquire);
    uint32_t head = atomic_load_explicit(&pipe->head, memory_order_relaxed);
    uint32_t n = tail - head < size ? tail - head : (uint32_t)size;
    if (n) {
        ring_copy(pipe, head, data, NULL, n);
        atomic_store_explicit(&pipe->head, head + n, memory_order_release);
        lab_futex_wake(&pipe->head, 1);
    }
    return n;
}

bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    if (!atomic_load_explicit(&process->ended, memory_order_acquire))
        return false;
    if (atomic_load_explicit(&process->out->tail, memory_order_acquire) !=
        atomic_load_explicit(&process->out->head, memory_order_relaxed))
        return false;
    const struct lab_host_request *end = &process->spawned;
    if (end->code < 0)
        lab_fail(failure, end->code, "%.*s", (int)end->size, end->data ? (char *)end->data : "");
    else
        lab_fail(failure, LAB_E_DIED, "the process exited with status %d", end->code);
    return true;
}

void lab_process_kill(struct lab_process *process)
{
    uint32_t request = (uint32_t)(uintptr_t)&process->spawned;
    if (!atomic_load_explicit(&process->ended, memory_order_acquire))
        lab_host_tell(LAB_HOST_KILL, &request, sizeof request, NULL, 0);
}

void lab_process_terminate(struct lab_process *process)
{
    lab_process_kill(process);
}

void lab_process_release(struct lab_process *process)
{
    lab_process_kill(process);
    process_drop(process);
}

void lab_process_group_wait(struct lab_process_group *group, uint64_t timeout_ns)
{
    /* acquire: what a child wrote before it rang is seen. */
    uint32_t rings = atomic_load_explicit(&group->doorbell, memory_order_acquire);
    if (rings == group->heard)
        lab_futex_wait(&group->doorbell, rings, timeout_ns);
    group->heard = atomic_load_explicit(&group->doorbell, memory_order_acquire);
}

void lab_process_group_wake(struct lab_process_group *group)
{
    atomic_fetch_add_explicit(&group->doorbell, 1, memory_order_release);
    lab_futex_wake(&group->doorbell, 1);
}
