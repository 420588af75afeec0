/* `lab list`: workloads and methods, for people or as JSON. Returns the exit status. */
#ifndef LAB_LAB_LIST_H
#define LAB_LAB_LIST_H

#include <stdbool.h>

int lab_list(bool json);

#endif
