/* What a child says to its link: frames, out of the bytes that its pipe brings.
 *
 * What it is. A short frame is understood where it lies in a buffer; a long one's body is read into
 * a block of its own, which the result can keep. Headers are looked at before bodies: garbage (a
 * task that prints into the pipe) would otherwise announce a body of any length, and be waited for.
 * How it is used. lab_link_in_next() until it says no; what frame and body are then is true until
 * the next call. Threads. The link's. Blocking. Never. Ownership. The link's, which begins it as
 * zeros; lab_link_in_end() frees.
 */
#ifndef LAB_FUTURES_LINK_IN_H
#define LAB_FUTURES_LINK_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "futures/frame.h"

struct lab_process;

enum { LAB_LINK_IN = 32 << 10 };

struct lab_link_in {
    struct lab_frame frame;
    const unsigned char *body; /* frame.size bytes; NULL: none, or body_lost */
    bool body_lost;            /* there was no memory for it: its bytes are skipped */
    bool garbled;              /* the stream makes no sense, nothing more is read of it */
    uint64_t read_at;          /* when bytes were last read, lab_now_ns() */
    /* The rest is link_in.c's alone. */
    unsigned char *bytes; /* LAB_LINK_IN; read and not yet understood: from…to */
    size_t from, to;
    unsigned char *long_body; /* bytes[0…got) of padded size are there */
    size_t got;
    bool is_long; /* a long frame is being read */
};

/* False: out of memory. */
bool lab_link_in_begin(struct lab_link_in *in);
/* The next whole frame. False: there is none now, or the stream is garbled. */
bool lab_link_in_next(struct lab_link_in *in, struct lab_process *process);
/* A malloc'd copy of the body that outlives the frame, or the body's own block. NULL: it is empty,
 * or body_lost. */
void *lab_link_in_keep(struct lab_link_in *in);
/* Reads on and forgets what it reads. */
void lab_link_in_drain(struct lab_link_in *in, struct lab_process *process);
void lab_link_in_end(struct lab_link_in *in);

#endif
