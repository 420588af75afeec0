/* Processes: children with a memory of their own, and a pipe each way.
 *
 * What it is. A child runs this same program as a worker (futures/child.h): exec natively, an
 * isolate.wasm instance in a Worker under WebAssembly. The pipes are byte rings in memory that both
 * share (platform/pipe.h) or, where nothing can be shared, messages. A group is the set of children
 * one thread waits for.
 *
 * How it is used. Spawn, write frames, wait, read frames; lab_process_exited() when reads run dry;
 * lab_process_release() always.
 *
 * Threads. A group and its processes belong to one thread at a time, but for
 * lab_process_group_wake() and …_news(): any. While one thread sleeps in lab_process_group_wait()
 * another may poll in its place (…_begin_polling()). Blocking. Only lab_process_group_wait();
 * release may wait for a killed child to be reaped. Progress. Reads and writes take what there is
 * room for and never block.
 */
#ifndef LAB_PLATFORM_PROCESS_H
#define LAB_PLATFORM_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"

struct lab_process_group;
struct lab_process;

struct lab_process_group *lab_process_group_create(void);
/* All its processes must have been released. NULL is legal. */
void lab_process_group_destroy(struct lab_process_group *group);

/* Starts a child. LAB_E_UNAVAILABLE or LAB_E_NOMEM with a sentence. A child that cannot start may
 * show only later, as one that exited. */
int lab_process_spawn(struct lab_process_group *group, struct lab_process **out,
                      struct lab_failure *failure);

/* Bytes accepted or taken; 0: none now. A child that sleeps is woken by what is written. */
size_t lab_process_write(struct lab_process *process, const void *data, size_t size);
size_t lab_process_read(struct lab_process *process, void *data, size_t size);

/* The child may run so many more tasks: said before they are written. */
void lab_process_grant(struct lab_process *process, unsigned count);
/* Takes those back that it has not begun: how many, the newest. 0 where that cannot be done;
 * lab_process_can_take_back() says where. */
unsigned lab_process_take_back(struct lab_process *process);
bool lab_process_can_take_back(void);
/* How long the child may look for input before it sleeps; until it is said again. A wish. */
void lab_process_look(struct lab_process *process, uint32_t ns);

/* Whether the child has ended and everything it wrote has been read. failure: how it ended, in
 * words ("the process trapped: unreachable", "… was killed by signal 9 (Killed)", "… exited with
 * status 0"), and LAB_E_DIED, or LAB_E_UNAVAILABLE if it never started. */
bool lab_process_exited(struct lab_process *process, struct lab_failure *failure);

/* How a child ends that had no memory to go on. No exit status, which is 0 to 255: what a task
 * gives exit() must not be taken for it. */
#define LAB_PROCESS_NO_MEMORY 256
static inline void lab_process_status_told(struct lab_failure *failure, int status)
{
    if (status == LAB_PROCESS_NO_MEMORY)
        lab_fail(failure, LAB_E_DIED, "the process ended: out of memory");
    else
        lab_fail(failure, LAB_E_DIED, "the process exited with status %d", status);
}

/* Ends the child's life now, whatever it does. */
void lab_process_kill(struct lab_process *process);
/* Asks it to end (SIGTERM), which it may take its time for. A Worker cannot be asked: it is
 * killed. */
void lab_process_terminate(struct lab_process *process);
/* Kills if need be, reaps, frees. */
void lab_process_release(struct lab_process *process);
/* Blocks until one of the group may be read, or written (where the last write did not take all), or
 * has exited, or until the wake-up or timeout. Spurious returns are legal. */
void lab_process_group_wait(struct lab_process_group *group, uint64_t timeout_ns);
void lab_process_group_wake(struct lab_process_group *group);
/* Whether waiting would be for nothing: something can be read, written on, or has ended, or
 * somebody has woken it. Cheap. An end that only the system can tell it does not know of; whoever
 * waits is told. */
bool lab_process_group_news(const struct lab_process_group *group);
/* Until the caller calls …_end_polling(), children wake nobody who sleeps in
 * lab_process_group_wait(): the caller polls (…_news()) in that one's place. False: nobody sleeps
 * there, or it cannot be done here. …_end_polling() wakes the sleeper if there is news. */
bool lab_process_group_begin_polling(struct lab_process_group *group);
void lab_process_group_end_polling(struct lab_process_group *group);

#endif
