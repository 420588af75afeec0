#include "platform/pipe.h"

#include <string.h>

void lab_pipe_init(struct lab_pipe *pipe)
{
    memset(pipe, 0, sizeof *pipe);
    pipe->capacity = LAB_PIPE_BYTES;
}

void lab_pipe_reset(struct lab_pipe *pipe)
{
    /* relaxed: who uses it next hears of it in another way. */
    atomic_store_explicit(&pipe->head, 0, memory_order_relaxed);
    atomic_store_explicit(&pipe->tail, 0, memory_order_relaxed);
    atomic_store_explicit(&pipe->reader_sleeps, 0, memory_order_relaxed);
    atomic_store_explicit(&pipe->writer_sleeps, 0, memory_order_relaxed);
}

/* Copies between the ring and flat memory in at most two pieces. Nothing that the other end may
 * write, which may have lost its senses, says where: neither its words nor `capacity`. */
static void copy_in(struct lab_pipe *pipe, uint32_t at, const char *from, uint32_t size)
{
    uint32_t offset = at & (LAB_PIPE_BYTES - 1);
    uint32_t first = LAB_PIPE_BYTES - offset < size ? LAB_PIPE_BYTES - offset : size;
    memcpy(pipe->bytes + offset, from, first);
    memcpy(pipe->bytes, from + first, size - first);
}

static void copy_out(const struct lab_pipe *pipe, uint32_t at, char *to, uint32_t size)
{
    uint32_t offset = at & (LAB_PIPE_BYTES - 1);
    uint32_t first = LAB_PIPE_BYTES - offset < size ? LAB_PIPE_BYTES - offset : size;
    memcpy(to, pipe->bytes + offset, first);
    memcpy(to + first, pipe->bytes, size - first);
}

size_t lab_pipe_write(struct lab_pipe *pipe, const void *data, size_t size)
{
    /* acquire: the reader has copied what it gave back. relaxed: our own. */
    uint32_t head = atomic_load_explicit(&pipe->head, memory_order_acquire);
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_relaxed);
    uint32_t room = LAB_PIPE_BYTES - (tail - head);
    uint32_t n = room < LAB_PIPE_PIECE ? room : LAB_PIPE_PIECE;
    n = size < n ? (uint32_t)size : n;
    if (n) {
        copy_in(pipe, tail, data, n);
        /* Publishes the bytes; seq_cst: before the look for a sleeper. */
        atomic_store_explicit(&pipe->tail, tail + n, memory_order_seq_cst);
    }
    return n;
}

size_t lab_pipe_read(struct lab_pipe *pipe, void *data, size_t size)
{
    /* acquire: the bytes. relaxed: our own. */
    uint32_t tail = atomic_load_explicit(&pipe->tail, memory_order_acquire);
    uint32_t head = atomic_load_explicit(&pipe->head, memory_order_relaxed);
    uint32_t n = tail - head < LAB_PIPE_PIECE ? tail - head : LAB_PIPE_PIECE;
    n = size < n ? (uint32_t)size : n;
    if (n) {
        copy_out(pipe, head, data, n);
        /* Gives the room back; seq_cst: before the look for a sleeper. */
        atomic_store_explicit(&pipe->head, head + n, memory_order_seq_cst);
    }
    return n;
}

bool lab_pipe_empty(const struct lab_pipe *pipe)
{
    /* seq_cst: the look after somebody has said that it sleeps. */
    return atomic_load_explicit(&pipe->tail, memory_order_seq_cst) ==
           atomic_load_explicit(&pipe->head, memory_order_seq_cst);
}

bool lab_pipe_full(const struct lab_pipe *pipe)
{
    return atomic_load_explicit(&pipe->tail, memory_order_seq_cst) -
               atomic_load_explicit(&pipe->head, memory_order_seq_cst) ==
           LAB_PIPE_BYTES;
}

bool lab_pipe_take_note(_Atomic uint32_t *note)
{
    /* seq_cst: the look that follows the store of what was done. The load first: nobody's line is
     * written while nobody sleeps. */
    return atomic_load_explicit(note, memory_order_seq_cst) &&
           atomic_exchange_explicit(note, 0, memory_order_seq_cst);
}

void lab_pipe_wake(_Atomic uint32_t *note)
{
    if (lab_pipe_take_note(note))
        lab_pipe_rouse(note);
}

void lab_grant_give(struct lab_grant *grant, unsigned count)
{
    /* relaxed: the child sees it with the tasks, whose tail is stored after it. */
    atomic_fetch_add_explicit(&grant->word, (uint32_t)count << 16, memory_order_relaxed);
}

unsigned lab_grant_take_back(struct lab_grant *grant)
{
    /* relaxed: nothing but the word says whose a task is, and its bytes stay where they are. */
    uint32_t word = atomic_load_explicit(&grant->word, memory_order_relaxed), claimed;
    do
        claimed = word & 0xffffu;
    while (!atomic_compare_exchange_weak_explicit(&grant->word, &word, claimed << 16 | claimed,
                                                  memory_order_relaxed, memory_order_relaxed));
    return ((word >> 16) - claimed) & 0xffffu;
}

bool lab_grant_claim(struct lab_grant *grant)
{
    uint32_t word = atomic_load_explicit(&grant->word, memory_order_relaxed);
    do
        if (word >> 16 == (word & 0xffffu))
            return false;
    while (!atomic_compare_exchange_weak_explicit(&grant->word, &word,
                                                  (word & 0xffff0000u) | ((word + 1) & 0xffffu),
                                                  memory_order_relaxed, memory_order_relaxed));
    return true;
}
