/* The memory of the program where threads are Workers on one that does not grow: malloc, calloc,
 * realloc and free.
 *
 * - Large blocks are dlmalloc's: whoever frees one, it is there for everybody at once. (mimalloc
 *   leaves a block that another thread frees in the heap of the thread that allocated it until that
 *   allocates again. Threads of a pool that waits do not: a comparison of sort held 256 MB of freed
 *   blocks.)
 * - Small ones come from the thread's own lists of free blocks, a list for each size, as in glibc's
 *   tcache: dlmalloc has one lock for all, and is asked for several at a time and given several
 *   back. The blocks are dlmalloc's, with its header, by which free() knows the size. A thread
 *   gives its lists back as it ends.
 * - Nobody may run into the end of memory unawares. Emscripten's own C takes small blocks and does
 *   not look whether it got them (3.1.69: proxying.c, em_task_queue.c). So a reserve is kept for
 *   small blocks: a large one is refused while there is none. And pthread_create() takes a thread's
 *   block, its stack in it, without looking (pthread_create.c), by a name that the linker sends
 *   here (--wrap): lab_thread_start() has taken it before.
 */
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "platform/memory.h"
#include "platform/sync.h"

void *__real_emscripten_builtin_malloc(size_t size);
void *emscripten_builtin_calloc(size_t count, size_t size);
void emscripten_builtin_free(void *block);
void *realloc_in_place(void *block, size_t size);
size_t malloc_usable_size(void *block);
size_t bulk_free(void **blocks, size_t count);
void **independent_calloc(size_t count, size_t size, void **blocks);

void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
void *__wrap_emscripten_builtin_malloc(size_t size);

enum {
    FINE = 16,
    FINE_MAX = 256,   /* sizes up to here: multiples of 16 */
    SMALL_MAX = 2048, /* beyond: four in each doubling */
    CLASSES = FINE_MAX / FINE + 4 * 3,
    BATCH_BYTES = 16384,
    BATCH_MAX = 64,         /* what dlmalloc is asked for or given at a time */
    KEEP_BATCHES = 3,       /* in a list, before one is given back */
    KEEP_BYTES = 256 << 10, /* in all lists of a thread: a part of LAB_THREAD_BYTES */
    RESERVE = 1 << 20,
};

struct freed {
    struct freed *next;
};

_Static_assert(KEEP_BATCHES *BATCH_MAX <= UINT8_MAX, "the number of a list's blocks");

static _Thread_local struct {
    struct freed *first[CLASSES];
    uint8_t count[CLASSES];
    size_t bytes; /* in the lists, by their classes */
    bool over;    /* the thread ends: its lists stay empty */
} own;

/* A block of RESERVE bytes, or NULL while it is in use. Whoever takes it out owns it: acquire and
 * release hand nothing over but the block itself, which dlmalloc's lock does. */
static _Atomic(void *) reserve;

/* What pthread_create() has asked for at the most; a counter. It is the same for every thread. */
static _Atomic size_t thread_block;
/* For the thread that this one is about to create. */
static _Thread_local void *granted;

/* The size of a list's blocks. */
static size_t class_size(unsigned class)
{
    const unsigned fine = FINE_MAX / FINE;
    if (class < fine)
        return (class + 1) * FINE;
    unsigned doubling = (class - fine) / 4, quarter = (class - fine) % 4;
    return ((size_t)FINE_MAX << doubling) / 4 * (5 + quarter);
}

/* The list whose blocks have at least size bytes. size: at most SMALL_MAX. */
static unsigned class_above(size_t size)
{
    if (size <= FINE_MAX)
        return size ? (unsigned)((size - 1) / FINE) : 0;
    unsigned doubling = (size > 2 * FINE_MAX) + (size > 4 * FINE_MAX);
    size_t quarter = ((size_t)FINE_MAX << doubling) / 4;
    return FINE_MAX / FINE + doubling * 4 + (unsigned)((size - 1) / quarter) - 4;
}

static unsigned batch_of(unsigned class)
{
    size_t count = BATCH_BYTES / class_size(class);
    return count < BATCH_MAX ? (unsigned)count : BATCH_MAX;
}

/* dlmalloc's, or for a small block the reserve. */
static void *take(size_t size)
{
    void *block = __real_emscripten_builtin_malloc(size);
    if (block || size > SMALL_MAX)
        return block;
    void *spare = atomic_exchange_explicit(&reserve, NULL, memory_order_acq_rel);
    if (spare)
        emscripten_builtin_free(spare);
    return __real_emscripten_builtin_malloc(size);
}

/* False: memory is so scarce that a large block must not be had. */
static bool has_reserve(void)
{
    if (atomic_load_explicit(&reserve, memory_order_relaxed))
        return true;
    void *spare = __real_emscripten_builtin_malloc(RESERVE), *none = NULL;
    if (spare && !atomic_compare_exchange_strong_explicit(
                     &reserve, &none, spare, memory_order_acq_rel, memory_order_relaxed))
        emscripten_builtin_free(spare); /* another thread was first */
    return spare != NULL;
}

/* A block for an empty list, and what came with it: nothing where memory is scarce, for a batch
 * would take the last of what is kept for others' small blocks. */
static void *refill(unsigned class)
{
    void *blocks[BATCH_MAX];
    unsigned count = own.over || !has_reserve() ? 1 : batch_of(class);
    if (count < 2 || !independent_calloc(count, class_size(class), blocks))
        return take(class_size(class));
    for (unsigned i = count; i-- > 1;) {
        struct freed *freed = blocks[i];
        freed->next = own.first[class];
        own.first[class] = freed;
    }
    own.count[class] = (uint8_t)(own.count[class] + count - 1);
    own.bytes += (count - 1) * class_size(class);
    return blocks[0];
}

/* Gives so many blocks of a list back. */
static void give_back(unsigned class, unsigned count)
{
    void *blocks[BATCH_MAX];
    own.count[class] = (uint8_t)(own.count[class] - count);
    own.bytes -= count * class_size(class);
    for (unsigned i = 0; i < count; i++) {
        blocks[i] = own.first[class];
        own.first[class] = own.first[class]->next;
    }
    bulk_free(blocks, count);
}

void *malloc(size_t size)
{
    if (size > SMALL_MAX)
        return has_reserve() ? take(size) : NULL;
    unsigned class = class_above(size);
    struct freed *freed = own.first[class];
    if (!freed)
        return refill(class);
    own.first[class] = freed->next;
    own.count[class]--;
    own.bytes -= class_size(class);
    return freed;
}

void free(void *block)
{
    if (!block)
        return;
    /* A block may be some bytes longer than was asked for; one that is much longer would be wasted
     * on a list. */
    size_t size = malloc_usable_size(block);
    if (own.over || size < FINE || size >= SMALL_MAX + SMALL_MAX / 8) {
        emscripten_builtin_free(block);
        return;
    }
    unsigned class = size >= SMALL_MAX ? CLASSES - 1 : class_above(size);
    if (class_size(class) > size)
        class --;
    unsigned batch = batch_of(class), count = own.count[class];
    if (count >= KEEP_BATCHES * batch || own.bytes >= KEEP_BYTES)
        give_back(class, count < batch ? count : batch);
    struct freed *freed = block;
    freed->next = own.first[class];
    own.first[class] = freed;
    own.count[class]++;
    own.bytes += class_size(class);
}

void *calloc(size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *block = malloc(bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void *realloc(void *block, size_t size)
{
    if (!block)
        return malloc(size);
    size_t old = malloc_usable_size(block);
    if (size <= old && (size >= old / 2 || old <= SMALL_MAX))
        return block;
    if (size > SMALL_MAX && (size <= old || has_reserve()) && realloc_in_place(block, size))
        return block;
    void *moved = malloc(size);
    if (!moved)
        return size <= old ? block : NULL;
    memcpy(moved, block, size < old ? size : old);
    free(block);
    return moved;
}

void *__wrap_emscripten_builtin_malloc(size_t size)
{
    void *block = granted;
    granted = NULL;
    if (block && malloc_usable_size(block) >= size)
        return block;
    emscripten_builtin_free(block);
    /* The first one is the coordinator's, which is created before there is anything else. Relaxed:
     * a thread that creates another one was itself created after that. */
    if (size > atomic_load_explicit(&thread_block, memory_order_relaxed))
        atomic_store_explicit(&thread_block, size, memory_order_relaxed);
    return __real_emscripten_builtin_malloc(size);
}

bool lab__thread_reserve(void)
{
    granted = malloc(atomic_load_explicit(&thread_block, memory_order_relaxed));
    return granted != NULL;
}

void lab__thread_over(void)
{
    free(granted);
    granted = NULL;
    for (unsigned class = 0; class < CLASSES; class ++)
        while (own.count[class]) {
            unsigned batch = batch_of(class);
            give_back(class, own.count[class] < batch ? own.count[class] : batch);
        }
    own.over = true;
}

uint64_t lab_memory_bytes(void)
{
    return (uint64_t)__builtin_wasm_memory_size(0) * 65536u;
}
