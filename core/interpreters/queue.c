/* - An item is one malloc'd block. put() copies into it with the GIL held, for the source may lie
 *   on the sender's heap; get() copies out of it with the GIL held, for the copy lies on the
 *   receiver's.
 * - The mutex is held only to link and unlink. Nobody waits for a GIL while holding it: a thread
 *   that has the GIL may wait for the mutex (shortly), so the other way round would be a deadlock.
 * - A slot is free again when its item was delivered, not when it was unlinked: a get() that finds
 *   no memory puts the item back, and there must be room for it.
 */
#include "interpreters/queue.h"

#include <stdlib.h>
#include <string.h>

#include "gil/gil.h"
#include "interpreters/heap.h"
#include "platform/sync.h"
#include "platform/system.h"

struct item {
    struct item *next;
    size_t size;
    unsigned char bytes[];
};

struct lab_interpreter_queue {
    uint32_t capacity; /* immutable */
    lab_mutex mutex;
    /* All under mutex. */
    lab_cond changed[2]; /* [PUT]: an item came, [GET]: a slot became free; both: closed */
    struct item *first, **end;
    uint32_t inside; /* items linked */
    uint32_t taken;  /* slots in use: those, and those that a get() is delivering */
    bool closed;
};
enum { PUT, GET };

int lab_interpreter_queue_create(struct lab_interpreter_queue **queue, uint32_t capacity,
                                 struct lab_failure *failure)
{
    if (capacity == 0 || capacity > LAB_INTERPRETER_QUEUE_MAX)
        return lab_fail(failure, LAB_E_INVALID, "a queue of %u items: it must be 1 to %u",
                        (unsigned)capacity, LAB_INTERPRETER_QUEUE_MAX);
    struct lab_interpreter_queue *made = calloc(1, sizeof *made);
    if (!made)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for a queue");
    made->capacity = capacity;
    made->end = &made->first;
    lab_mutex_init(&made->mutex);
    lab_cond_init(&made->changed[PUT]);
    lab_cond_init(&made->changed[GET]);
    *queue = made;
    return 0;
}

void lab_interpreter_queue_destroy(struct lab_interpreter_queue *queue)
{
    if (!queue)
        return;
    for (struct item *item = queue->first, *next; item; item = next) {
        next = item->next;
        free(item);
    }
    lab_cond_destroy(&queue->changed[GET]);
    lab_cond_destroy(&queue->changed[PUT]);
    lab_mutex_destroy(&queue->mutex);
    free(queue);
}

/* Under mutex: 0: put or get may go on. */
static int state(const struct lab_interpreter_queue *queue, int what)
{
    if (what == GET)
        return queue->inside ? 0 : queue->closed ? LAB_E_SHUTDOWN : LAB_E_AGAIN;
    return queue->closed ? LAB_E_SHUTDOWN : queue->taken < queue->capacity ? 0 : LAB_E_FULL;
}

/* Under mutex, and without a GIL: waits until put or get may go on. */
static int wait(struct lab_interpreter_queue *queue, int what, uint64_t timeout_ns)
{
    const uint64_t slice = 50000000; /* to notice a stop */
    uint64_t start = lab_now_ns();
    lab_cond *changed = &queue->changed[what == GET ? PUT : GET];
    for (;;) {
        int code = state(queue, what);
        if (code != LAB_E_AGAIN && code != LAB_E_FULL)
            return code;
        if (lab_stopping())
            return LAB_E_STOPPED;
        uint64_t waited = lab_now_ns() - start;
        if (waited >= timeout_ns)
            return LAB_E_TIMEOUT;
        uint64_t left = timeout_ns - waited;
        lab_cond_wait(changed, &queue->mutex, left < slice ? left : slice);
    }
}

/* Under mutex: does it. */
static void link_last(struct lab_interpreter_queue *queue, struct item *item)
{
    item->next = NULL;
    *queue->end = item;
    queue->end = &item->next;
    queue->inside++;
    queue->taken++;
}

static struct item *unlink_first(struct lab_interpreter_queue *queue)
{
    struct item *item = queue->first;
    queue->first = item->next;
    if (!queue->first)
        queue->end = &queue->first;
    queue->inside--;
    return item;
}

/* Puts *item in, or takes *item out, waiting for that if need be. */
static int pass(struct lab_interpreter_queue *queue, int what, struct item **item,
                uint64_t timeout_ns)
{
    struct lab_gil *gil = NULL;
    lab_mutex_lock(&queue->mutex);
    int code = state(queue, what);
    if ((code == LAB_E_FULL || code == LAB_E_AGAIN) && timeout_ns != 0 && lab_has_threads()) {
        lab_mutex_unlock(&queue->mutex);
        gil = lab_gil_begin_allow_threads(); /* not under the mutex: it may wait */
        lab_mutex_lock(&queue->mutex);
        code = wait(queue, what, timeout_ns);
    }
    if (code == 0 && what == PUT)
        link_last(queue, *item);
    else if (code == 0)
        *item = unlink_first(queue);
    lab_mutex_unlock(&queue->mutex);
    if (code == 0 && what == PUT)
        lab_cond_signal(&queue->changed[PUT]);
    lab_gil_end_allow_threads(gil);
    return code;
}

int lab_interpreter_queue_put(struct lab_interpreter_queue *queue, struct lab_bytes bytes,
                              uint64_t timeout_ns)
{
    if (bytes.size > PTRDIFF_MAX - sizeof(struct item))
        return LAB_E_NOMEM;
    struct item *item = malloc(sizeof *item + bytes.size);
    if (!item)
        return LAB_E_NOMEM;
    item->size = bytes.size;
    if (bytes.size)
        memcpy(item->bytes, bytes.data, bytes.size);
    int code = pass(queue, PUT, &item, timeout_ns);
    if (code)
        free(item);
    return code;
}

int lab_interpreter_queue_get(struct lab_interpreter_queue *queue, void **data, size_t *size,
                              uint64_t timeout_ns)
{
    struct item *item;
    int code = pass(queue, GET, &item, timeout_ns);
    if (code)
        return code;
    void *copy = lab_alloc(item->size);
    lab_mutex_lock(&queue->mutex);
    if (copy) {
        queue->taken--;
    } else {
        item->next = queue->first;
        if (!queue->first)
            queue->end = &item->next;
        queue->first = item;
        queue->inside++;
    }
    lab_mutex_unlock(&queue->mutex);
    lab_cond_signal(&queue->changed[copy ? GET : PUT]);
    if (!copy)
        return LAB_E_NOMEM;
    memcpy(copy, item->bytes, item->size);
    *data = copy;
    *size = item->size;
    free(item);
    return 0;
}

void lab_interpreter_queue_close(struct lab_interpreter_queue *queue)
{
    lab_mutex_lock(&queue->mutex);
    queue->closed = true;
    lab_mutex_unlock(&queue->mutex);
    lab_cond_broadcast(&queue->changed[PUT]);
    lab_cond_broadcast(&queue->changed[GET]);
}

bool lab_interpreter_queue_closed(struct lab_interpreter_queue *queue)
{
    lab_mutex_lock(&queue->mutex);
    bool closed = queue->closed;
    lab_mutex_unlock(&queue->mutex);
    return closed;
}

size_t lab_interpreter_queue_size(struct lab_interpreter_queue *queue)
{
    lab_mutex_lock(&queue->mutex);
    size_t inside = queue->inside;
    lab_mutex_unlock(&queue->mutex);
    return inside;
}
