/* OpenBLAS' product of two matrices, on one core. */
#include <cblas.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/peers/peers.h"
#include "platform/system.h"

int peers_openblas_sgemm(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int n = atoi(strrchr(turn->of, ' '));
    size_t elements = (size_t)n * (size_t)n;
    float *a = turn->state;
    if (!a) {
        if (!(a = malloc(3 * elements * sizeof *a)))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
        for (size_t i = 0; i < 2 * elements; i++)
            a[i] = (float)(i * 7 % 16) - 8;
        turn->state = a;
        turn->release = free;
        openblas_set_num_threads(1);
    }
    float *b = a + elements, *c = b + elements;
    uint64_t start = lab_now_ns();
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, b, n, 0, c, n);
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = 2.0 * n * n * n;
    return 0;
}
