/* A watchdog: ends the program when something that must end does not.
 *
 * How it is used. lab_watchdog_start(), the thing, lab_watchdog_end(). If that takes longer than
 * `seconds`, hung() is called in the watchdog's thread, to report, and then the program exits with
 * status 1: whoever waits for ever cannot be told to stop. Without threads it does nothing.
 */
#ifndef LAB_EXHIBITS_FUTURES_WATCHDOG_H
#define LAB_EXHIBITS_FUTURES_WATCHDOG_H

#include <stdbool.h>

#include "platform/sync.h"

struct lab_watchdog {
    void (*hung)(void *user);
    void *user;
    double seconds;
    lab_mutex mutex;
    lab_cond over;
    bool ended; /* under mutex */
    bool running;
    lab_thread thread;
};

void lab_watchdog_start(struct lab_watchdog *watchdog, double seconds, void (*hung)(void *user),
                        void *user);
void lab_watchdog_end(struct lab_watchdog *watchdog);

#endif
