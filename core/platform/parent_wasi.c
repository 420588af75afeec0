/* The pipes lie in another instance's memory, which only the host can reach (worker/pipe.js). */
#include "platform/parent.h"

#include <stdint.h>

#include "platform/host.h"
#include "platform/process.h"

LAB_IMPORT("pipe_read") uint32_t lab_host_pipe_read(void *data, uint32_t size);
LAB_IMPORT("pipe_write") void lab_host_pipe_write(const void *data, uint32_t size, uint32_t urgent);
LAB_IMPORT("claim") uint32_t lab_host_claim(void);

size_t lab_parent_read(void *data, size_t size)
{
    return lab_host_pipe_read(data, size < UINT32_MAX ? (uint32_t)size : UINT32_MAX);
}

/* Where the parent is gone the host ends the instance, and neither returns. */
bool lab_parent_write(const void *data, size_t size, bool urgent)
{
    lab_host_pipe_write(data, (uint32_t)size, urgent);
    return true;
}

/* The host hears what the program returned, as it is; exit() it hears in another way. */
int lab_parent_no_memory(void)
{
    return LAB_PROCESS_NO_MEMORY;
}

bool lab_parent_claim(void)
{
    return lab_host_claim() != 0;
}
