/* Task types that only tests of the process pool run: in children of the test program, which finds
 * them with lab_test_task_type_find() (check.c). And what those tests ask of the system.
 *
 * A test that wants to know when a task runs, and to say when it ends, makes two pipes that
 * children inherit (struct gates): a task says its number through one, and waits for a byte from
 * the other.
 */
#ifndef LAB_FUTURES_PROCESS_TEST_TASKS_H
#define LAB_FUTURES_PROCESS_TEST_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"

/* The workloads' types as well. */
const struct lab_task_type *lab_test_task_type_find(const char *name);

enum fault_when { FAULT_NEVER, FAULT_DECODE, FAULT_STEP, FAULT_ENCODE, FAULT_WRITE };
enum fault_how {
    FAULT_FAILS,     /* with a sentence and a cause */
    FAULT_TRAPS,     /* an illegal instruction */
    FAULT_EXITS,     /* _Exit(7) */
    FAULT_EXITS_3,   /* as a child that cannot even map its block */
    FAULT_RETURNS,   /* _Exit(0), as if nothing were wrong */
    FAULT_IS_KILLED, /* SIGKILL */
    FAULT_CLOSES,    /* closes all that it has of its parent, and lives on */
    FAULT_PRINTS,    /* writes words where frames are expected, and lives on */
    FAULT_PONGS,     /* answers a ping that nobody sent, and lives on */
    FAULT_INITS,     /* says that an initializer has ended, and lives on */
    FAULT_HANGS,     /* for ever, SIGTERM or not */
    FAULT_HOWS,
};

/* What every type here takes. */
struct test_in {
    uint64_t number;
    uint32_t when, how;
    int32_t started, go; /* file descriptors, or -1 */
};

extern const struct lab_task_type lab_test_echo; /* number → number, pid, state; faults as told */
extern const struct lab_task_type lab_test_busy; /* computes for number microseconds */
extern const struct lab_task_type
    lab_test_gate; /* writes number to started, reads a byte from go */
extern const struct lab_task_type lab_test_state;   /* adds number to the state; faults as told */
extern const struct lab_task_type lab_test_unlucky; /* as echo; 13 cannot be packed */
extern const struct lab_task_type
    lab_test_large; /* number bytes of it; takes any input after test_in */
struct test_out {
    uint64_t number, pid, state;
};

struct gates {
    int started[2], go[2];
};
bool gates_open(struct gates *gates);
void gates_close(struct gates *gates);
/* Waits until some task has started: its number; UINT64_MAX: none did in a minute. */
uint64_t gates_started(struct gates *gates);
/* So many tasks may end. */
void gates_let_go(struct gates *gates, unsigned count);

/* Looks again and again until it holds, for a minute. */
#define EVENTUALLY(condition)                                                                      \
    do {                                                                                           \
        uint64_t start_ = lab_now_ns();                                                            \
        while (!(condition) && lab_now_ns() - start_ < 60000000000u)                               \
            test_pause();                                                                          \
        CHECK(condition);                                                                          \
    } while (0)
void test_pause(void); /* a millisecond */

struct lab_future *test_submit(struct lab_executor *executor, const struct lab_task_type *type,
                               const struct test_in *in);
/* Waits at most a minute. */
bool test_done(struct lab_future *future);
/* What a done future holds; all UINT64_MAX: nothing. */
struct test_out test_out(struct lab_future *future);

struct lab_executor *test_pool(const struct lab_executor_options *options);

/* Of this program: open file descriptors, and children that were not reaped (their pids, at most
 * capacity). */
unsigned test_descriptors(void);
unsigned test_children(int *pids, unsigned capacity);

#endif
