/* What `lab COMMAND --help` prints. */
#include "lab/commands.h"

const char lab_list_help[] =
    "lab list [--json]\n"
    "\n"
    "Shows the workloads and the methods, with what is available here and why not.\n"
    "\n"
    "  --json    as JSON\n";

const char lab_compare_help[] =
    "lab compare [WORKLOAD...] [OPTION...]\n"
    "\n"
    "Runs each workload under each method and says which to use. Without names: primes and pages.\n"
    "\n"
    "  --methods a,b     only these methods (default: all that are available)\n"
    "  --workers 1,2     numbers of workers, 1 to 256 (default: powers of two up to the cores, if\n"
    "                    they fit)\n"
    "  --size N          size of the workload (default: its own; see lab list)\n"
    "  --rounds MIN      at least so many measured rounds (default 5)\n"
    "  --seconds MAX     no new round after this time (default 10)\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --latency MS      latency of the pages that the lab serves itself (default 100)\n"
    "  --urls FILE       pages, mixed: read these URLs, one a line\n"
    "  --numbers FILE    primes: test these numbers, one a line, whatever the size\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n"
    "  --trace FILE      write what every thread did, for Perfetto or chrome://tracing\n";

const char lab_futures_help[] =
    "lab futures [OPTION...]\n"
    "\n"
    "Runs the conformance suite: what concurrent.futures promises, rule by rule, on every "
    "executor.\n"
    "\n"
    "  --executors a,b   only these (default: all)\n"
    "  --rules 1,6-9     only these rules, 1 to 23; deadlock: the documented deadlocks\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n"
    "\n"
    "lab futures --deadlock mutual|nested [--executor threads|threads-gil] [--json FILE]\n"
    "\n"
    "Makes one of the two deadlocks that Python's documentation shows, and says how it was found.\n"
    "\n"
    "lab futures --storm [--futures N] [--seed N] [--seeds K] [--executors a,b] [--json FILE]\n"
    "\n"
    "Throws N futures (default 100000) at all executors, with cancels, time-outs, failures and\n"
    "kills drawn from the seed, and looks whether one got lost; K times, with seeds N, N + 1, …\n";

const char lab_gil_command_help[] =
    "lab gil [OPTION...]\n"
    "\n"
    "Runs CPU-bound threads beside threads that do short I/O, under a global interpreter lock as\n"
    "CPython's and then without one; then adds to one counter from several threads, unprotected "
    "and\n"
    "protected. Says how often the GIL changed hands, how long it was held and waited for, how "
    "long\n"
    "after its I/O a thread ran again, and how many increments were lost.\n"
    "\n"
    "  --threads N       CPU-bound threads, 0 to 16 (default 2)\n"
    "  --io-threads N    threads doing I/O, 0 to 16 (default 0)\n"
    "  --interval-us N   switch interval, 1 to 1000000 (default 5000)\n"
    "  --io-us N         length of an I/O, 1 to 1000000 (default 1000)\n"
    "  --seconds S       time for both, half for each (default 2)\n"
    "  --only PART       gil, no-gil or counter (default: all)\n"
    "  --seed N          when the first I/O of each thread ends (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n"
    "  --trace FILE      write what every thread did, for Perfetto or chrome://tracing\n";

const char lab_latency_command_help[] =
    "lab latency [OPTION...]\n"
    "\n"
    "Measures what loads from the caches, locks, threads, messages, files and the like take on "
    "this\n"
    "machine, and prints each beside the number that everybody knows.\n"
    "\n"
    "  --only a,b        only these rows, or groups of them: memory, sync, tasks,\n"
    "                    outside (default: all)\n"
    "  --seconds S       time for all together (default 25)\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

const char lab_spin_command_help[] =
    "lab spin METHOD... [OPTION...]\n"
    "\n"
    "Turns a spinner, a frame every 0.1 s, while a slow function runs under the same method.\n"
    "Says how long it stood still at the longest, and how late its frames were. METHOD: as lab\n"
    "list shows them, or all.\n"
    "\n"
    "  --slow WHAT       sleep: waits, and answers 42 (default); prime: computes whether\n"
    "                    5000111000222021 is prime, by trial division\n"
    "  --seconds S       how long that takes, 0.1 to 600 (default 3); prime is repeated until\n"
    "                    it takes about as long, equally often under all methods\n"
    "  --together        all methods at once, instead of one after another\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

const char lab_bench_command_help[] =
    "lab bench [OPTION...]\n"
    "\n"
    "Measures parts of the lab against peers, ours and the peers in turn, and prints the ratio to\n"
    "the best of them with its 95% interval. A goal is met when the whole interval reaches it.\n"
    "Peers that are not part of this program `npm run bench` has.\n"
    "\n"
    "  --only a,b        only these rows (default: all)\n"
    "  --rounds N        at least so many measured rounds of each row (default 5)\n"
    "  --seconds S       no new round of a row after this time (default 3)\n"
    "  --seed N          the order of a round's turns (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";
