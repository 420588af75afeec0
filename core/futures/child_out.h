/* What a child says: frames, gathered so that a task's events and its result are one write.
 *
 * How it is used. lab_child_out_frame() puts frames together, lab_child_out_flush() writes them.
 * The events are those of the child's lane of the trace that were not sent before. Threads. One.
 * Blocking. As send does. Ownership. The child owns it, and begins it as zeros but for send, which
 * is borrowed; lane is the child's to close.
 */
#ifndef LAB_FUTURES_CHILD_OUT_H
#define LAB_FUTURES_CHILD_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/frame.h"
#include "futures/task.h"
#include "trace/trace.h"

struct lab_child_out {
    bool (*send)(const void *data, size_t size, bool urgent); /* struct lab_child_ways */
    struct lab_lane *lane;                                    /* NULL: nothing was traced yet */
    uint64_t cursor;                                          /* of lane: what was sent */
    bool broken; /* a send failed: nobody listens, the child must end */
    size_t size;
    _Alignas(LAB_FRAME_ALIGN) unsigned char frames[8192];
};

/* Bytes that a failure's sentences take at most. */
enum {
    LAB_CHILD_TEXT =
        sizeof((struct lab_failure *)0)->text + sizeof((struct lab_failure *)0)->cause_text
};

/* Adds a frame, or sends it if it is long. body: frame.size bytes. urgent: the parent shall look at
 * it now. */
void lab_child_out_frame(struct lab_child_out *out, struct lab_frame frame, const void *body,
                         bool urgent);
/* Adds the events that were not sent. */
void lab_child_out_events(struct lab_child_out *out);
/* Sends what was gathered. */
void lab_child_out_flush(struct lab_child_out *out, bool urgent);
/* Puts the failure into frame, and its sentences into text, LAB_CHILD_TEXT bytes. Returns text. */
const char *lab_child_out_failure(const struct lab_failure *failure, struct lab_frame *frame,
                                  char *text);

#endif
