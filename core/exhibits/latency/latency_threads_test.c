/* The rows that count, alone and with two threads: that they come to an end and to a number, and
 * (under ThreadSanitizer) that the two share nothing by mistake. Nothing here is about how long
 * anything takes. */
#include <math.h>

#include "check.h"
#include "exhibits/latency/latency.h"
#include "exhibits/latency/rows.h"
#include "platform/system.h"

static void measure(const struct lab_latency_row *row)
{
    struct lab_latency *latency = lab_latency_begin(row, 0.03, 0.0002, 3);
    CHECK_OR_RETURN(latency != NULL);
    while (lab_latency_round(latency)) {
    }
    const struct lab_latency_result *result = lab_latency_result(latency);
    /* One core, or a very busy machine: two threads that never run at the same time. */
    if (result->failure.code != LAB_E_UNAVAILABLE) {
        lab_check(result->failure.code == 0, __FILE__, __LINE__, "%s: %s", row->name,
                  result->failure.text);
        lab_check(result->rounds >= 3 && result->seconds.median > 0 && result->seconds.median < 1,
                  __FILE__, __LINE__, "%s takes %g s, of %u rounds", row->name,
                  result->seconds.median, result->rounds);
    }
    lab_latency_end(latency);
}

static void counters(void)
{
    for (const struct lab_latency_row *row = lab__latency_counters; row->name; row++)
        measure(row);
}

static void mutexes(void)
{
    for (const struct lab_latency_row *row = lab__latency_mutex; row->name; row++)
        measure(row);
}

static void cpu(void)
{
    measure(lab_latency_find("branch-mispredict"));
    measure(lab_latency_find("divide-64"));
    measure(lab_latency_find("read-1mb"));
}

/* A stop during a turn of two threads ends it, and the second thread. */
static void stopped(void)
{
    struct lab_latency *latency =
        lab_latency_begin(lab_latency_find("mutex-contended"), 1, 0.001, 3);
    CHECK_OR_RETURN(latency != NULL);
    lab_latency_round(latency);
    lab_stop();
    CHECK(!lab_latency_round(latency));
    lab_stop_clear();
    lab_latency_end(latency);
}

LAB_SUITE(latency_rows)
{
    RUN(counters);
    RUN(mutexes);
    RUN(cpu);
    RUN(stopped);
}
