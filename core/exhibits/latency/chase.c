#include "exhibits/latency/chase.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "platform/system.h"

enum {
    MEGABYTE = 1 << 20,
    PAGE_BYTES = 4096,
    /* 1. Not only a page's: where a large power of two lay between the first pages, a Zen 3 gave
     *    2.8 ns instead of 1.5 from 9 KB on. Its first cache chooses a way by a hash of the
     *    address, which folds the high bits onto the low ones, and lines on both sides of such a
     *    place have the same one (Lipp et al., "Take A Way", ASIA CCS 2020). */
    ALIGNMENT = MEGABYTE,
    GROUP_LINES = 32 * PAGE_BYTES / LAB_LINE_BYTES,
};

/* A path through the lines of one group, which the cycle enters at first and leaves at last. */
struct group {
    uint32_t lines; /* that the path has; 0: none yet */
    uintptr_t first, last;
};

struct lab_chase {
    unsigned char *allocated, *memory; /* memory: aligned */
    size_t room;
    size_t groups;       /* of the cycle */
    struct group *group; /* room for all */
    uint32_t *order;     /* of the groups in the cycle */
    uintptr_t place;     /* where the chase is */
    struct lab_random random;
};

/* A node is the address of the next one and nothing else, so that between two loads there is no
 * addition: not natively, and in WebAssembly the start of its memory is added by the load
 * itself. */
static uintptr_t place_of(const struct lab_chase *chase, size_t line)
{
    return (uintptr_t)(chase->memory + line * LAB_LINE_BYTES);
}

static void lead(uintptr_t from, uintptr_t to)
{
    *(uintptr_t *)from = to;
}

static inline uintptr_t follow(uintptr_t place)
{
    return *(const volatile uintptr_t *)place;
}

struct lab_chase *lab_chase_create(size_t fewest, size_t most, uint64_t seed)
{
    struct lab_chase *chase = calloc(1, sizeof *chase);
    if (!chase)
        return NULL;
    lab_random_seed(&chase->random, seed);
    for (chase->room = most; chase->room >= fewest; chase->room /= 2)
        if ((chase->allocated = malloc(chase->room + ALIGNMENT)))
            break;
    size_t groups = chase->room / LAB_LINE_BYTES / GROUP_LINES;
    chase->group = calloc(groups, sizeof *chase->group);
    chase->order = calloc(groups, sizeof *chase->order);
    if (!chase->allocated || !chase->group || !chase->order) {
        lab_chase_destroy(chase);
        return NULL;
    }
    uintptr_t start = (uintptr_t)chase->allocated;
    chase->memory = chase->allocated + (ALIGNMENT - start % ALIGNMENT) % ALIGNMENT;
    return chase;
}

void lab_chase_destroy(struct lab_chase *chase)
{
    if (!chase)
        return;
    free(chase->allocated);
    free(chase->group);
    free(chase->order);
    free(chase);
}

size_t lab_chase_room(const struct lab_chase *chase)
{
    return chase->room;
}

/* A path through the first `lines` lines of group g. */
static void lay_path(struct lab_chase *chase, size_t g, uint32_t lines)
{
    uint16_t way[GROUP_LINES];
    struct group *group = &chase->group[g];
    if (group->lines == lines)
        return;
    for (uint32_t i = 0; i < lines; i++)
        way[i] = (uint16_t)i;
    lab_random_shuffle(&chase->random, way, lines, sizeof *way);
    uintptr_t place = place_of(chase, g * GROUP_LINES + way[0]);
    group->lines = lines;
    group->first = place;
    for (uint32_t i = 1; i < lines; i++) {
        uintptr_t next = place_of(chase, g * GROUP_LINES + way[i]);
        lead(place, next);
        place = next;
    }
    group->last = place;
}

/* One word of each line. */
static void read_all(const struct lab_chase *chase, size_t lines)
{
    for (size_t i = 0; i < lines; i++)
        follow(place_of(chase, i));
}

void lab_chase_set(struct lab_chase *chase, size_t bytes)
{
    size_t lines = bytes / LAB_LINE_BYTES;
    assert(lines >= 2 && bytes <= chase->room);
    chase->groups = (lines + GROUP_LINES - 1) / GROUP_LINES;
    for (size_t g = 0; g < chase->groups; g++) {
        size_t left = lines - g * GROUP_LINES;
        lay_path(chase, g, (uint32_t)(left < GROUP_LINES ? left : GROUP_LINES));
        chase->order[g] = (uint32_t)g;
    }
    lab_random_shuffle(&chase->random, chase->order, chase->groups, sizeof *chase->order);
    for (size_t i = 0; i < chase->groups; i++) {
        const struct group *from = &chase->group[chase->order[i]];
        const struct group *to = &chase->group[chase->order[(i + 1) % chase->groups]];
        lead(from->last, to->first);
    }
    chase->place = chase->group[chase->order[0]].first;
    read_all(chase, lines);
}

#define LOAD    place = follow(place);
#define LOADS_8 LOAD LOAD LOAD LOAD LOAD LOAD LOAD LOAD

double lab_chase_run(struct lab_chase *chase, uint64_t loads)
{
    uintptr_t place = chase->place;
    uint64_t start = lab_now_ns();
    for (uint64_t i = 0; i < loads; i += LAB_CHASE_STRIDE) {
        LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8 LOADS_8
    }
    double seconds = (double)(lab_now_ns() - start) / 1e9;
    chase->place = place;
    return seconds;
}

size_t lab__chase_length(const struct lab_chase *chase, size_t bytes)
{
    uintptr_t first = (uintptr_t)chase->memory, place = chase->place;
    for (size_t loads = 1; loads <= bytes / LAB_LINE_BYTES; loads++) {
        place = follow(place);
        if (place < first || place >= first + bytes || place % LAB_LINE_BYTES)
            return 0;
        if (place == chase->place)
            return loads;
    }
    return 0;
}
