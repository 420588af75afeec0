#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "futures/child.h"
#include "lab/lab.h"
#include "lab/program.h"
#include "lab/task_types.h"
#include "platform/system.h"

/* Signals of one key press: npm and timeout(1) send theirs besides the one to the whole group. */
static const uint64_t SAME_PRESS_NS = 250000000;

/* The first Ctrl-C asks the run to stop and report; the second one ends the program. Only
 * async-signal-safe calls. */
static void on_interrupt(int signal_number)
{
    static _Atomic uint64_t asked; /* relaxed: a number by itself */
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    uint64_t now = (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
    uint64_t before = atomic_load_explicit(&asked, memory_order_relaxed);
    if (before > 0 && now - before < SAME_PRESS_NS)
        return;
    if (before > 0)
        _exit(128 + signal_number);
    atomic_store_explicit(&asked, now, memory_order_relaxed);
    lab_stop();
}

/* A task that traps in a thread takes the program with it: threads share everything. Say so. Only
 * async-signal-safe calls. Another thread that traps meanwhile waits for the end. */
static void on_trap(int signal_number)
{
    static _Atomic pid_t trapped; /* relaxed: a number by itself */
    pid_t none = 0, self = gettid();
    static const char text[] =
        "lab: a task trapped; it shared this program's memory, so the whole run "
        "ended (with --methods processes only its process would)\n";
    if (!atomic_compare_exchange_strong_explicit(&trapped, &none, self, memory_order_relaxed,
                                                 memory_order_relaxed)) {
        if (none == self)
            _exit(1); /* in here */
        for (;;)
            pause();
    }
    ssize_t written = write(2, text, sizeof text - 1);
    lab_deliver_kept();
    (void)written;
    (void)signal_number;
    _exit(1);
}

/* A connection is a descriptor, and a thousand pages are read at once: the usual soft limit of
 * 1,024 is for programs that use select(), which nothing here does. */
static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int lab_program(int argc, char **argv)
{
    static const int traps[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
    bool stopped;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD,
           SIG_DFL); /* whoever started us may ignore it, and children would not be ours to reap */
    if (argc == 2 && strcmp(argv[1], "--child") == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* nobody would read our results */
        signal(SIGINT, SIG_IGN); /* the terminal sends them to us too; the parent decides */
        signal(SIGHUP, SIG_IGN);
        return lab_child_live(lab_every_task_type);
    }
    allow_descriptors();
    signal(SIGINT, on_interrupt);
    signal(SIGTERM, on_interrupt);
    if (signal(SIGHUP, on_interrupt) == SIG_IGN) /* nohup */
        signal(SIGHUP, SIG_IGN);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
        signal(traps[i], on_trap);
#else
    (void)traps;
    (void)on_trap;
#endif
    lab_begin(argc - 1, argv + 1);
    while (!lab_step()) {
    }
    return lab_end(&stopped);
}
