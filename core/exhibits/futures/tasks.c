#include "exhibits/futures/tasks.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exhibits/futures/conformance.h"
#include "futures/child.h"
#include "futures/frame.h"
#include "interpreters/interpreter.h"
#include "platform/system.h"

/* A worker's own: threads, interpreters and processes have each their own copy. */
static _Thread_local uint64_t remembered, serial;

static bool number_of(struct lab_run *run, uint64_t *number)
{
    if (run->in.size != sizeof *number) {
        lab_run_fail(run, LAB_E_INVALID, "%s: a task of %zu bytes", run->type->name, run->in.size);
        return false;
    }
    memcpy(number, run->in.data, sizeof *number);
    return true;
}

static int double_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    if (number == 13)
        return lab_run_fail(run, LAB_E_TASK, "13 is unlucky");
    number *= 2;
    return lab_run_result(run, &number, sizeof number);
}

static int sleep_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    LAB_CO_BEGIN(&run->co);
    LAB_AWAIT_SLEEP(&run->co, number);
    LAB_CO_END(&run->co);
    return lab_run_result(run, &number, sizeof number);
}

static int hold_step(struct lab_run *run)
{
    const uint64_t turn = 1000000;
    struct lab_hold hold;
    _Atomic uint32_t *gate;
    if (run->in.size != sizeof hold)
        return lab_run_fail(run, LAB_E_INVALID, "hold: a task of %zu bytes", run->in.size);
    memcpy(&hold, run->in.data, sizeof hold);
    gate = (_Atomic uint32_t *)(uintptr_t)hold.gate;
    LAB_CO_BEGIN(&run->co);
    if (!gate)
        LAB_AWAIT_SLEEP(&run->co, hold.ns);
    /* Relaxed: the gate publishes nothing. */
    while (gate && !atomic_load_explicit(gate, memory_order_relaxed) && !lab_stopping())
        LAB_AWAIT_SLEEP(&run->co, turn);
    LAB_CO_END(&run->co);
    return lab_run_result(run, &hold.ns, sizeof hold.ns);
}

static int count_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    /* Relaxed: a counter. */
    number =
        atomic_fetch_add_explicit((_Atomic uint64_t *)(uintptr_t)number, 1, memory_order_relaxed);
    return lab_run_result(run, &number, sizeof number);
}

static int serial_step(struct lab_run *run)
{
    serial++;
    return lab_run_result(run, &serial, sizeof serial);
}

static int initialize_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    if (number == 13)
        return lab_run_fail(run, LAB_E_TASK, "this worker cannot be initialized");
    remembered = number;
    return lab_run_result(run, NULL, 0);
}

static int initialized_step(struct lab_run *run)
{
    return lab_run_result(run, &remembered, sizeof remembered);
}

static int count_in_globals(struct lab_run *run)
{
    uint64_t tasks = 0;
    struct lab_bytes bytes;
    if (lab_global_get("tasks", &bytes) && bytes.size == sizeof tasks)
        memcpy(&tasks, bytes.data, sizeof tasks);
    tasks++;
    int code = lab_global_set("tasks", (struct lab_bytes){&tasks, sizeof tasks});
    if (code)
        return lab_run_fail(run, code, "a global could not be set: %s", lab_error_text(code));
    return lab_run_result(run, &tasks, sizeof tasks);
}

static int meet_step(struct lab_run *run)
{
    const uint64_t turn = 1000000;
    uint64_t *ticket = run->frame, number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    _Atomic uint64_t *here = (_Atomic uint64_t *)(uintptr_t)number;
    LAB_CO_BEGIN(&run->co);
    /* Relaxed: counters. Tickets 0 and 1 meet, 2 and 3, … */
    *ticket = atomic_fetch_add_explicit(here, 1, memory_order_relaxed);
    while (atomic_load_explicit(here, memory_order_relaxed) < (*ticket & ~(uint64_t)1) + 2 &&
           !lab_stopping())
        LAB_AWAIT_SLEEP(&run->co, turn);
    LAB_CO_END(&run->co);
    return count_in_globals(run);
}

static int bytes_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    unsigned char *bytes = lab_alloc(number ? (size_t)number : 1);
    if (!bytes)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory for a result");
    for (size_t i = 0; i < number; i++)
        bytes[i] = (unsigned char)(i % 251);
    return lab_run_adopt(run, bytes, (size_t)number);
}

static int addresses_step(struct lab_run *run)
{
    struct lab_addresses addresses = {.in = (uintptr_t)run->in.data}, *out = lab_alloc(sizeof *out);
    if (!out)
        return lab_run_fail(run, LAB_E_NOMEM, "out of memory for a result");
    addresses.out = (uintptr_t)out;
    memcpy(out, &addresses, sizeof addresses);
    return lab_run_adopt(run, out, sizeof *out);
}

/* ---- what goes wrong ---- */

static void go_wrong(enum lab_fault_how how)
{
    if (how == LAB_IT_EXITS)
        lab_exit_now(7);
    __builtin_trap();
}

/* Whether the task's number says: here; and then does it, unless it only says that it fails. */
static bool goes_wrong_at(struct lab_bytes in, enum lab_fault_where where)
{
    uint64_t fault;
    if (in.size != sizeof fault)
        return true;
    memcpy(&fault, in.data, sizeof fault);
    if (fault >> 8 != (uint64_t)where)
        return false;
    if ((fault & 255) != LAB_IT_FAILS)
        go_wrong((enum lab_fault_how)(fault & 255));
    return true;
}

static int fault_pack(struct lab_bytes in, struct lab_failure *failure)
{
    if (goes_wrong_at(in, LAB_AT_PACK))
        return lab_fail(failure, LAB_E_TASK, "it cannot be packed");
    return 0;
}

static void fault_decode(struct lab_run *run)
{
    if (goes_wrong_at(run->in, LAB_AT_DECODE))
        lab_run_fail(run, LAB_E_TASK, "it cannot be decoded");
}

/* The process writes the beginning of a result, and dies before the rest. */
static void die_writing(enum lab_fault_how how)
{
    struct lab_frame frame = {.type = LAB_FRAME_RESULT, .size = 1u << 20};
    static const unsigned char part[1000];
    if (lab_child_say(&frame, sizeof frame) && lab_child_say(part, sizeof part))
        go_wrong(how);
}

static void fault_encode(struct lab_run *run)
{
    uint64_t fault = 0;
    if (goes_wrong_at(run->in, LAB_AT_ENCODE))
        lab_run_fail(run, LAB_E_TASK, "its result cannot be encoded");
    if (run->in.size == sizeof fault)
        memcpy(&fault, run->in.data, sizeof fault);
    if (fault >> 8 == LAB_AT_WRITE)
        die_writing((enum lab_fault_how)(fault & 255));
}

static int fault_step(struct lab_run *run)
{
    uint64_t number;
    if (!number_of(run, &number))
        return LAB_CO_DONE;
    if (goes_wrong_at(run->in, LAB_AT_RUN))
        return lab_run_fail(run, LAB_E_TASK, "it fails because it was told to");
    return lab_run_result(run, &number, sizeof number);
}

const struct lab_task_type
    lab_task_double = {.name = "conformance/double", .step = double_step},
    lab_task_sleep = {.name = "conformance/sleep", .step = sleep_step},
    lab_task_hold = {.name = "conformance/hold", .step = hold_step},
    lab_task_count = {.name = "conformance/count", .step = count_step},
    lab_task_serial = {.name = "conformance/serial", .step = serial_step},
    lab_task_initialize = {.name = "conformance/initialize", .step = initialize_step},
    lab_task_initialized = {.name = "conformance/initialized", .step = initialized_step},
    lab_task_meet = {.name = "conformance/meet", .step = meet_step, .frame_size = sizeof(uint64_t)},
    lab_task_bytes = {.name = "conformance/bytes", .step = bytes_step},
    lab_task_addresses = {.name = "conformance/addresses", .step = addresses_step},
    lab_task_fault = {.name = "conformance/fault",
                      .step = fault_step,
                      .pack = fault_pack,
                      .decode = fault_decode,
                      .encode = fault_encode};

const struct lab_task_type *lab_conformance_task_type_find(const char *name)
{
    static const struct lab_task_type *const types[] = {
        &lab_task_double, &lab_task_sleep,      &lab_task_hold,        &lab_task_count,
        &lab_task_serial, &lab_task_initialize, &lab_task_initialized, &lab_task_bytes,
        &lab_task_meet,   &lab_task_addresses,  &lab_task_fault,
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}
