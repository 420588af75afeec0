#include "trace/pending.h"

#include <stdlib.h>
#include <string.h>

/* Fibonacci hashing (Knuth, TAOCP 3, 6.4): neighbouring numbers, which these are, come apart. */
static size_t home(const struct lab_pending *pending, uint64_t key)
{
    return (size_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (pending->capacity - 1);
}

/* The slot that has this key, or where it would be put. */
static size_t find(const struct lab_pending *pending, uint64_t key)
{
    size_t i = home(pending, key);
    while (pending->slots[i].used && pending->slots[i].key != key)
        i = (i + 1) & (pending->capacity - 1);
    return i;
}

static bool grow(struct lab_pending *pending)
{
    struct lab_pending grown = {.capacity = pending->capacity ? pending->capacity * 2 : 64};
    grown.slots = calloc(grown.capacity, sizeof *grown.slots);
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < pending->capacity; i++)
        if (pending->slots[i].used)
            grown.slots[find(&grown, pending->slots[i].key)] = pending->slots[i];
    grown.count = pending->count;
    free(pending->slots);
    *pending = grown;
    return true;
}

bool lab_pending_put(struct lab_pending *pending, struct lab_begun begun)
{
    if (pending->count >= pending->capacity / 2 && !grow(pending))
        return false;
    struct lab_begun *slot = &pending->slots[find(pending, begun.key)];
    pending->count += !slot->used;
    *slot = begun;
    slot->used = true;
    return true;
}

bool lab_pending_take(struct lab_pending *pending, uint64_t key, struct lab_begun *begun)
{
    if (pending->count == 0)
        return false;
    size_t hole = find(pending, key);
    if (!pending->slots[hole].used)
        return false;
    *begun = pending->slots[hole];
    pending->count--;
    /* What stands further on because this slot was taken moves up. */
    for (size_t i = hole;;) {
        i = (i + 1) & (pending->capacity - 1);
        if (!pending->slots[i].used)
            break;
        size_t wants = home(pending, pending->slots[i].key);
        if (((i - wants) & (pending->capacity - 1)) < ((i - hole) & (pending->capacity - 1)))
            continue;
        pending->slots[hole] = pending->slots[i];
        hole = i;
    }
    pending->slots[hole].used = false;
    return true;
}

void lab_pending_clear(struct lab_pending *pending)
{
    if (pending->count)
        memset(pending->slots, 0, pending->capacity * sizeof *pending->slots);
    pending->count = 0;
}

void lab_pending_release(struct lab_pending *pending)
{
    free(pending->slots);
    *pending = (struct lab_pending){0};
}
