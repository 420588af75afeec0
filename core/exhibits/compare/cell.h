/* What a cell keeps of what was measured in it, and when that suffices.
 *
 * What it is. The parts of struct lab_cell that grow as it runs: whether its results are right, its
 * samples with their interval, its tasks' latencies, what its GILs did, and of how many repeats a
 * sample consists. Each is bounded, or asks for memory and says when there is none.
 *
 * How it is used. After each batch lab_cell_check(), and once measuring has begun the two for
 * latencies and the GIL; after each sample lab_cell_long_enough(), and if it was
 * lab_cell_keep_sample().
 *
 * Threads. One, the coordinator. Nothing blocks. Ownership. What is kept is the cell's, and freed
 * by lab_plan_release(); arguments are only read, but those that are said to be written.
 */
#ifndef LAB_EXHIBITS_COMPARE_CELL_H
#define LAB_EXHIBITS_COMPARE_CELL_H

#include "exhibits/compare/batch.h"
#include "exhibits/compare/experiment.h"
#include "gil/gil.h"

/* Checks the results of work's problem: against the problem the cell's first time, against the
 * reference always; the first that are right become the reference. cell NULL: of no cell. 0, or
 * LAB_E_UNVERIFIED and the other errors of lab_problem_verify(). */
int lab_cell_check(struct lab_cell *cell, struct lab_case *work, const struct lab_bytes *results,
                   struct lab_failure *failure);

/* Keeps the latencies of a finished batch's tasks, until there are LAB_MAX_LATENCIES.
 * LAB_E_NOMEM: none of them. */
int lab_cell_keep_latencies(struct lab_cell *cell, const struct lab_batch *batch,
                            struct lab_failure *failure);

/* Adds what the executor's GILs did from one moment to another. */
void lab_cell_keep_gil(struct lab_cell *cell, const struct lab_gil_stats *before,
                       const struct lab_gil_stats *after);

/* Did a sample of cell->repeats, which took `elapsed` seconds, last long enough for the clock? 0:
 * it did, or there cannot be more repeats and it lasted a few steps at least. LAB_E_AGAIN: no, so
 * it is to be taken again, with more repeats, which are set; and what was measured with fewer has
 * been dropped, for the first rounds of a cell are colder, and what suffices shows only as it runs.
 * LAB_E_UNAVAILABLE with a sentence: nothing can be measured with this clock. */
int lab_cell_long_enough(struct lab_cell *cell, const struct lab_machine *machine, double elapsed,
                         struct lab_failure *failure);

/* Keeps a sample, in seconds a problem, and computes the cell's interval and whether it converged.
 * Grows the experiment's scratch with it. LAB_E_NOMEM: it is not kept. */
int lab_cell_keep_sample(struct lab_cell *cell, struct lab_experiment *experiment, double seconds,
                         struct lab_failure *failure);

#endif
