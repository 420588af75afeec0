#include "lab/machine.h"

#include <stdatomic.h>
#include <string.h>

#include "platform/sync.h"
#include "stats/resolution.h"
#include "stats/sample.h"

enum { READINGS = 4096, MAX_SPINNERS = 64, TRIES = 3, SAMPLE_STEPS = 40, COARSE_STEPS = 8 };

static const double SAMPLE_LEAST = 0.020; /* seconds */
static const double COARSE_NS = 100000;   /* two threads hand over in less */

static double timer_resolution(void)
{
    static uint64_t readings[READINGS];
    static double scratch[READINGS];
    double ns = 0;
    /* A coarse clock shows few steps in one burst: read on until it has. */
    for (int burst = 0; burst < 64; burst++) {
        for (size_t i = 0; i < READINGS; i++)
            readings[i] = lab_now_ns();
        if (lab_clock_resolution(readings, READINGS, scratch, &ns) == 0)
            return ns;
    }
    /* Fewer than five steps in a whole burst: read until the clock has moved often enough. What it
     * moves by is a tick, or several where another thread had the core meanwhile, on a busy machine
     * more often than not: the least but one, so that a freak does not decide. */
    uint64_t last = lab_now_ns(), next;
    double steps[COARSE_STEPS + 1];
    for (size_t i = 0; i <= COARSE_STEPS; i++, last = next) {
        do
            next = lab_now_ns();
        while (next <= last);
        steps[i] = (double)(next - last);
    }
    lab_sample_sort(steps + 1, COARSE_STEPS); /* the first had begun before */
    return steps[2];
}

double lab_machine_sample_least(const struct lab_machine *machine)
{
    double steps = SAMPLE_STEPS * machine->timer_resolution_ns / 1e9;
    return steps > SAMPLE_LEAST ? steps : SAMPLE_LEAST;
}

bool lab_machine_is_coarse(const struct lab_machine *machine)
{
    return machine->timer_resolution_ns > COARSE_NS;
}

/* A fixed amount of work that touches no memory. */
static uint64_t spin(uint64_t rounds)
{
    uint64_t x = rounds | 1;
    for (uint64_t i = 0; i < rounds; i++)
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return x;
}

struct spinners {
    uint64_t rounds;
    _Atomic uint32_t go;     /* release: start */
    _Atomic uint32_t up;     /* how many stand ready; a counter */
    _Atomic uint64_t result; /* keeps the work from being optimised away */
};

static void spinner(void *argument)
{
    struct spinners *spinners = argument;
    atomic_fetch_add_explicit(&spinners->up, 1, memory_order_release);
    lab_futex_wake(&spinners->up, 1);
    while (!atomic_load_explicit(&spinners->go, memory_order_acquire))
        lab_futex_wait(&spinners->go, 0, LAB_FOREVER);
    atomic_fetch_xor_explicit(&spinners->result, spin(spinners->rounds), memory_order_relaxed);
}

/* Seconds that count threads take, started together, to spin rounds each; 0: they cannot be
 * started. */
static double spin_together(unsigned count, uint64_t rounds)
{
    struct spinners spinners = {.rounds = rounds};
    lab_thread threads[MAX_SPINNERS];
    unsigned started = 0;
    while (started < count && lab_thread_start(&threads[started], spinner, &spinners) == 0)
        started++;
    for (uint32_t up; (up = atomic_load_explicit(&spinners.up, memory_order_acquire)) < started;)
        lab_futex_wait(&spinners.up, up, 1000000);
    uint64_t start = lab_now_ns();
    atomic_store_explicit(&spinners.go, 1, memory_order_release);
    lab_futex_wake(&spinners.go, INT32_MAX);
    for (unsigned i = 0; i < started; i++)
        lab_thread_join(threads[i]);
    return started == count ? (double)(lab_now_ns() - start) / 1e9 : 0;
}

/* Of so many cores those that can be looked at at once. */
static unsigned lookable(unsigned cores)
{
    unsigned most = lab_thread_limit() < MAX_SPINNERS ? lab_thread_limit() : MAX_SPINNERS;
    return cores < most ? cores : most;
}

/* How many times the work of one thread all cores do in the same time; the best of a few tries,
 * because whatever else runs can only take away. */
static double parallelism(unsigned cores, double least)
{
    uint64_t rounds = 1 << 16;
    double one = 0, best = 0;
    if (!lab_has_threads())
        return 0;
    cores = lookable(cores);
    for (; rounds < (1u << 30); rounds *= 2) {
        one = spin_together(1, rounds);
        if (one > least)
            break;
    }
    for (int i = 0; i < TRIES && !lab_stopping(); i++) {
        double again = spin_together(1, rounds), all = spin_together(cores, rounds);
        if (again > 0 && again < one)
            one = again;
        if (all > 0 && cores * one / all > best)
            best = cores * one / all;
    }
    return best > cores ? cores : best;
}

void lab_machine_measure_clock(struct lab_machine *machine)
{
    lab_environment(&machine->environment);
    machine->timer_resolution_ns = timer_resolution();
}

static double look_at_cores(const struct lab_machine *machine)
{
    /* Ten steps of the clock. */
    double least = machine->timer_resolution_ns / 1e8;
    return parallelism(machine->environment.cores, least > 0.010 ? least : 0.010);
}

void lab_machine_measure(struct lab_machine *machine)
{
    lab_machine_measure_clock(machine);
    machine->parallelism = look_at_cores(machine);
}

void lab_machine_look_again(struct lab_machine *machine)
{
    if (machine->parallelism <= 0 ||
        machine->parallelism > 0.9 * lookable(machine->environment.cores))
        return;
    double again = look_at_cores(machine);
    if (again > machine->parallelism)
        machine->parallelism = again;
}
