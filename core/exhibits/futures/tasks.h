/* Tasks of the conformance suite: what its futures are the futures of. Child processes know them as
 * well. */
#ifndef LAB_EXHIBITS_FUTURES_TASKS_H
#define LAB_EXHIBITS_FUTURES_TASKS_H

#include "futures/task.h"

/* Numbers in, numbers out: 8 bytes each. */
extern const struct lab_task_type
    lab_task_double, /* twice the number; 13 fails with LAB_E_TASK, "13 is unlucky" */
    lab_task_sleep,  /* sleeps so many nanoseconds, returns the number */
    lab_task_count,  /* adds 1 to the _Atomic uint64_t at that address, in this program's memory */
    lab_task_serial, /* the how-many-eth task of this type it is in its worker: 1, 2, … */
    lab_task_initialize,  /* makes its worker remember the number; 13 fails */
    lab_task_initialized, /* the number that its worker remembers */
    /* Waits until two of it run at once (the _Atomic uint64_t at that address counts them), then
     * counts itself in a global of the interpreter it runs in, and returns that count. */
    lab_task_meet, lab_task_bytes, /* so many bytes, byte i is i % 251 */
    lab_task_addresses; /* where the task's bytes and its result's are: struct lab_addresses */

struct lab_addresses {
    uint64_t in, out;
};

/* A task that holds its worker: until the _Atomic uint32_t at `gate` is not 0, or, without one, for
 * ns. */
struct lab_hold {
    uint64_t gate, ns;
};
extern const struct lab_task_type lab_task_hold;

/* A task that goes wrong: where × how, made by LAB_FAULT. At all other places it does nothing. */
enum lab_fault_where {
    LAB_NOWHERE,
    LAB_AT_PACK,   /* before its bytes leave for the worker; it can only fail there */
    LAB_AT_DECODE, /* in the worker, before the task */
    LAB_AT_RUN,
    LAB_AT_ENCODE, /* in the worker, on the result */
    LAB_AT_WRITE,  /* half of the result is written; there is no failing there */
};
enum lab_fault_how { LAB_IT_FAILS, LAB_IT_TRAPS, LAB_IT_EXITS /* with status 7 */ };
#define LAB_FAULT(where, how) ((uint64_t)(where) << 8 | (uint64_t)(how))
extern const struct lab_task_type lab_task_fault; /* returns its number */

#endif
