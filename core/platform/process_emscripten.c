/* A child is an isolate.wasm instance in a Worker of its own. Its pipes are rings in this program's
 * shared memory: written and read here directly, and through fd_read and fd_write over there.
 *
 * The host answers the SPAWN request when the Worker is gone; until then it may touch the rings. So a
 * process has two owners, the group's thread and the host, and the last one frees it. */
#include "platform/process.h"

#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/pipe.h"
#include "platform/sync.h"

struct lab_process_group {
    struct lab_bell bell;
    _Atomic uint32_t owners; /* the creator, and every process until its Worker is gone */
    _Atomic uint32_t
        heard; /* of the bell's rings; the group's thread's. relaxed: others only look whether it differs */
    struct lab_process *first; /* the group's thread's */
};

struct lab_process {
    struct lab_host_request spawned; /* first: the host knows only this */
    struct lab_host_spawn spawn;     /* the request's payload */
    struct lab_process_group *group;
    struct lab_process *next; /* of the group */
    struct lab_pipe *in, *out;
    struct lab_grant grant;
    uint32_t answer[5];
    _Atomic bool
        short_of_room; /* the last write did not take all; relaxed: its pipe's words order it */
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
    lab_pipe_destroy(process->in);
    lab_pipe_destroy(process->out);
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
    struct lab_pipe *in = lab_pipe_create(), *from = lab_pipe_create();
    if (!process || !in || !from) {
        free(process);
        lab_pipe_destroy(in);
        lab_pipe_destroy(from);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    }
    process->spawned.on_done = on_end;
    process->group = group;
    process->in = in;
    process->out = from;
    atomic_init(&process->owners, 2);
    atomic_fetch_add_explicit(&group->owners, 1, memory_order_relaxed);
    process->spawn = (struct lab_host_spawn){
        .in = (uint32_t)(uintptr_t)in,
        .out = (uint32_t)(uintptr_t)from,
        .bell = (uint32_t)(uintptr_t)&group->bell,
        .answer = (uint32_t)(uintptr_t)process->answer,
        .grant = (uint32_t)(uintptr_t)&process->grant,
    };
    process->next = group->first;
    group->first = process;
    lab_host_post(LAB_HOST_SPAWN, &process->spawned, &process->spawn, sizeof process->spawn);
    *out = process;
    return 0;
}

size_t lab_process_write(struct lab_process *process, const void *data, size_t size)
{
    struct lab_pipe *pipe = process->in;
    if (atomic_load_explicit(&process->ended, memory_order_acquire))
        return 0;
    /* Not more than this at once, however fast the child reads: there are others. */
    size_t most = size < 8 * LAB_PIPE_BYTES ? size : 8 * LAB_PIPE_BYTES, done = 0, n;
    do {
        n = lab_pipe_write(pipe, (const char *)data + done, most - done);
        if (n)
            lab_pipe_wake(&pipe->reader_sleeps);
        done += n;
    } while (n && done < most);
    atomic_store_explicit(&process->short_of_room, done < size, memory_order_relaxed);
    if (done <
        size) /* the child rings when it has made room; relaxed: we look again before we sleep */
        atomic_store_explicit(&pipe->writer_sleeps, 1, memory_order_relaxed);
    return done;
}

size_t lab_process_read(struct lab_process *process, void *data, size_t size)
{
    struct lab_pipe *pipe = process->out;
    size_t n = lab_pipe_read(pipe, data, size);
    if (n)
        lab_pipe_wake(&pipe->writer_sleeps);
    return n;
}

void lab_process_grant(struct lab_process *process, unsigned count)
{
    lab_grant_give(&process->grant, count);
}

unsigned lab_process_take_back(struct lab_process *process)
{
    return lab_grant_take_back(&process->grant);
}

bool lab_process_can_take_back(void)
{
    return true;
}

void lab_process_look(struct lab_process *process, uint32_t ns)
{
    if (atomic_load_explicit(&process->grant.look_ns, memory_order_relaxed) != ns)
        atomic_store_explicit(&process->grant.look_ns, ns, memory_order_relaxed);
}

bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    if (!atomic_load_explicit(&process->ended, memory_order_acquire))
        return false;
    if (!lab_pipe_empty(process->out))
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
    for (struct lab_process **at = &process->group->first; *at; at = &(*at)->next)
        if (*at == process) {
            *at = process->next;
            break;
        }
    lab_process_kill(process);
    process_drop(process);
}

bool lab_process_group_news(const struct lab_process_group *group)
{
    /* seq_cst, as in the pipes: the look after it was said that we sleep. */
    if (atomic_load_explicit(&group->bell.rings, memory_order_seq_cst) !=
        atomic_load_explicit(&group->heard, memory_order_relaxed))
        return true;
    for (const struct lab_process *process = group->first; process; process = process->next)
        if (!lab_pipe_empty(process->out) ||
            (atomic_load_explicit(&process->short_of_room, memory_order_relaxed) &&
             !lab_pipe_full(process->in)))
            return true;
    return false;
}

void lab_process_group_wait(struct lab_process_group *group, uint64_t timeout_ns)
{
    struct lab_bell *bell = &group->bell;
    atomic_store_explicit(&bell->sleeps, 1, memory_order_seq_cst);
    if (!lab_process_group_news(group))
        lab_futex_wait(&bell->sleeps, 1, timeout_ns);
    atomic_store_explicit(&bell->sleeps, 0, memory_order_relaxed);
    /* acquire: what they did who rang is seen. */
    atomic_store_explicit(&group->heard, atomic_load_explicit(&bell->rings, memory_order_acquire),
                          memory_order_relaxed);
}

void lab_process_group_wake(struct lab_process_group *group)
{
    atomic_fetch_add_explicit(&group->bell.rings, 1, memory_order_seq_cst);
    lab_pipe_wake(&group->bell.sleeps);
}

bool lab_process_group_relieve(struct lab_process_group *group)
{
    return lab_pipe_take_note(&group->bell.sleeps);
}

void lab_process_group_resume(struct lab_process_group *group)
{
    struct lab_bell *bell = &group->bell;
    atomic_store_explicit(&bell->sleeps, 1, memory_order_seq_cst);
    if (lab_process_group_news(group))
        lab_process_group_wake(group);
}
