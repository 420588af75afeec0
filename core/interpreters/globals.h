/* A dictionary, name to bytes, on the current heap: what an interpreter keeps its globals in.
 *
 * What it is. A hash table with chains. It begins empty, and ends with the heap.
 * Threads. Whoever uses the heap, which is the calling thread's current one in every call.
 * Blocking. Never. Errors. LAB_E_NOMEM: nothing has changed.
 */
#ifndef LAB_INTERPRETERS_GLOBALS_H
#define LAB_INTERPRETERS_GLOBALS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/bytes.h"

struct lab_globals { /* zeroed: empty */
    struct lab_global **chains;
    uint32_t chain_count; /* a power of two, or 0 */
    uint32_t count;
};

int lab__globals_set(struct lab_globals *globals, const char *name, struct lab_bytes bytes);
bool lab__globals_get(const struct lab_globals *globals, const char *name, struct lab_bytes *bytes);
bool lab__globals_delete(struct lab_globals *globals, const char *name);

#endif
