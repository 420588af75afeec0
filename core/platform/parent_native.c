#include "platform/parent.h"

#include <errno.h>
#include <sys/types.h>
#include <unistd.h>

size_t lab_parent_read(void *data, size_t size)
{
    for (;;) {
        ssize_t n = read(0, data, size);
        if (n >= 0 || errno != EINTR)
            return n > 0 ? (size_t)n : 0;
    }
}

bool lab_parent_write(const void *data, size_t size, bool urgent)
{
    const char *at = data;
    (void)urgent; /* the system wakes whoever sleeps */
    while (size > 0) {
        ssize_t n = write(1, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

bool lab_parent_claim(void)
{
    return true;
}
