/* Tracing: what every lane did, and when.
 *
 * What it is. A lane is one row of the timeline: a thread, a process or an event loop. Each lane
 * owns a ring of LAB_TRACE_RING events of 16 bytes; closed, it keeps what it has filled. Tracing is
 * always on; an event costs a reading of the clock and four stores, and no reading where it touches
 * the one before (what that is in nanoseconds: rows trace-event-… of the benchmark). Times in a
 * lane never go back. A full ring overwrites its oldest events; readers learn how many they lost,
 * so that nothing vanishes silently.
 *
 * How it is used. lab_lane_open() once per lane; lab_trace() from the lane's owner; lab_lane_read()
 * from anyone who wants the events (the live timeline, --trace). lab_trace_reset() between runs.
 *
 * Threads. One writer per lane: whoever holds it (a thread its own, the process pool's manager its
 * children's). Any number of readers, each with a cursor of its own. open/reset/count: any thread.
 * Blocking. lab_trace() never blocks; the others take a short lock.
 * Ownership. Lanes live until lab_trace_reset(), which must not run while a writer is alive.
 * Progress. Writers are wait-free; a reader that is overtaken skips ahead and counts the loss.
 */
#ifndef LAB_TRACE_TRACE_H
#define LAB_TRACE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_TRACE_RING (1u << 15) /* events in a lane's ring; a power of two */
#define LAB_LANE_MAX   1024       /* lanes in one run */
/* What closed lanes keep together at the most, bytes; where memory is short, an eighth of it. Then
 * the lane that was closed longest ago gives up its events, and they count as lost. */
#define LAB_TRACE_KEPT ((size_t)128 << 20)
#define LAB_LANE_NAME  32

/* clang-format off */
/* The list holds number, symbol and the word the page and the exported trace use. GIL events name
 * the holder (TAKE: who held it before): the low half of task is its lane (LAB_TRACE_NOBODY:
 * nobody's, or a thread's without one), the high half the GIL's number. */
#define LAB_TRACE_KINDS(X)                                                                         \
    X(1, SUBMIT, "submit")   /* task was handed to an executor; on the submitter's lane */         \
    X(2, START, "start")     /* the lane starts to run task */                                     \
    X(3, END, "end")         /* the lane is done with task; arg: 0 fine, 1 failed, 2 cancelled */  \
    X(4, BLOCK, "block")     /* the lane blocks inside task; arg: enum lab_wait_reason */          \
    X(5, UNBLOCK, "unblock") /* … and goes on; arg: the same reason */                             \
    X(6, AWAIT, "await")     /* task's coroutine suspends, the lane is free; arg: reason */        \
    X(7, RESUME, "resume")   /* … and is resumed on this lane; arg: the same reason */             \
    X(8, SAMPLE, "sample")   /* on the coordinator: task = cell; arg: 1 begins, 0 ends */          \
    X(9, GIL_WANT, "gil-want")        /* the lane starts to wait for the GIL */                    \
    X(10, GIL_TAKE, "gil-take")       /* it holds the GIL; arg: 0 it was free, 1 it had to wait */ \
    X(11, GIL_TIMEOUT, "gil-timeout") /* waited an interval in vain; arg 1: asks for a drop */     \
    X(12, GIL_RELEASE, "gil-release") /* lets go; arg: 0 by itself, 1 on request */                \
    X(13, GIL_YIELD, "gil-yield")     /* after a drop on request, waits for another to take it */
/* clang-format on */

enum lab_trace_kind {
#define X(number, name, text) LAB_TRACE_##name = number,
    LAB_TRACE_KINDS(X)
#undef X
};

#define LAB_WAIT_REASONS(X)                                                                        \
    X(1, FETCH, "fetch")                                                                           \
    X(2, SLEEP, "sleep")                                                                           \
    X(3, LOCK, "lock")                                                                             \
    X(4, PIPE, "pipe")                                                                             \
    X(5, FUTURE, "future")                                                                         \
    X(6, TURN, "turn") /* waits for its next turn: yielded */

enum lab_wait_reason {
#define X(number, name, text) LAB_WAIT_##name = number,
    LAB_WAIT_REASONS(X)
#undef X
};

#define LAB_TRACE_NOBODY 0xffffu /* where a lane's number is expected */

enum lab_lane_role { LAB_LANE_COORDINATOR, LAB_LANE_THREAD, LAB_LANE_PROCESS, LAB_LANE_LOOP };

/* One event, as stored and as exported: little-endian, 16 bytes. */
struct lab_trace_event {
    uint64_t time_ns; /* lab_now_ns() of the coordinator's clock */
    uint32_t task;    /* index within the sample, or as the kind says */
    uint8_t kind;     /* enum lab_trace_kind */
    uint8_t arg;
    uint16_t lane;
};

struct lab_lane;

/* Opens a lane. name is copied (cut to LAB_LANE_NAME - 1). method: a static string, the method it
 * works for, or "". Returns NULL when memory or lanes run out: every function here accepts a NULL
 * lane and does nothing, so that tracing never makes a run fail; lab_trace_lost() counts it. */
struct lab_lane *lab_lane_open(const char *name, enum lab_lane_role role, const char *method,
                               unsigned workers);

/* Off: lab_lane_open() gives NULL, so that whoever starts meanwhile writes nothing, for good. For
 * measuring what tracing costs; on again at once. */
void lab_trace_enable(bool on);

/* The owner is done with the lane. Its events stay; a later lab_lane_open() with the same words
 * goes on in it, so that a pool that is started again keeps its rows. */
void lab_lane_close(struct lab_lane *lane);

/* Appends an event now. */
void lab_trace(struct lab_lane *lane, enum lab_trace_kind kind, uint32_t task, unsigned arg);
/* Appends an event that begins where the lane's last one ended, at that one's time. For what was
 * certain to come when that was written, and has come at once: a task that waited already. */
void lab_trace_touching(struct lab_lane *lane, enum lab_trace_kind kind, uint32_t task,
                        unsigned arg);
/* Appends an event that happened at time_ns, or at the lane's last time if that is later: for lanes
 * whose events arrive by pipe. */
void lab_trace_at(struct lab_lane *lane, uint64_t time_ns, enum lab_trace_kind kind, uint32_t task,
                  unsigned arg);

/* The calling thread's own lane: what lab_trace_here() writes to. NULL until set. */
void lab_lane_set_current(struct lab_lane *lane);
struct lab_lane *lab_lane_current(void);
/* lab_trace() on the calling thread's lane. */
void lab_trace_here(enum lab_trace_kind kind, uint32_t task, unsigned arg);

struct lab_lane_info {
    char name[LAB_LANE_NAME];
    const char *method;
    enum lab_lane_role role;
    unsigned workers;
};
size_t lab_lane_count(void);
/* Lane number i < lab_lane_count(), in order of opening. */
struct lab_lane *lab_lane_at(size_t i);
/* Events written to it so far; those beyond LAB_TRACE_RING have overwritten older ones. */
uint64_t lab_lane_written(const struct lab_lane *lane);
/* Its number, as in its events; 0 for NULL. */
unsigned lab_lane_number(const struct lab_lane *lane);
void lab_lane_describe(const struct lab_lane *lane, struct lab_lane_info *info);

/* Copies up to capacity events from *cursor (0: the oldest) on, advances *cursor, adds what was
 * overwritten before it could be read to *lost. Returns the number copied; 0: nothing new. */
size_t lab_lane_read(struct lab_lane *lane, uint64_t *cursor, struct lab_trace_event *events,
                     size_t capacity, uint64_t *lost);

/* Counts events that were lost elsewhere: in a child, before they could be sent. */
void lab_trace_lose(uint64_t events);
/* Those, and the lanes that could not be opened, since the last reset. */
uint64_t lab_trace_lost(void);
/* All events that were written, and how many of them a full ring has overwritten or were lost
 * elsewhere. */
void lab_trace_totals(uint64_t *written, uint64_t *lost);
/* Forgets all lanes. No writer may be alive. */
void lab_trace_reset(void);

const char *lab_wait_reason_text(unsigned reason);
const char *lab_lane_role_text(enum lab_lane_role role);

#endif
