/* A bounded heap, freed as a whole: the memory of one interpreter.
 *
 * What it is. Small blocks (up to LAB_HEAP_SMALL_MAX) come from chunks of LAB_HEAP_CHUNK bytes,
 * each cut into blocks of one size class; larger ones are taken from the system one by one. What
 * both take is the footprint, and it never exceeds the limit: a request that would need more
 * returns NULL, and nobody else notices. A chunk that becomes empty serves any class, or goes back.
 * A limit costs nothing until used.
 *
 * How it is used. Whoever runs in an interpreter has its heap as the thread's current one, and
 * allocates with lab_alloc() and its sisters. In a thread without a heap they are malloc, at the
 * price of a thread-local load and a branch; so a task's code is the same under every method.
 *
 * Ownership: which block may be freed where.
 *   1. A block belongs to the heap that was current when it was allocated, or to malloc if none
 *      was.
 *   2. malloc's blocks: lab_free(), lab_realloc() and plain free() are right, in any thread,
 *      whether a heap is current or not. They stay malloc's when they are reallocated.
 *   3. A heap's blocks: lab_free() and lab_realloc(), while that heap is current, and nowhere else:
 *      a heap is used by one thread at a time, and after leaving it that may be another thread.
 *      Plain free() is never right.
 *   4. What must outlive the heap, or reach another thread, is copied out before leaving:
 *      lab_run_export() (futures/task.h) for a task's result, lab_interpreter_queue for everything
 *      else.
 *   5. lab_heap_destroy() frees what is left; nothing need be freed before.
 * Breaking 3 is an assertion where those are on, and AddressSanitizer's where that is: freed
 * blocks, and 16 bytes after each block, are poisoned.
 *
 * Threads. One at a time, the caller says which (an interpreter's GIL does); lab_heap_memory: any.
 * Blocking. Never, but for what malloc does.
 * Errors. NULL: over the limit, or the system has no more. Nothing has changed then.
 */
#ifndef LAB_INTERPRETERS_HEAP_H
#define LAB_INTERPRETERS_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#define LAB_HEAP_CHUNK     (64u << 10)
#define LAB_HEAP_SMALL_MAX (8u << 10)
/* Room for the largest task of our workloads and a copy of its arguments (matmul of 4096: 9 MiB);
 * and under WebAssembly, where all may share no more than 256 MiB, eight interpreters at their
 * limit leave half of them. */
#define LAB_HEAP_LIMIT ((size_t)16 << 20)
#define LAB_HEAP_ALIGN 16u /* of every block */

struct lab_heap;

/* A heap of at most limit bytes; 0: LAB_HEAP_LIMIT. NULL: out of memory. */
struct lab_heap *lab_heap_create(size_t limit);
/* Frees it with all its blocks. It is no thread's current heap. NULL is legal. */
void lab_heap_destroy(struct lab_heap *heap);

/* As malloc, realloc and free, but that a block of 0 bytes is a block, and that making one smaller
 * never fails. ptr is NULL, or the heap's. */
void *lab_heap_alloc(struct lab_heap *heap, size_t size);
void *lab_heap_realloc(struct lab_heap *heap, void *ptr, size_t size);
void lab_heap_free(struct lab_heap *heap, void *ptr);
/* Whether ptr points into one of the heap's chunks or large blocks. */
bool lab_heap_owns(const struct lab_heap *heap, const void *ptr);

struct lab_heap_memory {
    size_t used;      /* bytes in blocks, each rounded up as lab_heap_block_size() says */
    size_t peak;      /* the most that used has been */
    size_t footprint; /* chunks and large blocks: taken from the system, at most limit */
    size_t limit;
    size_t blocks; /* that are alive */
};
void lab_heap_memory(const struct lab_heap *heap, struct lab_heap_memory *memory);
/* What a block of size bytes counts; 0 for a size that no heap can have. */
size_t lab_heap_block_size(size_t size);

/* The calling thread's heap. NULL: malloc. */
void lab_heap_set_current(struct lab_heap *heap);
struct lab_heap *lab_heap_current(void);

/* On the current heap, or malloc's. The rules are above; zalloc's bytes are zero. */
void *lab_alloc(size_t size);
void *lab_zalloc(size_t size);
void *lab_realloc(void *ptr, size_t size);
void lab_free(void *ptr);

#endif
