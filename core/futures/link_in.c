#include "futures/link_in.h"

#include <stdlib.h>
#include <string.h>

#include "platform/process.h"
#include "platform/system.h"

bool lab_link_in_begin(struct lab_link_in *in)
{
    in->bytes = aligned_alloc(LAB_FRAME_ALIGN, LAB_LINK_IN);
    return in->bytes != NULL;
}

void lab_link_in_end(struct lab_link_in *in)
{
    free(in->long_body);
    free(in->bytes);
    in->long_body = in->bytes = NULL;
}

static bool sensible(const struct lab_frame *frame)
{
    bool known = frame->type == LAB_FRAME_PONG || frame->type == LAB_FRAME_EVENTS ||
                 frame->type == LAB_FRAME_RESULT || frame->type == LAB_FRAME_INITED ||
                 frame->type == LAB_FRAME_DROPPED;
    return known && frame->size <= LAB_FRAME_MAX;
}

/* Reads what there is into bytes, behind the beginning of a frame. */
static bool refill(struct lab_link_in *in, struct lab_process *process)
{
    size_t inside = in->to - in->from;
    if (inside)
        memmove(in->bytes, in->bytes + in->from, inside);
    in->from = 0;
    in->to = inside;
    size_t n = lab_process_read(process, in->bytes + inside, LAB_LINK_IN - inside);
    in->to += n;
    if (n)
        in->read_at = lab_now_ns();
    return n > 0;
}

/* Its header is in frame, what there is of its body in bytes. */
static void begin_long(struct lab_link_in *in)
{
    size_t size = lab_frame_padded(in->frame.size), inside = in->to - in->from;
    in->is_long = true;
    in->long_body = malloc(size);
    in->body_lost = !in->long_body;
    in->body = in->long_body;
    in->got = inside < size ? inside : size;
    if (in->long_body)
        memcpy(in->long_body, in->bytes + in->from, in->got);
    in->from += in->got;
}

/* False: it is not complete, and there is no more now. */
static bool read_long(struct lab_link_in *in, struct lab_process *process)
{
    size_t size = lab_frame_padded(in->frame.size), n;
    while (in->got < size) {
        size_t left = size - in->got;
        if (in->long_body)
            n = lab_process_read(process, in->long_body + in->got, left);
        else
            n = lab_process_read(process, in->bytes, left < LAB_LINK_IN ? left : LAB_LINK_IN);
        if (n == 0)
            return false;
        in->got += n;
    }
    in->is_long = false;
    return true;
}

bool lab_link_in_next(struct lab_link_in *in, struct lab_process *process)
{
    struct lab_frame *frame = &in->frame;
    if (in->is_long)
        return read_long(in, process);
    free(in->long_body); /* the last frame's */
    in->body = in->long_body = NULL;
    in->body_lost = false;
    while (!in->garbled) {
        size_t inside = in->to - in->from;
        const unsigned char *at = in->bytes + in->from;
        if (inside >= sizeof *frame) {
            memcpy(frame, at, sizeof *frame);
            size_t size = sizeof *frame + lab_frame_padded(frame->size);
            if (!sensible(frame)) {
                in->garbled = true;
            } else if (inside >= size) {
                in->body = frame->size ? at + sizeof *frame : NULL;
                in->from += size;
                return true;
            } else if (size > LAB_LINK_IN) {
                in->from += sizeof *frame;
                begin_long(in);
                return read_long(in, process);
            }
        }
        if (!in->garbled && !refill(in, process))
            return false;
    }
    return false;
}

void *lab_link_in_keep(struct lab_link_in *in)
{
    void *data = in->long_body;
    in->long_body = NULL;
    if (!data && in->frame.size && !in->body_lost && (data = malloc(in->frame.size)))
        memcpy(data, in->body, in->frame.size);
    in->body_lost = in->frame.size && !data;
    return data;
}

void lab_link_in_drain(struct lab_link_in *in, struct lab_process *process)
{
    while (lab_process_read(process, in->bytes, LAB_LINK_IN)) {
    }
}
