#include "futures/chunk.h"

#include <stdlib.h>
#include <string.h>

#include "interpreters/heap.h"

/* In:  u32 length of the type's name, u32 number of items, the name; then each item: record, bytes.
 * Out: each item: record, bytes (the result, or the failure's sentence). All padded to 8 bytes. */
struct head {
    uint32_t name_length, count;
};
struct record {
    int32_t code, cause;
    uint64_t size;
};

static size_t padded(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

int lab__chunk_pack(struct lab_bytes *chunk, const struct lab_task_type *type,
                    const struct lab_bytes *items, size_t count, struct lab_failure *failure)
{
    struct head head = {(uint32_t)strlen(type->name), (uint32_t)count};
    size_t size = sizeof head + padded(head.name_length);
    for (size_t i = 0; i < count; i++) {
        int code = type->pack ? type->pack(items[i], failure) : 0;
        if (code)
            return code;
        if (items[i].size > UINT32_MAX / 2 || size > UINT32_MAX / 2)
            return lab_fail(failure, LAB_E_TOO_LARGE, "a chunk of %zu items is too large", count);
        size += sizeof(struct record) + padded(items[i].size);
    }
    unsigned char *data = calloc(1, size), *at = data;
    if (!data)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for a chunk of %zu items", count);
    memcpy(at, &head, sizeof head);
    memcpy(at + sizeof head, type->name, head.name_length);
    at += sizeof head + padded(head.name_length);
    for (size_t i = 0; i < count; i++) {
        struct record record = {.size = items[i].size};
        memcpy(at, &record, sizeof record);
        if (items[i].size)
            memcpy(at + sizeof record, items[i].data, items[i].size);
        at += sizeof record + padded(items[i].size);
    }
    *chunk = (struct lab_bytes){data, size};
    return 0;
}

/* Reads the record at *at and steps over it and its bytes; false: the bytes end before. */
static bool next_record(struct lab_bytes bytes, size_t *at, struct record *record,
                        const void **data)
{
    if (*at > bytes.size || bytes.size - *at < sizeof *record)
        return false;
    memcpy(record, (const char *)bytes.data + *at, sizeof *record);
    *at += sizeof *record;
    if (record->size > bytes.size - *at)
        return false;
    *data = (const char *)bytes.data + *at;
    *at += padded((size_t)record->size);
    return true;
}

int lab__chunk_result(struct lab_bytes chunk, size_t i, struct lab_bytes *result,
                      struct lab_failure *failure)
{
    struct record record;
    const void *data;
    size_t at = 0;
    for (size_t n = 0; n <= i; n++)
        if (!next_record(chunk, &at, &record, &data))
            return lab_fail(failure, LAB_E_IO, "the result of a chunk is cut short");
    if (record.code) {
        lab_fail(failure, record.code, "%.*s", (int)record.size, (const char *)data);
        if (record.cause)
            lab_fail_cause(failure, record.cause, "%s", lab_error_text(record.cause));
        return record.code;
    }
    *result = (struct lab_bytes){data, (size_t)record.size};
    return 0;
}

/* ---- in the worker ---- */

struct frame {
    const struct lab_task_type *type;
    struct lab_run item; /* being run, if running */
    bool running;
    uint32_t done, count;
    size_t at; /* of the next item, in the chunk's bytes */
    unsigned char *out;
    size_t out_size, out_capacity;
};

static bool append(struct frame *frame, const struct record *record, const void *data)
{
    size_t size = sizeof *record + padded((size_t)record->size);
    if (frame->out_capacity - frame->out_size < size) {
        size_t capacity = (frame->out_size + size) * 2;
        unsigned char *grown = lab_realloc(frame->out, capacity);
        if (!grown)
            return false;
        frame->out = grown;
        frame->out_capacity = capacity;
    }
    unsigned char *at = frame->out + frame->out_size;
    memset(at + size - 8, 0, 8);
    memcpy(at, record, sizeof *record);
    if (record->size)
        memcpy(at + sizeof *record, data, (size_t)record->size);
    frame->out_size += size;
    return true;
}

/* What became of the item that ran. */
static bool keep(struct frame *frame)
{
    struct lab_run *item = &frame->item;
    struct record record = {0};
    const void *data;
    if (item->type->encode && !item->failure)
        item->type->encode(item);
    if (item->failure) {
        record.code = item->failure->code;
        record.cause = item->failure->cause;
        record.size = strlen(item->failure->text);
        data = item->failure->text;
    } else {
        record.size = item->out_size;
        data = item->out;
    }
    bool kept = append(frame, &record, data);
    lab_run_release(item);
    frame->running = false;
    frame->done++;
    return kept;
}

static int no_memory(struct lab_run *run)
{
    struct frame *frame = run->frame;
    lab_free(frame->out);
    return lab_run_fail(run, LAB_E_NOMEM, "out of memory for the results of a chunk");
}

static int understand(struct lab_run *run)
{
    struct frame *frame = run->frame;
    struct head head;
    char name[64] = "";
    if (run->in.size < sizeof head)
        return LAB_E_INVALID;
    memcpy(&head, run->in.data, sizeof head);
    if (head.name_length >= sizeof name || run->in.size < sizeof head + padded(head.name_length))
        return LAB_E_INVALID;
    memcpy(name, (const char *)run->in.data + sizeof head, head.name_length);
    frame->type = run->types ? run->types(name) : NULL;
    frame->count = head.count;
    frame->at = sizeof head + padded(head.name_length);
    return frame->type ? 0 : LAB_E_INVALID;
}

static int step(struct lab_run *run)
{
    struct frame *frame = run->frame;
    if (!frame->type && understand(run))
        return lab_run_fail(run, LAB_E_INVALID, "a chunk that names no task type known here");
    while (frame->done < frame->count) {
        struct record record;
        const void *data;
        if (!frame->running) {
            if (!next_record(run->in, &frame->at, &record, &data)) {
                lab_free(frame->out);
                return lab_run_fail(run, LAB_E_INVALID, "a chunk that is cut short");
            }
            struct lab_bytes in = {data, (size_t)record.size};
            frame->running = true;
            if (lab_run_init(&frame->item, frame->type, in))
                lab_run_fail(&frame->item, LAB_E_NOMEM, "out of memory for a task");
            else if (frame->type->decode)
                frame->type->decode(&frame->item);
        }
        if (!frame->item.failure && frame->type->step(&frame->item) == LAB_CO_AWAIT) {
            run->co.awaits = frame->item.co.awaits; /* ours awaits what the item does */
            run->co.on = frame->item.co.on;
            return LAB_CO_AWAIT;
        }
        if (!keep(frame))
            return no_memory(run);
    }
    return lab_run_adopt(run, frame->out, frame->out_size);
}

const struct lab_task_type lab__chunk_type = {
    .name = "lab-chunk", .step = step, .frame_size = sizeof(struct frame)};
