#include "stats/resolution.h"

#include "platform/error.h"
#include "stats/sample.h"

int lab_clock_resolution(const uint64_t *readings, size_t n, double *scratch, double *nanoseconds)
{
    size_t steps = 0;
    uint64_t latest = n > 0 ? readings[0] : 0; /* the latest time seen, whatever came after it */
    for (size_t i = 1; i < n; i++) {
        if (readings[i] <= latest)
            continue;
        if (readings[i - 1] == latest)
            scratch[steps++] = (double)(readings[i] - latest);
        latest = readings[i];
    }
    if (steps < LAB_RESOLUTION_STEPS)
        return LAB_E_AGAIN;
    int code = lab_sample_sort(scratch, steps);
    if (code != LAB_OK)
        return code;
    size_t rank = (steps + 19) / 20; /* nearest rank of 5%, from 1 */
    *nanoseconds = scratch[rank - 1];
    return LAB_OK;
}
