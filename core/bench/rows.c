#include "bench/rows.h"

/* clang-format off */
/* A kernel with its checkpoints; `of` is the workload's name. Goal: at most 1% slower. */
#define CHECKPOINT(kernel)                                                                         \
    {.name = "checkpoint-" kernel, .title = "Checkpoints in " kernel, .of = kernel, .turn = lab__bench_checkpoint,                    \
     .description = "The kernel of " kernel " with checkpoints against the same source compiled "  \
                    "without; at most 1% slower.",                                                 \
     .peers = {{.name = "no checkpoints"}}, .operation = "run", .goal = 1.01, .fastest = true}

/* A burst under a method, against threads: no goal, it is here so that a change shows. */
#define BURST(method, kind, what)                                                                  \
    {.name = "burst-" method, .title = "Burst, " method, .of = method, .turn = kind, .unit = LAB_BENCH_RATE,                  \
     .description = "A burst of 20,000 " what " on 2 workers of " method ", against the same on "  \
                    "threads; more is better.",                                                    \
     .peers = {{.name = "threads"}}, .operation = "task"}

const struct lab_bench_row lab_bench_rows[] = {
    CHECKPOINT("primes"),
    CHECKPOINT("mandelbrot"),
    CHECKPOINT("sha256"),
    CHECKPOINT("sort"),
    CHECKPOINT("matmul"),
    CHECKPOINT("mixed"),
    {.name = "trace-on-off", .title = "Tasks of 10 us, traced", .turn = lab__bench_trace,
     .description = "Tasks of about 10 us on 1 thread, traced, against the same untraced; at most 2% slower.",
     .peers = {{.name = "untraced"}}, .operation = "task", .goal = 1.02, .fastest = true},
    {.name = "gil-hand-over", .title = "The GIL from thread to thread", .turn = lab__bench_gil_hand_over,
     .description = "A GIL that 2 threads take and release in turn, traced, against the same untraced; less is better.",
     .peers = {{.name = "untraced"}}, .operation = "hand-over", .fastest = true},
    {.name = "gil-take", .title = "Taking a free GIL", .turn = lab__bench_gil_take,
     .description = "Taking and releasing a GIL that nobody else wants, traced and counted, against a mutex and a "
                    "flag; less is better.",
     .peers = {{.name = "mutex and flag"}}, .operation = "take", .fastest = true},
    {.name = "burst-threads", .title = "Burst of empty tasks, threads", .turn = lab__bench_burst_threads, .unit = LAB_BENCH_RATE,
     .description = "A burst of 20,000 empty tasks on 2 threads, against a plain pool of 2 threads without "
                    "futures, results or trace; at least as many.",
     .peers = {{.name = "plain pool"}}, .operation = "task", .goal = 1},
    BURST("threads-gil", lab__bench_burst_empty, "empty tasks"),
    BURST("interpreters", lab__bench_burst_empty, "empty tasks"),
    BURST("processes", lab__bench_burst_bytes, "tasks of 64 bytes there and back"),
    {.name = "submit-result-threads", .title = "Submit to result, one at a time, threads", .turn = lab__bench_round_trip,
     .description = "Submitting one task at a time to 1 thread and waiting for its result, against a bare futex "
                    "hand-over to another thread and back, the floor; less is better.",
     .peers = {{.name = "futex hand-over"}}, .operation = "task"},
    {0},
};
/* clang-format on */
