/* The ladder: what a load from memory takes, over how much memory is used in turn; and the caches that it shows.
 *
 * What it is. A chase through working sets from 1 KB to as much as there is room for: in each cache line lies the
 * place of the next one, in an order drawn from the seed, so that a load cannot begin before the one before it has
 * ended. What the loads take rises by a step wherever the set outgrows a cache.
 *
 * How it is used. lab_ladder_begin(), lab_ladder_step() until it says that it is over, read, lab_ladder_end().
 *
 * Threads. One. Blocking. A step takes at most some 100 ms.
 */
#ifndef LAB_LATENCY_LADDER_H
#define LAB_LATENCY_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"
#include "stats/bootstrap.h"

enum { LAB_LADDER_LEVELS = 4 };

struct lab_ladder_point {
    uint64_t bytes;              /* of the working set */
    struct lab_interval seconds; /* a load */
};

/* "l1", "l2", "l3" or "memory", in this order; of the caches those that were found. */
struct lab_ladder_level {
    const char *name;
    uint64_t bytes; /* the cache's size; 0 for memory */
    struct lab_interval seconds;
};

#endif
