/* Every command. */
#include "lab/commands.h"

#include <stddef.h>

#include "exhibits/bench/command.h"
#include "exhibits/compare/command.h"
#include "exhibits/futures/command.h"
#include "exhibits/gil/command.h"
#include "exhibits/latency/command.h"
#include "exhibits/spin/command.h"
#include "lab/list.h"

const struct lab_command *const lab_commands[] = {
    &lab_list_command,    &lab_compare_command, &lab_futures_command, &lab_gil_command,
    &lab_latency_command, &lab_spin_command,    &lab_bench_command,   NULL,
};
