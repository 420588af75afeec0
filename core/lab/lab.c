#include "lab/lab.h"

#include <stddef.h>
#include <string.h>

#include "lab/compare.h"
#include "lab/list.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

static const char general_help[] =
    "lab - concurrency models compared on your own machine\n"
    "\n"
    "  lab list [--json]              workloads and methods, and what is available here\n"
    "  lab compare [WORKLOAD...]      run workloads under several methods and compare them\n"
    "  lab --help, lab COMMAND --help, lab --version\n"
    "\n"
    "Results go to stdout, progress to stderr. Exit status: 0 done and verified, 1 a run failed "
    "or\n"
    "a result did not verify, 2 the words were wrong.\n";

static const char list_help[] =
    "lab list [--json]\n"
    "\n"
    "Shows the workloads and the methods, with what is available here and why not.\n"
    "\n"
    "  --json    as JSON\n";

static const char compare_help[] =
    "lab compare [WORKLOAD...] [OPTION...]\n"
    "\n"
    "Runs each workload under each method and says which to use. Without names: primes and pages.\n"
    "\n"
    "  --methods a,b     only these methods (default: all that are available)\n"
    "  --workers 1,2     numbers of workers, 1 to 256 (default: powers of two up to the cores)\n"
    "  --size N          size of the workload (default: its own; see lab list)\n"
    "  --rounds MIN      at least so many measured rounds (default 5)\n"
    "  --seconds MAX     no new round after this time (default 10)\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --latency MS      latency of the pages that the lab serves itself (default 100)\n"
    "  --urls FILE       pages, mixed: read these URLs, one a line\n"
    "  --numbers FILE    primes: test these numbers, one a line\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n"
    "  --trace FILE      write what every thread did, for Perfetto or chrome://tracing\n";

static struct {
    struct lab_compare *compare;
    int status;
} lab;

static void wrong(const char *sentence)
{
    lab_print(2, "lab: %s\n", sentence);
    lab.status = 2;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static void begin_compare(int argc, char **argv)
{
    struct lab_failure failure = {0};
    if (asks_for_help(argc, argv)) {
        lab_write(1, compare_help, strlen(compare_help));
        return;
    }
    lab.compare = lab_compare_create(argc, argv, &failure);
    if (lab.compare)
        return;
    lab_print(2, "lab: %s\n", failure.text);
    lab.status = failure.code == LAB_E_USAGE ? 2 : 1;
}

static void run_list(int argc, char **argv)
{
    if (asks_for_help(argc, argv)) {
        lab_write(1, list_help, strlen(list_help));
        return;
    }
    if (argc > 1 || (argc == 1 && strcmp(argv[0], "--json") != 0)) {
        lab_print(2, "lab: list takes --json and nothing else, not \"%.60s\"\n",
                  strcmp(argv[0], "--json") == 0 ? argv[1] : argv[0]);
        lab.status = 2;
        return;
    }
    lab.status = lab_list(argc == 1);
}

void lab_begin(int argc, char **argv)
{
    lab.compare = NULL;
    lab.status = 0;
    if (argc == 0) {
        lab_write(2, general_help, strlen(general_help));
        lab.status = 2;
    } else if (strcmp(argv[0], "compare") == 0) {
        begin_compare(argc - 1, argv + 1);
    } else if (strcmp(argv[0], "list") == 0) {
        run_list(argc - 1, argv + 1);
    } else if (strcmp(argv[0], "--version") == 0) {
        lab_print(1, "lab %s\n", LAB_VERSION);
    } else if (strcmp(argv[0], "help") == 0 || asks_for_help(argc, argv)) {
        lab_write(1, general_help, strlen(general_help));
    } else if (argv[0][0] == '-') {
        wrong("the first word is a command: list or compare; `lab --help` says more");
    } else {
        lab_print(2, "lab: no command is called \"%.60s\"; there are list and compare\n", argv[0]);
        lab.status = 2;
    }
}

bool lab_step(void)
{
    if (!lab.compare)
        return true;
    if (lab_compare_step(lab.compare) == LAB_CO_AWAIT)
        return false;
    lab.status = lab_compare_status(lab.compare);
    return true;
}

uint64_t lab_next(void)
{
    return lab.compare ? lab_compare_next(lab.compare) : 0;
}

int lab_end(bool *stopped)
{
    lab_compare_destroy(lab.compare);
    lab.compare = NULL;
    *stopped = lab_stopping();
    lab_stop_clear();
    return lab.status;
}
