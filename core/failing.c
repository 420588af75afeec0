#define _GNU_SOURCE
#include "failing.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab/machine.h"

enum {
    LEAP_NS = 21000000,
    AT_WORK_NS = 500, /* between two looks: more than a measurement of the clock's step leaves */
    MOST_FDS = 8,     /* that a child is given */
    FAR_FD = 500,     /* from there on none is one that a child is given */
};

static struct {
    uint64_t first, end;    /* set before there are other threads */
    _Atomic uint64_t count; /* relaxed, as all here: counters publish nothing */
    _Atomic uint64_t ahead; /* of the clock, ns */
} failing;

static _Thread_local bool hurries; /* the thread that armed */

static bool fails(void)
{
    uint64_t now = atomic_fetch_add_explicit(&failing.count, 1, memory_order_relaxed) + 1;
    bool wanted = now >= failing.first && now < failing.end;
    if (wanted)
        errno = ENOMEM;
    return wanted;
}

/* What a child of the mould is to be made with. */
struct cast {
    int count, to[MOST_FDS];
};

static struct {
    int fd; /* to the mould; 0: there is none. Set before there are other threads */
    pthread_mutex_t lock;
} mould = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The descriptors of the child that this thread is about to start. */
static _Thread_local struct {
    struct cast cast;
    int from[MOST_FDS];
} next_child;

/* What stands here is called in place of NAME, and __real_NAME is NAME (ld's --wrap). */
/* clang-format off */
#define STAND_IN(type, name, declaration, arguments, failure)                                      \
    type __real_##name declaration;                                                                \
    type __wrap_##name declaration;                                                                \
    type __wrap_##name declaration { return fails() ? failure : __real_##name arguments; }

STAND_IN(void *, malloc, (size_t size), (size), NULL)
STAND_IN(void *, calloc, (size_t count, size_t size), (count, size), NULL)
STAND_IN(void *, realloc, (void *memory, size_t size), (memory, size), NULL)
STAND_IN(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL)
STAND_IN(void *, mmap, (void *at, size_t size, int may, int flags, int fd, off_t offset),
         (at, size, may, flags, fd, offset), MAP_FAILED)
STAND_IN(int, memfd_create, (const char *name, unsigned flags), (name, flags), -1)
STAND_IN(int, pthread_create,
         (pthread_t *thread, const pthread_attr_t *attributes, void *(*entry)(void *),
          void *argument),
         (thread, attributes, entry, argument), EAGAIN)
STAND_IN(FILE *, fopen, (const char *name, const char *mode), (name, mode), NULL)
/* clang-format on */

uint64_t __real_lab_now_ns(void);
uint64_t __wrap_lab_now_ns(void);
uint64_t __wrap_lab_now_ns(void)
{
    static uint64_t last; /* look of the thread that armed */
    uint64_t now = __real_lab_now_ns();
    if (hurries) {
        if (now - last > AT_WORK_NS)
            atomic_fetch_add_explicit(&failing.ahead, LEAP_NS, memory_order_relaxed);
        last = now;
    }
    return now + atomic_load_explicit(&failing.ahead, memory_order_relaxed);
}

double __real_lab_machine_sample_least(const struct lab_machine *machine);
double __wrap_lab_machine_sample_least(const struct lab_machine *machine);
double __wrap_lab_machine_sample_least(const struct lab_machine *machine)
{
    return hurries ? 0 : __real_lab_machine_sample_least(machine);
}

/* ---- children without exec ----
 *
 * To start this program anew takes its dynamic linker 10 to 30 ms, and a run with a pool of
 * processes starts a dozen. So a process under test can have a mould: a process that was forked
 * before there was a thread or anything allocated, and does nothing but make copies of itself. A
 * copy is the child of the process under test (CLONE_PARENT), has the descriptors that it was to
 * have, and goes on as main() would with `--child`. */

union control {
    char bytes[CMSG_SPACE(MOST_FDS * sizeof(int))];
    struct cmsghdr align;
};

/* In a copy. */
static _Noreturn void become_child(int socket, const struct cast *cast, const int *from,
                                   int (*live)(void))
{
    int far[MOST_FDS];
    for (int i = 0; i < cast->count; i++) {
        far[i] = fcntl(from[i], F_DUPFD_CLOEXEC, FAR_FD);
        close(from[i]);
    }
    close(socket);
    for (int i = 0; i < cast->count; i++) {
        dup2(far[i], cast->to[i]);
        close(far[i]);
    }
    _exit(live());
}

static _Noreturn void be_mould(int socket, int (*live)(void))
{
    for (;;) {
        struct cast cast;
        union control control;
        int from[MOST_FDS];
        struct iovec part = {&cast, sizeof cast};
        struct msghdr message = {.msg_iov = &part,
                                 .msg_iovlen = 1,
                                 .msg_control = &control,
                                 .msg_controllen = sizeof control};
        if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != sizeof cast)
            _exit(0); /* the process under test is gone */
        memcpy(from, CMSG_DATA(CMSG_FIRSTHDR(&message)), (size_t)cast.count * sizeof *from);
        pid_t pid = (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
        if (pid == 0)
            become_child(socket, &cast, from, live);
        for (int i = 0; i < cast.count; i++)
            close(from[i]);
        if (send(socket, &pid, sizeof pid, MSG_NOSIGNAL) < 0)
            _exit(0);
    }
}

void lab_failing_prepare_children(int (*live)(void))
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
        return;
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        be_mould(ends[1], live);
    }
    close(ends[1]);
    mould.fd = ends[0];
}

int __real_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to);
int __wrap_posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *actions, int from, int to)
{
    int at = next_child.cast.count;
    if (at < MOST_FDS) {
        next_child.from[at] = from;
        next_child.cast.to[at] = to;
        next_child.cast.count++;
    }
    return __real_posix_spawn_file_actions_adddup2(actions, from, to);
}

/* Signals are as posix_spawn's attributes want them: the mould has blocked none. */
static int cast_child(pid_t *pid)
{
    union control control = {0};
    size_t size = (size_t)next_child.cast.count * sizeof(int);
    struct iovec part = {&next_child.cast, sizeof next_child.cast};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = CMSG_SPACE(size)};
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    *head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(size), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(head), next_child.from, size);
    pthread_mutex_lock(&mould.lock);
    bool made = sendmsg(mould.fd, &message, MSG_NOSIGNAL) == sizeof next_child.cast &&
                recv(mould.fd, pid, sizeof *pid, 0) == sizeof *pid && *pid > 0;
    pthread_mutex_unlock(&mould.lock);
    return made ? 0 : EAGAIN;
}

int __real_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp);
int __wrap_posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const *argv, char *const *envp)
{
    int error =
        mould.fd ? cast_child(pid) : __real_posix_spawn(pid, path, actions, attributes, argv, envp);
    next_child.cast.count = 0;
    return error;
}

void lab_failing_arm(uint64_t first, uint64_t length)
{
    failing.first = first;
    failing.end = first + length;
    atomic_store_explicit(&failing.count, 0, memory_order_relaxed);
    hurries = true;
}

void lab_failing_disarm(void)
{
    failing.end = 0;
    hurries = false;
}

uint64_t lab_failing_count(void)
{
    return atomic_load_explicit(&failing.count, memory_order_relaxed);
}

void lab_failing_arm_child(void)
{
    const char *first = getenv("LAB_FAILING_CHILD");
    if (first)
        lab_failing_arm(strtoull(first, NULL, 10), 1);
    hurries = false; /* its clock is its parent's, but for an offset that was measured */
}
