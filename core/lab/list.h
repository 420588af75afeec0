/* `lab list`: workloads and methods, for people or as JSON.
 *
 * How it is used. As every command (compare.h). Threads. One, the coordinator. Blocking. Never.
 */
#ifndef LAB_LAB_LIST_H
#define LAB_LAB_LIST_H

#include <stdint.h>

#include "platform/error.h"

struct lab_list;

/* NULL with the failure (LAB_E_USAGE, LAB_E_NOMEM). */
struct lab_list *lab_list_create(int argc, char **argv, struct lab_failure *failure);
/* LAB_CO_DONE. */
int lab_list_step(struct lab_list *list);
uint64_t lab_list_next(const struct lab_list *list);
/* The exit status. */
int lab_list_status(const struct lab_list *list);
void lab_list_destroy(struct lab_list *list);

#endif
