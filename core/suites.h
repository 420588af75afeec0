/* Every test suite, once. Each is a LAB_SUITE(name) in a x_test.c beside what it tests: those that
 * run anywhere, those that need threads, those of the native program. */
#ifndef LAB_SUITES_H
#define LAB_SUITES_H

/* clang-format off */
#define LAB_SUITES_ANYWHERE(X) \
    X(random) X(sample) X(bootstrap) X(dependence) X(compare) X(scaling) X(resolution) \
    X(histogram) X(steps) \
    X(workloads) X(sha256) X(trace) X(heap) \
    X(future) X(executor) X(child_frames) X(loop) \
    X(text) X(look) X(verdict) X(verdict_failures) X(options) X(fit) X(gil_options) X(latency) \
    X(spin) X(spin_options)
#define LAB_SUITES_THREADS(X) \
    X(trace_threads) X(gil) X(gil_storm) X(interpreter) X(interpreter_queue) \
    X(memory) X(wait) X(run_queue) X(busy_wait) X(gil_phase) X(bench) X(latency_rows) \
    X(latency_turns) \
    X(conformance) X(storm)
#define LAB_SUITES_NATIVE(X) \
    X(reactor) X(probe) X(host_tell) X(spinning) X(waits) \
    X(process_pool) X(process_faults) X(process_storm) X(spin_processes) \
    X(compare_faults) X(compare_faults_in_processes)
/* clang-format on */

/* Those of this target: CMake says which it has. */
#if defined(LAB_TEST_NATIVE)
#define LAB_SUITES(X) LAB_SUITES_ANYWHERE(X) LAB_SUITES_THREADS(X) LAB_SUITES_NATIVE(X)
#elif defined(LAB_TEST_THREADS)
#define LAB_SUITES(X) LAB_SUITES_ANYWHERE(X) LAB_SUITES_THREADS(X)
#else
#define LAB_SUITES(X) LAB_SUITES_ANYWHERE(X)
#endif

#endif
