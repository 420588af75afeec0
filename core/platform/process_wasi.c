/* Children of a coordinator without shared memory: Workers that speak by messages. What is written
 * is posted (SEND); what a child sends is delivered into a buffer (lab_process_deliver). One
 * thread. */
#include "platform/process.h"

#include <stdlib.h>
#include <string.h>

#include "platform/host.h"

struct lab_process_group {
    unsigned owners; /* the creator, and every process until the host has answered its SPAWN */
};

struct lab_process {
    struct lab_host_request spawned; /* first: the host knows only this */
    struct lab_process_group *group;
    unsigned char *data; /* what arrived and was not yet read: data[from…to) */
    size_t from, to, capacity;
    bool ended, lost;
    unsigned owners; /* the group's code and the host */
};

void lab_process_deliver(struct lab_process *process, void *data, size_t size);

static void group_drop(struct lab_process_group *group)
{
    if (--group->owners == 0)
        free(group);
}

static void process_drop(struct lab_process *process)
{
    if (--process->owners > 0)
        return;
    group_drop(process->group);
    free(process->spawned.data);
    free(process->data);
    free(process);
}

struct lab_process_group *lab_process_group_create(void)
{
    struct lab_process_group *group = calloc(1, sizeof *group);
    if (group)
        group->owners = 1;
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
    process->ended = true;
    process_drop(process);
}

int lab_process_spawn(struct lab_process_group *group, struct lab_process **out,
                      struct lab_failure *failure)
{
    struct lab_process *process = calloc(1, sizeof *process);
    if (!process)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    process->spawned.on_done = on_end;
    process->group = group;
    process->owners = 2;
    group->owners++;
    lab_host_post(LAB_HOST_SPAWN, &process->spawned, NULL, 0);
    *out = process;
    return 0;
}

/* Exported: the host hands over bytes that the child sent. data is from lab_host_alloc(). */
void lab_process_deliver(struct lab_process *process, void *data, size_t size)
{
    if (process->from == process->to)
        process->from = process->to = 0;
    if (process->capacity - process->to < size) {
        size_t capacity = (process->to + size) * 2;
        unsigned char *grown = realloc(process->data, capacity);
        if (!grown) {
            process->lost = true; /* the stream has a hole: the process is of no more use */
            free(data);
            return;
        }
        process->data = grown;
        process->capacity = capacity;
    }
    memcpy(process->data + process->to, data, size);
    process->to += size;
    free(data);
}

size_t lab_process_write(struct lab_process *process, const void *data, size_t size)
{
    uint32_t request = (uint32_t)(uintptr_t)&process->spawned;
    if (process->ended)
        return 0;
    lab_host_tell(LAB_HOST_SEND, &request, sizeof request, data, size);
    return size;
}

size_t lab_process_read(struct lab_process *process, void *data, size_t size)
{
    size_t n = process->to - process->from < size ? process->to - process->from : size;
    if (n)
        memcpy(data, process->data + process->from, n);
    process->from += n;
    return n;
}

bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    const struct lab_host_request *end = &process->spawned;
    if (process->lost) {
        lab_fail(failure, LAB_E_NOMEM, "out of memory for what the process sent");
        return true;
    }
    if (!process->ended || process->from < process->to)
        return false;
    if (end->code < 0)
        lab_fail(failure, end->code, "%.*s", (int)end->size, end->data ? (char *)end->data : "");
    else
        lab_process_status_told(failure, end->code);
    return true;
}

void lab_process_kill(struct lab_process *process)
{
    uint32_t request = (uint32_t)(uintptr_t)&process->spawned;
    if (!process->ended)
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
    (void)group;
    (void)timeout_ns;
}

void lab_process_group_wake(struct lab_process_group *group)
{
    (void)group;
}

void lab_process_grant(struct lab_process *process, unsigned count)
{
    (void)process;
    (void)count;
}

unsigned lab_process_take_back(struct lab_process *process)
{
    (void)process;
    return 0;
}

bool lab_process_can_take_back(void)
{
    return false;
}

void lab_process_look(struct lab_process *process, uint32_t ns)
{
    (void)process;
    (void)ns;
}

bool lab_process_group_news(const struct lab_process_group *group)
{
    (void)group;
    return false;
}

bool lab_process_group_begin_polling(struct lab_process_group *group)
{
    (void)group;
    return false;
}

void lab_process_group_end_polling(struct lab_process_group *group)
{
    (void)group;
}
