#include "loop/slab.h"

#include <stdint.h>
#include <stdlib.h>

enum { ALIGNMENT = 8, BLOCK_BYTES = 64 << 10 };

struct lab_slab_piece {
    struct lab_slab_piece *next;
};

struct lab_slab_block {
    struct lab_slab_block *next;
    uint64_t pieces[]; /* for the alignment */
};

void lab_slab_init(struct lab_slab *slab, size_t size)
{
    *slab = (struct lab_slab){.size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)};
}

static void *cut(struct lab_slab *slab)
{
    if ((size_t)(slab->end - slab->next) < slab->size) {
        size_t room = BLOCK_BYTES - sizeof(struct lab_slab_block);
        size_t bytes = (room > slab->size ? room / slab->size : 1) * slab->size;
        struct lab_slab_block *block = malloc(sizeof *block + bytes);
        if (!block)
            return NULL;
        block->next = slab->blocks;
        slab->bytes += sizeof *block + bytes;
        slab->blocks = block;
        slab->next = (unsigned char *)block->pieces;
        slab->end = slab->next + bytes;
    }
    void *piece = slab->next;
    slab->next += slab->size;
    return piece;
}

void *lab_slab_take(struct lab_slab *slab)
{
    struct lab_slab_piece *piece = slab->free;
    if (!piece)
        return cut(slab);
    slab->free = piece->next;
    return piece;
}

void lab_slab_give(struct lab_slab *slab, void *piece)
{
    struct lab_slab_piece *given = piece;
    given->next = slab->free;
    slab->free = given;
}

void lab_slab_release(struct lab_slab *slab)
{
    for (struct lab_slab_block *block = slab->blocks; block;) {
        struct lab_slab_block *next = block->next;
        free(block);
        block = next;
    }
    lab_slab_init(slab, slab->size);
}
