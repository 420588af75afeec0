/* The child's side of a process pool: one process, one task at a time.
 *
 * What it is. Reads frames (futures/frame.h), runs tasks, writes results. Bytes come in and go out
 * by whoever carries it: platform/parent.h, or a host that delivers messages.
 *
 * How it is used. lab_child_live() where reading blocks. Where it does not: lab_child_create(),
 * lab_child_feed() with what arrived, lab_child_advance() after that and when it asks to be called.
 *
 * Threads. One. Blocking. lab_child_live(); lab_child_advance() in the task's awaits, where they
 * can block. A child stops when its input ends, or when it is told to.
 */
#ifndef LAB_FUTURES_CHILD_H
#define LAB_FUTURES_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/task.h"

struct lab_child;

/* Who carries what a child says, and gives it leave to run tasks: platform/parent.h, or a host. */
struct lab_child_ways {
    /* Writes all of it, or returns false: then the child ends. urgent: the parent shall look at it
     * now. */
    bool (*send)(const void *data, size_t size, bool urgent);
    /* Whether the next task may be run. NULL: all may. */
    bool (*claim)(void);
};

/* types: the tasks it can run. ways: borrowed for its life. */
struct lab_child *lab_child_create(const struct lab_child_ways *ways, lab_task_types types);
/* Takes bytes in. False: memory ran out; the child must end. */
bool lab_child_feed(struct lab_child *child, const void *data, size_t size);
/* Goes on with what there is. Returns nanoseconds until it wants to be called again, LAB_FOREVER:
 * when there is input or news. */
uint64_t lab_child_advance(struct lab_child *child);
/* Told to end, or unable to go on. status: 0, or LAB_PROCESS_NO_MEMORY (platform/process.h). */
bool lab_child_over(const struct lab_child *child, int *status);
void lab_child_destroy(struct lab_child *child);

/* The whole life of a child whose parent is platform/parent.h's. Returns its exit status. */
int lab_child_live(lab_task_types types);

/* Bytes among the frames, from a task that is to go wrong: tests. False: this program is no
 * child. */
bool lab_child_say(const void *data, size_t size);

#endif
