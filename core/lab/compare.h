/* `lab compare`: runs an experiment and reports it.
 *
 * What it is. The whole of it is one state machine, because an isolate that coordinates cannot
 * block: lab_compare_step() goes as far as it can. Where it can block it does, and returns only
 * when done.
 *
 * How it is used. lab_compare_create(), lab_compare_step() until LAB_CO_DONE, lab_compare_status(),
 * lab_compare_destroy().
 *
 * Threads. One, the coordinator. Blocking. Where the target can.
 * README.md, "How results are measured", says the same in words.
 */
#ifndef LAB_LAB_COMPARE_H
#define LAB_LAB_COMPARE_H

#include <stdint.h>

#include "platform/error.h"

struct lab_compare;

/* argv: the words after `compare`. NULL with the failure (LAB_E_USAGE, LAB_E_IO, LAB_E_NOMEM). */
struct lab_compare *lab_compare_create(int argc, char **argv, struct lab_failure *failure);
/* LAB_CO_DONE or LAB_CO_AWAIT. */
int lab_compare_step(struct lab_compare *compare);
/* After LAB_CO_AWAIT: nanoseconds until the next step makes sense; LAB_FOREVER: when there is
 * news. */
uint64_t lab_compare_next(const struct lab_compare *compare);
/* The exit status: 0 done and verified, 1 something failed or the user stopped it. */
int lab_compare_status(const struct lab_compare *compare);
/* Ends executors, closes the site. */
void lab_compare_destroy(struct lab_compare *compare);

#endif
