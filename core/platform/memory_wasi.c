#include "platform/memory.h"

/* --max-memory, which it grows up to (core/CMakeLists.txt). */
uint64_t lab_memory_bytes(void)
{
    return LAB_ISOLATE_MEMORY;
}
