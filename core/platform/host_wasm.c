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

void lab_host_free(void *data)
{
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

void lab_host_tell(int op, const void *head, size_t head_size, const void *data, size_t size)
{
    unsigned char *copy = malloc(head_size + size + 1);
    if (!copy)
        return;
    if (head_size)
        memcpy(copy, head, head_size);
    if (size)
        memcpy(copy + head_size, data, size);
    lab_host_post(op, NULL, copy, head_size + size);
}
