#include "futures/magazines.h"

#include <stdlib.h>

#include "platform/sync.h"

#if defined(__SANITIZE_ADDRESS__)
#define LAB_MAGAZINES_ARE_MALLOC 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LAB_MAGAZINES_ARE_MALLOC 1
#endif
#endif

#ifdef LAB_MAGAZINES_ARE_MALLOC

void *lab_magazine_take(void)
{
    return aligned_alloc(LAB_MAGAZINE_BLOCK, LAB_MAGAZINE_BLOCK);
}

void lab_magazine_give(void *block)
{
    free(block);
}

#else

enum { BATCH = 64, CARVED = 4 * BATCH };

struct block {
    struct block *next;       /* in its magazine or batch */
    struct block *next_batch; /* of the first in a batch: in the depot */
};

struct magazine {
    struct block *first;
    unsigned count;
    bool known; /* the thread will give it back as it ends */
};

static _Thread_local struct magazine own;
static struct {
    lab_mutex mutex;
    struct block *batches; /* under mutex */
} depot = {.mutex = LAB_MUTEX_INITIALIZER};

static void give_batch(struct block *first)
{
    lab_mutex_lock(&depot.mutex);
    first->next_batch = depot.batches;
    depot.batches = first;
    lab_mutex_unlock(&depot.mutex);
}

static struct block *take_batch(void)
{
    lab_mutex_lock(&depot.mutex);
    struct block *first = depot.batches;
    if (first)
        depot.batches = first->next_batch;
    lab_mutex_unlock(&depot.mutex);
    return first;
}

static void give_back(void)
{
    if (own.first)
        give_batch(own.first);
    own = (struct magazine){0};
}

/* A thread gives its magazine back as it ends, whatever it came to it by. */
static void know(void)
{
    if (own.known)
        return;
    own.known = true;
    lab_thread_at_exit(give_back);
}

/* Fills the empty magazine: from the depot, else with new blocks, in the order of their
 * addresses. */
static bool refill(void)
{
    know();
    if ((own.first = take_batch())) {
        for (struct block *block = own.first; block; block = block->next)
            own.count++;
        return true;
    }
    char *carved = aligned_alloc(LAB_MAGAZINE_BLOCK, (size_t)CARVED * LAB_MAGAZINE_BLOCK);
    for (unsigned i = CARVED; carved && i-- > 0;) {
        struct block *block = (struct block *)(void *)(carved + (size_t)i * LAB_MAGAZINE_BLOCK);
        block->next = own.first;
        own.first = block;
    }
    own.count = carved ? CARVED : 0;
    return carved != NULL;
}

/* The newest BATCH blocks leave a magazine that has twice as many. */
static void spill_batch(void)
{
    struct block *first = own.first, *last = first;
    for (unsigned i = 1; i < BATCH; i++)
        last = last->next;
    own.first = last->next;
    own.count -= BATCH;
    last->next = NULL;
    give_batch(first);
}

void *lab_magazine_take(void)
{
    if (!own.first && !refill())
        return NULL;
    struct block *block = own.first;
    own.first = block->next;
    own.count--;
    return block;
}

void lab_magazine_give(void *block)
{
    struct block *first = block;
    know();
    if (own.count >= CARVED + BATCH)
        spill_batch();
    first->next = own.first;
    own.first = first;
    own.count++;
}

#endif
