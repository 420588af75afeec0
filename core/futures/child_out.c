#include "futures/child_out.h"

#include <string.h>

void lab_child_out_flush(struct lab_child_out *out, bool urgent)
{
    if (out->size && !out->send(out->frames, out->size, urgent))
        out->broken = true;
    out->size = 0;
}

void lab_child_out_frame(struct lab_child_out *out, struct lab_frame frame, const void *body,
                         bool urgent)
{
    static const unsigned char zeros[LAB_FRAME_ALIGN];
    size_t size = lab_frame_padded(frame.size), rest = size - frame.size;
    if (sizeof frame + size > sizeof out->frames - out->size)
        lab_child_out_flush(out, false);
    unsigned char *at = out->frames + out->size;
    memcpy(at, &frame, sizeof frame);
    out->size += sizeof frame;
    if (sizeof frame + size <= sizeof out->frames) {
        if (frame.size)
            memcpy(at + sizeof frame, body, frame.size);
        memset(at + sizeof frame + frame.size, 0, rest);
        out->size += size;
        return;
    }
    lab_child_out_flush(out, false);
    if (!out->send(body, frame.size, urgent) || (rest && !out->send(zeros, rest, urgent)))
        out->broken = true;
}

void lab_child_out_events(struct lab_child_out *out)
{
    struct lab_trace_event events[256];
    uint64_t lost = 0;
    size_t count;
    while (out->lane && (count = lab_lane_read(out->lane, &out->cursor, events,
                                               sizeof events / sizeof *events, &lost)))
        lab_child_out_frame(out,
                            (struct lab_frame){.type = LAB_FRAME_EVENTS,
                                               .size = (uint32_t)(count * sizeof *events),
                                               .value = lost},
                            events, false);
}

const char *lab_child_out_failure(const struct lab_failure *failure, struct lab_frame *frame,
                                  char *text)
{
    size_t size = strlen(failure->text);
    memcpy(text, failure->text, size);
    frame->code = failure->code;
    if (failure->cause) {
        size_t more = strlen(failure->cause_text);
        text[size++] = '\0';
        memcpy(text + size, failure->cause_text, more);
        size += more;
        frame->time = (uint64_t)(int64_t)failure->cause;
    }
    frame->size = (uint32_t)size;
    return text;
}
