/* What came to a child and is not yet understood: bytes, and how many whole frames they are.
 *
 * What it is. A buffer that grows as it must. data[from…to) is what came; up to `scanned` it is
 * whole frames. How it is used. Bytes go to data[to…], where lab_child_in_room() made room, and
 * lab_child_in_came() tells of them. Frames are read where they lie, at data[from…], until
 * lab_child_in_take() has done with one. Threads. One. Ownership. The child owns it, begins it as
 * zeros, and frees data.
 */
#ifndef LAB_FUTURES_CHILD_IN_H
#define LAB_FUTURES_CHILD_IN_H

#include <stdbool.h>
#include <stddef.h>

#include "futures/frame.h"

struct lab_child_in {
    unsigned char *data; /* aligned to LAB_FRAME_ALIGN, as are all frames in it */
    size_t from, to, capacity, scanned;
    unsigned whole;    /* frames that lie ahead */
    unsigned midpoint; /* half of the batch that came last: see lab_child_in_urgent() */
};

/* Room for size more bytes at data[to]; moves what is there. False: memory ran out, nothing has
 * changed. */
bool lab_child_in_room(struct lab_child_in *in, size_t size);
/* size bytes have come to data[to]. */
void lab_child_in_came(struct lab_child_in *in, size_t size);
/* The frame at data[from], which is whole, is understood; its bytes stay until more room is
 * made. */
void lab_child_in_take(struct lab_child_in *in, const struct lab_frame *frame);
/* Forgets all bytes. */
void lab_child_in_empty(struct lab_child_in *in);

/* Whether the parent shall look at the answer to the frame taken last at once: it is the last of
 * what lies ahead, or the middle one, so that new tasks arrive before the child runs dry. */
static inline bool lab_child_in_urgent(const struct lab_child_in *in)
{
    return in->whole == 0 || in->whole == in->midpoint;
}

#endif
