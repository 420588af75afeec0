/* What becomes of results in a process pool. Internal; under the baton, but for what says
 * otherwise.
 *
 * Who ends a future. Whoever has read its result: the manager, or a helper (process_help.c). A
 * helper runs none of the user's code and makes no failure known, so it leaves those results to the
 * manager, which concludes them first thing when it has the baton next, in the order in which they
 * came; whoever leaves one wakes the manager after it has dropped the baton.
 */
#ifndef LAB_FUTURES_PROCESS_RESULTS_H
#define LAB_FUTURES_PROCESS_RESULTS_H

#include "futures/process_manager.h"

/* Ends the future, and gives it up. The baton is not needed. */
void lab__process_fail(struct lab_future *future, const struct lab_failure *failure);
void lab__process_conclude(struct lab_link_result *result);
/* Leaves it to the manager; concludes it here if there is no memory for that. */
void lab__process_leave_to_manager(struct process_pool *pool, struct lab_link_result *result);
void lab__process_conclude_late(struct process_pool *pool);

/* The link's memory was `before`. */
void lab__process_account(struct process_pool *pool, const struct lab_link *link, uint64_t before);
/* A child came up. */
void lab__process_note_up(struct process_pool *pool);

#endif
