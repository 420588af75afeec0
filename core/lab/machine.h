/* The machine that a command runs on: what can be asked, and what is measured.
 *
 * Threads. The coordinator. Blocking. While it measures.
 */
#ifndef LAB_LAB_MACHINE_H
#define LAB_LAB_MACHINE_H

#include <stdbool.h>

#include "platform/system.h"

struct lab_machine {
    struct lab_environment environment;
    double timer_resolution_ns; /* the clock's step */
    double parallelism;         /* measured; 0: not measurable here */
};

/* The machine, measured where it can be: takes about 100 ms. */
void lab_machine_measure(struct lab_machine *machine);
/* Its cores once more, where less than nine tenths of them were had, and the better of both: what
 * else was going on then (a page that had just begun) only took away. */
void lab_machine_look_again(struct lab_machine *machine);
/* Its clock alone: no time to speak of, or six steps of a clock that is coarse. */
void lab_machine_measure_clock(struct lab_machine *machine);

/* How long a sample must be, in seconds: 20 ms, and so many steps of the clock that it is right to
 * 1.25%. */
double lab_machine_sample_least(const struct lab_machine *machine);
/* Whether the clock is so coarse that two threads' clocks may differ by more than it takes one to
 * wake the other. Browsers that resist fingerprinting have steps of 1, 16.7 or 100 ms. */
bool lab_machine_is_coarse(const struct lab_machine *machine);

#endif
