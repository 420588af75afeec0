/* Rules 10–12: map. */
#include "exhibits/futures/trial.h"

#define SOURCE "rules_map.c"

static const uint64_t five[] = {1, 2, 3, 4, 5};

/* So many times the address of the trial's counter: a map over them counts the tasks that ran. */
enum { COUNTERS = 5 };
static const uint64_t *counters(struct lab_trial *t, uint64_t *numbers)
{
    for (int i = 0; i < COUNTERS; i++)
        numbers[i] = (uintptr_t)&t->count;
    return numbers;
}

/* ---- 10: at once, in order ---- */

static void map_submits_everything_at_once(struct lab_trial *t)
{
    struct lab_map *map = trial_map(t, t->executor, &lab_task_double, five, 5, NULL);
    EXPECT(t, map != NULL, "a map");
    EXPECT(t, lab_map_submitted(map) == 5, "all five to be submitted before anybody asks");
}

static void a_map_runs_even_if_nobody_asks(struct lab_trial *t)
{
    uint64_t numbers[COUNTERS];
    struct lab_map *map =
        trial_map(t, t->executor, &lab_task_count, counters(t, numbers), COUNTERS, NULL);
    EXPECT(t, map != NULL, "a map");
    UNTIL(t, atomic_load(&t->count) == COUNTERS)
    EXPECT(t, atomic_load(&t->count) == COUNTERS, "all tasks to have run");
}

/* The first sleeps longest: with two workers the others end before it. */
static void map_yields_in_the_order_of_its_input(struct lab_trial *t)
{
    static const uint64_t sleeps[] = {9000000, 5000000, 3000000, 1000000};
    uint64_t number;
    struct lab_map *map = trial_map(t, t->executor, &lab_task_sleep, sleeps, 4, NULL);
    EXPECT(t, map != NULL, "a map");
    for (int i = 0; i < 4; i++)
        EXPECT(t, trial_map_next(t, map, &number) == 0 && number == sleeps[i],
               "the results in the order of the input");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "the end after the last");
}

/* The time-out passes before anybody asks. */
static void the_timeout_of_map_counts_from_the_call(struct lab_trial *t)
{
    uint64_t number, timeout = t->hold_ns / 2;
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.timeout_ns = timeout;
    trial_hold_all(t, t->executor);
    struct lab_map *map = trial_map(t, t->executor, &lab_task_sleep, &timeout, 1, &options);
    EXPECT(t, map != NULL, "a map");
    trial_sleep(t, timeout);
    uint64_t asked = lab_now_ns();
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_TIMEOUT, "a time-out");
    uint64_t waited = lab_now_ns() - asked;
    t->lost |=
        waited >= timeout; /* either it counts from here, or the machine is slow: once more */
    EXPECT(t, waited < timeout, "the time-out to have begun with the call");
    trial_let_go(t);
}

/* ---- 11: failures, leaving ---- */

static void a_failure_comes_at_its_own_place(struct lab_trial *t)
{
    static const uint64_t numbers[] = {1, 2, 13, 4};
    uint64_t number;
    struct lab_map *map = trial_map(t, t->executor, &lab_task_double, numbers, 4, NULL);
    EXPECT(t, map != NULL, "a map");
    EXPECT(t, trial_map_next(t, map, &number) == 0 && number == 2, "the first result");
    EXPECT(t, trial_map_next(t, map, &number) == 0 && number == 4, "the second result");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_TASK, "the third task's failure");
    EXPECT(t, strcmp(t->failure.text, "13 is unlucky") == 0, "the failure's own sentence");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "the end after a failure");
}

static void leaving_early_cancels_what_has_not_started(struct lab_trial *t)
{
    uint64_t numbers[COUNTERS];
    trial_hold_all(t, t->executor);
    struct lab_map *map =
        trial_map(t, t->executor, &lab_task_count, counters(t, numbers), COUNTERS, NULL);
    EXPECT(t, map != NULL, "a map");
    trial_map_leave(t, map);
    trial_let_go(t);
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, atomic_load(&t->count) == 0, "none of them to have run");
}

static void a_timeout_cancels_the_current_one_too(struct lab_trial *t)
{
    uint64_t number, numbers[COUNTERS];
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.timeout_ns = 1000000;
    trial_hold_all(t, t->executor);
    struct lab_map *map =
        trial_map(t, t->executor, &lab_task_count, counters(t, numbers), COUNTERS, &options);
    EXPECT(t, map != NULL, "a map");
    /* A loop would start them as soon as it is driven: it is asked when the time is up. */
    trial_sleep(t, 2 * options.timeout_ns);
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_TIMEOUT, "a time-out");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "the end after it");
    trial_let_go(t);
    trial_shutdown(t, t->executor, true, false);
    EXPECT(t, atomic_load(&t->count) == 0, "none of them to have run, the first neither");
}

/* A process's tasks cannot be counted from here. These would break the pool if one of them ran. */
static void what_a_map_in_processes_cancels_never_runs(struct lab_trial *t)
{
    uint64_t number, traps[4];
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.timeout_ns = 1000000;
    for (int i = 0; i < 4; i++)
        traps[i] = LAB_FAULT(LAB_AT_RUN, LAB_IT_TRAPS);
    trial_hold_all(t, t->executor);
    struct lab_map *left = trial_map(t, t->executor, &lab_task_fault, traps, 4, NULL);
    struct lab_map *late = trial_map(t, t->executor, &lab_task_fault, traps, 4, &options);
    EXPECT(t, left && late, "two maps");
    trial_map_leave(t, left);
    EXPECT(t, trial_map_next(t, late, &number) == LAB_E_TIMEOUT, "a time-out");
    trial_let_go(t);
    struct lab_future *future = trial_submit(t, t->executor, &lab_task_double, 21);
    EXPECT(t, trial_wait(t, future) == 0 && trial_number(future) == 42,
           "the pool to be whole: none of the cancelled tasks ran");
}

static void a_failure_cancels_what_has_not_started(struct lab_trial *t)
{
    uint64_t number, faults[] = {LAB_FAULT(LAB_AT_RUN, LAB_IT_FAILS), LAB_FAULT(LAB_NOWHERE, 0)};
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.buffersize = 1;
    struct lab_map *map = trial_map(t, t->executor, &lab_task_fault, faults, 2, &options);
    EXPECT(t, map != NULL, "a map");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_TASK, "the first one's failure");
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "nothing after it");
}

/* ---- 12: buffersize, chunksize ---- */

static void buffersize_limits_how_far_submission_runs_ahead(struct lab_trial *t)
{
    uint64_t number;
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.buffersize = 2;
    struct lab_map *map = trial_map(t, t->executor, &lab_task_double, five, 5, &options);
    EXPECT(t, map != NULL, "a map");
    EXPECT(t, lab_map_submitted(map) == 2, "two to be submitted");
    for (uint64_t i = 1; i <= 5; i++) {
        EXPECT(t, trial_map_next(t, map, &number) == 0 && number == 2 * i, "the results in order");
        EXPECT(t, lab_map_submitted(map) == (i + 2 < 5 ? i + 2 : 5),
               "two more than were asked for to be submitted");
    }
    EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "the end after the last");
}

static void a_buffersize_below_one_is_an_error(struct lab_trial *t)
{
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    for (options.buffersize = -1; options.buffersize <= 0; options.buffersize++) {
        EXPECT(t, !trial_map(t, t->executor, &lab_task_double, five, 5, &options), "no map");
        EXPECT(t, t->failure.code == LAB_E_INVALID && strstr(t->failure.text, "buffersize"),
               "an error that names the buffersize");
    }
}

static void a_buffersize_larger_than_the_input_is_fine(struct lab_trial *t)
{
    uint64_t number;
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    options.buffersize = 100;
    struct lab_map *map = trial_map(t, t->executor, &lab_task_double, five, 5, &options);
    EXPECT(t, map && lab_map_submitted(map) == 5, "all to be submitted");
    for (uint64_t i = 1; i <= 5; i++)
        EXPECT(t, trial_map_next(t, map, &number) == 0 && number == 2 * i, "the results in order");
}

static void a_chunksize_below_one_is_an_error(struct lab_trial *t)
{
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    for (options.chunksize = -1; options.chunksize <= 0; options.chunksize++) {
        EXPECT(t, !trial_map(t, t->executor, &lab_task_double, five, 5, &options), "no map");
        EXPECT(t, t->failure.code == LAB_E_INVALID && strstr(t->failure.text, "chunksize"),
               "an error that names the chunksize");
    }
}

static void any_chunksize_gives_the_same_results(struct lab_trial *t)
{
    static const long sizes[] = {1, 2, 3, 5, 1000};
    uint64_t number;
    for (int s = 0; s < 5; s++) {
        struct lab_map_options options = LAB_MAP_DEFAULTS;
        options.chunksize = sizes[s];
        struct lab_map *map = trial_map(t, t->executor, &lab_task_double, five, 5, &options);
        EXPECT(t, map != NULL, "a map");
        for (uint64_t i = 1; i <= 5; i++)
            EXPECT(t, trial_map_next(t, map, &number) == 0 && number == 2 * i,
                   "the results in the order of the input");
        EXPECT(t, trial_map_next(t, map, &number) == LAB_E_END, "the end after the last");
        trial_map_leave(t, map);
    }
}

/* Each child does one task, and a chunk is one task: so a child counts as far as its chunk is
 * long. */
static void chunks_are_one_task_each(struct lab_trial *t)
{
    static const uint64_t counted[] = {1, 2, 3, 1, 2};
    uint64_t number;
    struct lab_executor_options pool = trial_options(t, 1);
    struct lab_map_options options = LAB_MAP_DEFAULTS;
    pool.max_tasks_per_child = 1;
    options.chunksize = 3;
    struct lab_executor *executor = trial_executor(t, &pool);
    EXPECT(t, executor != NULL, "a pool");
    struct lab_map *map = trial_map(t, executor, &lab_task_serial, five, 5, &options);
    EXPECT(t, map != NULL, "a map");
    for (int i = 0; i < 5; i++)
        EXPECT(t, trial_map_next(t, map, &number) == 0 && number == counted[i],
               "three items to run in one child, and two in the next");
}

#define AT_ONCE                                                                                    \
    "map submits at once, even if nobody asks for a result. It yields in the order of its input, " \
    "and its time-out counts from the call."
#define LEAVING                                                                                    \
    "A failure comes at its own place. Leaving early cancels what has not started; a time-out "    \
    "cancels the current one too."
#define SIZES                                                                                      \
    "buffersize limits how far submission runs ahead: none, or at least 1. chunksize groups "      \
    "tasks for processes; below 1 it is an error, larger than the input it is fine."
#define RUN_AT_CREATE                                                                              \
    "it has run every task when map returns: there is nothing to cancel or to wait for"
#define OTHERS_DO_NOT_CHUNK "chunks are for processes: elsewhere a task costs no message"

const struct lab_rule_case lab_cases_map[] = {
    {10, CASE(map_submits_everything_at_once), .workers = 2, .source = SOURCE,
     .title = "submits at once", .meaning = AT_ONCE},
    {10, CASE(a_map_runs_even_if_nobody_asks), .workers = 2, .source = SOURCE,
     .title = "runs even if nobody asks", .meaning = AT_ONCE,
     .except = {{LAB_ON_PROCESSES, OTHER_MEMORY}}},
    {10, CASE(map_yields_in_the_order_of_its_input), .workers = 2, .source = SOURCE,
     .title = "in the order of the input", .meaning = AT_ONCE},
    {10, CASE(the_timeout_of_map_counts_from_the_call), .workers = 1, .source = SOURCE,
     .title = "the time-out counts from the call", .meaning = AT_ONCE,
     .except = {{LAB_ON_INLINE, RUN_AT_CREATE}}},
    {11, CASE(a_failure_comes_at_its_own_place), .workers = 2, .source = SOURCE,
     .title = "a failure at its own place", .meaning = LEAVING},
    {11, CASE(a_failure_cancels_what_has_not_started), .workers = 1, .source = SOURCE,
     .title = "nothing after a failure", .meaning = LEAVING},
    {11, CASE(leaving_early_cancels_what_has_not_started), .workers = 1, .source = SOURCE,
     .title = "leaving early cancels", .meaning = LEAVING,
     .except = {{LAB_ON_INLINE, RUN_AT_CREATE}, {LAB_ON_PROCESSES, OTHER_MEMORY}}},
    {11, CASE(a_timeout_cancels_the_current_one_too), .workers = 1, .source = SOURCE,
     .title = "a time-out cancels", .meaning = LEAVING,
     .except = {{LAB_ON_INLINE, RUN_AT_CREATE}, {LAB_ON_PROCESSES, OTHER_MEMORY}}},
    {11, CASE(what_a_map_in_processes_cancels_never_runs), .workers = 1, .source = SOURCE,
     .title = "both, in processes", .meaning = LEAVING,
     .except = {{~(unsigned)LAB_ON_PROCESSES,
                 "the two cases before this one show it with a counter in shared memory"}}},
    {12, CASE(buffersize_limits_how_far_submission_runs_ahead), .workers = 2, .source = SOURCE,
     .title = "buffersize limits", .meaning = SIZES},
    {12, CASE(a_buffersize_below_one_is_an_error), .workers = 1, .source = SOURCE,
     .title = "buffersize below 1", .meaning = SIZES},
    {12, CASE(a_buffersize_larger_than_the_input_is_fine), .workers = 2, .source = SOURCE,
     .title = "a large buffersize", .meaning = SIZES},
    {12, CASE(a_chunksize_below_one_is_an_error), .workers = 1, .source = SOURCE,
     .title = "chunksize below 1", .meaning = SIZES},
    {12, CASE(any_chunksize_gives_the_same_results), .workers = 2, .source = SOURCE,
     .title = "any chunksize, the same results", .meaning = SIZES},
    {12, CASE(chunks_are_one_task_each), .workers = 0, .source = SOURCE,
     .title = "a chunk is one task", .meaning = SIZES,
     .except = {{~(unsigned)LAB_ON_PROCESSES, OTHERS_DO_NOT_CHUNK}}},
    {0},
};
