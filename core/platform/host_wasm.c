#include "platform/host.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "platform/error.h"
#include "platform/sync.h"

void *lab_host_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

/* What is told while memory has run out goes through here.
 *
 * The reserve is one caller's at a time. FREE → HELD: by whoever tells. HELD → POSTED → HELD: it
 * is handed over, and the host has taken it (lab_host_free()). HELD → FREE: all was told. bytes are
 * the holder's while HELD, the host's while POSTED: each change releases them, each look acquires
 * them.
 *
 * What is short (an order to end a process, that a run is done) takes a note instead,
 * FREE → POSTED → FREE, for which nobody waits. A fetch is cancelled under a mutex that the host's
 * thread takes as well (platform/reactor_wasm.c): who waited there for the host would wait for
 * ever. */
enum { RESERVE = 16 << 10, NOTES = 64, NOTE = 16 };
enum { FREE, HELD, POSTED };

static struct {
    _Atomic uint32_t state;
    unsigned char bytes[RESERVE];
} reserve;

static struct note {
    _Atomic uint32_t state;
    unsigned char bytes[NOTE];
} notes[NOTES];

static void change_reserve(uint32_t state)
{
    atomic_store_explicit(&reserve.state, state, memory_order_release);
    lab_futex_wake(&reserve.state, INT32_MAX);
}

static void hold_reserve(void)
{
    uint32_t seen = FREE;
    while (!atomic_compare_exchange_strong_explicit(&reserve.state, &seen, HELD,
                                                    memory_order_acquire, memory_order_acquire)) {
        lab_futex_wait(&reserve.state, seen, LAB_FOREVER);
        seen = FREE;
    }
}

/* NULL: all are under way. */
static struct note *take_note(void)
{
    for (size_t i = 0; i < NOTES; i++) {
        uint32_t seen = FREE;
        if (atomic_compare_exchange_strong_explicit(&notes[i].state, &seen, POSTED,
                                                    memory_order_acquire, memory_order_relaxed))
            return &notes[i];
    }
    return NULL;
}

void lab_host_free(void *data)
{
    if (data == reserve.bytes) {
        change_reserve(HELD);
        return;
    }
    for (size_t i = 0; i < NOTES; i++)
        if (data == notes[i].bytes) {
            atomic_store_explicit(&notes[i].state, FREE, memory_order_release);
            return;
        }
    free(data);
}

void lab_host_complete(struct lab_host_request *request, int code, int status, void *data,
                       size_t size)
{
    request->code = code;
    request->status = status;
    request->data = data;
    request->size = (uint32_t)size;
    if (request->on_done) {
        request->on_done(request);
        return;
    }
    atomic_store_explicit(&request->done, 1, memory_order_release);
    lab_futex_wake(&request->done, 1);
}

int lab_host_call(int op, struct lab_host_request *request, const void *data, size_t size)
{
    memset(request, 0, sizeof *request);
    lab_host_post(op, request, data, size);
    while (!atomic_load_explicit(&request->done, memory_order_acquire)) {
        /* Hosts that cannot block answer every call of this kind before post returns. */
        assert(lab_can_block());
        lab_futex_wait(&request->done, 0, LAB_FOREVER);
    }
    return request->code;
}

static void fill(unsigned char *copy, const void *head, size_t head_size, const void *data,
                 size_t size)
{
    if (head_size)
        memcpy(copy, head, head_size);
    if (size)
        memcpy(copy + head_size, data, size);
}

/* As much of a stream as fits, and no half of a character of UTF-8: whoever shows a piece decodes
 * it. */
static size_t piece_of(const unsigned char *data, size_t size, size_t room)
{
    enum { LONGEST = 4 };
    if (size <= room)
        return size;
    for (size_t part = room; part > room - LONGEST; part--)
        if ((data[part] & 0xc0) != 0x80)
            return part;
    return room; /* it is no text */
}

static void tell_through_reserve(int op, const void *head, size_t head_size,
                                 const unsigned char *data, size_t size)
{
    size_t part;
    hold_reserve();
    do {
        part = piece_of(data, size, RESERVE - head_size);
        fill(reserve.bytes, head, head_size, data, part);
        atomic_store_explicit(&reserve.state, POSTED, memory_order_release);
        lab_host_post(op, NULL, reserve.bytes, head_size + part);
        while (atomic_load_explicit(&reserve.state, memory_order_acquire) == POSTED)
            lab_futex_wait(&reserve.state, POSTED, LAB_FOREVER);
        if (part)
            data += part;
        size -= part;
    } while (size > 0);
    change_reserve(FREE);
}

static bool tell_without_memory(int op, const void *head, size_t head_size, const void *data,
                                size_t size)
{
    struct note *note = head_size + size <= NOTE ? take_note() : NULL;
    if (note) {
        fill(note->bytes, head, head_size, data, size);
        lab_host_post(op, NULL, note->bytes, head_size + size);
        return true;
    }
    bool stream = op == LAB_HOST_WRITE || op == LAB_HOST_SEND;
    if (op == LAB_HOST_FETCH_CANCEL || (!stream && head_size + size > RESERVE))
        return false;
    tell_through_reserve(op, head, head_size, data, size);
    return true;
}

bool lab_host_tell(int op, const void *head, size_t head_size, const void *data, size_t size)
{
    unsigned char *copy = malloc(head_size + size + 1);
    if (!copy)
        return tell_without_memory(op, head, head_size, data, size);
    fill(copy, head, head_size, data, size);
    lab_host_post(op, NULL, copy, head_size + size);
    return true;
}
