#include "lab/lab.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lab/bench_command.h"
#include "lab/compare.h"
#include "lab/futures.h"
#include "lab/gil_command.h"
#include "lab/latency_command.h"
#include "lab/list.h"
#include "lab/spin_command.h"
#include "lab/text.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

/* clang-format off */
/* Every command, once: what its functions are called, its word, its line in the general help. A header declares
 * lab_NAME_create(), _step(), _next(), _status() and _destroy(), as compare.h does; NAME_help is here. */
#define COMMANDS(X)                                                                                \
    X(list, "list", "list [--json]", "workloads and methods, and what is available here")          \
    X(compare, "compare", "compare [WORKLOAD...]", "run workloads under several methods and compare them") \
    X(futures, "futures", "futures [OPTION...]", "whether futures and executors keep their contract") \
    X(gil_command, "gil", "gil [OPTION...]", "threads under the GIL, and the same without one") \
    X(latency_command, "latency", "latency [OPTION...]", "the latency numbers everybody knows, measured here") \
    X(spin_command, "spin", "spin METHOD...", "a spinner beside a slow function: does it keep turning?") \
    X(bench_command, "bench", "bench [OPTION...]", "what parts of the lab cost, each beside a peer")
/* clang-format on */

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

static const char futures_help[] =
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

static const char gil_command_help[] =
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

static const char latency_command_help[] =
    "lab latency [OPTION...]\n"
    "\n"
    "Measures what loads from the caches, locks, threads, messages, files and the like take on "
    "this\n"
    "machine, and prints each beside the number that everybody knows.\n"
    "\n"
    "  --only a,b        only these rows (default: all)\n"
    "  --seconds S       time for all together (default 25)\n"
    "  --seed N          seed of all that is random (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

static const char spin_command_help[] =
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

static const char bench_command_help[] =
    "lab bench [OPTION...]\n"
    "\n"
    "Measures parts of the lab against peers, ours and the peer in turn, and prints the ratio "
    "with\n"
    "its 95% interval. A goal is met when the whole interval reaches it.\n"
    "\n"
    "  --only a,b        only these rows (default: all)\n"
    "  --rounds N        at least so many measured rounds of each row (default 5)\n"
    "  --seconds S       no new round of a row after this time (default 3)\n"
    "  --seed N          who begins a round (default 1)\n"
    "  --json FILE       write the result as JSON (-: to stdout, and nothing else)\n";

struct command {
    const char *name, *words, *summary, *help;
    void *(*create)(int argc, char **argv, struct lab_failure *failure);
    int (*step)(void *state);
    uint64_t (*next)(const void *state);
    int (*status)(const void *state);
    void (*destroy)(void *state);
};

/* The table calls them all alike; each command's own functions keep their types. */
#define X(name, word, words, summary)                                                              \
    static void *name##_create(int argc, char **argv, struct lab_failure *failure)                 \
    {                                                                                              \
        return lab_##name##_create(argc, argv, failure);                                           \
    }                                                                                              \
    static int name##_step(void *state)                                                            \
    {                                                                                              \
        return lab_##name##_step(state);                                                           \
    }                                                                                              \
    static uint64_t name##_next(const void *state)                                                 \
    {                                                                                              \
        return lab_##name##_next(state);                                                           \
    }                                                                                              \
    static int name##_status(const void *state)                                                    \
    {                                                                                              \
        return lab_##name##_status(state);                                                         \
    }                                                                                              \
    static void name##_destroy(void *state)                                                        \
    {                                                                                              \
        lab_##name##_destroy(state);                                                               \
    }
COMMANDS(X)
#undef X

static const struct command commands[] = {
#define X(name, word, words, summary)                                                              \
    {word,        words,       summary,       name##_help,   name##_create,                        \
     name##_step, name##_next, name##_status, name##_destroy},
    COMMANDS(X)
#undef X
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static struct {
    const struct command *command; /* NULL: there is nothing to do */
    void *state;
    int status;
} lab;

static const struct command *find(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What was asked for; status 1 when it cannot be written. */
static void show(const char *text, size_t size)
{
    lab.status = lab_write(1, text, size) ? 1 : 0;
}

static void general_help(void)
{
    struct lab_text text = {0};
    lab_text_printf(&text, "lab - concurrency models compared on your own machine\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        lab_text_printf(&text, "  lab %-26s %s\n", commands[i].words, commands[i].summary);
    lab_text_printf(
        &text,
        "  lab --help, lab COMMAND --help, lab --version\n"
        "\n"
        "Results go to stdout, progress to stderr. Exit status: 0 done and verified, 1 a run "
        "failed or\n"
        "a result did not verify, 2 the words were wrong.\n");
    /* At once: what cannot be written is said once. */
    show(text.data, text.size);
    lab.status = text.failed ? 1 : lab.status;
    lab_text_release(&text);
}

/* "list, compare and gil"; last: the word before the last one. */
static void names(char *text, size_t size, const char *last)
{
    size_t used = 0;
    for (size_t i = 0; i < COMMAND_COUNT && used < size; i++) {
        const char *before = i == 0 ? "" : i + 1 < COMMAND_COUNT ? ", " : last;
        used += (size_t)snprintf(text + used, size - used, "%s%s", before, commands[i].name);
    }
}

static void refuse(const struct lab_failure *failure)
{
    lab_print(2, "lab: %s\n", failure->text);
    lab.status = failure->code == LAB_E_USAGE ? 2 : 1;
}

static void begin(const struct command *command, int argc, char **argv)
{
    struct lab_failure failure = {0};
    if (asks_for_help(argc, argv)) {
        show(command->help, strlen(command->help));
        return;
    }
    lab.state = command->create(argc, argv, &failure);
    if (lab.state) {
        lab.command = command;
        return;
    }
    refuse(&failure);
}

void lab_begin(int argc, char **argv)
{
    static const char version[] = "lab " LAB_VERSION "\n";
    struct lab_failure failure = {0};
    char known[200];
    lab.command = NULL;
    lab.status = 0;
    const struct command *command = argc ? find(argv[0]) : NULL;
    if (command) {
        begin(command, argc - 1, argv + 1);
    } else if (argc && strcmp(argv[0], "--version") == 0) {
        show(version, sizeof version - 1);
    } else if (argc && (strcmp(argv[0], "help") == 0 || asks_for_help(argc, argv))) {
        general_help();
    } else if (argc == 0 || argv[0][0] == '-') {
        names(known, sizeof known, " or ");
        lab_fail(&failure, LAB_E_USAGE, "the first word is a command: %s; `lab --help` says more",
                 known);
        refuse(&failure);
    } else {
        names(known, sizeof known, " and ");
        lab_fail(&failure, LAB_E_USAGE, "no command is called \"%.60s\"; there are %s", argv[0],
                 known);
        refuse(&failure);
    }
}

bool lab_step(void)
{
    if (!lab.command)
        return true;
    if (lab.command->step(lab.state) == LAB_CO_AWAIT)
        return false;
    lab.status = lab.command->status(lab.state);
    return true;
}

uint64_t lab_next(void)
{
    return lab.command ? lab.command->next(lab.state) : 0;
}

int lab_end(bool *stopped)
{
    if (lab.command)
        lab.command->destroy(lab.state);
    lab.command = NULL;
    lab.state = NULL;
    *stopped = lab_stopping();
    lab_stop_clear();
    return lab.status;
}
