#include <stdio.h>
#include <string.h>

#include "platform/peer.h"

int lab__peer_answer(const char *answer, double *seconds, double *operations,
                     struct lab_failure *failure)
{
    double count, took;
    int read = sscanf(answer, "ok %lf %lf", &count, &took);
    if (read >= 1) {
        *operations = count;
        if (read == 2)
            *seconds = took;
        return 0;
    }
    if (strncmp(answer, "unavailable ", 12) == 0)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "%s", answer + 12);
    if (strncmp(answer, "failed ", 7) == 0)
        return lab_fail(failure, LAB_E_TASK, "%s", answer + 7);
    return lab_fail(failure, LAB_E_TASK, "the peer answered \"%.60s\"", answer);
}
