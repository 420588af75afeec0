#include "futures/child_in.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 128 << 10 }; /* bytes at first: more than a pipe holds */

bool lab_child_in_room(struct lab_child_in *in, size_t size)
{
    if (in->capacity - in->to >= size)
        return true;
    size_t inside = in->to - in->from, capacity = in->capacity ? in->capacity : FIRST;
    while (capacity - inside < size)
        capacity *= 2;
    unsigned char *data = in->data;
    if (capacity != in->capacity && !(data = aligned_alloc(LAB_FRAME_ALIGN, capacity)))
        return false;
    if (inside)
        memmove(data, in->data + in->from, inside);
    if (data != in->data)
        free(in->data);
    in->data = data;
    in->capacity = capacity;
    in->scanned -= in->from;
    in->to = inside;
    in->from = 0;
    return true;
}

void lab_child_in_came(struct lab_child_in *in, size_t size)
{
    in->to += size;
    struct lab_frame frame;
    while (in->to - in->scanned >= sizeof frame) {
        memcpy(&frame, in->data + in->scanned, sizeof frame);
        size_t whole = sizeof frame + lab_frame_padded(frame.size);
        if (frame.size > LAB_FRAME_MAX || in->to - in->scanned < whole)
            break;
        in->scanned += whole;
        in->whole++;
    }
    in->midpoint = in->whole / 2;
}

void lab_child_in_take(struct lab_child_in *in, const struct lab_frame *frame)
{
    in->from += sizeof *frame + lab_frame_padded(frame->size);
    in->whole--;
}

void lab_child_in_empty(struct lab_child_in *in)
{
    in->from = in->to = in->scanned = 0;
}
