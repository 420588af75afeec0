/* Two threads that spin for each other need a core each: here they have two at first, then one. */
#define _GNU_SOURCE
#include <dirent.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "exhibits/latency/latency.h"
#include "platform/system.h"

/* All threads of this program. False: the system does not let them, or not all of them. */
static bool confine(const cpu_set_t *cores)
{
    bool done = true;
    DIR *threads = opendir("/proc/self/task");
    if (!threads)
        return false;
    for (struct dirent *entry; (entry = readdir(threads));)
        if (entry->d_name[0] != '.')
            done &= sched_setaffinity(atoi(entry->d_name), sizeof *cores, cores) == 0;
    closedir(threads);
    return done;
}

static void spinning_without_a_core_says_so(void)
{
    const struct lab_latency_row *row = lab_latency_find("futex-spinning");
    CHECK_OR_RETURN(row != NULL);
    cpu_set_t all, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof all, &all) != 0)
        return;
    int first = 0;
    while (!CPU_ISSET(first, &all))
        first++;
    CPU_SET(first, &one);
    struct lab_latency_turn turn = {.row = row, .operations = 1000}, other = {.row = row};
    struct lab_failure failure = {0};
    /* On a busy machine it may say so here already. */
    int code = row->turn(&turn, &failure);
    CHECK(code == 0 || code == LAB_E_UNAVAILABLE);
    if (confine(&one)) {
        if (turn.state) {
            CHECK_INT(row->turn(&turn, &failure), LAB_E_UNAVAILABLE);
            CHECK(strstr(failure.text, "sleep after all"));
        }
        /* Where there is one from the beginning no thread is started. */
        CHECK_INT(row->turn(&other, &failure), LAB_E_UNAVAILABLE);
        CHECK(strstr(failure.text, "needs two cores"));
        CHECK(other.state == NULL);
    }
    confine(&all);
    if (turn.state)
        turn.release(turn.state);
}

LAB_SUITE(spinning)
{
    RUN(spinning_without_a_core_says_so);
}
