/* The memory that this program may have, and what its threads take of it.
 *
 * What it is. Natively malloc is libc's. Under WebAssembly with threads it is
 * memory_emscripten.c's, because there memory has one size from the beginning to the end, and
 * running out of it must be an error of whoever wanted more.
 *
 * Threads. Any. Blocking. Never.
 */
#ifndef LAB_PLATFORM_MEMORY_H
#define LAB_PLATFORM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* How much this program can have at most, bytes: the machine's memory, or all of the instance's.
 * 0: unknown. */
uint64_t lab_memory_bytes(void);

/* What a thread takes beside what it allocates, bytes: a stack, a lane (trace/trace.h), its lists
 * of free blocks. */
#define LAB_THREAD_BYTES (1u << 20)

/* For sync_threads.c. Takes the memory of the thread that the calling one creates next; false:
 * there is none. */
bool lab__thread_reserve(void);
/* The calling thread ends: gives back what it keeps. */
void lab__thread_over(void);

#endif
