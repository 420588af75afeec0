/* The parent, as a child process sees it: what platform/process.h is to the parent.
 *
 * What it is. Bytes from the parent and to it, and its leave to run a task: a pipe each way and a
 * grant (platform/pipe.h). What a native child prints goes to its standard error; what an instance
 * prints goes into the pipe, and is nonsense there. Threads. One. Blocking. lab_parent_read() until
 * there is something, lab_parent_write() until there was room.
 */
#ifndef LAB_PLATFORM_PARENT_H
#define LAB_PLATFORM_PARENT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes read, at least one; 0: the parent is gone. */
size_t lab_parent_read(void *data, size_t size);
/* Writes all of it; false: the parent is gone. urgent: the parent is woken if it sleeps; otherwise
 * it sees it when it looks, or with the next that is urgent, or when the child goes to sleep. */
bool lab_parent_write(const void *data, size_t size, bool urgent);
/* Says to the parent that there is no memory to go on, which is how this child ends. Returns what
 * its program is to end with. */
int lab_parent_no_memory(void);
/* Whether the next task may be run; false: the parent has taken it back. */
bool lab_parent_claim(void);

#endif
