/* The functions behind the rows (rows.c), by what they measure. Internal to core/exhibits/bench. */
#ifndef LAB_EXHIBITS_BENCH_ROWS_H
#define LAB_EXHIBITS_BENCH_ROWS_H

#include "exhibits/bench/bench.h"

bool lab__bench_is_native(void);

/* peers.c: peers that this program cannot be itself, for peers' turns. */
/* An order to the peers' program (platform/peer.h), `of`: "js burst piscina 10000".
 * tests/bench/peers.mjs has them. */
int lab__bench_peer(struct lab_bench_turn *turn, struct lab_failure *failure);
/* The same for turn functions that make their order themselves (printf form). */
int lab__bench_order(struct lab_bench_turn *turn, struct lab_failure *failure, const char *format,
                     ...) __attribute__((format(printf, 3, 4)));
/* The native program's ours in the same row, under WebAssembly; or in row `of`: "burst-native" its
 * ours, "burst-native/OpenMP" that peer of its. Its time is its own. */
int lab__bench_native(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A library that the native benchmark is linked with where it is (bench/peers/), `of`: "libuv
 * burst". */
int lab__bench_linked(struct lab_bench_turn *turn, struct lab_failure *failure);

/* kernels.c: a CPU kernel (`of`: its workload), and the same without checkpoints. */
int lab__bench_checkpoint(struct lab_bench_turn *turn, struct lab_failure *failure);

/* libraries.c: a product of matrices, its operations are the 2n³ of OpenBLAS' (`of`: "matmul");
 * sorting, by the workload and by qsort(). */
int lab__bench_matmul(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_sort(struct lab_bench_turn *turn, struct lab_failure *failure);

/* efficiency.c: of two workers, `of`: "threads primes"; of two bare native threads. */
int lab__bench_efficiency(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_pthreads(struct lab_bench_turn *turn, struct lab_failure *failure);

/* memory.c: how many times faster tasks that allocate are on 2 workers of method `of` than on 1;
 * and tasks that do not. */
int lab__bench_allocating(struct lab_bench_turn *turn, struct lab_failure *failure);

/* burst.c */
/* Hands in `count` equal tasks and waits for all their results, which is what is timed; futures are
 * freed after that. What is wrong, of the last one that is: also a result of another size. */
#define LAB__BENCH_ANY_SIZE SIZE_MAX
int lab__bench_burst(struct lab_executor *executor, const struct lab_task *task, size_t count,
                     size_t result_size, double *seconds, struct lab_failure *failure);
/* The waiting alone; the futures stay. */
int lab__bench_collect(struct lab_future **futures, size_t count, size_t result_size,
                       struct lab_failure *failure);

/* pools.c */
/* Tasks of ~10 µs on threads, traced and not. */
int lab__bench_trace(struct lab_bench_turn *turn, struct lab_failure *failure);
/* An event, by a reading of the clock: two to a reading, as workers write the end of a task and the
 * beginning of the next; `of`: "alone", each with its own. */
int lab__bench_event(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A burst of empty tasks on 2 threads, untraced, as no other pool traces; traced, against the same
 * untraced; on a plain pool. */
int lab__bench_burst_threads(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_burst_traced(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_plain_burst(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A burst under method `of`, and on threads: of empty tasks, and of 64 bytes there and back. */
int lab__bench_burst_empty(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_burst_bytes(struct lab_bench_turn *turn, struct lab_failure *failure);
/* One task at a time beside a neighbour, whom `of` names, against the same with threads that always
 * sleep (neighbour.c). */
int lab__bench_neighbour(struct lab_bench_turn *turn, struct lab_failure *failure);
/* One task at a time; a word that goes between two threads. */
/* `of` plays no part. */
int lab__bench_trips(struct lab_bench_turn *turn, size_t trips, struct lab_failure *failure);
int lab__bench_round_trip(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_futex_round_trip(struct lab_bench_turn *turn, struct lab_failure *failure);

/* loop.c: coroutines that give way once, all alive at the same time. */
/* A million in the event loop. Beside: bytes of each. */
int lab__bench_coroutines(struct lab_bench_turn *turn, struct lab_failure *failure);
/* The async executor's tasks with their futures; traced if there is an `of`. */
int lab__bench_coroutine_futures(struct lab_bench_turn *turn, struct lab_failure *failure);

/* fetches.c: ten thousand at once, ours and Promise.all's. */
int lab__bench_fetches(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_promise_fetches(struct lab_bench_turn *turn, struct lab_failure *failure);

/* processes.c */
/* One task of 64 bytes at a time, to a process and back. */
int lab__bench_process_trip(struct lab_bench_turn *turn, struct lab_failure *failure);
/* Bytes to a process; copied from memory to memory. */
int lab__bench_process_bytes(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_memcpy(struct lab_bench_turn *turn, struct lab_failure *failure);
int lab__bench_post(struct lab_bench_turn *turn, struct lab_failure *failure);
/* A pool of 2 processes, from its creation until both can run tasks. */
int lab__bench_processes_ready(struct lab_bench_turn *turn, struct lab_failure *failure);

/* hand_over.c */
/* A GIL that two threads have in turn, with lanes and without. */
int lab__bench_gil_hand_over(struct lab_bench_turn *turn, struct lab_failure *failure);
/* Taking and releasing a GIL that nobody else wants, and a mutex with a flag. */
int lab__bench_gil_take(struct lab_bench_turn *turn, struct lab_failure *failure);

#endif
