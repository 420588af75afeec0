/* What the GIL's two suites share. Where a test waits for another thread it waits for what that
 * thread has done, never for a time. */
#ifndef LAB_GIL_GIL_TEST_H
#define LAB_GIL_GIL_TEST_H

#include <stdatomic.h>

#include "check.h"
#include "gil/gil.h"
#include "platform/sync.h"

#define MS UINT64_C(1000000)

static inline void rest(uint64_t ns)
{
    static _Atomic uint32_t never;
    lab_futex_wait(&never, 0, ns);
}

#define WAIT_UNTIL(condition)                                                                      \
    while (!(condition))                                                                           \
    rest(MS / 2)

static inline struct lab_gil_stats stats_of(struct lab_gil *gil)
{
    struct lab_gil_stats stats;
    lab_gil_stats(gil, &stats);
    return stats;
}

#endif
