/* Busy waiting: looking for a little while before sleeping.
 *
 * What it is. To put a thread to sleep and wake it costs tens of microseconds, most of it the
 * waker's and the kernel's; what it waits for often takes less. So whoever waits looks first, for
 * as long as a hand-over between sleeping threads costs (LAB_BUSY_WAIT_NS): then waiting costs at
 * most twice what the better of the two would have cost (A. Karlin et al., "Competitive randomized
 * algorithms for non-uniform problems", 1990).
 *
 * When it does not look. A core that spins is taken from somebody who works. Threads that spin, and
 * workers that have something to do (lab_busy_begin … lab_busy_end), are counted for the whole
 * program; nobody spins unless a core is left for it. A worker leaves one core more, for whoever is
 * to give it work.
 *
 * Threads. Any. Blocking. For at most LAB_BUSY_WAIT_NS, without sleeping.
 */
#ifndef LAB_FUTURES_BUSY_WAIT_H
#define LAB_FUTURES_BUSY_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* What a hand-over to a sleeping thread costs, about: lab latency, futex-parked. */
#define LAB_BUSY_WAIT_NS 50000u

/* Whether it happened, looking for at most timeout_ns. happened: some atomic loads. The thread is
 * not itself counted as busy. */
bool lab_busy_wait(bool (*happened)(const void *), const void *what, uint64_t timeout_ns);
/* The same for an idle worker. */
bool lab_busy_wait_for_work(bool (*happened)(const void *), const void *what);

/* The calling worker has something to do, until end. */
void lab_busy_begin(void);
void lab_busy_end(void);

#endif
