/* Every command. */
#include "lab/commands.h"

#include "lab/bench_command.h"
#include "lab/compare.h"
#include "lab/futures.h"
#include "lab/gil_command.h"
#include "lab/latency_command.h"
#include "lab/list.h"
#include "lab/spin_command.h"

/* clang-format off */
#define COMMANDS(X)                                                                                \
    LAB_COMPARE_COMMANDS(X)                                                                        \
    X(futures, "futures", "futures [OPTION...]",                                                   \
      "whether futures and executors keep their contract")                                         \
    X(gil_command, "gil", "gil [OPTION...]", "threads under the GIL, and the same without one")    \
    X(latency_command, "latency", "latency [OPTION...]",                                           \
      "the latency numbers everybody knows, measured here")                                        \
    X(spin_command, "spin", "spin METHOD...",                                                      \
      "a spinner beside a slow function: does it keep turning?")                                   \
    X(bench_command, "bench", "bench [OPTION...]", "what parts of the lab cost, each beside a peer")

COMMANDS(LAB_COMMAND_ADAPTER)

const struct lab_command lab_commands[] = {COMMANDS(LAB_COMMAND_ROW){0}};
/* clang-format on */
