/* A process that shares memory with its parent: what a native child and a Worker's instance have in
 * common. Internal to core/platform.
 *
 * What it is. The parts of platform/process.h that are the same wherever there is a ring each way,
 * a grant and a bell (platform/pipe.h): to write and read, to grant and take back, to look for news
 * and to poll for another (process_shared_threads.c). How a child is started, ends and is ended,
 * and how the parent sleeps, is each system's (process_native.c, process_emscripten.c), whose own
 * structs begin with these.
 *
 * Threads. A thread may look for news while another, which has the baton, starts and releases
 * processes. So a group's list only grows, and what is in it is freed with the group alone: a
 * process that was released is used again for the next one, with its pipes.
 */
#ifndef LAB_PLATFORM_PROCESS_SHARED_H
#define LAB_PLATFORM_PROCESS_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "platform/pipe.h"
#include "platform/process.h"

struct lab_process {
    struct lab_process_group
        *group; /* immutable once it is in the group's list, as are the next four */
    struct lab_process *next;
    struct lab_pipe *in, *out; /* the child reads, and writes */
    struct lab_grant *grant;
    _Atomic bool watched; /* what it writes is news; relaxed: whoever changes it looks after it */
    _Atomic bool
        short_of_room;  /* the last write did not take all; relaxed: its pipe's words order it */
    _Atomic bool ended; /* release: with all that it has written */
};

struct lab_process_group {
    struct lab_bell *bell;
    _Atomic uint32_t
        heard; /* of the bell's rings; the group's thread's. relaxed: others only look whether it
                * differs */
    struct lab_process *_Atomic first; /* release: with what is in it */
};

/* Puts it into its group's list, for good. */
void lab__process_add(struct lab_process_group *group, struct lab_process *process);
/* A child begins, with pipes that are empty; is of no more interest; is gone, and so are its
 * bytes. */
void lab__process_watch(struct lab_process *process);
void lab__process_unwatch(struct lab_process *process);
void lab__process_clear(struct lab_process *process);

/* The system's part: sleeps until roused, or until a process has ended where only the system tells;
 * timeout_ns 0: a look at most. */
void lab__process_group_sleep(struct lab_process_group *group, uint64_t timeout_ns);
void lab__process_group_rouse(struct lab_process_group *group);

static inline struct lab_process *lab__process_first(const struct lab_process_group *group)
{
    return atomic_load_explicit(&group->first, memory_order_acquire);
}

#endif
