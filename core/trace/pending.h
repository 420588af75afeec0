/* What has begun and not ended, by number: tasks in a queue, coroutines in an await.
 *
 * A hash table of open addressing, at most half full. Threads. One. Blocking. Never.
 */
#ifndef LAB_TRACE_PENDING_H
#define LAB_TRACE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_begun {
    uint64_t key;
    uint64_t time_ns;
    uint16_t lane;
    uint8_t reason;
    bool used;
};

/* Zero to begin with. */
struct lab_pending {
    struct lab_begun *slots;
    size_t capacity, count; /* capacity: a power of two, or 0 */
};

/* Enters begun, in place of one with the same key. False: no memory. */
bool lab_pending_put(struct lab_pending *pending, struct lab_begun begun);
/* Takes the one with this key out. False: there is none. */
bool lab_pending_take(struct lab_pending *pending, uint64_t key, struct lab_begun *begun);
/* Forgets all. */
void lab_pending_clear(struct lab_pending *pending);
void lab_pending_release(struct lab_pending *pending);

#endif
