/* - The end is told by a callback of the slow function's future, in the thread that ended it:
 *   whoever waits here may wake later, and that must not count. The spinner looks at the same word
 *   before each frame.
 * - The spinner is not woken when all is over: it ends when its 0.1 s are, or when its executor is
 *   destroyed. */
#include "exhibits/spin/spin.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "futures/executor.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/sample.h"

#define LOOK_NS UINT64_C(20000000) /* how often a stop is looked for */
enum { START_TIMEOUT = 60 };       /* seconds; a browser starts a Worker for each thread */

/* Where the spinner is. */
enum place { NOWHERE, WITH_THE_SLOW, IN_THE_CALLER };

struct lab_spin {
    const struct lab_slow *slow;
    enum place place;
    lab_spin_draw draw;
    void *user;
    struct lab_executor *executor; /* of the slow function; until the end of both */
    struct lab_executor *loop;     /* of the spinner, where it is in the caller; or NULL */
    struct lab_future *slow_future, *spinner_future;
    struct lab_spin *self; /* the spinner's argument: this pointer's bytes */
    bool ready, running, done;
    uint64_t prepared_ns, start_ns;
    /* The end. Release: over_ns was written before. The futex that the caller sleeps on. */
    _Atomic uint32_t over;
    uint64_t over_ns;
    /* The spinner's alone while it runs; its executor's end publishes them. */
    uint64_t first_ns, last_ns;
    double *gaps; /* seconds between frames */
    size_t gap_count, gap_capacity;
    double longest_gap;
    unsigned frames;
    struct lab_spin_result result;
};

/* ---- the spinner ---- */

static bool is_over(struct lab_spin *spin)
{
    return atomic_load_explicit(&spin->over, memory_order_acquire) != 0;
}

/* More frames than there is memory for are counted, and their gaps no part of the percentiles. */
static void keep_gap(struct lab_spin *spin, double gap)
{
    if (gap > spin->longest_gap)
        spin->longest_gap = gap;
    if (spin->gap_count == spin->gap_capacity) {
        size_t capacity = spin->gap_capacity ? spin->gap_capacity * 2 : 64;
        double *grown = realloc(spin->gaps, capacity * sizeof *grown);
        if (!grown)
            return;
        spin->gaps = grown;
        spin->gap_capacity = capacity;
    }
    spin->gaps[spin->gap_count++] = gap;
}

static void draw_frame(struct lab_spin *spin)
{
    uint64_t now = lab_now_ns();
    if (spin->frames == 0)
        spin->first_ns = now;
    else
        keep_gap(spin, (double)(now - spin->last_ns) / 1e9);
    spin->last_ns = now;
    if (spin->draw)
        spin->draw(spin->user, spin->frames, (double)(now - spin->start_ns) / 1e9);
    spin->frames++;
}

static int spinner_step(struct lab_run *run)
{
    struct lab_spin *spin;
    memcpy(&spin, run->in.data, sizeof spin);
    LAB_CO_BEGIN(&run->co);
    while (!is_over(spin) && !lab_stopping()) {
        draw_frame(spin);
        LAB_AWAIT_SLEEP(&run->co, LAB_SPIN_FRAME_NS);
    }
    LAB_CO_END(&run->co);
    return lab_run_result(run, NULL, 0);
}

/* Never in another process: its bytes are a pointer. */
static const struct lab_task_type spinner_type = {.name = "spinner", .step = spinner_step};

/* ---- making it ---- */

static enum place place_of(const struct lab_method *method)
{
    static const struct {
        const char *method;
        enum place place;
    } places[] = {{"sequential", NOWHERE},        {"threads", WITH_THE_SLOW},
                  {"threads-gil", WITH_THE_SLOW}, {"interpreters", IN_THE_CALLER},
                  {"processes", IN_THE_CALLER},   {"async", WITH_THE_SLOW}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].method, method->name) == 0)
            return places[i].place;
    return IN_THE_CALLER; /* which asks the least of a model */
}

struct lab_spin *lab_spin_create(const struct lab_method *method, const struct lab_slow *slow,
                                 lab_spin_draw draw, void *user)
{
    struct lab_spin *spin = calloc(1, sizeof *spin);
    if (!spin)
        return NULL;
    spin->self = spin;
    spin->slow = slow;
    spin->place = place_of(method);
    spin->draw = draw;
    spin->user = user;
    spin->result = (struct lab_spin_result){.method = method, .slow = slow->kind, .answer = ""};
    return spin;
}

static void end_executors(struct lab_spin *spin)
{
    /* Or a spinner whose slow function never came to run would turn for ever. Publishes nothing. */
    atomic_store_explicit(&spin->over, 1, memory_order_release);
    lab_executor_destroy(spin->executor);
    lab_executor_destroy(spin->loop);
    spin->executor = spin->loop = NULL;
}

static void start_executors(struct lab_spin *spin)
{
    const struct lab_method *method = spin->result.method;
    struct lab_failure *failure = &spin->result.failure;
    bool both = method->parallel && spin->place == WITH_THE_SLOW;
    struct lab_executor_options options = {.workers = both ? 2 : 1, .prestart = true};
    int code = lab_executor_create(&spin->executor, method, &options, failure);
    spin->result.unavailable = code == LAB_E_UNAVAILABLE && method->unavailable();
    if (spin->result.unavailable) /* the method's name stands beside it */
        lab_fail(failure, LAB_E_UNAVAILABLE, "%s", method->unavailable());
    options.workers = 1;
    if (!code && spin->place == IN_THE_CALLER)
        lab_executor_create(&spin->loop, lab_method_find("async"), &options, failure);
}

/* Where it has no thread of its own, makes the executor do what it can within that time. */
static void drive(struct lab_executor *executor, uint64_t ns)
{
    if (executor && lab_executor_needs_driving(executor))
        lab_executor_drive(executor, ns);
}

int lab_spin_prepare(struct lab_spin *spin)
{
    struct lab_failure *failure = &spin->result.failure;
    int code;
    if (!spin->prepared_ns) {
        spin->prepared_ns = lab_now_ns();
        start_executors(spin);
    }
    for (;;) {
        if (failure->code || spin->ready)
            return LAB_CO_DONE;
        drive(spin->executor, 0);
        code = lab_executor_ready(spin->executor, failure);
        if (code != LAB_E_AGAIN)
            break;
        failure->code = 0;
        if (lab_stopping()) {
            lab_fail(failure, LAB_E_STOPPED, "stopped");
        } else if (lab_now_ns() - spin->prepared_ns > START_TIMEOUT * UINT64_C(1000000000)) {
            lab_fail(failure, LAB_E_TIMEOUT, "its workers were not ready within %d s",
                     START_TIMEOUT);
        } else if (!lab_can_block()) {
            return LAB_CO_AWAIT;
        }
    }
    spin->ready = code == 0;
    return LAB_CO_DONE;
}

bool lab_spin_failed(const struct lab_spin *spin)
{
    return spin->result.failure.code != 0;
}

/* ---- running it ---- */

static int on_slow_done(struct lab_future *future, void *user)
{
    struct lab_spin *spin = user;
    (void)future;
    spin->over_ns = lab_now_ns();
    atomic_store_explicit(&spin->over, 1, memory_order_release);
    lab_futex_wake(&spin->over, 1);
    return 0;
}

static int begin(struct lab_spin *spin)
{
    struct lab_failure *failure = &spin->result.failure;
    struct lab_task task = {.type = &spinner_type, .in = {&spin->self, sizeof spin->self}};
    struct lab_task slow = lab_slow_task(spin->slow);
    int code = 0;
    slow.tag = 1;
    spin->start_ns = lab_now_ns();
    if (spin->place == NOWHERE)
        draw_frame(spin);
    else
        code = lab_submit(spin->loop ? spin->loop : spin->executor, &task, &spin->spinner_future,
                          failure);
    if (code)
        return code;
    if (spin->loop)
        lab_executor_drive(spin->loop, 0); /* the first frame */
    code = lab_submit(spin->executor, &slow, &spin->slow_future, failure);
    if (code || lab_future_on_done(spin->slow_future, on_slow_done, spin) == 0)
        return code;
    return lab_fail(failure, LAB_E_NOMEM, "out of memory");
}

/* A while of whatever there is to be done in this thread; where it can block, at most LOOK_NS of
 * waiting. */
static void go_on(struct lab_spin *spin)
{
    uint64_t ns = lab_can_block() ? LOOK_NS : 0;
    bool here = spin->loop && !lab_future_done(spin->spinner_future);
    bool driven = lab_executor_needs_driving(spin->executor);
    if (driven)
        lab_executor_drive(spin->executor, here ? 0 : ns);
    if (here)
        lab_executor_drive(spin->loop, ns);
    if (!driven && !here)
        lab_futex_wait(&spin->over, 0, ns);
}

static double seconds_between(uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) / 1e9 : 0;
}

static void describe_jitter(struct lab_spin *spin)
{
    struct lab_spin_result *result = &spin->result;
    struct lab_distribution jitter;
    for (size_t i = 0; i < spin->gap_count; i++) {
        double late = spin->gaps[i] - (double)LAB_SPIN_FRAME_NS / 1e9;
        spin->gaps[i] = late < 0 ? -late : late;
    }
    result->has_jitter =
        spin->gap_count > 0 && lab_sample_describe(spin->gaps, spin->gap_count, &jitter) == 0;
    if (!result->has_jitter)
        return;
    result->jitter_p50 = jitter.p50;
    result->jitter_p90 = jitter.p90;
    result->jitter_max = jitter.max;
}

/* Ends both, then reads what they left: from here on nothing of theirs runs. cut: without waiting
 * for the slow function. */
static void finish(struct lab_spin *spin, bool cut)
{
    struct lab_spin_result *result = &spin->result;
    uint64_t end_ns = cut ? lab_now_ns() : spin->over_ns;
    struct lab_bytes bytes;
    end_executors(spin);
    result->seconds = seconds_between(spin->start_ns, end_ns);
    result->frames = spin->frames;
    double before = seconds_between(spin->start_ns, spin->frames ? spin->first_ns : end_ns);
    double after = spin->frames ? seconds_between(spin->last_ns, end_ns) : 0;
    result->longest_freeze = spin->longest_gap;
    if (before > result->longest_freeze)
        result->longest_freeze = before;
    if (after > result->longest_freeze)
        result->longest_freeze = after;
    describe_jitter(spin);
    if (result->failure.code)
        return;
    if (cut) {
        lab_fail(&result->failure, LAB_E_STOPPED, "stopped");
    } else if (lab_future_result(spin->slow_future, &bytes) == 0) {
        result->answer = lab_slow_answer(spin->slow, bytes, &result->correct);
    } else {
        const struct lab_failure *failure = lab_future_failure(spin->slow_future);
        if (failure)
            result->failure = *failure;
        else
            lab_fail(&result->failure, LAB_E_CANCELLED, "the slow function was cancelled");
    }
}

int lab_spin_run(struct lab_spin *spin)
{
    if (spin->done)
        return LAB_CO_DONE;
    if (lab_spin_failed(spin)) {
        end_executors(spin);
        spin->done = true;
        return LAB_CO_DONE;
    }
    bool cut = false;
    if (!spin->running) {
        spin->running = true;
        cut = begin(spin) != 0;
    }
    while (!cut && !is_over(spin)) {
        cut = lab_stopping();
        if (cut)
            break;
        go_on(spin);
        if (!lab_can_block() && !is_over(spin))
            return LAB_CO_AWAIT;
    }
    finish(spin, cut);
    spin->done = true;
    return LAB_CO_DONE;
}

static uint64_t next_drive(const struct lab_executor *executor)
{
    return executor && lab_executor_needs_driving(executor) ? lab_executor_next_drive(executor)
                                                            : LAB_FOREVER;
}

uint64_t lab_spin_next(const struct lab_spin *spin)
{
    uint64_t slow = next_drive(spin->executor), spinner = next_drive(spin->loop);
    return slow < spinner ? slow : spinner;
}

const struct lab_spin_result *lab_spin_result(const struct lab_spin *spin)
{
    return &spin->result;
}

void lab_spin_destroy(struct lab_spin *spin)
{
    if (!spin)
        return;
    end_executors(spin);
    lab_future_release(spin->slow_future);
    lab_future_release(spin->spinner_future);
    free(spin->gaps);
    free(spin);
}
