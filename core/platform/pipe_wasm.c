/* The other end is a Worker that sees the same memory, or (worker/pipe.js) sleeps on it. */
#include "platform/pipe.h"
#include "platform/sync.h"

void lab_pipe_sleep(_Atomic uint32_t *note, uint64_t timeout_ns)
{
    lab_futex_wait(note, 1, timeout_ns);
}

void lab_pipe_rouse(_Atomic uint32_t *note)
{
    lab_futex_wake(note, 1);
}
