/* FUTEX without PRIVATE: the other end is another process. */
#define _GNU_SOURCE
#include "platform/pipe.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "platform/sync.h"

void lab_pipe_sleep(_Atomic uint32_t *note, uint64_t timeout_ns)
{
    struct timespec timeout = {(time_t)(timeout_ns / 1000000000u),
                               (long)(timeout_ns % 1000000000u)};
    syscall(SYS_futex, note, FUTEX_WAIT, 1, timeout_ns == LAB_FOREVER ? NULL : &timeout, NULL, 0);
}

void lab_pipe_rouse(_Atomic uint32_t *note)
{
    syscall(SYS_futex, note, FUTEX_WAKE, 1, NULL, NULL, 0);
}
