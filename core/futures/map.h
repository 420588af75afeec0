/* Map: one task for each item, results in the order of the items.
 *
 * What it is. Executor.map(). Everything is submitted at once (or buffersize ahead of what was
 * taken), even if nobody asks for a result; lab_map_next() yields in input order.
 *
 * Threads. One. Blocking. lab_map_next(), up to the time-out, which counts from create.
 * Ownership. Items are borrowed until destroy; a result is valid until the next call.
 * Source. Python's concurrent.futures._base and .process; rules 10–12 (core/RULES.md).
 */
#ifndef LAB_FUTURES_MAP_H
#define LAB_FUTURES_MAP_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/executor.h"

#define LAB_BUFFERSIZE_NONE LONG_MAX

struct lab_map_options {
    uint64_t timeout_ns; /* from create; LAB_FOREVER */
    long buffersize; /* tasks submitted ahead of what was asked for: ≥ 1, or LAB_BUFFERSIZE_NONE */
    long chunksize;  /* ≥ 1: so many items make one task of a process pool; elsewhere it changes
                      * nothing */
};
#define LAB_MAP_DEFAULTS                                                                           \
    {.timeout_ns = UINT64_MAX, .buffersize = LAB_BUFFERSIZE_NONE, .chunksize = 1}

struct lab_map;

/* LAB_E_INVALID with a sentence for a wrong buffersize or chunksize, and what lab_submit() returns.
 * NULL wanted: the defaults. */
int lab_map_create(struct lab_map **out, struct lab_executor *executor,
                   const struct lab_task_type *type, const struct lab_bytes *items, size_t count,
                   const struct lab_map_options *wanted, struct lab_failure *failure);
/* The next item's result: 0; LAB_E_END after the last; the failure of that item, or LAB_E_TIMEOUT:
 * then the map is over (the rest is cancelled, the current one too on a time-out) and LAB_E_END
 * follows. LAB_E_AGAIN where nothing can block. */
int lab_map_next(struct lab_map *map, struct lab_bytes *result, struct lab_failure *failure);
/* Items handed to the executor so far. */
size_t lab_map_submitted(const struct lab_map *map);
/* Cancels what has not started. NULL is legal. */
void lab_map_destroy(struct lab_map *map);

#endif
