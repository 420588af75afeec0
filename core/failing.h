/* Makes what the program asks the system for fail, one request after another. Of the native tests
 * alone.
 *
 * What it is. The tests' program is linked so that our own calls of malloc and its kin, mmap,
 * memfd_create, pthread_create and fopen come here first (CMakeLists.txt, --wrap). Each is a
 * request, counted from 1 over all threads; those that were asked to fail fail as the real ones do
 * where memory has run out. What libraries ask for themselves is not counted.
 *
 * How it is used. In a process of its own: lab_failing_arm(n, 1), then the code under test;
 * lab_failing_count() says whether there were so many. A child process of the pool under test reads
 * LAB_FAILING_CHILD=n in its environment. Once armed, the clock is 21 ms further each time the
 * arming thread looks at it after some work, and no sample is too short for it: so a run takes what
 * it must and no longer, and each of its samples is of one batch, as they are where there is work
 * to do.
 *
 * Threads. Any; arming: one, before the others.
 */
#ifndef LAB_FAILING_H
#define LAB_FAILING_H

#include <stdint.h>

/* Requests first … first + length - 1 from now on fail; 0: none, but they are counted. */
void lab_failing_arm(uint64_t first, uint64_t length);
/* By the thread that armed, after all others that ask: nothing fails any more, and the clock is the
 * real one's pace again. */
void lab_failing_disarm(void);
/* Requests since. */
uint64_t lab_failing_count(void);
/* In the process under test, before it does anything: its pools' children will be forked instead of
 * started anew, which takes a twentieth of the time, and their main() is live(). */
void lab_failing_prepare_children(int (*live)(void));
/* In a child process of a pool: arms as the environment says. */
void lab_failing_arm_child(void);

#endif
