/* A link: the parent's end of one child of a process pool.
 *
 * What it is. One process (platform/process.h) and what is said to it and by it, in frames
 * (futures/frame.h): its start and the alignment of its clock, its initializer, the tasks it has,
 * their results and trace events, its end. Which task goes where is the pool's
 * (process_hand_out.h).
 *
 * How it is used. lab_link_open(). Whenever there may be news: lab_link_read() until it says QUIET,
 * lab_link_write(), lab_link_ended(). lab_link_give() where lab_link_room() says there is room, as
 * often as wanted, then one lab_link_write(): a batch is one write, and wakes the child once.
 * lab_link_leave() or lab_link_end() when it is not needed any more, lab_link_close() always.
 *
 * Threads. One at a time: the pool's manager, or whoever holds its baton. Blocking. Only
 * lab_link_close(), until a killed process has been reaped. Ownership. A future that was given is
 * the link's, until a result or lab_link_take_back() returns it. Its task's bytes go from the
 * submitter's memory to the pipe, without a copy between if they are long.
 */
#ifndef LAB_FUTURES_PROCESS_LINK_H
#define LAB_FUTURES_PROCESS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/frame.h"
#include "futures/future.h"
#include "futures/link_in.h"

enum {
    LAB_LINK_TASKS = 256, /* that a child has at most, those in its pipe included; a power of two */
    LAB_LINK_TAGS =
        1024, /* names of the latest tasks, for trace events that come late; a power of two */
    LAB_LINK_PATIENCE = 2000000000, /* nanoseconds that an idle child may take to end */
    LAB_LINK_OUT = 16 << 10,        /* bytes of frames that go out in one write */
};

struct lab_process_group;
struct lab_link_buffers;

/* All zeros: there is no child. Read by the pool, written by process_link.c alone. */
struct lab_link {
    struct lab_process *process;
    struct lab_lane *lane;
    const struct lab_task *initializer; /* or NULL */
    bool open;                          /* tasks may follow what was written */
    bool initialized;                   /* it is up: pings and initializer were answered */
    bool leaving;                       /* it was told to end, and gets no more tasks */
    bool ignored;                       /* … and what it still writes is not read */
    uint64_t leave_by;                  /* when patience with a leaving child ends, lab_now_ns() */
    uint64_t memory;                    /* bytes, the most that it reported */
    uint64_t task_ns;    /* what one of its latest tasks took, by when results came */
    uint64_t since;      /* when it could begin with its oldest task, or went on */
    uint64_t moved;      /* bytes written to it, ever */
    unsigned given;      /* tasks in its life */
    unsigned count;      /* tasks that it has */
    unsigned taken_back; /* … had, and has not answered for yet */
    /* The rest is process_link.c's alone. */
    struct lab_link_buffers *buffers;
    uint32_t first_id; /* of the oldest task; ids count up per child */
    unsigned pings;    /* answered */
    uint64_t best_ns;  /* shortest round trip */
    int64_t offset_ns; /* the child's clock minus ours */
    /* Being written: out, then rest, then zeros. */
    size_t out_size, written; /* written counts through all of them */
    struct lab_bytes rest;
    unsigned ungranted; /* tasks in out that the child was not granted yet */
    bool exit_sent;     /* the EXIT frame is in out, or was written */
    struct lab_link_in in;
    unsigned fresh;      /* results since `since` */
    uint64_t elapsed_ns; /* for those */
};

/* Starts a child in the pool's slot `number` (from 1) of `workers`. Both borrowed while it is
 * open. */
int lab_link_open(struct lab_link *link, struct lab_process_group *group, unsigned number,
                  unsigned workers, const struct lab_task *initializer,
                  struct lab_failure *failure);

enum lab_link_news {
    LAB_LINK_QUIET,  /* nothing more now */
    LAB_LINK_UP,     /* it can run tasks; once */
    LAB_LINK_RESULT, /* a task has ended */
    LAB_LINK_LOST,   /* it is of no use: its initializer failed, or it wrote nonsense */
};
struct lab_link_result {
    struct lab_future *future;  /* RESULT: the caller's again */
    struct lab_failure failure; /* RESULT: code 0, it succeeded. LOST: why */
    void *data;                 /* malloc'd, the caller's; or NULL */
    size_t size;
};
enum lab_link_news lab_link_read(struct lab_link *link, struct lab_link_result *result);

/* Whether it can take a task, having fewer than window. */
bool lab_link_room(const struct lab_link *link, unsigned window);
/* 0; or why the task cannot be sent, which is its own failure: ask before it is given. */
int lab_link_admit(const struct lab_task *task, struct lab_failure *failure);
/* lab_link_write() sends it. */
void lab_link_give(struct lab_link *link, struct lab_future *future);
/* Writes on, as far as there is room. */
void lab_link_write(struct lab_link *link);
/* Adds to futures the tasks that it has and has not begun, the oldest first; where that can be
 * told. It gets no more until it has answered for them. */
void lab_link_take_back(struct lab_link *link, struct lab_future_queue *futures);
/* Adds to futures all that it has: it is of no more use, and what was being written to it is given
 * up. */
void lab_link_abandon(struct lab_link *link, struct lab_future_queue *futures);

/* Tells a child without tasks to end. */
void lab_link_leave(struct lab_link *link);
/* Asks it to end whatever it does (SIGTERM), and reads no more from it. Its tasks must have been
 * taken back. */
void lab_link_end(struct lab_link *link);
/* Whether the process has ended and all that it wrote was read: how, as in lab_process_exited(). */
bool lab_link_ended(struct lab_link *link, struct lab_failure *how);
/* Kills it if need be, reaps it, forgets it. Its tasks must have been taken back. */
void lab_link_close(struct lab_link *link);

#endif
