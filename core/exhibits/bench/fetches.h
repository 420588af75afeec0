/* What the rows of fetches and their peers have in common: how many, and the server. Internal to
 * core/exhibits/bench.
 *
 * Threads. One. Blocking. Opening the site, until it answers. */
#ifndef LAB_EXHIBITS_BENCH_FETCHES_H
#define LAB_EXHIBITS_BENCH_FETCHES_H

#include <stddef.h>

#include "platform/error.h"

#define LAB_BENCH_FETCHES  10000
#define LAB_BENCH_FETCH_NS 60000000000ull /* none may take longer */

/* The lab's own server, one for all who have opened it. */
int lab__bench_site_open(struct lab_failure *failure);
const char *lab__bench_site_page(size_t i);
void lab__bench_site_close(void);

#endif
