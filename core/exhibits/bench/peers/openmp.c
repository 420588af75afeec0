/* OpenMP tasks, made by one thread of a team of two, who then runs them too.
 *
 * A team's threads spin for a while when they have nothing to do, which would take a core from
 * whoever has the next turn: so the team is made before the time is taken, and given up after. */
#include <omp.h>

#include "exhibits/bench/peers/peers.h"
#include "platform/system.h"

int peers_openmp_burst(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    static unsigned char ran[PEERS_BURST]; /* so that no compiler finds a task to be for nothing */
    unsigned threads = 0;
    uint64_t start = 0, end = 0;
#pragma omp parallel num_threads(2)
    {
#pragma omp atomic
        threads++;
    }
    if (threads != 2)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "OpenMP gave a team of %u", threads);
#pragma omp parallel num_threads(2)
#pragma omp single
    {
        start = lab_now_ns();
        for (unsigned i = 0; i < PEERS_BURST; i++)
#pragma omp task firstprivate(i)
            ran[i] = 1;
#pragma omp taskwait
        end = lab_now_ns();
    }
    omp_pause_resource_all(omp_pause_soft);
    turn->seconds = (double)(end - start) / 1e9;
    turn->operations = PEERS_BURST;
    for (unsigned i = 0; i < PEERS_BURST; i++) {
        if (!ran[i])
            return lab_fail(failure, LAB_E_TASK, "a task has not run");
        ran[i] = 0;
    }
    return 0;
}
