/* The functions behind the rows (rows.c), by what they measure. Internal to core/bench. */
#ifndef LAB_BENCH_ROWS_H
#define LAB_BENCH_ROWS_H

#include "bench/bench.h"

/* kernels.c: a CPU kernel (`of`: its workload), and the same without checkpoints. */
int lab__bench_checkpoint(struct lab_bench_turn *turn, struct lab_failure *failure);

/* pools.c */
/* Tasks of ~10 µs on threads, traced and not. */
int lab__bench_trace(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A burst of empty tasks on threads, and on a plain pool. */
int lab__bench_burst_threads(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A burst under method `of`, and on threads: of empty tasks, and of 64 bytes there and back. */
int lab__bench_burst_empty(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_burst_bytes(struct lab_bench_turn *turn, struct lab_failure *failure);
/* One task at a time, and a word that goes between two threads. */
int lab__bench_round_trip(struct lab_bench_turn *turn, struct lab_failure *failure);

/* hand_over.c */
/* A GIL that two threads have in turn, with lanes and without. */
int lab__bench_gil_hand_over(struct lab_bench_turn *turn, struct lab_failure *failure);
/* Taking and releasing a GIL that nobody else wants, and a mutex with a flag. */
int lab__bench_gil_take(struct lab_bench_turn *turn, struct lab_failure *failure);

#endif
