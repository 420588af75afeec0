#include "platform/memory.h"

#include <unistd.h>

uint64_t lab_memory_bytes(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), bytes = sysconf(_SC_PAGESIZE);
    return pages > 0 && bytes > 0 ? (uint64_t)pages * (uint64_t)bytes : 0;
}

/* pthread_create() says when there is no memory, and libc keeps its own house. */
bool lab__thread_reserve(void)
{
    return true;
}

void lab__thread_over(void) {}
