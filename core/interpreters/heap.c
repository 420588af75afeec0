/* - Size classes: steps of 16 up to 128, then four to a doubling: at most a fifth of a block is
 *   rounding.
 * - A chunk serves one class. It hands out blocks it got back (a list through the free blocks
 *   themselves), then ones that nobody touched yet, so that a new chunk costs no memory before it
 *   is used.
 * - Whose is this block? Neither a header before it says (malloc's blocks have none, and stay plain
 *   malloc's for whoever frees them with free()), nor its address (which would need aligned chunks,
 *   at twice the memory from some allocators), but a table of the heap's regions, sorted by
 *   address.
 * - One empty chunk is kept, so that a task that allocates and frees a block in a loop does not
 *   take and return a chunk each time; before the limit refuses a request, that one is given back.
 */
#include "interpreters/heap.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "interpreters/regions.h"

#if defined(__SANITIZE_ADDRESS__)
#define POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POISONS 1
#endif
#endif
#if defined(POISONS)
#include <sanitizer/asan_interface.h>
#define REDZONE 16u /* after each block of a chunk; malloc's have their own */
#else
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define REDZONE                               0u
#endif

enum {
    FINE = 8,               /* classes of 16, 32, … 128 */
    CLASSES = FINE + 6 * 4, /* … 160, 192, 224, 256, … 8192 */
};

struct chunk {
    struct chunk *next, *before; /* in its class's list of those with room; next alone: unused */
    void *free;                  /* blocks that came back; each holds the next */
    uint32_t block_size;
    uint16_t class, capacity; /* blocks */
    uint16_t live, fresh;     /* handed out; never handed out yet are fresh … capacity */
#ifndef NDEBUG
    uint32_t alive[LAB_HEAP_CHUNK / LAB_HEAP_ALIGN / 32]; /* a bit for each block */
#endif
};
enum {
    FIRST_BLOCK = (sizeof(struct chunk) + LAB_HEAP_ALIGN - 1) / LAB_HEAP_ALIGN * LAB_HEAP_ALIGN
};
_Static_assert(LAB_HEAP_CHUNK - FIRST_BLOCK >= 2 * LAB_HEAP_SMALL_MAX,
               "a chunk must hold some blocks");

/* All fields: whoever is the heap's one user. The figures are atomic because anybody may read them;
 * relaxed, since each stands for itself. */
struct lab_heap {
    size_t limit;
    _Atomic size_t used, peak, footprint, blocks;
    struct lab_regions regions;
    struct chunk *with_room[CLASSES];
    struct chunk *empty; /* at most one, of no class */
};

static _Thread_local struct lab_heap *current;

/* ---- figures ---- */

static size_t figure(const _Atomic size_t *figure)
{
    return atomic_load_explicit(figure, memory_order_relaxed);
}

/* One writer: no read-modify-write needed. */
static void add(_Atomic size_t *to, size_t amount)
{
    atomic_store_explicit(to, figure(to) + amount, memory_order_relaxed);
}

static void count(struct lab_heap *heap, size_t block)
{
    add(&heap->used, block);
    add(&heap->blocks, 1);
    if (figure(&heap->used) > figure(&heap->peak))
        atomic_store_explicit(&heap->peak, figure(&heap->used), memory_order_relaxed);
}

static void uncount(struct lab_heap *heap, size_t block)
{
    add(&heap->used, (size_t)0 - block);
    add(&heap->blocks, (size_t)0 - 1);
}

void lab_heap_memory(const struct lab_heap *heap, struct lab_heap_memory *memory)
{
    *memory = (struct lab_heap_memory){
        .used = figure(&heap->used),
        .peak = figure(&heap->peak),
        .footprint = figure(&heap->footprint),
        .limit = heap->limit,
        .blocks = figure(&heap->blocks),
    };
}

/* ---- sizes ---- */

/* size: 1 to LAB_HEAP_SMALL_MAX. */
static unsigned class_of(size_t size, uint32_t *block_size)
{
    if (size <= FINE * LAB_HEAP_ALIGN) {
        unsigned class = (unsigned)((size - 1) / LAB_HEAP_ALIGN);
        *block_size = (class + 1) * LAB_HEAP_ALIGN;
        return class;
    }
    /* 2^(shift+2) <= size - 1 < 2^(shift+3): the top three bits are 4 to 7. */
    unsigned n = (unsigned)size - 1, shift = 29u - (unsigned)__builtin_clz(n), top = n >> shift;
    *block_size = (top + 1) << shift;
    return FINE + (shift - 5) * 4 + (top - 4);
}

static bool is_small(size_t size)
{
    return size <= LAB_HEAP_SMALL_MAX - REDZONE;
}

static size_t round_up(size_t size)
{
    return (size + LAB_HEAP_ALIGN - 1) & ~(size_t)(LAB_HEAP_ALIGN - 1);
}

size_t lab_heap_block_size(size_t size)
{
    uint32_t block_size;
    if (size > PTRDIFF_MAX)
        return 0;
    if (!is_small(size))
        return round_up(size);
    class_of((size ? size : 1) + REDZONE, &block_size);
    return block_size;
}

bool lab_heap_owns(const struct lab_heap *heap, const void *ptr)
{
    return lab__regions_find(&heap->regions, ptr) != NULL;
}

/* ---- the system's memory ---- */

/* Emscripten's malloc promises 8. A constant, so that one of two branches is all that is
 * compiled. */
static const bool malloc_aligns = _Alignof(max_align_t) >= LAB_HEAP_ALIGN;

static void *system_alloc(size_t size, bool zero)
{
    if (malloc_aligns)
        return zero ? calloc(1, size) : malloc(size);
    void *memory = aligned_alloc(LAB_HEAP_ALIGN, round_up(size));
    return memory && zero ? memset(memory, 0, size) : memory;
}

static void *system_realloc(void *memory, size_t before, size_t size)
{
    if (malloc_aligns)
        return realloc(memory, size);
    void *moved = system_alloc(size, false);
    if (!moved)
        return NULL;
    memcpy(moved, memory, before < size ? before : size);
    free(memory);
    return moved;
}

/* ---- chunks ---- */

static void return_chunk(struct lab_heap *heap, struct chunk *chunk)
{
    lab__regions_remove(&heap->regions, lab__regions_find(&heap->regions, chunk));
    add(&heap->footprint, (size_t)0 - LAB_HEAP_CHUNK);
    ASAN_UNPOISON_MEMORY_REGION(chunk, LAB_HEAP_CHUNK);
    free(chunk);
}

static bool may_take(struct lab_heap *heap, size_t bytes)
{
    if (bytes <= heap->limit - figure(&heap->footprint))
        return true;
    if (heap->empty) {
        return_chunk(heap, heap->empty);
        heap->empty = NULL;
    }
    return bytes <= heap->limit - figure(&heap->footprint);
}

static void link_chunk(struct lab_heap *heap, struct chunk *chunk)
{
    chunk->before = NULL;
    chunk->next = heap->with_room[chunk->class];
    if (chunk->next)
        chunk->next->before = chunk;
    heap->with_room[chunk->class] = chunk;
}

static void unlink_chunk(struct lab_heap *heap, struct chunk *chunk)
{
    if (chunk->before)
        chunk->before->next = chunk->next;
    else
        heap->with_room[chunk->class] = chunk->next;
    if (chunk->next)
        chunk->next->before = chunk->before;
}

static struct chunk *new_chunk(struct lab_heap *heap, unsigned class, uint32_t block_size)
{
    struct chunk *chunk = heap->empty;
    heap->empty = NULL;
    if (!chunk) {
        if (!may_take(heap, LAB_HEAP_CHUNK) || !lab__regions_reserve(&heap->regions))
            return NULL;
        chunk = system_alloc(LAB_HEAP_CHUNK, false);
        if (!chunk)
            return NULL;
        lab__regions_insert(&heap->regions, chunk, LAB_HEAP_CHUNK, false);
        add(&heap->footprint, LAB_HEAP_CHUNK);
    }
    memset(chunk, 0, sizeof *chunk);
    chunk->class = (uint16_t)class;
    chunk->block_size = block_size;
    chunk->capacity = (uint16_t)((LAB_HEAP_CHUNK - FIRST_BLOCK) / block_size);
    ASAN_POISON_MEMORY_REGION((char *)chunk + FIRST_BLOCK, LAB_HEAP_CHUNK - FIRST_BLOCK);
    link_chunk(heap, chunk);
    return chunk;
}

#ifndef NDEBUG
/* Whether ptr is where a block begins, and alive as said; it then is not. */
static bool flip(struct chunk *chunk, const void *ptr, bool alive)
{
    size_t offset = (size_t)((const char *)ptr - (const char *)chunk);
    if (offset < FIRST_BLOCK || (offset - FIRST_BLOCK) % chunk->block_size != 0)
        return false;
    size_t i = (offset - FIRST_BLOCK) / chunk->block_size;
    bool was = (chunk->alive[i / 32] >> i % 32) & 1;
    chunk->alive[i / 32] ^= UINT32_C(1) << i % 32;
    return was == alive;
}
#endif

static void *small_alloc(struct lab_heap *heap, size_t size)
{
    uint32_t block_size;
    unsigned class = class_of(size + REDZONE, &block_size);
    struct chunk *chunk = heap->with_room[class];
    if (!chunk)
        chunk = new_chunk(heap, class, block_size);
    if (!chunk)
        return NULL;
    void *block = chunk->free;
    if (block) {
        ASAN_UNPOISON_MEMORY_REGION(block, sizeof chunk->free);
        memcpy(&chunk->free, block, sizeof chunk->free);
        ASAN_POISON_MEMORY_REGION(block, sizeof chunk->free);
    } else {
        block = (char *)chunk + FIRST_BLOCK + (size_t)chunk->fresh++ * block_size;
    }
    assert(flip(chunk, block, false));
    chunk->live++;
    if (!chunk->free && chunk->fresh == chunk->capacity)
        unlink_chunk(heap, chunk);
    count(heap, block_size);
    ASAN_UNPOISON_MEMORY_REGION(block, size);
    return block;
}

static void small_free(struct lab_heap *heap, struct chunk *chunk, void *block)
{
    assert(flip(chunk, block, true)); /* else: freed twice, or not what alloc returned */
    if (!chunk->free && chunk->fresh == chunk->capacity)
        link_chunk(heap, chunk);
    ASAN_UNPOISON_MEMORY_REGION(block, sizeof chunk->free);
    memcpy(block, &chunk->free, sizeof chunk->free);
    ASAN_POISON_MEMORY_REGION(block, chunk->block_size);
    chunk->free = block;
    chunk->live--;
    uncount(heap, chunk->block_size);
    if (chunk->live == 0) {
        unlink_chunk(heap, chunk);
        if (heap->empty)
            return_chunk(heap, chunk);
        else
            heap->empty = chunk;
    }
}

/* ---- large blocks ---- */

static void *large_alloc(struct lab_heap *heap, size_t size, bool zero)
{
    size_t block_size = round_up(size);
    if (!may_take(heap, block_size) || !lab__regions_reserve(&heap->regions))
        return NULL;
    void *block = system_alloc(size, zero);
    if (!block)
        return NULL;
    lab__regions_insert(&heap->regions, block, block_size, true);
    add(&heap->footprint, block_size);
    count(heap, block_size);
    return block;
}

static void large_free(struct lab_heap *heap, struct lab_region *region)
{
    unsigned char *block = region->at;
    size_t block_size = region->size;
    lab__regions_remove(&heap->regions, region);
    add(&heap->footprint, (size_t)0 - block_size);
    uncount(heap, block_size);
    free(block);
}

static void *large_realloc(struct lab_heap *heap, struct lab_region *region, size_t size)
{
    size_t before = region->size, after = round_up(size);
    unsigned char *block = region->at;
    if (after > before) {
        if (!may_take(heap, after - before))
            return NULL;
        region = lab__regions_find(&heap->regions, block); /* may_take() moves the table */
    }
    /* The table is left right at every moment: an address that realloc gave back may be another
     * heap's before this thread goes on. */
    lab__regions_remove(&heap->regions, region);
    unsigned char *moved = system_realloc(block, before, size);
    lab__regions_insert(&heap->regions, moved ? moved : block, moved ? after : before, true);
    if (!moved)
        return after <= before ? block : NULL;
    uncount(heap, before);
    count(heap, after);
    add(&heap->footprint, after - before);
    return moved;
}

/* ---- the heap ---- */

struct lab_heap *lab_heap_create(size_t limit)
{
    struct lab_heap *heap = calloc(1, sizeof *heap);
    if (!heap)
        return NULL;
    heap->limit = limit ? limit : LAB_HEAP_LIMIT;
    lab__regions_open(&heap->regions);
    return heap;
}

void lab_heap_destroy(struct lab_heap *heap)
{
    if (!heap)
        return;
    assert(heap != current);
    for (size_t i = 0; i < heap->regions.count; i++) {
        struct lab_region *region = &heap->regions.table[i];
        if (!region->large)
            ASAN_UNPOISON_MEMORY_REGION(region->at, region->size);
    }
    lab__regions_close(&heap->regions);
    free(heap);
}

static void *heap_alloc(struct lab_heap *heap, size_t size, bool zero)
{
    if (size > heap->limit || size > PTRDIFF_MAX) /* so that no sum below overflows */
        return NULL;
    size += size == 0;
    if (!is_small(size))
        return large_alloc(heap, size, zero);
    void *block = small_alloc(heap, size);
    return block && zero ? memset(block, 0, size) : block;
}

void *lab_heap_alloc(struct lab_heap *heap, size_t size)
{
    return heap_alloc(heap, size, false);
}

static void free_in(struct lab_heap *heap, struct lab_region *region, void *ptr)
{
    if (!region->large)
        small_free(heap, (struct chunk *)(void *)region->at, ptr);
    else {
        assert(ptr == region->at);
        large_free(heap, region);
    }
}

void lab_heap_free(struct lab_heap *heap, void *ptr)
{
    if (!ptr)
        return;
    struct lab_region *region = lab__regions_find(&heap->regions, ptr);
    assert(region);
    free_in(heap, region, ptr);
}

void *lab_heap_realloc(struct lab_heap *heap, void *ptr, size_t size)
{
    if (!ptr)
        return lab_heap_alloc(heap, size);
    if (size > heap->limit || size > PTRDIFF_MAX)
        return NULL;
    size += size == 0;
    struct lab_region *region = lab__regions_find(&heap->regions, ptr);
    assert(region);
    bool large = region->large;
    if (large && !is_small(size))
        return large_realloc(heap, region, size);

    struct chunk *chunk = (struct chunk *)(void *)region->at;
    size_t room = large ? region->size : chunk->block_size - REDZONE;
    if (!large && is_small(size) && lab_heap_block_size(size) == chunk->block_size) {
        ASAN_POISON_MEMORY_REGION(ptr, chunk->block_size);
        ASAN_UNPOISON_MEMORY_REGION(ptr, size);
        return ptr;
    }
    void *moved = lab_heap_alloc(heap, size);
    if (!moved)
        return size <= room ? ptr : NULL;
    if (!large)
        ASAN_UNPOISON_MEMORY_REGION(ptr, room); /* how much was asked for is not known here */
    memcpy(moved, ptr, size < room ? size : room);
    lab_heap_free(heap, ptr);
    return moved;
}

/* ---- the current heap ---- */

void lab_heap_set_current(struct lab_heap *heap)
{
    current = heap;
}

struct lab_heap *lab_heap_current(void)
{
    return current;
}

void *lab_alloc(size_t size)
{
    return current ? heap_alloc(current, size, false) : malloc(size ? size : 1);
}

void *lab_zalloc(size_t size)
{
    return current ? heap_alloc(current, size, true) : calloc(1, size ? size : 1);
}

void *lab_realloc(void *ptr, size_t size)
{
    if (current && (!ptr || lab_heap_owns(current, ptr)))
        return lab_heap_realloc(current, ptr, size);
    assert(!ptr || !lab__regions_of_some_heap(ptr));
    return realloc(ptr, size ? size : 1);
}

void lab_free(void *ptr)
{
    struct lab_region *region;
    if (current && ptr && (region = lab__regions_find(&current->regions, ptr))) {
        free_in(current, region, ptr);
        return;
    }
    assert(!ptr || !lab__regions_of_some_heap(ptr));
    free(ptr);
}
