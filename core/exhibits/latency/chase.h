/* A pointer chase: loads each of which says where the next one goes, over a working set of any
 * size.
 *
 * What it is. One node in each cache line, all of them in one cycle, in an order drawn from a seed.
 * The order is random within groups of 32 pages, and so is the order of the groups: lab_chase_set()
 * makes the cycle of a size.
 *
 * Why in groups, measured on a virtual machine with an EPYC 7003 (L1 32 KB, L2 512 KB, 3 to 4 MB of
 * L3 left to it by its neighbours; pages of 4 KB, two levels of page tables):
 * - Over all pages at random every load out of the caches misses the TLB as well, and the misses'
 *   own misses grow with the set: 120 ns at 5 MB, 150 at 16 MB, 170 at 46 MB, 245 at 128 MB. There
 *   is no plateau, so no number for "memory"; and within the caches the first TLB's end (64 pages)
 *   is a shoulder just before that of the L2.
 * - Huge pages cannot be asked for from WebAssembly, and a host that itself has small pages takes
 *   the gain away: 145 ns at 16 MB, 165 at 128 MB, and the L1 seemed to end at 19 KB.
 * - In groups a page is missed once in 64 loads instead of once in each: 99 ns from 5 MB to 128 MB,
 *   within 5%. The caches do not see the difference: between two loads of a line lies the whole
 *   working set all the same.
 * - Groups of one page or a few help the prefetchers, which look for patterns within a page; groups
 *   of 8 pages measured 110 ns. 32 pages are what the smallest first TLB in use holds.
 * lmbench's lat_mem_rd goes through one page at a time in its -t mode, for the same reason.
 *
 * Threads. One. Blocking. Never.
 */
#ifndef LAB_EXHIBITS_LATENCY_CHASE_H
#define LAB_EXHIBITS_LATENCY_CHASE_H

#include <stddef.h>
#include <stdint.h>

#include "stats/random.h"

enum { LAB_LINE_BYTES = 64 };

struct lab_chase;

/* Memory for up to most bytes, or less where there is less, but at least `fewest`. NULL: not even
 * that. Both are multiples of 1 MB. */
struct lab_chase *lab_chase_create(size_t fewest, size_t most, uint64_t seed);
void lab_chase_destroy(struct lab_chase *chase);
size_t lab_chase_room(const struct lab_chase *chase);

/* Makes the cycle through the first `bytes`, whole lines and at least two, and reads them once, so
 * that what fits into a cache is there. Only what has changed since the last size is made anew. */
void lab_chase_set(struct lab_chase *chase, size_t bytes);
/* Goes on through the cycle for so many loads, a multiple of LAB_CHASE_STRIDE. Returns the seconds
 * they took. */
enum { LAB_CHASE_STRIDE = 64 };
double lab_chase_run(struct lab_chase *chase, uint64_t loads);

/* For tests: after how many loads it is back where it is; 0 if it leaves the working set. */
size_t lab__chase_length(const struct lab_chase *chase, size_t bytes);

#endif
