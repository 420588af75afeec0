#include "exhibits/bench/rows.h"

/* clang-format off */
/* A kernel with its checkpoints; `of` is the workload's name. Goal: at most 1% slower. */
#define CHECKPOINT(kernel)                                                                         \
    {.name = "checkpoint-" kernel, .title = "Checkpoints in " kernel, .of = kernel,                \
     .turn = lab__bench_checkpoint,                                                                \
     .description = "The kernel of " kernel " with checkpoints against the same source compiled "  \
                    "without; at most 1% slower.",                                                 \
     .note = "A checkpoint is one load in about 100 us. What is seen beyond that is where the "    \
             "two copies of the code lie: in V8 sha256 was as fast with them in one build, and "   \
             "2.5% slower in another.",                                                            \
     .peers = {{.name = "no checkpoints"}}, .operation = "run", .goal = 1.01, .fastest = true}

/* A kernel as WebAssembly, by the same source compiled natively (the native program's ours in the
 * same row). */
#define KERNEL(kernel, most, words, why)                                                           \
    {.name = "kernel-" kernel, .title = "Kernel of " kernel ", wasm over native", .of = kernel,    \
     .where = LAB_BENCH_WASM, .turn = lab__bench_checkpoint,                                       \
     .description = "The kernel of " kernel " as WebAssembly against the same source compiled "    \
                    "natively by clang -O3 for x86-64-v3; at most " words " of its time.",         \
     .peers = {{.name = "native", .turn = lab__bench_native}}, .operation = "run",                 \
     .goal = most, .fastest = true, .note = why}

/* The efficiency of two workers on two cores under a method, by that of two native threads. */
#define EFFICIENCY(method, kernel)                                                                 \
    {.name = "two-" method "-" kernel, .title = "Efficiency of 2 " method ", " kernel,             \
     .of = method " " kernel, .turn = lab__bench_efficiency, .unit = LAB_BENCH_FACTOR,             \
     .operation = "efficiency", .goal = 0.97,                                                      \
     .note = "Where an interval holds 0.97 and 1 the two are not told apart: what a neighbour "    \
             "takes of the machine's cores moves both sides by a tenth from round to round, "      \
             "native threads' own efficiency too, 0.75 to 0.98 here.",                             \
     .description = "The time of 32 tasks of " kernel " on 1 worker of " method " by twice that "  \
                    "on 2, against the same of bare native threads; at least 0.97 of theirs.",     \
     .peers = {{.name = "native pthreads", .turn = lab__bench_pthreads}}}

/* Tasks that do nothing but allocate and free, on 2 workers by 1. */
#define ALLOCATING(method)                                                                         \
    {.name = "malloc-" method, .title = "Allocating on 2 " method ", by 1", .of = method,          \
     .turn = lab__bench_allocating, .unit = LAB_BENCH_FACTOR, .operation = "speed-up",             \
     .goal = 1.9, .absolute = true, .peers = {{.name = "without allocating"}},                     \
     .note = "The peer is what two cores do here at all: the same with writing in place of "       \
             "allocating, 1.5 to 1.9 where neighbours use the machine's cores too. With "          \
             "real-time priority 1.92 to 1.96 natively. In Node threads 1.4 to 1.6 beside "        \
             "the peer's 1.8 to 1.9: each has lists of freed blocks, and asks dlmalloc, "          \
             "which has one lock, for 16 KiB at a time.",                                          \
     .description = "The time of tasks that only allocate and free on 1 worker of " method " by "  \
                    "that on 2; at least 1.9. The peer is the same of tasks that do not allocate."}

/* What an event of the trace costs, clock included. */
#define EVENT(program, place, nanoseconds)                                                         \
    {.name = "trace-event-" program, .title = "An event of the trace", .where = place,             \
     .turn = lab__bench_event, .operation = "event", .goal = nanoseconds * 1e-9, .absolute = true, \
     .fastest = true,                                                                              \
     .description = "Events as a worker writes them, the end of a task and the beginning of the "  \
                    "next at one reading of the clock, against a reading of the clock by itself; " \
                    "at most " #nanoseconds " ns each.",                                           \
     .peers = {{.name = "reading of the clock"}}}

/* A hand-over on a machine that something else uses too. */
#define NEIGHBOUR(who, words)                                                                      \
    {.name = "submit-beside-" who, .title = "Submit to result, beside " words, .of = who,          \
     .turn = lab__bench_neighbour, .operation = "task", .goal = 2,                                 \
     .description = "Submitting one task at a time to 1 thread and waiting for its result, while " \
                    words " uses the machine too, against the same with threads that never look "  \
                    "before they sleep; at most twice their time.",                                \
     .peers = {{.name = "always sleeping"}}}

/* A burst under a method, against threads: no goal, it is here so that a change shows. */
#define BURST(method, kind, what)                                                                  \
    {.name = "burst-" method, .title = "Burst, " method, .of = method, .turn = kind,               \
     .unit = LAB_BENCH_RATE,                                                                       \
     .description = "A burst of 20,000 " what " on 2 workers of " method ", against the same on "  \
                    "threads; more is better.",                                                    \
     .peers = {{.name = "threads"}}, .operation = "task"}

/* What tests/bench/peers.mjs does in JavaScript with each pool of 2 Workers, and in CPython with
 * each of its executors. */
#define JS(pool, order) {.name = pool, .turn = lab__bench_peer, .of = "js " order " " pool}
#define JS_POOLS(order)                                                                            \
    JS("piscina", order), JS("tinypool", order), JS("workerpool", order), JS("poolifier", order)
#define PYTHON(executor, order) {.name = executor, .turn = lab__bench_peer, .of = "python " order}
#define LINKED(library, word) {.name = library, .turn = lab__bench_linked, .of = word}

const struct lab_bench_row lab_bench_rows[] = {
    CHECKPOINT("primes"),
    CHECKPOINT("mandelbrot"),
    CHECKPOINT("sha256"),
    CHECKPOINT("sort"),
    CHECKPOINT("matmul"),
    CHECKPOINT("mixed"),
    KERNEL("primes", 1.1, "1.1", NULL),
    KERNEL("sha256", 1.1, "1.1", NULL),
    KERNEL("sort", 1.1, "1.1", NULL),
    KERNEL("mixed", 1.1, "1.1", NULL),
    KERNEL("mandelbrot", 1.3, "1.3", NULL),
    KERNEL("matmul", 2.2, "2.2",
           "On Zen 3 native code has 8 floats in a multiply-add, WebAssembly 4 in a multiplication "
           "and an addition, which is half at best; V8 (Node 20) reaches 82% of that half, 2.4. "
           "Relaxed SIMD's multiply-add gives 2.05, but Node 20 has it behind a flag, and it would "
           "be a second binary of each program for this one kernel. workloads/matmul.c says what "
           "was tried."),
    {.name = "matmul-openblas", .title = "Product of matrices, native", .where = LAB_BENCH_NATIVE,
     .of = "matmul",
     .turn = lab__bench_matmul, .unit = LAB_BENCH_RATE, .operation = "flop", .goal = 0.3,
     .description = "The kernel of matmul, natively on one core, against OpenBLAS' sgemm; at least "
                    "0.3 times as fast.",
     .peers = {LINKED("OpenBLAS", "openblas sgemm 256")}},
    {.name = "sort-qsort", .title = "Sorting 262,144 numbers, native", .where = LAB_BENCH_NATIVE,
     .turn = lab__bench_sort, .unit = LAB_BENCH_RATE, .operation = "number", .goal = 3,
     .description = "The kernel of sort, natively on one core, against the system's qsort() of as "
                    "many numbers; at least 3 times as fast.",
     .peers = {{.name = "qsort()"}}},
    EFFICIENCY("threads", "primes"),
    EFFICIENCY("threads", "mandelbrot"),
    EFFICIENCY("threads", "sort"),
    EFFICIENCY("processes", "primes"),
    ALLOCATING("threads"),
    ALLOCATING("interpreters"),
    {.name = "trace-on-off", .title = "Tasks of 10 us, traced", .turn = lab__bench_trace,
     .note = "Two events a task are some 10 ns natively and 90 in V8 (the rows of events below), "
             "of 5 to 10 us: at most 2%. What is seen beyond that in Node comes and goes from run "
             "to run of one program, 1.00 to 1.20: both sides' tasks took 5.4 to 10 us.",
     .description = "Tasks of about 10 us on 1 thread, traced, against the same untraced; at most "
                    "2% slower.",
     .peers = {{.name = "untraced"}}, .operation = "task", .goal = 1.02, .fastest = true},
    EVENT("native", LAB_BENCH_NATIVE, 30),
    EVENT("wasm", LAB_BENCH_WASM, 60),
    {.name = "trace-event-alone", .title = "An event of the trace that touches no other",
     .turn = lab__bench_event, .of = "alone", .operation = "event", .fastest = true,
     .description = "Events that each look at the clock, against a reading of the clock by itself; "
                    "less is better.",
     .peers = {{.name = "reading of the clock"}}},
    {.name = "gil-hand-over", .title = "The GIL from thread to thread",
     .turn = lab__bench_gil_hand_over,
     .description = "A GIL that 2 threads take and release in turn, traced, against the same "
                    "untraced; less is better.",
     .peers = {{.name = "untraced"}}, .operation = "hand-over", .fastest = true},
    {.name = "gil-take", .title = "Taking a free GIL", .turn = lab__bench_gil_take,
     .description = "Taking and releasing a GIL that nobody else wants, traced and counted, "
                    "against a mutex and a flag; less is better.",
     .peers = {{.name = "mutex and flag"}}, .operation = "take", .fastest = true},
    {.name = "burst-threads-js", .title = "Burst of empty tasks, thread pool",
     .where = LAB_BENCH_WASM,
     .turn = lab__bench_burst_threads, .unit = LAB_BENCH_RATE, .operation = "task", .goal = 100,
     .description = "A burst of 20,000 empty tasks on 2 threads, untraced, against JavaScript's "
                    "pools of 2 Workers (in bursts of 5,000, which they are better at); at least "
                    "100 times as many as the best of them.",
     .peers = {JS_POOLS("burst"), JS("comlink", "burst")}},
    {.name = "burst-threads-openmp",
     .title = "Burst of empty tasks, thread pool, against native OpenMP",
     .where = LAB_BENCH_WASM, .turn = lab__bench_burst_threads, .unit = LAB_BENCH_RATE,
     .operation = "task", .goal = 1,
     .description = "A burst of 20,000 empty tasks on 2 threads, untraced, against native OpenMP "
                    "tasks in a team of 2; at least as many.",
     .peers = {{.name = "native OpenMP", .turn = lab__bench_native,
                .of = "burst-threads-native/OpenMP"}}},
    {.name = "burst-threads-native", .title = "Burst of empty tasks, thread pool",
     .where = LAB_BENCH_NATIVE,
     .turn = lab__bench_burst_threads, .unit = LAB_BENCH_RATE, .operation = "task", .goal = 1.5,
     .description = "A burst of 20,000 empty tasks on 2 threads, untraced, against native pools of "
                    "2; at least 1.5 times as many as the best of them.",
     .peers = {LINKED("libuv", "libuv burst"), LINKED("GThreadPool", "glib burst"),
               LINKED("OpenMP", "openmp burst")}},
    {.name = "burst-threads", .title = "Burst of empty tasks, against a plain pool",
     .turn = lab__bench_burst_threads,
     .unit = LAB_BENCH_RATE, .operation = "task", .goal = 1,
     .description = "A burst of 20,000 empty tasks on 2 threads, untraced, against a plain pool of "
                    "2 threads without futures, results or trace; at least as many.",
     .peers = {{.name = "plain pool", .turn = lab__bench_plain_burst}}},
    {.name = "burst-traced", .title = "Burst of empty tasks, traced",
     .turn = lab__bench_burst_traced,
     .unit = LAB_BENCH_RATE, .operation = "task",
     .description = "A burst of 20,000 empty tasks on 2 threads, traced, against the same "
                    "untraced: two events are much beside an empty task; more is better.",
     .peers = {{.name = "untraced"}}},
    BURST("threads-gil", lab__bench_burst_empty, "empty tasks"),
    BURST("interpreters", lab__bench_burst_empty, "empty tasks"),
    BURST("processes", lab__bench_burst_bytes, "tasks of 64 bytes there and back"),
    {.name = "submit-result-js", .title = "Submit to result, one at a time, thread pool",
     .where = LAB_BENCH_WASM,
     .turn = lab__bench_round_trip, .operation = "task", .goal = 1.0 / 15,
     .note = "With real-time priority 0.7 us, 0.004 to 0.006 of the best peer's. Otherwise, while "
             "the peers' Workers and a neighbour take a core now and then, a hand-over that finds "
             "none costs a wake-up, and the mean is 2 to 25 us.",
     .description = "Submitting one task at a time to 1 thread and waiting for its result, against "
                    "JavaScript's pools; at most a fifteenth of the best one's time.",
     .peers = {JS_POOLS("trips"), JS("comlink", "trips")}},
    {.name = "submit-result-native", .title = "Submit to result, one at a time, thread pool",
     .where = LAB_BENCH_NATIVE,
     .turn = lab__bench_round_trip, .operation = "task",
     .description = "Submitting one task at a time to 1 thread and waiting for its result, against "
                    "native pools; less is better.",
     .peers = {LINKED("libuv", "libuv trips"), LINKED("GThreadPool", "glib trips")}},
    {.name = "submit-result-threads", .title = "Submit to result, against a bare hand-over",
     .turn = lab__bench_round_trip, .operation = "task",
     .description = "Submitting one task at a time to 1 thread and waiting for its result, against "
                    "a bare futex hand-over to another thread and back, the floor; less is better.",
     .peers = {{.name = "futex hand-over", .turn = lab__bench_futex_round_trip}}},
    NEIGHBOUR("nobody", "nobody"),
    NEIGHBOUR("half", "a thread that computes half of the time"),
    NEIGHBOUR("one", "a thread that computes"),
    NEIGHBOUR("all", "a thread that computes on each core"),
    {.name = "burst-processes-js", .title = "Burst of 64-byte tasks, process pool",
     .where = LAB_BENCH_WASM,
     .note = "0.5 to 1.2 M/s were seen, by where the system puts a coordinator, its manager and "
             "two children on two cores: each result is published before the next task begins, so "
             "that a killed child loses none.",
     .turn = lab__bench_burst_bytes, .of = "processes", .unit = LAB_BENCH_RATE, .operation = "task",
     .goal = 20,
     .description = "A burst of 20,000 tasks of 64 bytes there and back on 2 processes, against "
                    "JavaScript's pools of 2 Workers; at least 20 times as many as the best of "
                    "them.",
     .peers = {JS_POOLS("bytes")}},
    {.name = "burst-processes-python", .title = "Burst of 64-byte tasks, process pool",
     .where = LAB_BENCH_NATIVE,
     .turn = lab__bench_burst_bytes, .of = "processes", .unit = LAB_BENCH_RATE, .operation = "task",
     .description = "A burst of 20,000 tasks of 64 bytes there and back on 2 processes, against "
                    "CPython's ProcessPoolExecutor of 2; more is better.",
     .peers = {{.name = "ProcessPoolExecutor", .turn = lab__bench_peer,
                .of = "python burst processes"}}},
    {.name = "submit-result-process", .title = "Submit to result, one at a time, process pool",
     .where = LAB_BENCH_WASM,
     .turn = lab__bench_process_trip, .operation = "task", .goal = 1.0 / 5,
     .description = "Submitting one task of 64 bytes at a time to 1 process and waiting for its "
                    "result, against JavaScript's pools; at most a fifth of the best one's time.",
     .peers = {JS_POOLS("trips")}},
    {.name = "pipe-memcpy", .title = "Bytes to a process, against memcpy",
     .turn = lab__bench_process_bytes,
     .unit = LAB_BENCH_RATE, .operation = "byte", .goal = 0.5,
     .note = "With real-time priority 0.65 to 0.76 in Node on Zen 3. Otherwise 0.3 to 0.6 were "
             "seen there, by how long a neighbour keeps the writer or the reader from its core: "
             "the ring holds 128 KiB, which is 20 us of it. On Zen 5 memcpy within one core's "
             "cache is twice as fast as there, 20 to 29 GB/s, and from core to core it is not: 13 "
             "GB/s natively, 5 to 8 in Node. A ring of 512 KiB gave 8 to 9 there, for a megabyte a "
             "process.",
     .description = "Bytes to a process through its pipe, in tasks of 16 MiB, against copying them "
                    "in this one's memory; at least half as fast.",
     .peers = {{.name = "memcpy", .turn = lab__bench_memcpy}}},
    {.name = "pipe-post", .title = "Bytes to a process, against postMessage",
     .where = LAB_BENCH_WASM,
     .note = "Three times postMessage would be 20 GB/s here, twice what memcpy reaches; a pipe "
             "copies twice, in and out.",
     .turn = lab__bench_process_bytes, .unit = LAB_BENCH_RATE, .operation = "byte", .goal = 3,
     .description = "Bytes to a process through its pipe, in tasks of 16 MiB, against "
                    "postMessage() to a Worker, which copies; at least 3 times as fast.",
     .peers = {{.name = "postMessage", .turn = lab__bench_post}}},
    {.name = "processes-ready", .title = "A pool of 2 processes is ready",
     .turn = lab__bench_processes_ready,
     .note = "In Node the floor is Node's own: two empty Workers take 40 to 50 ms to start there "
             "(measured with nothing else in them). A page keeps Workers ready for its first pool; "
             "Node does not.",
     .operation = "pool", .goal = 0.03, .absolute = true,
     .description = "A pool of 2 processes from its creation until both can run tasks, their "
                    "program compiled before; at most 30 ms."},
    {.name = "interpreters-python", .title = "Burst of 64-byte tasks, interpreters",
     .turn = lab__bench_burst_bytes, .of = "interpreters", .unit = LAB_BENCH_RATE,
     .operation = "task", .goal = 50,
     .description = "A burst of tasks of 64 bytes there and back on 2 interpreters, against "
                    "CPython's InterpreterPoolExecutor of 2; at least 50 times as many.",
     .peers = {PYTHON("InterpreterPoolExecutor", "burst interpreters")}},
    {.name = "interpreters-executors", .title = "Burst of 64-byte tasks, interpreters",
     .turn = lab__bench_burst_bytes, .of = "interpreters", .unit = LAB_BENCH_RATE,
     .operation = "task",
     .description = "A burst of tasks of 64 bytes there and back on 2 interpreters, against "
                    "CPython's other executors of 2; more is better.",
     .peers = {PYTHON("ThreadPoolExecutor", "burst threads"),
               PYTHON("ProcessPoolExecutor", "burst processes")}},
    {.name = "coroutines", .title = "1 M coroutines that yield once", .turn = lab__bench_coroutines,
     .unit = LAB_BENCH_RATE, .operation = "coroutine", .goal = 20,
     .description = "A million coroutines in the event loop, all alive when each gives way once, "
                    "against as many async functions; at least 20 times as many, at most 128 bytes "
                    "each.",
     .beside = "bytes a coroutine", .beside_goal = 128,
     .peers = {{.name = "Promise.all of async functions", .turn = lab__bench_peer,
                .of = "js coroutines 1000000"},
               {.name = "async functions awaited", .turn = lab__bench_peer,
                .of = "js awaits 1000000"},
               {.name = "asyncio.gather", .turn = lab__bench_peer, .of = "python gather 100000"}}},
    {.name = "coroutines-futures", .title = "Coroutines that yield once, as tasks with futures",
     .turn = lab__bench_coroutine_futures, .unit = LAB_BENCH_RATE, .operation = "coroutine",
     .description = "200,000 tasks of the async executor, untraced, all alive when each gives way "
                    "once, each with a future that is waited for, against as many async functions; "
                    "more is better.",
     .beside = "bytes a coroutine",
     .peers = {{.name = "Promise.all of async functions", .turn = lab__bench_peer,
                .of = "js coroutines 200000"},
               {.name = "async functions awaited", .turn = lab__bench_peer,
                .of = "js awaits 200000"},
               {.name = "asyncio.gather", .turn = lab__bench_peer, .of = "python gather 100000"}}},
    {.name = "trace-coroutines", .title = "Coroutines that yield once, traced",
     .turn = lab__bench_coroutine_futures,
     .of = "traced", .operation = "coroutine",
     .description = "The same tasks traced, four events each, against untraced; less is better.",
     .peers = {{.name = "untraced"}}},
    {.name = "fetches", .title = "10,000 concurrent fetches to a local server",
     .where = LAB_BENCH_WASM,
     .turn = lab__bench_fetches, .operation = "fetch", .goal = 1.1,
     .description = "Ten thousand coroutines that each await a fetch, against Promise.all over "
                    "fetch; at most 1.1 times as long.",
     .peers = {{.name = "Promise.all over fetch", .turn = lab__bench_promise_fetches}}},
    {.name = "fetches-native", .title = "10,000 concurrent fetches to a local server",
     .where = LAB_BENCH_NATIVE,
     .note = "libcurl by itself is asked for 128 at a time and counts the bytes; here ten thousand "
             "are alive, each keeps its body, and curl has its sockets put into an epoll and taken "
             "out of it, two calls of the system a fetch.",
     .turn = lab__bench_fetches, .operation = "fetch", .goal = 1.1,
     .description = "Ten thousand coroutines that each await a fetch, against libcurl's multi "
                    "interface by itself; at most 1.1 times as long.",
     .peers = {LINKED("libcurl", "libcurl fetches"),
               {.name = "Promise.all over fetch", .turn = lab__bench_promise_fetches}}},
    {0},
};
/* clang-format on */
