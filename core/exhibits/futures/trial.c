#include "exhibits/futures/trial.h"

#include <stdio.h>

struct trial_block {
    struct trial_block *next;
    uint64_t bytes[]; /* aligned for whatever a task is */
};

void *trial_keep(struct lab_trial *t, const void *data, size_t size)
{
    struct trial_block *block = malloc(sizeof *block + size);
    if (!block)
        abort();
    if (size)
        memcpy(block->bytes, data, size);
    block->next = t->blocks;
    t->blocks = block;
    return block->bytes;
}

void trial_free_blocks(struct lab_trial *t)
{
    for (struct trial_block *block; (block = t->blocks);) {
        t->blocks = block->next;
        free(block);
    }
}

unsigned trial_kind(const struct lab_method *method)
{
    static const struct {
        const char *name;
        unsigned kind;
    } kinds[] = {
        {"threads", LAB_ON_THREADS},
        {"threads-gil", LAB_ON_THREADS_GIL},
        {"interpreters", LAB_ON_INTERPRETERS},
        {"processes", LAB_ON_PROCESSES},
        {"async", LAB_ON_ASYNC},
    };
    if (strcmp(method->name, "sequential") == 0)
        return LAB_ON_SEQUENTIAL | (lab_can_block() ? LAB_ON_INLINE : 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(method->name, kinds[i].name) == 0)
            return kinds[i].kind;
    return LAB_ON_OTHER;
}

bool trial_holds_are_timed(const struct lab_trial *t)
{
    return trial_kind(t->method) == LAB_ON_PROCESSES;
}

bool trial_hold_is_over(const struct lab_trial *t)
{
    return t->held && trial_holds_are_timed(t) && lab_now_ns() >= t->held_until;
}

void trial_fail(struct lab_trial *t, const char *file, int line, const char *what)
{
    const char *slash = strrchr(file, '/');
    t->lost |= trial_hold_is_over(t);
    if (t->failed)
        return;
    t->failed = true;
    snprintf(t->reason, sizeof t->reason, "%s:%d: expected %s", slash ? slash + 1 : file, line,
             what);
}

/* ---- time ---- */

static void rest(uint64_t ns)
{
    _Atomic uint32_t never;
    atomic_init(&never, 0);
    lab_futex_wait(&never, 0, ns);
}

bool trial_poll(struct lab_trial *t, uint64_t until_ns)
{
    bool driven = false;
    for (size_t i = 0; i < t->executor_count; i++)
        if (lab_executor_needs_driving(t->executors[i]))
            driven |= lab_executor_drive(t->executors[i], 200000);
    if (!driven)
        rest(200000);
    return lab_now_ns() < until_ns && !lab_stopping();
}

void trial_sleep(struct lab_trial *t, uint64_t ns)
{
    uint64_t until = lab_now_ns() + ns;
    (void)t;
    for (uint64_t now; (now = lab_now_ns()) < until;)
        rest(until - now);
}

/* ---- executors ---- */

struct lab_executor_options trial_options(struct lab_trial *t, int workers)
{
    struct lab_executor_options options;
    lab_executor_options_init(&options, t->method);
    if (t->method->parallel)
        options.workers = workers;
    return options;
}

struct lab_executor *trial_executor(struct lab_trial *t, const struct lab_executor_options *options)
{
    struct lab_executor *executor;
    if (t->executor_count == TRIAL_EXECUTORS) {
        lab_fail(&t->failure, LAB_E_FULL, "a case has at most %d executors", TRIAL_EXECUTORS);
        return NULL;
    }
    if (lab_executor_create(&executor, t->method, options, &t->failure))
        return NULL;
    t->executors[t->executor_count++] = executor;
    return executor;
}

int trial_ready(struct lab_trial *t, struct lab_executor *executor)
{
    int code;
    while ((code = lab_executor_ready(executor, &t->failure)) == LAB_E_AGAIN && !lab_stopping())
        trial_poll(t, 0);
    return code;
}

struct lab_task *trial_initializer(struct lab_trial *t, uint64_t number)
{
    struct lab_task task = {.type = &lab_task_initialize,
                            .in = {trial_keep(t, &number, sizeof number), sizeof number}};
    return trial_keep(t, &task, sizeof task);
}

void trial_shutdown(struct lab_trial *t, struct lab_executor *executor, bool wait,
                    bool cancel_futures)
{
    while (lab_executor_shutdown(executor, wait, cancel_futures) == LAB_E_AGAIN)
        trial_poll(t, 0);
}

/* ---- notes ---- */

void trial_note(struct lab_trial *t, char letter)
{
    lab_mutex_lock(&t->mutex);
    if (t->note_count < TRIAL_NOTES - 1)
        t->notes[t->note_count++] = letter;
    lab_mutex_unlock(&t->mutex);
}

struct note {
    struct lab_trial *trial;
    char letter;
};

static int on_done(struct lab_future *future, void *user)
{
    const struct note *note = user;
    (void)future;
    trial_note(note->trial, note->letter);
    return note->letter >= 'A' && note->letter <= 'Z' ? LAB_E_TASK : 0;
}

void trial_note_when_done(struct lab_trial *t, struct lab_future *future, char letter)
{
    struct note note = {t, letter};
    if (lab_future_on_done(future, on_done, trial_keep(t, &note, sizeof note)))
        abort();
}

static size_t copy_notes(struct lab_trial *t)
{
    lab_mutex_lock(&t->mutex);
    size_t count = t->note_count;
    memcpy(t->notes_read, t->notes, count);
    t->notes_read[count] = '\0';
    lab_mutex_unlock(&t->mutex);
    return count;
}

const char *trial_notes(struct lab_trial *t, size_t length)
{
    UNTIL(t, copy_notes(t) >= length)
    return t->notes_read;
}

/* ---- threads ---- */

bool trial_start(struct lab_trial *t, void (*entry)(void *), void *argument)
{
    if (t->thread_count == TRIAL_THREADS) {
        lab_fail(&t->failure, LAB_E_FULL, "a case has at most %d threads", TRIAL_THREADS);
        return false;
    }
    int code = lab_thread_start(&t->threads[t->thread_count], entry, argument);
    if (code)
        return lab_fail(&t->failure, code, "a thread could not be started") == 0;
    t->thread_count++;
    return true;
}

void trial_join(struct lab_trial *t)
{
    while (t->thread_count)
        lab_thread_join(t->threads[--t->thread_count]);
}
