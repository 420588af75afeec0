#include "platform/process_shared.h"

/* ---- the list ---- */

void lab__process_add(struct lab_process_group *group, struct lab_process *process)
{
    process->group = group;
    process->next = lab__process_first(group);
    atomic_store_explicit(&group->first, process, memory_order_release);
}

void lab__process_watch(struct lab_process *process)
{
    atomic_store_explicit(&process->ended, false, memory_order_relaxed);
    atomic_store_explicit(&process->watched, true, memory_order_relaxed);
}

void lab__process_unwatch(struct lab_process *process)
{
    atomic_store_explicit(&process->watched, false, memory_order_relaxed);
}

void lab__process_clear(struct lab_process *process)
{
    lab_pipe_reset(process->in);
    lab_pipe_reset(process->out);
    atomic_store_explicit(&process->grant->word, 0, memory_order_relaxed);
    atomic_store_explicit(&process->grant->look_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&process->short_of_room, false, memory_order_relaxed);
}

/* ---- bytes ---- */

size_t lab_process_write(struct lab_process *process, const void *data, size_t size)
{
    struct lab_pipe *pipe = process->in;
    if (atomic_load_explicit(&process->ended, memory_order_acquire))
        return 0;
    /* Not more than this at once, however fast the child reads: there are others. */
    size_t most = size < 8 * LAB_PIPE_BYTES ? size : 8 * LAB_PIPE_BYTES, done = 0, n;
    do {
        n = lab_pipe_write(pipe, (const char *)data + done, most - done);
        if (n)
            lab_pipe_wake(&pipe->reader_sleeps);
        done += n;
    } while (n && done < most);
    atomic_store_explicit(&process->short_of_room, done < size, memory_order_relaxed);
    return done;
}

size_t lab_process_read(struct lab_process *process, void *data, size_t size)
{
    struct lab_pipe *pipe = process->out;
    size_t n = lab_pipe_read(pipe, data, size);
    if (n)
        lab_pipe_wake(&pipe->writer_sleeps);
    return n;
}

/* ---- leave ---- */

void lab_process_grant(struct lab_process *process, unsigned count)
{
    lab_grant_give(process->grant, count);
}

unsigned lab_process_take_back(struct lab_process *process)
{
    return lab_grant_take_back(process->grant);
}

bool lab_process_can_take_back(void)
{
    return true;
}

void lab_process_look(struct lab_process *process, uint32_t ns)
{
    if (atomic_load_explicit(&process->grant->look_ns, memory_order_relaxed) != ns)
        atomic_store_explicit(&process->grant->look_ns, ns, memory_order_relaxed);
}

/* ---- news ---- */

bool lab_process_group_news(const struct lab_process_group *group)
{
    /* seq_cst, as in the pipes: the look after it was said that we sleep. */
    if (atomic_load_explicit(&group->bell->rings, memory_order_seq_cst) !=
        atomic_load_explicit(&group->heard, memory_order_relaxed))
        return true;
    for (const struct lab_process *process = lab__process_first(group); process;
         process = process->next)
        if (atomic_load_explicit(&process->watched, memory_order_relaxed) &&
            (!lab_pipe_empty(process->out) ||
             (atomic_load_explicit(&process->short_of_room, memory_order_relaxed) &&
              !lab_pipe_full(process->in))))
            return true;
    return false;
}

/* Who reads a ring that lacked room shall ring the bell. Said after it was said that we sleep, and
 * before the look, every time: a child that read a piece while nobody slept has taken a note away
 * for nothing, and might read all the rest without one (tests/models/pipe.pml, BROKEN_ROOM). */
static void ask_for_room(struct lab_process_group *group)
{
    for (struct lab_process *process = lab__process_first(group); process; process = process->next)
        if (atomic_load_explicit(&process->watched, memory_order_relaxed) &&
            atomic_load_explicit(&process->short_of_room, memory_order_relaxed))
            atomic_store_explicit(&process->in->writer_sleeps, 1, memory_order_seq_cst);
}

void lab_process_group_wait(struct lab_process_group *group, uint64_t timeout_ns)
{
    struct lab_bell *bell = group->bell;
    atomic_store_explicit(&bell->sleeps, 1, memory_order_seq_cst);
    ask_for_room(group);
    lab__process_group_sleep(group, lab_process_group_news(group) ? 0 : timeout_ns);
    atomic_store_explicit(&bell->sleeps, 0, memory_order_relaxed);
    /* acquire: what they did who rang is seen. */
    atomic_store_explicit(&group->heard, atomic_load_explicit(&bell->rings, memory_order_acquire),
                          memory_order_relaxed);
}

static void ring(struct lab_process_group *group)
{
    if (lab_pipe_take_note(&group->bell->sleeps))
        lab__process_group_rouse(group);
}

void lab_process_group_wake(struct lab_process_group *group)
{
    atomic_fetch_add_explicit(&group->bell->rings, 1, memory_order_seq_cst);
    ring(group);
}

bool lab_process_group_begin_polling(struct lab_process_group *group)
{
    return lab_pipe_take_note(&group->bell->sleeps);
}

void lab_process_group_end_polling(struct lab_process_group *group)
{
    atomic_store_explicit(&group->bell->sleeps, 1, memory_order_seq_cst);
    ask_for_room(group);
    if (lab_process_group_news(group))
        lab_process_group_wake(group);
}
