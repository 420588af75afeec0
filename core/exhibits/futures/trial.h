/* What a case of the conformance suite is written with.
 *
 *     static void cancelling_what_runs_is_refused(struct lab_trial *t)
 *     {
 *         struct lab_future *future = trial_hold(t, t->executor);
 *         EXPECT(t, !lab_future_cancel(future), "cancel of a running future to be false");
 *         trial_let_go(t);
 *         EXPECT(t, trial_wait(t, future) == 0, "the future to end");
 *     }
 *
 * t->executor is a new executor of the method under trial. Everything that a trial_ function makes
 * belongs to the trial, which frees it when the case returns: executors, futures, iterators, tasks'
 * bytes. EXPECT leaves the case when the condition is false.
 *
 * Holding a worker. In this program's memory a gate (an atomic word whose address travels in the
 * task's bytes) keeps a task going until trial_let_go(). A process cannot see it: there a hold
 * lasts hold_ns. If that was over before trial_let_go(), the trial's premise was lost, and it is
 * repeated with twice as long a hold. Waiting. trial_wait() and the like drive where nothing can
 * block.
 */
#ifndef LAB_EXHIBITS_FUTURES_TRIAL_H
#define LAB_EXHIBITS_FUTURES_TRIAL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/futures/conformance.h"
#include "exhibits/futures/tasks.h"
#include "futures/map.h"
#include "futures/wait.h"
#include "platform/sync.h"
#include "platform/system.h"

enum { TRIAL_EXECUTORS = 8, TRIAL_THREADS = 8, TRIAL_NOTES = 64 };

struct lab_trial {
    const struct lab_rule_case *rule;
    const struct lab_method *method;
    struct lab_executor *executor; /* the case's own, of rule->workers workers */
    uint64_t seed, hold_ns;
    struct lab_failure failure; /* of the call that gave a code last */
    /* What trial_wait_for() found. */
    struct lab_wait_result sets;
    /* What trial_count tasks count, in this program's memory. */
    _Atomic uint64_t count;
    /* The runner's own. */
    _Atomic uint32_t gate; /* 1: open. Relaxed: it publishes nothing */
    bool held, lost, failed;
    uint64_t held_until;
    char reason[480];
    struct lab_executor *executors[TRIAL_EXECUTORS];
    size_t executor_count;
    struct lab_future **futures;
    size_t future_count;
    struct trial_block *blocks;
    struct lab_as_completed *iterators[4];
    size_t iterator_count;
    struct lab_map *maps[4];
    size_t map_count;
    lab_thread threads[TRIAL_THREADS];
    size_t thread_count;
    lab_mutex mutex;
    char notes[TRIAL_NOTES], notes_read[TRIAL_NOTES]; /* under mutex; the case's copy */
    size_t note_count;
};

/* Demands condition; `what` completes "expected …". */
#define EXPECT(t, condition, what)                                                                 \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            trial_fail((t), __FILE__, __LINE__, (what));                                           \
            return;                                                                                \
        }                                                                                          \
    } while (0)
/* Waits, for at most ten seconds, until the condition is true. */
#define UNTIL(t, condition)                                                                        \
    for (uint64_t until_ = lab_now_ns() + 10000000000ull;                                          \
         !(condition) && trial_poll((t), until_);) {                                               \
    }

void trial_fail(struct lab_trial *t, const char *file, int line, const char *what);
/* Lets a little time pass, driving what needs it. False: it is later than until_ns, or the run is
 * stopped. */
bool trial_poll(struct lab_trial *t, uint64_t until_ns);
void trial_sleep(struct lab_trial *t, uint64_t ns);

/* The method's defaults, but with so many workers. */
struct lab_executor_options trial_options(struct lab_trial *t, int workers);
/* Another executor of the method; NULL: t->failure says why not. */
struct lab_executor *trial_executor(struct lab_trial *t,
                                    const struct lab_executor_options *options);
/* Waits until the workers that were started can run tasks: the code of lab_executor_ready(). */
int trial_ready(struct lab_trial *t, struct lab_executor *executor);
/* An initializer for workers, of lab_task_initialize: it lives as long as the trial. */
struct lab_task *trial_initializer(struct lab_trial *t, uint64_t number);
/* lab_executor_shutdown() to its end. */
void trial_shutdown(struct lab_trial *t, struct lab_executor *executor, bool wait,
                    bool cancel_futures);

/* A future of no executor: the case plays the executor's part. */
struct lab_future *trial_future(struct lab_trial *t);
/* Submits a task. It must be accepted: otherwise the case has failed, and the future has
 * t->failure. */
struct lab_future *trial_submit(struct lab_trial *t, struct lab_executor *executor,
                                const struct lab_task_type *type, uint64_t number);
/* Submits a task that may be refused: the code. */
int trial_try_submit(struct lab_trial *t, struct lab_executor *executor,
                     const struct lab_task_type *type, uint64_t number, struct lab_future **future);
/* A task that does nothing but run until trial_let_go(). Returns when it runs. */
struct lab_future *trial_hold(struct lab_trial *t, struct lab_executor *executor);
/* Holds every worker (and fills a process pool's call queue): what is submitted now stays pending.
 * Returns one that runs. */
struct lab_future *trial_hold_all(struct lab_trial *t, struct lab_executor *executor);
void trial_let_go(struct lab_trial *t);

/* Waits until the future is done: 0, or what lab_future_wait() said. */
int trial_wait(struct lab_trial *t, struct lab_future *future);
int trial_wait_ns(struct lab_trial *t, struct lab_future *future, uint64_t timeout_ns);
/* The number that a done future holds; UINT64_MAX if it holds none. */
uint64_t trial_number(const struct lab_future *future);
/* The code of its failure; 0 if it has none. */
int trial_failure_code(const struct lab_future *future);

/* lab_wait(); t->sets holds both sets. */
int trial_wait_for(struct lab_trial *t, struct lab_future *const *futures, size_t count,
                   uint64_t timeout_ns, enum lab_return_when when);
bool trial_is_done(const struct lab_trial *t,
                   const struct lab_future *future); /* in t->sets.done */
bool trial_is_not_done(const struct lab_trial *t,
                       const struct lab_future *future); /* in t->sets.not_done */

struct lab_as_completed *trial_as_completed(struct lab_trial *t, struct lab_future *const *futures,
                                            size_t count, uint64_t timeout_ns);
/* The next future, or NULL: *code says why (LAB_E_END, LAB_E_TIMEOUT). */
struct lab_future *trial_next(struct lab_trial *t, struct lab_as_completed *iterator, int *code);

/* lab_map_create() over numbers. NULL: t->failure. */
struct lab_map *trial_map(struct lab_trial *t, struct lab_executor *executor,
                          const struct lab_task_type *type, const uint64_t *numbers, size_t count,
                          const struct lab_map_options *options);
/* The code of lab_map_next(), and the number that it gave. */
int trial_map_next(struct lab_trial *t, struct lab_map *map, uint64_t *number);
/* lab_map_destroy() before the case ends. */
void trial_map_leave(struct lab_trial *t, struct lab_map *map);

/* A callback that notes its letter; a capital letter's callback fails. */
void trial_note_when_done(struct lab_trial *t, struct lab_future *future, char letter);
/* Notes a letter: for callbacks that the case writes itself. Any thread. */
void trial_note(struct lab_trial *t, char letter);
/* What was noted. Waits until it is `length` letters long, for callbacks run after waiters are
 * told. */
const char *trial_notes(struct lab_trial *t, size_t length);

/* Runs entry in a thread of its own; false (t->failure): there is no thread to be had. */
bool trial_start(struct lab_trial *t, void (*entry)(void *), void *argument);
/* Until all of them have ended. */
void trial_join(struct lab_trial *t);

/* Reasons that several cases share. */
#define INSIDE_SUBMIT                                                                              \
    "it runs a task to its end inside submit: when submit returns nothing is pending or "          \
    "running"
#define ONE_THREAD "its futures belong to the one thread that created it: nobody else may call"
#define NO_WORKERS "it has no workers of its own"
#define OTHER_MEMORY                                                                               \
    "a process has a memory of its own: the case cannot see there whether the task has run"

#define CASE(function) .name = #function, .run = function

/* The files' cases, each ended by one without a name. */
extern const struct lab_rule_case lab_cases_future[], lab_cases_callbacks[], lab_cases_wait[],
    lab_cases_map[], lab_cases_executor[], lab_cases_processes[], lab_cases_interpreters[],
    lab_cases_deadlock[], lab_cases_deadlock_chains[];

/* The functions' own. */
/* A copy that lives as long as the trial: futures borrow their tasks' bytes. */
void *trial_keep(struct lab_trial *t, const void *data, size_t size);
/* A gate cannot be seen from another process: there a hold ends by itself. */
bool trial_holds_are_timed(const struct lab_trial *t);
bool trial_hold_is_over(const struct lab_trial *t);
void trial_free_blocks(struct lab_trial *t);
/* The bits of a method: LAB_ON_…. */
unsigned trial_kind(const struct lab_method *method);

#endif
