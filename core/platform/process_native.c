/* A child is this same program, started anew, that shares a block of memory with us
 * (process_block_native.h).
 *
 * - We sleep in poll(), which hears the bell (an eventfd) and the end of a child: its end of the
 *   life socket is closed then, whatever it died of. So a child that dies between taking the bell's
 *   note away and ringing is heard too.
 * - A block is used again for the next child: the last one was reaped by then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/process_block_native.h"
#include "platform/process_shared.h"
#include "platform/sync.h"
#include "platform/system.h"

extern char **environ;

/* The group's thread's, all of it but base. */
struct native {
    struct lab_process base; /* first */
    bool used;               /* it was spawned, and not released */
    pid_t pid;               /* 0 once reaped */
    int life;                /* our end; -1: the child's is closed, or there is none */
    int memory;              /* the block's */
    struct lab_block *block;
    int status;         /* waitpid's, once reaped */
    bool unknown;       /* … by somebody else */
    uint64_t closed_at; /* when life was found closed; 0: not yet */
};

struct native_group {
    struct lab_process_group base; /* first */
    int memory;                    /* the bell's */
    int waker;
    struct pollfd *polls; /* as many as processes in the list, and one */
    size_t count;         /* of those processes */
    uint64_t polled_at;
};

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* Beyond those that a child has of its own; closes fd. -1: that failed, or fd was -1. */
static int above_standard(int fd)
{
    if (fd < 0 || fd > 2)
        return fd;
    int above = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    close(fd);
    return above;
}

/* Memory to share, all zeros, and its descriptor. NULL: there is none. */
static void *share(int *fd, const char *name, size_t size)
{
    void *memory = MAP_FAILED;
    *fd = above_standard(memfd_create(name, MFD_CLOEXEC));
    if (*fd >= 0 && ftruncate(*fd, (off_t)size) == 0)
        memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    if (memory != MAP_FAILED)
        return memory;
    close_fd(fd);
    return NULL;
}

/* ---- the group ---- */

struct lab_process_group *lab_process_group_create(void)
{
    struct native_group *group = calloc(1, sizeof *group);
    if (!group)
        return NULL;
    group->memory = -1;
    group->waker = above_standard(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    group->polls = malloc(sizeof *group->polls);
    if (group->waker >= 0 && group->polls)
        group->base.bell = share(&group->memory, "bell", sizeof *group->base.bell);
    if (group->base.bell)
        return &group->base;
    close_fd(&group->waker);
    free(group->polls);
    free(group);
    return NULL;
}

void lab_process_group_destroy(struct lab_process_group *base_group)
{
    struct native_group *group = (struct native_group *)base_group;
    if (!group)
        return;
    for (struct lab_process *process = lab__process_first(&group->base), *next; process;
         process = next) {
        struct native *native = (struct native *)process;
        next = process->next;
        munmap(native->block, sizeof *native->block);
        close(native->memory);
        free(native);
    }
    munmap(group->base.bell, sizeof *group->base.bell);
    close(group->memory);
    close(group->waker);
    free(group->polls);
    free(group);
}

/* One that is free, or a new one. NULL: out of memory, or of descriptors. */
static struct native *native_of(struct native_group *group)
{
    for (struct lab_process *process = lab__process_first(&group->base); process;
         process = process->next)
        if (!((struct native *)process)->used)
            return (struct native *)process;
    struct pollfd *polls = realloc(group->polls, (group->count + 2) * sizeof *polls);
    if (polls)
        group->polls = polls;
    struct native *native = calloc(1, sizeof *native);
    struct lab_block *block = NULL;
    if (polls && native)
        block = share(&native->memory, "pipes", sizeof *block);
    if (!block) {
        free(native);
        return NULL;
    }
    native->block = block;
    native->base.in = (struct lab_pipe *)block->in;
    native->base.out = (struct lab_pipe *)block->out;
    native->base.grant = &block->grant;
    lab_pipe_init(native->base.in);
    lab_pipe_init(native->base.out);
    group->count++;
    lab__process_add(&group->base, &native->base);
    return native;
}

/* ---- a child's life ---- */

static int start(const struct native_group *group, struct native *native, int life)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, defaults;
    char *argv[] = {"lab", "--child", NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, native->memory, 0);
    /* Onto itself: it is inherited. */
    posix_spawn_file_actions_adddup2(&actions, group->memory, group->memory);
    posix_spawn_file_actions_adddup2(&actions, group->waker, group->waker);
    posix_spawn_file_actions_adddup2(&actions, life, life);
    /* Whatever this program and thread ignore or block, SIGTERM ends a child. */
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGTERM);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    int error = posix_spawn(&native->pid, "/proc/self/exe", &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

int lab_process_spawn(struct lab_process_group *base_group, struct lab_process **out,
                      struct lab_failure *failure)
{
    struct native_group *group = (struct native_group *)base_group;
    struct native *native = native_of(group);
    int ends[2];
    if (!native)
        return lab_fail(failure, LAB_E_UNAVAILABLE,
                        "a process could not be started: there is no memory to share with it: %s",
                        strerror(errno));
    int error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) ? errno : 0;
    if (!error) {
        native->life = ends[0];
        int life = above_standard(ends[1]);
        native->block->bell = group->memory;
        native->block->waker = group->waker;
        native->block->life = life;
        native->block->word = LAB_BLOCK_WORD;
        atomic_store_explicit(&native->block->life_of_child, LAB_BLOCK_UNSEEN,
                              memory_order_relaxed);
        error = life < 0 ? errno : start(group, native, life);
        close_fd(&life);
        if (error)
            close_fd(&native->life);
    }
    if (error) {
        native->pid = 0;
        return lab_fail(failure, LAB_E_UNAVAILABLE, "a process could not be started: %s",
                        strerror(error));
    }
    native->used = true;
    native->closed_at = 0;
    lab__process_watch(&native->base);
    *out = &native->base;
    return 0;
}

/* Asks how the child ended; wait: until it has. Where this program lets nobody be reaped (SIGCHLD
 * is ignored) or somebody else did, it is gone all the same, and how it ended is not known: its pid
 * must not be used any more. */
static void reap(struct native *native, bool wait)
{
    if (native->pid == 0)
        return;
    pid_t reaped;
    do
        reaped = waitpid(native->pid, &native->status, wait ? 0 : WNOHANG);
    while (reaped < 0 && errno == EINTR);
    native->unknown = reaped < 0;
    if (reaped)
        native->pid = 0;
}

/* A child that has no memory says so in the block. One that could not even map the block has the
 * status alone to say it with, and no task has run in it that could have given that to exit(). */
static int status_of(const struct native *native)
{
    int status = WEXITSTATUS(native->status);
    enum lab_block_life life =
        atomic_load_explicit(&native->block->life_of_child, memory_order_relaxed);
    bool unmapped = life == LAB_BLOCK_UNSEEN && status == LAB_BLOCK_UNMAPPED_STATUS;
    return life == LAB_BLOCK_NO_MEMORY || unmapped ? LAB_PROCESS_NO_MEMORY : status;
}

/* A child whose socket is closed is ending. That takes it microseconds, unless it closed the socket
 * itself and lives on: then it is of no use, and killed. */
bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    const uint64_t patience = 1000000000;
    struct native *native = (struct native *)process;
    if (native->life >= 0)
        return false;
    reap(native, false);
    if (native->pid && native->closed_at == 0)
        native->closed_at = lab_now_ns();
    if (native->pid && lab_now_ns() - native->closed_at < patience)
        return false;
    lab_process_kill(process);
    reap(native, true);
    if (!lab_pipe_empty(process->out))
        return false;
    if (native->unknown)
        lab_fail(failure, LAB_E_DIED, "the process ended, nobody knows how");
    else if (WIFSIGNALED(native->status))
        lab_fail(failure, LAB_E_DIED, "the process was killed by signal %d (%s)",
                 WTERMSIG(native->status), strsignal(WTERMSIG(native->status)));
    else
        lab_process_status_told(failure, status_of(native));
    return true;
}

void lab_process_kill(struct lab_process *process)
{
    const struct native *native = (struct native *)process;
    if (native->pid)
        kill(native->pid, SIGKILL);
}

void lab_process_terminate(struct lab_process *process)
{
    const struct native *native = (struct native *)process;
    if (native->pid)
        kill(native->pid, SIGTERM);
}

void lab_process_release(struct lab_process *process)
{
    struct native *native = (struct native *)process;
    lab__process_unwatch(process);
    lab_process_kill(process);
    reap(native, true);
    close_fd(&native->life);
    lab__process_clear(process);
    native->used = false;
}

/* ---- sleep ---- */

void lab__process_group_sleep(struct lab_process_group *base_group, uint64_t timeout_ns)
{
    /* A child that dies while another always has news is seen after so long. */
    const uint64_t often = 1000000;
    const uint64_t glance = 500000;
    struct native_group *group = (struct native_group *)base_group;
    uint64_t now = lab_now_ns();
    if (timeout_ns == 0 && now - group->polled_at < often)
        return;
    nfds_t count = 0;
    group->polls[count++] = (struct pollfd){group->waker, POLLIN, 0};
    for (struct lab_process *process = lab__process_first(&group->base); process;
         process = process->next) {
        struct native *native = (struct native *)process;
        if (native->used && native->life >= 0)
            group->polls[count++] = (struct pollfd){native->life, 0, 0};
        else if (native->used && native->pid && timeout_ns > glance)
            timeout_ns = glance; /* it is ending, which no descriptor tells */
    }
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000u),
                               (long)(timeout_ns % 1000000000u)};
    int ready = ppoll(group->polls, count, timeout_ns == LAB_FOREVER ? NULL : &timeout, NULL);
    group->polled_at = timeout_ns ? lab_now_ns() : now;
    if (ready <= 0)
        return;
    uint64_t rings;
    if (group->polls[0].revents && read(group->waker, &rings, sizeof rings) < 0) {
        /* Nobody rang. */
    }
    nfds_t at = 1;
    for (struct lab_process *process = lab__process_first(&group->base); process && at < count;
         process = process->next) {
        struct native *native = (struct native *)process;
        if (!native->used || native->life < 0)
            continue;
        if (group->polls[at++].revents) {
            close_fd(&native->life);
            atomic_store_explicit(&process->ended, true, memory_order_release);
        }
    }
}

void lab__process_group_rouse(struct lab_process_group *base_group)
{
    const struct native_group *group = (struct native_group *)base_group;
    uint64_t one = 1;
    while (write(group->waker, &one, sizeof one) < 0 && errno == EINTR) {
    }
}
