/* `lab futures`: the conformance suite, the two deadlocks, the storm.
 *
 * What it is. A state machine that runs one trial, one deadlock or one storm a step (lab/compare.h
 * says why).
 *
 * How it is used. lab_futures_create(), lab_futures_step() until LAB_CO_DONE, lab_futures_status(),
 * lab_futures_destroy().
 *
 * Threads. One, the coordinator; a watchdog reports from its own when something hangs, and ends the
 * program. Blocking. A step, for as long as what it runs.
 */
#ifndef LAB_LAB_FUTURES_H
#define LAB_LAB_FUTURES_H

#include <stdint.h>

#include "platform/error.h"

struct lab_futures;

/* argv: the words after `futures`. NULL with the failure (LAB_E_USAGE, LAB_E_NOMEM). */
struct lab_futures *lab_futures_create(int argc, char **argv, struct lab_failure *failure);
/* LAB_CO_DONE or LAB_CO_AWAIT. */
int lab_futures_step(struct lab_futures *futures);
uint64_t lab_futures_next(const struct lab_futures *futures);
/* The exit status: 0 all that applies passed, 1 something failed or was stopped. */
int lab_futures_status(const struct lab_futures *futures);
void lab_futures_destroy(struct lab_futures *futures);

#endif
