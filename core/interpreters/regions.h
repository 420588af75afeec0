/* The table of a heap's regions: which memory is its own.
 *
 * What it is. The chunks and large blocks of one heap, sorted by address, found by binary search.
 * Where assertions are on, all tables are listed, so that a block of a foreign heap can be told
 * from malloc's.
 *
 * Threads. The heap's one user; lab__regions_of_some_heap: any.
 */
#ifndef LAB_INTERPRETERS_REGIONS_H
#define LAB_INTERPRETERS_REGIONS_H

#include <stdbool.h>
#include <stddef.h>

struct lab_region {
    unsigned char *at;
    size_t size;
    bool large; /* a block of its own, not a chunk */
};

struct lab_regions {
    struct lab_region *table; /* sorted by address */
    size_t count, capacity;
    struct lab_regions *next; /* in the list of all; debug builds only */
};

/* regions is zeroed memory that stays where it is. */
void lab__regions_open(struct lab_regions *regions);
/* Frees the regions' memory, which is malloc's, and the table. */
void lab__regions_close(struct lab_regions *regions);

/* Room for one more; false: out of memory. */
bool lab__regions_reserve(struct lab_regions *regions);
/* After reserve. */
void lab__regions_insert(struct lab_regions *regions, void *at, size_t size, bool large);
/* Before the memory is given back: from then on its address may be anybody's. Moves the table. */
void lab__regions_remove(struct lab_regions *regions, struct lab_region *region);

/* The region that ptr points into, or NULL. Good until the table moves. */
struct lab_region *lab__regions_find(const struct lab_regions *regions, const void *ptr);

/* Whether ptr points into any heap, whoever uses it. Always false under NDEBUG. */
bool lab__regions_of_some_heap(const void *ptr);

#endif
