#include "interpreters/regions.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "platform/sync.h"

/* ---- all tables ---- */

#ifndef NDEBUG
static struct lab_regions *all;   /* under lock, as is every change of a table in the list */
static _Atomic uint32_t all_lock; /* 0 free, 1 held, 2 held and somebody waits */
static _Atomic uint32_t heaps;    /* relaxed: a heap whose blocks a thread may know of is counted */

/* A futex, because it needs no initialisation. Acquire and release: of what it protects. */
static void lock(void)
{
    uint32_t nobody = 0;
    if (atomic_compare_exchange_strong_explicit(&all_lock, &nobody, 1, memory_order_acquire,
                                                memory_order_relaxed))
        return;
    while (atomic_exchange_explicit(&all_lock, 2, memory_order_acquire) != 0)
        lab_futex_wait(&all_lock, 2, LAB_FOREVER);
}

static void unlock(void)
{
    if (atomic_exchange_explicit(&all_lock, 0, memory_order_release) == 2)
        lab_futex_wake(&all_lock, 1);
}

void lab__regions_open(struct lab_regions *regions)
{
    lock();
    regions->next = all;
    all = regions;
    unlock();
    atomic_fetch_add_explicit(&heaps, 1, memory_order_relaxed);
}

static void forget(struct lab_regions *regions)
{
    lock();
    struct lab_regions **at = &all;
    while (*at != regions)
        at = &(*at)->next;
    *at = regions->next;
    unlock();
    atomic_fetch_sub_explicit(&heaps, 1, memory_order_relaxed);
}

bool lab__regions_of_some_heap(const void *ptr)
{
    bool found = false;
    if (atomic_load_explicit(&heaps, memory_order_relaxed) == 0)
        return false;
    lock();
    for (struct lab_regions *regions = all; regions && !found; regions = regions->next)
        found = lab__regions_find(regions, ptr) != NULL;
    unlock();
    return found;
}
#else
static void lock(void) {}

static void unlock(void) {}

void lab__regions_open(struct lab_regions *regions)
{
    (void)regions;
}

static void forget(struct lab_regions *regions)
{
    (void)regions;
}

bool lab__regions_of_some_heap(const void *ptr)
{
    (void)ptr;
    return false;
}
#endif

/* ---- one table ---- */

void lab__regions_close(struct lab_regions *regions)
{
    forget(regions);
    for (size_t i = 0; i < regions->count; i++)
        free(regions->table[i].at);
    free(regions->table);
}

/* How many regions begin at or before ptr. */
static size_t up_to(const struct lab_regions *regions, const void *ptr)
{
    size_t low = 0, high = regions->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if ((uintptr_t)regions->table[middle].at <= (uintptr_t)ptr)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct lab_region *lab__regions_find(const struct lab_regions *regions, const void *ptr)
{
    size_t i = up_to(regions, ptr);
    if (i == 0)
        return NULL;
    struct lab_region *region = &regions->table[i - 1];
    return (uintptr_t)ptr - (uintptr_t)region->at < region->size ? region : NULL;
}

bool lab__regions_reserve(struct lab_regions *regions)
{
    if (regions->count < regions->capacity)
        return true;
    size_t capacity = regions->capacity ? 2 * regions->capacity : 16;
    lock();
    struct lab_region *table = realloc(regions->table, capacity * sizeof *table);
    if (table) {
        regions->table = table;
        regions->capacity = capacity;
    }
    unlock();
    return table != NULL;
}

void lab__regions_insert(struct lab_regions *regions, void *at, size_t size, bool large)
{
    lock();
    size_t i = up_to(regions, at);
    memmove(regions->table + i + 1, regions->table + i,
            (regions->count - i) * sizeof *regions->table);
    regions->table[i] = (struct lab_region){at, size, large};
    regions->count++;
    unlock();
}

void lab__regions_remove(struct lab_regions *regions, struct lab_region *region)
{
    lock();
    size_t i = (size_t)(region - regions->table);
    regions->count--;
    memmove(regions->table + i, regions->table + i + 1,
            (regions->count - i) * sizeof *regions->table);
    unlock();
}
