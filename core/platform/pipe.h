/* A pipe: a ring of bytes in memory that two parties share, one writes and one reads.
 *
 * What it is. What a process pool and a child that can share memory speak through. The child's ends
 * are in parent_native.c, and for a child that is an instance of its own in worker/pipe.js, which
 * sees this layout. Beside the pipes stand a bell, which tells the parent of many children that one
 * of them wants something, and a grant, which says what a child may run.
 *
 * How it is used. The writer copies bytes in as far as there is room, then publishes them by moving
 * tail; the reader copies them out, then gives their room back by moving head. head and tail only
 * grow (mod 2^32); tail - head is what is in the ring.
 *
 * How it sleeps and wakes. To wake somebody costs a system call and tens of microseconds, so nobody
 * is woken who does not sleep. Who finds nothing to do looks for a while, then
 *     1. says that it sleeps: its note (…_sleeps) becomes 1,
 *     2. looks once more,  3. sleeps while the note is 1.
 * Who has done something that somebody may wait for
 *     1. has stored it,  2. looks whether there is a note, and takes it away (exchange by 0),
 *     3. wakes, if it was the one who took it.
 * Either the sleeper's second look sees what was stored, or the other's look sees the note: both
 * are stores followed by loads of the other's word, all four sequentially consistent. Checked
 * exhaustively, with the bell and with a parent that hands over its watch: tests/models/pipe.pml.
 *
 * Why the note is the word to sleep on. It was the position at first, and a wake-up got lost: who
 * had published a piece looked for a note only when the other had read that piece and was about to
 * sleep for the next; it took the note, woke nobody, and the other slept, its position unchanged
 * and without a note. spin found it.
 *
 * Who is woken when. The parent sleeps on its bell, for all its children. A child rings it when it
 * publishes something urgent, and before it sleeps. Of a batch of short tasks not every result is
 * urgent: the parent looks by itself after a millisecond while there are batches under way
 * (futures/process_manager.c). Who has found a ring full asks anew to be told of room each time it
 * goes to sleep.
 *
 * The grant. Which of the tasks in its pipe a child may still run: a word of two counts (mod 2^16),
 * granted in its high half and claimed in its low one. A child claims a task before it runs it, by
 * moving claimed on; the parent takes those back that are not claimed by moving granted back to
 * claimed. One word, so one of the two is first. A task that was taken back is still in the pipe:
 * the child reads it, cannot claim it, and says so; until all have been answered for, nothing new
 * is granted. Checked exhaustively: tests/models/grant.pml.
 *
 * Another process. What lies here may be written by a child that has lost its senses: no word of it
 * says where the parent reads or writes, and whatever its pipes say, the parent only reads
 * nonsense, which breaks the pool. The bell is all children's: one that spoils it can keep the
 * others' rings from being heard, though not their deaths. A child that dies wakes nobody, of
 * course: the parent hears of its end in another way (process_native.c).
 *
 * Threads. One writer, one reader; those of the parent's end have a lock. Blocking. Never: who
 * sleeps does so outside.
 */
#ifndef LAB_PLATFORM_PIPE_H
#define LAB_PLATFORM_PIPE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_PIPE_BYTES (128u << 10) /* that a pipe holds */
/* Bytes that are copied before they are published: of a long message the reader copies the first
 * quarter while the writer copies the second. */
#define LAB_PIPE_PIECE (32u << 10)

/* The two ends' words lie on lines of their own: they are written all the time. */
struct lab_pipe {
    _Atomic uint32_t head; /* the reader's: next byte to read */
    _Atomic uint32_t reader_sleeps;
    uint32_t reader_rest[14];
    _Atomic uint32_t tail; /* the writer's: next byte to write */
    _Atomic uint32_t writer_sleeps;
    uint32_t capacity; /* LAB_PIPE_BYTES, for worker/pipe.js; immutable */
    uint32_t writer_rest[13];
    unsigned char bytes[];
};

struct lab_bell {
    _Atomic uint32_t
        rings; /* grows when somebody wants something that no pipe shows; the parent's own
                * business */
    _Atomic uint32_t sleeps; /* the parent's note */
};

struct lab_grant {
    _Atomic uint32_t word; /* granted << 16 | claimed */
    _Atomic uint32_t
        look_ns; /* how long the child may look for input before it sleeps; relaxed: a wish */
};

enum { LAB_PIPE_SIZE = sizeof(struct lab_pipe) + LAB_PIPE_BYTES };

/* pipe: LAB_PIPE_SIZE bytes that both ends see, at a multiple of 64. */
void lab_pipe_init(struct lab_pipe *pipe);
/* Empties it for another writer and reader: the last ones are gone. Others may look whether it is
 * empty meanwhile. */
void lab_pipe_reset(struct lab_pipe *pipe);

/* Bytes copied, at most LAB_PIPE_PIECE; 0: there is none, or no room. */
size_t lab_pipe_write(struct lab_pipe *pipe, const void *data, size_t size);
size_t lab_pipe_read(struct lab_pipe *pipe, void *data, size_t size);
bool lab_pipe_empty(const struct lab_pipe *pipe);
bool lab_pipe_full(const struct lab_pipe *pipe);
/* Takes the note away: true, there was one. */
bool lab_pipe_take_note(_Atomic uint32_t *note);
/* Takes the note away, and wakes whoever sleeps by it. */
void lab_pipe_wake(_Atomic uint32_t *note);
/* The system's part: sleeps while the note is 1, at most timeout_ns, or shorter; wakes one who
 * does. */
void lab_pipe_sleep(_Atomic uint32_t *note, uint64_t timeout_ns);
void lab_pipe_rouse(_Atomic uint32_t *note);

/* The parent: count tasks are about to be written. */
void lab_grant_give(struct lab_grant *grant, unsigned count);
/* The parent: how many were taken back, the newest of those that were given. */
unsigned lab_grant_take_back(struct lab_grant *grant);
/* The child: false, the next task was taken back. */
bool lab_grant_claim(struct lab_grant *grant);

#endif
