/* A census of what this program has running: for tests that nothing is left behind.
 *
 * Threads. Any. Blocking. Reads /proc natively. */
#ifndef LAB_PLATFORM_CENSUS_H
#define LAB_PLATFORM_CENSUS_H

/* Threads of this program, the caller's among them; -1: it cannot be known here (a host knows its
 * Workers). */
int lab_census_threads(void);
/* Child processes, the dead that nobody has waited for among them; -1: it cannot be known here. */
int lab_census_processes(void);

#endif
