/* Queues between interpreters: bounded, and what goes in comes out as a copy.
 *
 * What it is. PEP 734's queues. Nothing but bytes can be put in; an item lies outside every
 * interpreter's heap while it is in the queue, and arrives as a block on the heap of the
 * interpreter that got it.
 *
 * How it is used. Created by anyone and handed to the code of several interpreters; put() here,
 * get() there. The receiver frees what it got with lab_free() while in its interpreter, or leaves
 * that to the heap's end. Threads that are in no interpreter may use it too, and get malloc'd
 * blocks. close() ends it: whoever waits returns, no put succeeds any more, what is inside can
 * still be got.
 *
 * Threads. Any number of producers and consumers. destroy: when nobody uses it any more.
 * Blocking. put and get with a timeout above 0, with the calling thread's GIL given up meanwhile.
 * Where there are no threads nobody could end the wait, and they behave as with a timeout of 0.
 * Ownership. Bytes are borrowed for the call of put. The block that get gives is the receiver's.
 * Order. First in, first out, as far as one consumer can tell.
 */
#ifndef LAB_INTERPRETERS_QUEUE_H
#define LAB_INTERPRETERS_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/bytes.h"
#include "platform/error.h"

#define LAB_INTERPRETER_QUEUE_MAX (1u << 20) /* items */

struct lab_interpreter_queue;

/* LAB_E_INVALID: capacity is not 1 to LAB_INTERPRETER_QUEUE_MAX; LAB_E_NOMEM. */
int lab_interpreter_queue_create(struct lab_interpreter_queue **queue, uint32_t capacity,
                                 struct lab_failure *failure);
/* Drops what is inside. NULL is legal. */
void lab_interpreter_queue_destroy(struct lab_interpreter_queue *queue);

/* timeout_ns: 0 does not wait, LAB_FOREVER waits (platform/sync.h). Both return
 * LAB_E_SHUTDOWN  it is closed (get: and empty)
 * LAB_E_TIMEOUT   waited in vain          LAB_E_STOPPED  the whole run is being stopped
 * LAB_E_NOMEM     no memory for the copy; get: on the receiver's heap, and the item stays the first
 * and, with a timeout of 0, put LAB_E_FULL and get LAB_E_AGAIN (it is empty). */
int lab_interpreter_queue_put(struct lab_interpreter_queue *queue, struct lab_bytes bytes,
                              uint64_t timeout_ns);
int lab_interpreter_queue_get(struct lab_interpreter_queue *queue, void **data, size_t *size,
                              uint64_t timeout_ns);

/* Idempotent. */
void lab_interpreter_queue_close(struct lab_interpreter_queue *queue);
bool lab_interpreter_queue_closed(struct lab_interpreter_queue *queue);
/* Items inside, now. */
size_t lab_interpreter_queue_size(struct lab_interpreter_queue *queue);

#endif
