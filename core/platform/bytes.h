/* Bytes that somebody else owns: where they are and how many. */
#ifndef LAB_PLATFORM_BYTES_H
#define LAB_PLATFORM_BYTES_H

#include <stddef.h>

struct lab_bytes {
    const void *data;
    size_t size;
};

#endif
