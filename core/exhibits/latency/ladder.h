/* The ladder: what a load takes, over how much memory is in use; and the caches that it shows.
 *
 * What it is. A pointer chase (chase.h) through working sets from 1 KB to as much as there is room
 * for. What a load takes rises by a step wherever the set outgrows a cache; stats/steps.h finds the
 * steps.
 *
 * How it is used. lab_ladder_begin(), lab_ladder_step() until it says that it is over, read,
 * lab_ladder_end().
 *
 * How it measures. Several times from the bottom to the top, so that a busy moment of the machine
 * does not befall one size alone; each time a point gets a few rounds of a few turns. Whatever else
 * runs, and a hypervisor that gives the CPU or half of its caches to others, can only add. So a
 * round is the second fastest of its turns (the fastest may be off by the clock's resolution), and
 * a point the lower quartile of its rounds: right as soon as the machine was quiet a quarter of the
 * time, and no single lucky round decides. A level is the median of the points on its plateau.
 *
 * Threads. One. Blocking. Never for long: a step takes some 10 ms, at most some 100.
 */
#ifndef LAB_EXHIBITS_LATENCY_LADDER_H
#define LAB_EXHIBITS_LATENCY_LADDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"
#include "stats/bootstrap.h"

enum { LAB_LADDER_LEVELS = 4, LAB_LADDER_POINTS = 73 };

struct lab_ladder_point {
    uint64_t bytes;              /* of the working set */
    struct lab_interval seconds; /* a load */
};

/* What answers: a cache, or memory. In the order of their speed; of the caches those that were
 * found. */
struct lab_ladder_level {
    const char *name; /* "l1", "l2", "l3" or "memory" */
    uint64_t bytes;   /* the cache's size: the largest set that mostly is in it; 0 for memory */
    struct lab_interval seconds; /* a load */
    unsigned points;             /* on its plateau */
};

struct lab_ladder;

/* For about so many seconds; least: lab_latency_least(). NULL: out of memory. */
struct lab_ladder *lab_ladder_begin(double seconds, double least, uint64_t seed);
/* Does a part of it. False: it is over. */
bool lab_ladder_step(struct lab_ladder *ladder);
/* The points that are there, which grow in number and in precision. Valid until the next step. */
const struct lab_ladder_point *lab_ladder_points(const struct lab_ladder *ladder, size_t *count);
/* The point that the last step measured; NULL before the first. */
const struct lab_ladder_point *lab_ladder_latest(const struct lab_ladder *ladder);
/* How many steps it has taken, and will have. */
size_t lab_ladder_done(const struct lab_ladder *ladder);
size_t lab_ladder_total(const struct lab_ladder *ladder);
/* The levels that points show; returns how many. */
size_t lab_ladder_levels(const struct lab_ladder_point *points, size_t count, uint64_t seed,
                         struct lab_ladder_level levels[LAB_LADDER_LEVELS]);
/* The level of that name among them, or NULL and a reason why there is none. */
const struct lab_ladder_level *lab_ladder_find(const struct lab_ladder_level *levels, size_t count,
                                               const char *name, uint64_t largest,
                                               struct lab_failure *reason);
void lab_ladder_end(struct lab_ladder *ladder);

#endif
