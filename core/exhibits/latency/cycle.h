/* How long a cycle of this CPU lasts now, as far as a program can tell.
 *
 * What it is. The time of one link of a chain of integer operations each of which needs the one
 * before: every CPU of the last thirty years does such a link in one cycle. The clock that a CPU
 * runs at changes (it is warm, others run beside it), and what is measured is the clock at that
 * moment.
 *
 * Threads. Any. Blocking. Never; it takes about 30 ms.
 */
#ifndef LAB_EXHIBITS_LATENCY_CYCLE_H
#define LAB_EXHIBITS_LATENCY_CYCLE_H

/* Seconds. least: lab_latency_least(). NaN: the clock is too coarse. */
double lab_latency_cycle(double least);

#endif
