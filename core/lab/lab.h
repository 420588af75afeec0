/* The lab's command line: one command, from words to exit status.
 *
 * What it is. What a person types after `lab`. Natively main() runs it; under WebAssembly a host
 * hands it over (platform/command.h) any number of times.
 *
 * How it is used. lab_begin(), lab_step() until true, lab_end().
 *
 * Threads. One, the coordinator; one command at a time. Blocking. lab_step() where the target can
 * block; elsewhere it returns false and lab_next() says when to call again.
 */
#ifndef LAB_LAB_LAB_H
#define LAB_LAB_LAB_H

#include <stdbool.h>
#include <stdint.h>

/* argv without the program's name. */
void lab_begin(int argc, char **argv);
/* True: the command has ended. */
bool lab_step(void);
/* Nanoseconds until the next step makes sense; LAB_FOREVER: when there is news from the host. */
uint64_t lab_next(void);
/* Frees everything; the exit status: 0 done and verified, 1 failed, 2 wrong words. stopped: by the
 * user. */
int lab_end(bool *stopped);

#endif
