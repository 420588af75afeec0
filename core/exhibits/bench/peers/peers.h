/* Turns of the libraries that `lab-bench` is linked with. Each file is built where CMake finds its
 * library. */
#ifndef LAB_EXHIBITS_BENCH_PEERS_PEERS_H
#define LAB_EXHIBITS_BENCH_PEERS_PEERS_H

#include "exhibits/bench/bench.h"

enum { PEERS_BURST = 20000, PEERS_TRIPS = 500 }; /* as ours in pools.c */

/* Pools of two threads: a burst of empty tasks until the last one is done, and one task at a time,
 * each waited for. */
int peers_libuv_burst(struct lab_bench_turn *turn, struct lab_failure *failure);
int peers_libuv_trips(struct lab_bench_turn *turn, struct lab_failure *failure);
int peers_glib_burst(struct lab_bench_turn *turn, struct lab_failure *failure);
int peers_glib_trips(struct lab_bench_turn *turn, struct lab_failure *failure);
int peers_openmp_burst(struct lab_bench_turn *turn, struct lab_failure *failure);
/* Ten thousand fetches at once (exhibits/bench/fetches.h). */
int peers_libcurl_fetches(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A product of two n × n matrices of floats on one core; n is the last word of `of`. An operation
 * is one of the 2n³ multiplications and additions. */
int peers_openblas_sgemm(struct lab_bench_turn *turn, struct lab_failure *failure);

#endif
