#define _GNU_SOURCE
#include "platform/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/sync.h"
#include "platform/system.h"

extern char **environ;

struct lab_process {
    struct lab_process_group *group;
    struct lab_process *next;
    pid_t pid;   /* 0 once reaped */
    int in, out; /* our ends: in is written, out is read; -1 closed */
    _Atomic bool
        write_full; /* the last write did not take all; relaxed: who waits is woken after it */
    _Atomic bool
        deaf; /* nothing can be written any more: its exit is seen at out; relaxed, like write_full */
    int status;         /* waitpid's, once reaped */
    uint64_t closed_at; /* when out was found closed; 0: not yet */
};

struct lab_process_group {
    struct lab_process *first;
    int wake; /* eventfd */
    struct pollfd *polls;
    size_t poll_capacity, count;
};

struct lab_process_group *lab_process_group_create(void)
{
    struct lab_process_group *group = calloc(1, sizeof *group);
    struct sigaction pipe_action;
    if (!group)
        return NULL;
    /* To write to a child that has died must be an error (EPIPE), not the end of this program. */
    if (sigaction(SIGPIPE, NULL, &pipe_action) == 0 && pipe_action.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
    group->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    group->poll_capacity = 1;
    group->polls = malloc(sizeof *group->polls);
    if (group->wake < 0 || !group->polls) {
        if (group->wake >= 0)
            close(group->wake);
        free(group->polls);
        free(group);
        return NULL;
    }
    return group;
}

void lab_process_group_destroy(struct lab_process_group *group)
{
    if (!group)
        return;
    close(group->wake);
    free(group->polls);
    free(group);
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int lab_process_spawn(struct lab_process_group *group, struct lab_process **out,
                      struct lab_failure *failure)
{
    int in[2] = {-1, -1}, from[2] = {-1, -1};
    struct lab_process *process = calloc(1, sizeof *process);
    size_t need = 2 * (group->count + 1) + 1;
    struct pollfd *polls =
        need > group->poll_capacity ? realloc(group->polls, need * sizeof *polls) : group->polls;
    if (!process || !polls) {
        free(process);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for another process");
    }
    group->polls = polls;
    group->poll_capacity = need > group->poll_capacity ? need : group->poll_capacity;
    int error = 0;
    pid_t pid = 0;
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
        error = errno;
    if (!error) {
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        sigset_t none, defaults;
        char *argv[] = {"lab", "--child", NULL};
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], 0);
        posix_spawn_file_actions_adddup2(&actions, from[1], 1);
        /* Whatever this program and thread ignore or block, SIGTERM ends a child. */
        sigemptyset(&none);
        sigemptyset(&defaults);
        sigaddset(&defaults, SIGTERM);
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setsigdefault(&attributes, &defaults);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
        error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
        posix_spawn_file_actions_destroy(&actions);
    }
    close_fd(&in[0]);
    close_fd(&from[1]);
    if (error) {
        close_fd(&in[1]);
        close_fd(&from[0]);
        free(process);
        return lab_fail(failure, LAB_E_UNAVAILABLE, "a process could not be started: %s",
                        strerror(error));
    }
    fcntl(in[1], F_SETFL, O_NONBLOCK);
    fcntl(from[0], F_SETFL, O_NONBLOCK);
    *process = (struct lab_process){
        .group = group, .next = group->first, .pid = pid, .in = in[1], .out = from[0]};
    group->first = process;
    group->count++;
    *out = process;
    return 0;
}

static bool is_deaf(const struct lab_process *process)
{
    return atomic_load_explicit(&process->deaf, memory_order_relaxed);
}

size_t lab_process_write(struct lab_process *process, const void *data, size_t size)
{
    size_t done = 0;
    while (!is_deaf(process) && done < size) {
        ssize_t n = write(process->in, (const char *)data + done, size - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno == EAGAIN)
            break;
        else if (errno != EINTR)
            atomic_store_explicit(&process->deaf, true, memory_order_relaxed); /* EPIPE */
    }
    atomic_store_explicit(&process->write_full, done < size && !is_deaf(process),
                          memory_order_relaxed);
    return done;
}

size_t lab_process_read(struct lab_process *process, void *data, size_t size)
{
    while (process->out >= 0) {
        ssize_t n = read(process->out, data, size);
        if (n > 0)
            return (size_t)n;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        close_fd(&process->out);
    }
    return 0;
}

static void reap(struct lab_process *process)
{
    if (process->pid == 0)
        return;
    while (waitpid(process->pid, &process->status, 0) < 0 && errno == EINTR) {
    }
    process->pid = 0;
}

/* A child whose output is closed is ending. That takes it microseconds, unless it closed the pipe itself and
 * lives on: then it is of no use, and killed. */
bool lab_process_exited(struct lab_process *process, struct lab_failure *failure)
{
    const uint64_t patience = 1000000000;
    if (process->out >= 0)
        return false;
    if (process->pid && waitpid(process->pid, &process->status, WNOHANG) == process->pid)
        process->pid = 0;
    if (process->pid && process->closed_at == 0)
        process->closed_at = lab_now_ns();
    if (process->pid && lab_now_ns() - process->closed_at < patience)
        return false;
    lab_process_kill(process);
    reap(process);
    if (WIFSIGNALED(process->status))
        lab_fail(failure, LAB_E_DIED, "the process was killed by signal %d (%s)",
                 WTERMSIG(process->status), strsignal(WTERMSIG(process->status)));
    else
        lab_fail(failure, LAB_E_DIED, "the process exited with status %d",
                 WEXITSTATUS(process->status));
    return true;
}

void lab_process_kill(struct lab_process *process)
{
    if (process->pid)
        kill(process->pid, SIGKILL);
}

void lab_process_terminate(struct lab_process *process)
{
    if (process->pid)
        kill(process->pid, SIGTERM);
}

void lab_process_release(struct lab_process *process)
{
    struct lab_process_group *group = process->group;
    if (process->pid)
        kill(process->pid, SIGKILL);
    close_fd(&process->in);
    close_fd(&process->out);
    reap(process);
    for (struct lab_process **at = &group->first; *at; at = &(*at)->next)
        if (*at == process) {
            *at = process->next;
            break;
        }
    group->count--;
    free(process);
}

void lab_process_group_wait(struct lab_process_group *group, uint64_t timeout_ns)
{
    const uint64_t glance = 500000;
    nfds_t count = 0;
    group->polls[count++] = (struct pollfd){group->wake, POLLIN, 0};
    for (struct lab_process *process = group->first; process; process = process->next) {
        if (process->out >= 0)
            group->polls[count++] = (struct pollfd){process->out, POLLIN, 0};
        else if (process->pid && timeout_ns > glance)
            timeout_ns = glance; /* it is ending, which no descriptor tells */
        if (!is_deaf(process) && atomic_load_explicit(&process->write_full, memory_order_relaxed))
            group->polls[count++] = (struct pollfd){process->in, POLLOUT, 0};
    }
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000u),
                               (long)(timeout_ns % 1000000000u)};
    ppoll(group->polls, count, timeout_ns == LAB_FOREVER ? NULL : &timeout, NULL);
    uint64_t rings;
    if (read(group->wake, &rings, sizeof rings) < 0) {
        /* Nobody rang. */
    }
}

void lab_process_group_wake(struct lab_process_group *group)
{
    uint64_t one = 1;
    while (write(group->wake, &one, sizeof one) < 0 && errno == EINTR) {
    }
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

bool lab_process_group_relieve(struct lab_process_group *group)
{
    (void)group;
    return false;
}

void lab_process_group_resume(struct lab_process_group *group)
{
    (void)group;
}
