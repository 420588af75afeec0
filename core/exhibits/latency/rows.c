#include "exhibits/latency/rows.h"

#include <string.h>

/* clang-format off */
/* In the order they are shown: groups stay together. */
static const struct lab_latency_row *const tables[] = {
    /* memory */
    lab__latency_levels,
    lab__latency_cpu,
    lab__latency_counters,
    /* sync */
    lab__latency_mutex,
    lab__latency_hand_over,
    lab__latency_process,
    lab__latency_messages,
    lab__latency_loop,
    /* tasks */
    lab__latency_tasks,
    /* outside */
    lab__latency_outside,
};
/* clang-format on */

enum { TABLES = sizeof tables / sizeof *tables };

const struct lab_latency_row *lab_latency_row(size_t i)
{
    for (size_t table = 0; table < TABLES; table++)
        for (const struct lab_latency_row *row = tables[table]; row->name; row++)
            if (i-- == 0)
                return row;
    return NULL;
}

size_t lab_latency_row_count(void)
{
    size_t count = 0;
    while (lab_latency_row(count))
        count++;
    return count;
}

const struct lab_latency_row *lab_latency_find(const char *name)
{
    const struct lab_latency_row *row;
    for (size_t i = 0; (row = lab_latency_row(i)); i++)
        if (strcmp(row->name, name) == 0)
            return row;
    return NULL;
}
