#include "exhibits/bench/command.h"

const char lab_bench_help[] =
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
