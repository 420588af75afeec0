/* What a native child and its parent share. Internal to core/platform.
 *
 * What it is. The memory behind a child's pipes and grant (platform/pipe.h), and the descriptors
 * that it inherits: its program is started anew (exec), so nothing else comes along. The child
 * finds the block at file descriptor 0, and the numbers of the others in it. They are
 *   bell    the memory of the group's bell
 *   waker   an eventfd, on which the parent sleeps: who has taken the bell's note adds to it
 *   life    a socket, which says nothing: each end hears there of the other's death
 * Once it has mapped the two memories the child has only waker and life, /dev/null as its input,
 * and what it prints goes to its standard error.
 */
#ifndef LAB_PLATFORM_PROCESS_BLOCK_NATIVE_H
#define LAB_PLATFORM_PROCESS_BLOCK_NATIVE_H

#include "platform/pipe.h"

#define LAB_BLOCK_WORD 0x6c616231u
/* The exit status of a child that had no memory to map the block in. */
#define LAB_BLOCK_UNMAPPED_STATUS 3

/* How far a child has come. */
enum lab_block_life {
    LAB_BLOCK_UNSEEN,
    LAB_BLOCK_MAPPED,
    LAB_BLOCK_NO_MEMORY, /* … to go on: it ends */
};

struct lab_block {
    uint32_t word; /* LAB_BLOCK_WORD */
    int32_t bell, waker, life;
    _Atomic uint32_t life_of_child; /* enum lab_block_life; relaxed: read when it has been reaped */
    _Alignas(64) struct lab_grant grant;
    _Alignas(64) unsigned char in[LAB_PIPE_SIZE]; /* the child reads */
    _Alignas(64) unsigned char out[LAB_PIPE_SIZE];
};

#endif
