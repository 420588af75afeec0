/* Chunks: several items of a map as one task of a process pool. Internal to core/futures.
 *
 * What it is. A task type whose bytes name another type and hold several tasks of it; it runs them
 * one after another and returns all results, each with its own outcome. One message each way
 * instead of many. Ownership. lab__chunk_pack() mallocs; results point into the chunk's result.
 */
#ifndef LAB_FUTURES_CHUNK_H
#define LAB_FUTURES_CHUNK_H

#include "futures/task.h"

extern const struct lab_task_type lab__chunk_type;

/* The chunk's bytes. LAB_E_NOMEM, LAB_E_TOO_LARGE, or what the type's own pack refuses. */
int lab__chunk_pack(struct lab_bytes *chunk, const struct lab_task_type *type,
                    const struct lab_bytes *items, size_t count, struct lab_failure *failure);
/* Item i's outcome in a chunk's result: 0 and its bytes, or its failure. LAB_E_IO: not a chunk's
 * result. */
int lab__chunk_result(struct lab_bytes chunk, size_t i, struct lab_bytes *result,
                      struct lab_failure *failure);

#endif
