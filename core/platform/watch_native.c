#include "platform/watch.h"

bool lab_is_watched(void)
{
    return false;
}

bool lab_wants_live(void)
{
    return false;
}

void lab_watch_show(const struct lab_view *view)
{
    (void)view;
}

bool lab_watch_seen(uint64_t wait_ns)
{
    (void)wait_ns;
    return true;
}

const double *lab_watch_busy(size_t *pairs)
{
    *pairs = 0;
    return NULL;
}
