/* Busy waiting: looking for a little while before sleeping.
 *
 * What it is. To put a thread to sleep and wake it takes the kernel and the waker longer than most
 * of what is waited for. So whoever waits looks first, for as long as a wait that sleeps at once
 * takes it (measured, thread by thread): then waiting costs at most twice what the better of the
 * two would have cost (A. Karlin et al., "Competitive randomized algorithms for non-uniform
 * problems", 1990).
 *
 * Whether it pays. That is so where looking takes nothing from what is waited for. On a machine
 * that others use too, who looks may keep the very thread that it waits for from its core, and is
 * itself put aside sooner than one that slept. So each thread keeps what its waits took that looked
 * and what those took that did not, does mostly what was quicker, and tries the other now and then.
 * (Rows submit-beside-… of the benchmark.)
 *
 * When it does not look. A core that spins is taken from somebody who works. Threads that spin, and
 * workers that have something to do (lab_busy_begin … lab_busy_end), are counted for the whole
 * program; nobody spins unless a core is left for it. A worker leaves one core more, for whoever is
 * to give it work.
 *
 * How it is used. lab_busy_wait(); if it has not happened, sleep, then lab_busy_wait_slept().
 * Threads. Any. Blocking. For at most LAB_BUSY_WAIT_NS, without sleeping.
 */
#ifndef LAB_FUTURES_BUSY_WAIT_H
#define LAB_FUTURES_BUSY_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/* The bounds of how long a look lasts. */
#define LAB_BUSY_WAIT_NS       100000u
#define LAB_BUSY_WAIT_LEAST_NS 10000u

/* Whether it happened, looking for at most timeout_ns. happened: some atomic loads. The thread is
 * not itself counted as busy. */
bool lab_busy_wait(bool (*happened)(const void *), const void *what, uint64_t timeout_ns);
/* The same for an idle worker. */
bool lab_busy_wait_for_work(bool (*happened)(const void *), const void *what);

/* What the thread then slept for has happened. */
void lab_busy_wait_slept(void);

/* Off: everybody sleeps at once. For measuring what looking gains. */
void lab_busy_wait_enable(bool on);

/* The calling worker has something to do, until end. */
void lab_busy_begin(void);
void lab_busy_end(void);

#endif
