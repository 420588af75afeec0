/* Slabs: many objects of one size, as coroutines are.
 *
 * What it is. Blocks of memory cut into equal pieces, and a list of the pieces that are free. What
 * was given back last is taken next, while it is still in the cache; neighbours in time are
 * neighbours in memory.
 *
 * How it is used. lab_slab_init(), lab_slab_take() and lab_slab_give() as often as wanted,
 * lab_slab_release().
 *
 * Threads. One. Blocking. Never. Ownership. Blocks are kept until lab_slab_release(), however many
 * pieces are free: the next burst does not ask the system for pages again, which would cost more
 * than its coroutines.
 */
#ifndef LAB_LOOP_SLAB_H
#define LAB_LOOP_SLAB_H

#include <stddef.h>

struct lab_slab_piece;
struct lab_slab_block;

struct lab_slab {
    size_t size;  /* of a piece, bytes */
    size_t bytes; /* of all blocks */
    struct lab_slab_piece *free;
    struct lab_slab_block *blocks; /* all of them; the first is cut from */
    unsigned char *next, *end;     /* what of it is uncut */
};

/* Pieces of size bytes, aligned for anything that is no wider than a pointer or a uint64_t. */
void lab_slab_init(struct lab_slab *slab, size_t size);
/* A piece, its bytes unspecified; NULL: out of memory. */
void *lab_slab_take(struct lab_slab *slab);
void lab_slab_give(struct lab_slab *slab, void *piece);
/* Frees all blocks, whatever is still taken. */
void lab_slab_release(struct lab_slab *slab);

#endif
