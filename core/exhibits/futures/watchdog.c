#include "exhibits/futures/watchdog.h"

#include "platform/system.h"

static void watch(void *argument)
{
    struct lab_watchdog *watchdog = argument;
    uint64_t deadline = lab_now_ns() + (uint64_t)(watchdog->seconds * 1e9);
    lab_mutex_lock(&watchdog->mutex);
    for (uint64_t now; !watchdog->ended && (now = lab_now_ns()) < deadline;)
        lab_cond_wait(&watchdog->over, &watchdog->mutex, deadline - now);
    bool ended = watchdog->ended;
    lab_mutex_unlock(&watchdog->mutex);
    if (ended)
        return;
    watchdog->hung(watchdog->user);
    lab_give_up();
}

void lab_watchdog_start(struct lab_watchdog *watchdog, double seconds, void (*hung)(void *user),
                        void *user)
{
    *watchdog = (struct lab_watchdog){.hung = hung, .user = user, .seconds = seconds};
    lab_mutex_init(&watchdog->mutex);
    lab_cond_init(&watchdog->over);
    watchdog->running =
        lab_has_threads() && lab_thread_start(&watchdog->thread, watch, watchdog) == 0;
}

void lab_watchdog_end(struct lab_watchdog *watchdog)
{
    lab_mutex_lock(&watchdog->mutex);
    watchdog->ended = true;
    lab_cond_signal(&watchdog->over);
    lab_mutex_unlock(&watchdog->mutex);
    if (watchdog->running)
        lab_thread_join(watchdog->thread);
    lab_cond_destroy(&watchdog->over);
    lab_mutex_destroy(&watchdog->mutex);
}
