/* What a spinner's numbers say about its method, in one sentence; the page shows the same. */
#ifndef LAB_EXHIBITS_SPIN_VERDICT_H
#define LAB_EXHIBITS_SPIN_VERDICT_H

#include <stddef.h>

#include "exhibits/spin/spin.h"

enum { LAB_SPIN_VERDICT_SIZE = 320 };

/* together: other methods ran at the same time. */
void lab_spin_verdict(char text[LAB_SPIN_VERDICT_SIZE], const struct lab_spin_result *result,
                      bool together);

#endif
