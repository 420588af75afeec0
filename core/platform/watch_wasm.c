/* A view is a request to the host, and that they have looked is its answer. */
#include "platform/watch.h"

#include <stdlib.h>
#include <string.h>

#include "platform/command.h"
#include "platform/host.h"
#include "platform/sync.h"
#include "platform/system.h"

static struct {
    struct lab_host_request request;
    bool shown; /* not yet seen */
} watch;

bool lab_is_watched(void)
{
    return lab_has_events() || lab_is_terminal(2);
}

bool lab_wants_live(void)
{
    return lab_command_setting("live", 0) == 1;
}

void lab_watch_show(const struct lab_view *view)
{
    free(watch.request.data);
    memset(&watch.request, 0, sizeof watch.request);
    watch.shown = true;
    lab_host_post(LAB_HOST_SHOW, &watch.request, view, sizeof *view);
}

bool lab_watch_seen(uint64_t wait_ns)
{
    if (!watch.shown)
        return true;
    if (!atomic_load_explicit(&watch.request.done, memory_order_acquire) && wait_ns &&
        lab_can_block())
        lab_futex_wait(&watch.request.done, 0, wait_ns);
    watch.shown = !atomic_load_explicit(&watch.request.done, memory_order_acquire);
    return !watch.shown;
}

const double *lab_watch_busy(size_t *pairs)
{
    *pairs = watch.shown ? 0 : watch.request.size / (2 * sizeof(double));
    return (const double *)(const void *)watch.request.data;
}
