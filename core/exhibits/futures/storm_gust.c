#include "exhibits/futures/storm_gust.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/futures/tasks.h"
#include "futures/wait.h"
#include "platform/system.h"
#include "stats/random.h"

void lab__storm_problem(struct lab_storm *storm, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    lab_mutex_lock(&storm->mutex);
    if (!storm->result->problem[0])
        vsnprintf(storm->result->problem, sizeof storm->result->problem, format, args);
    lab_mutex_unlock(&storm->mutex);
    va_end(args);
}

enum { CALLBACKS = 3, SUBMITTERS = 2, RECENT = 8 };

#define STAY_NS 60000000000u /* longer than any gust takes */

struct entry {
    struct lab_future *future; /* NULL: it was never made */
    const struct lab_task_type *type;
    uint64_t number;
    unsigned callbacks, bad;           /* how many; bit n: number n fails */
    _Atomic uint32_t calls[CALLBACKS]; /* counters; read when nobody calls any more */
};

/* How submitter 0 ends the pool, midway. */
enum end { END_NOT, END_SHUTDOWN, END_CANCEL, END_TERMINATE, END_KILL };

struct gust {
    struct lab_storm_kind *kind;
    struct lab_executor *executor;
    struct entry *entries;
    size_t count;
    enum end end;
    size_t end_at;
    bool may_break; /* an initializer fails, the workers were ended, or a task that crashes was
                     * accepted */
};

struct submitter {
    struct gust *gust;
    struct lab_random random;
    size_t from, to, at;
    uint64_t refused, crashes;
    bool ends, broken; /* it may end the pool; it found the pool broken */
    bool stays;        /* at the end it waits for all its futures, one after another */
    lab_thread thread;
};

/* ---- a submitter ---- */

static bool chance(struct lab_random *random, uint64_t in)
{
    return lab_random_below(random, in) == 0;
}

static int call_well(struct lab_future *future, void *calls)
{
    (void)future;
    atomic_fetch_add_explicit((_Atomic uint32_t *)calls, 1, memory_order_relaxed);
    return 0;
}

static int call_badly(struct lab_future *future, void *calls)
{
    call_well(future, calls);
    return LAB_E_TASK;
}

static void draw_crash(struct submitter *submitter, struct entry *entry)
{
    uint64_t where = LAB_AT_DECODE + lab_random_below(&submitter->random, 4);
    uint64_t how = LAB_IT_TRAPS + lab_random_below(&submitter->random, 2);
    entry->type = &lab_task_fault;
    entry->number = LAB_FAULT(where, how);
    submitter->crashes++;
}

static void draw_task(struct submitter *submitter, struct entry *entry)
{
    struct lab_random *random = &submitter->random;
    uint64_t what = lab_random_below(random, 1000);
    entry->type = &lab_task_double;
    entry->number = 14 + lab_random_below(random, 1000000);
    if (what < 5 && submitter->gust->kind->method->processes)
        draw_crash(submitter, entry);
    else if (what < 100)
        entry->number = 13; /* fails */
    else if (what < 200)
        entry->type = &lab_task_sleep, entry->number = lab_random_below(random, 50000);
    else if (what < 205)
        entry->type = &lab_task_sleep, entry->number = lab_random_below(random, 1000000);
}

/* Waits for a little while, in one way or another, for some of the latest futures. */
static void wait_a_little(struct submitter *submitter)
{
    struct lab_future *recent[RECENT], *next;
    struct lab_wait_result sets;
    struct lab_as_completed *iterator;
    uint64_t timeout = lab_random_below(&submitter->random, 100000);
    uint64_t way = lab_random_below(&submitter->random, 10);
    size_t made = submitter->at - submitter->from, count = made < RECENT ? made : RECENT;
    int code = 0;
    assert(count > 0);
    for (size_t i = 0; i < count; i++)
        recent[i] = submitter->gust->entries[submitter->at - count + i].future;
    if (way < 7) {
        code = lab_future_wait(recent[0], timeout);
    } else if (way < 9) {
        code = lab_wait(recent, count, timeout, (enum lab_return_when)(timeout % 3), &sets);
        if (sets.done_count + sets.not_done_count != count)
            lab__storm_problem(submitter->gust->kind->storm, "wait lost futures: %zu + %zu of %zu",
                               sets.done_count, sets.not_done_count, count);
        lab_wait_result_release(&sets);
    } else if (!(code = lab_as_completed_create(&iterator, recent, count, timeout))) {
        for (int i = 0; i < 3 && !code; i++)
            code = lab_as_completed_next(iterator, &next, NULL);
        lab_as_completed_destroy(iterator);
    }
    if (code && code != LAB_E_TIMEOUT && code != LAB_E_AGAIN && code != LAB_E_END &&
        code != LAB_E_STOPPED)
        lab__storm_problem(submitter->gust->kind->storm, "a wait said %s", lab_error_name(code));
}

/* Only the one submitter that ends. */
static void end_pool(struct submitter *submitter)
{
    struct lab_executor *executor = submitter->gust->executor;
    enum end end = submitter->gust->end;
    submitter->gust->may_break |= end == END_TERMINATE || end == END_KILL;
    switch (end) {
    case END_NOT:
        break;
    case END_SHUTDOWN:
    case END_CANCEL:
        lab_executor_shutdown(executor, false, end == END_CANCEL);
        break;
    case END_TERMINATE:
        lab_executor_terminate_workers(executor);
        break;
    case END_KILL:
        lab_executor_kill_workers(executor);
        break;
    }
}

/* False: the pool takes no more. */
static bool submit_one(struct submitter *submitter)
{
    struct lab_random *random = &submitter->random;
    struct entry *entry = &submitter->gust->entries[submitter->at];
    struct lab_failure failure;
    draw_task(submitter, entry);
    entry->callbacks = (unsigned)lab_random_below(random, CALLBACKS + 1);
    entry->bad = (unsigned)lab_random_below(random, 1u << CALLBACKS);
    struct lab_task task = {.type = entry->type,
                            .in = {&entry->number, sizeof entry->number},
                            .tag = (uint32_t)submitter->at + 1};
    int code = lab_submit(submitter->gust->executor, &task, &entry->future, &failure);
    if (code) {
        if (code != LAB_E_SHUTDOWN && code != LAB_E_BROKEN)
            lab__storm_problem(submitter->gust->kind->storm, "a submit said %s", failure.text);
        submitter->refused++;
        submitter->broken = code == LAB_E_BROKEN;
        entry->future = NULL;
        return false;
    }
    submitter->at++;
    for (unsigned i = 0; i < entry->callbacks; i++)
        if (lab_future_on_done(entry->future, entry->bad >> i & 1 ? call_badly : call_well,
                               &entry->calls[i]))
            abort(); /* out of memory: then nothing can be said */
    return true;
}

static void submit_all(void *argument)
{
    struct submitter *submitter = argument;
    struct gust *gust = submitter->gust;
    while (submitter->at < submitter->to && !lab_stopping()) {
        if (submitter->ends && submitter->at == gust->end_at)
            end_pool(submitter);
        if (!submit_one(submitter))
            break;
        if (chance(&submitter->random, 8)) {
            size_t made = submitter->at - submitter->from;
            size_t which = submitter->from + lab_random_below(&submitter->random, made);
            lab_future_cancel(gust->entries[which].future);
        }
        if (chance(&submitter->random, 30))
            wait_a_little(submitter);
    }
    for (size_t i = submitter->from; submitter->stays && i < submitter->at; i++) {
        int code = lab_future_wait(gust->entries[i].future, STAY_NS);
        if (code && code != LAB_E_STOPPED)
            lab__storm_problem(gust->kind->storm, "%s: a wait for a future said %s after a minute",
                               gust->kind->method->name, lab_error_name(code));
        if (code)
            break;
    }
}

/* ---- a gust ---- */

static const char *wrong_result(const struct gust *gust, const struct entry *entry)
{
    struct lab_bytes result;
    uint64_t number = 0,
             right = entry->type == &lab_task_double ? 2 * entry->number : entry->number;
    const struct lab_failure *failure = lab_future_failure(entry->future);
    int code = lab_future_result(entry->future, &result);
    if (code == LAB_E_CANCELLED)
        return NULL;
    if (!code && result.size == sizeof number)
        memcpy(&number, result.data, sizeof number);
    if (!code && entry->type == &lab_task_double && entry->number == 13)
        return "a result of a task that fails";
    if (!code)
        return number == right ? NULL : "a wrong result";
    if (!failure || failure->code != code)
        return "a failure that does not match its code";
    if (code == LAB_E_TASK)
        return entry->type == &lab_task_double && entry->number == 13 ? NULL : "a wrong failure";
    if (code == LAB_E_BROKEN)
        return gust->may_break ? NULL : "a broken pool that nobody broke";
    if (code == LAB_E_SHUTDOWN)
        return gust->kind->method->processes ? NULL : "a task that shutdown ended";
    return "an unexpected failure";
}

/* The pool is gone: nobody touches the entry any more. */
static void look_at(struct gust *gust, struct entry *entry)
{
    struct lab_storm_kind *kind = gust->kind;
    enum lab_future_state state = lab_future_state(entry->future);
    if (state != LAB_FUTURE_FINISHED && state != LAB_FUTURE_CANCELLED_AND_NOTIFIED)
        lab__storm_problem(kind->storm, "%s: a future is left in state %d", kind->method->name,
                           state);
    for (unsigned i = 0; i < entry->callbacks; i++) {
        uint32_t calls = atomic_load_explicit(&entry->calls[i], memory_order_relaxed);
        kind->sum.callbacks += calls;
        kind->sum.callback_failures += entry->bad >> i & 1;
        if (calls != 1)
            lab__storm_problem(kind->storm, "%s: a callback ran %" PRIu32 " times",
                               kind->method->name, calls);
    }
    const char *wrong = lab_future_done(entry->future) ? wrong_result(gust, entry) : NULL;
    if (wrong && !lab_stopping())
        lab__storm_problem(
            kind->storm, "%s: %s: %s", kind->method->name, wrong,
            lab_future_failure(entry->future) ? lab_future_failure(entry->future)->text : "");
    kind->sum.futures++;
    if (state == LAB_FUTURE_CANCELLED_AND_NOTIFIED)
        kind->sum.cancelled++;
    else if (lab_future_failure(entry->future))
        kind->sum.failed++;
    else
        kind->sum.finished++;
    lab_future_release(entry->future);
}

/* All of what a gust does is drawn here and by its submitters. */
static void draw_gust(struct gust *gust, struct lab_random *random,
                      struct lab_executor_options *options, struct lab_task *initializer,
                      uint64_t *number)
{
    const struct lab_method *method = gust->kind->method;
    lab_executor_options_init(options, method);
    options->workers = method->parallel ? 1 + (int)lab_random_below(random, 4) : 1;
    options->prestart = chance(random, 4);
    gust->count = method->processes ? 20 + lab_random_below(random, 130)
                                    : 500 + lab_random_below(random, 2500);
    gust->end_at = lab_random_below(random, gust->count / SUBMITTERS);
    gust->end = (enum end)(
        chance(random, 2) ? END_NOT : 1 + lab_random_below(random, method->processes ? 4 : 2));
    uint64_t child = lab_random_below(random, 80), initialize = lab_random_below(random, 16);
    if (method->processes && child < 20)
        options->max_tasks_per_child = (int)child + 1;
    *number = initialize == 0 ? 13 : 7;
    if (method->parallel && initialize < 4)
        options->initializer = initializer;
    gust->may_break = options->initializer && *number == 13;
}

static void finish_pool(struct gust *gust, struct lab_random *random)
{
    uint64_t way = lab_random_below(random, 4);
    bool wait = way == 1 || way == 2, cancel = way == 2;
    if (way > 0)
        while (lab_executor_shutdown(gust->executor, wait, cancel) == LAB_E_AGAIN) {
        }
    lab_executor_destroy(gust->executor);
}

/* Now and then while the submitters are still at it, or wait. */
static void shut_down_early(struct gust *gust, struct lab_random *random)
{
    uint64_t after = lab_random_below(random, 20000000);
    if (!chance(random, 3))
        return;
    for (uint64_t start = lab_now_ns(); lab_now_ns() - start < after && !lab_stopping();)
        lab_spin_pause();
    lab_executor_shutdown(gust->executor, true, false);
    gust->kind->sum.shutdowns += gust->end != END_SHUTDOWN && gust->end != END_CANCEL;
}

static void submit_by_several(struct gust *gust, uint64_t seed, struct lab_random *random)
{
    struct submitter submitters[SUBMITTERS];
    /* Where futures belong to their creator there is one submitter. */
    size_t count = gust->kind->method->parallel && lab_has_threads() ? SUBMITTERS : 1;
    bool running[SUBMITTERS] = {false}, broken = false;
    for (size_t i = 0; i < count; i++) {
        struct submitter *submitter = &submitters[i];
        *submitter = (struct submitter){.gust = gust, .ends = i == 0};
        submitter->from = submitter->at = gust->count * i / count;
        submitter->to = gust->count * (i + 1) / count;
        lab_random_seed(&submitter->random, lab_random_substream(seed, 1 + i));
        submitter->stays = count > 1 && chance(&submitter->random, 2);
        running[i] = count > 1 && lab_thread_start(&submitter->thread, submit_all, submitter) == 0;
        if (!running[i])
            submit_all(submitter);
    }
    if (running[0] && running[count - 1])
        shut_down_early(gust, random);
    for (size_t i = 0; i < count; i++) {
        if (running[i])
            lab_thread_join(submitters[i].thread);
        gust->kind->sum.refused += submitters[i].refused;
        gust->kind->sum.crashes += submitters[i].crashes;
        broken |= submitters[i].broken;
    }
    for (size_t i = 0; i < gust->count; i++)
        gust->may_break |= gust->entries[i].future && gust->entries[i].type == &lab_task_fault;
    if (broken && !gust->may_break)
        lab__storm_problem(gust->kind->storm, "%s: a submit found a broken pool that nobody broke",
                           gust->kind->method->name);
}

void lab__storm_gust(struct lab_storm_kind *kind, uint64_t number)
{
    struct gust gust = {.kind = kind};
    struct lab_random random;
    struct lab_executor_options options;
    struct lab_failure failure;
    uint64_t value, seed = lab_random_substream(kind->seed, number);
    struct lab_task initializer = {.type = &lab_task_initialize, .in = {&value, sizeof value}};
    lab_random_seed(&random, lab_random_substream(seed, 0));
    draw_gust(&gust, &random, &options, &initializer, &value);
    if (gust.count > kind->share - kind->sum.futures)
        gust.count = (size_t)(kind->share - kind->sum.futures);
    gust.entries = calloc(gust.count, sizeof *gust.entries);
    if (!gust.entries)
        abort();
    if (lab_executor_create(&gust.executor, kind->method, &options, &failure)) {
        lab__storm_problem(kind->storm, "%s: %s", kind->method->name, failure.text);
    } else {
        kind->sum.pools++;
        kind->sum.shutdowns += gust.end == END_SHUTDOWN || gust.end == END_CANCEL;
        kind->sum.kills += gust.end == END_TERMINATE || gust.end == END_KILL;
        submit_by_several(&gust, seed, &random);
        finish_pool(&gust, &random);
    }
    for (size_t i = 0; i < gust.count; i++)
        if (gust.entries[i].future)
            look_at(&gust, &gust.entries[i]);
    free(gust.entries);
}
