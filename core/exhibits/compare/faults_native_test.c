/* Memory that runs out. `lab compare` is run to its end again and again, and each time another of
 * the requests that it makes of the system fails (failing.h). Each run must end with what it
 * measured in its document, one sentence for what it did not, and no number that is not one.
 *
 * A run is a process of its own, forked from here. Together they do what `lab compare sort` and
 * `lab compare primes` do by default: every method, measured often enough for intervals, with a
 * table, a document and a trace; only the work is little. Every request of sort is tried, and of
 * primes, which makes the same kinds more often, as many as fit in a minute of a core: 40 to 60 ms
 * each.
 *
 * By hand: LAB_FAULTS_EVERY=1 tries every one up to the 2,000th, n every n-th; LAB_FAULTS_FROM=n
 * begins there; LAB_FAULTS_SHOW=1 prints what each run said; LAB_FAULTS_WORDS="compare …" tries
 * other words, with LAB_FAULTS_IN_CHILDREN=1 in the children. Among the words, @document, @trace
 * and @numbers are files. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <curl/curl.h>

#include "check.h"
#include "failing.h"
#include "futures/child.h"
#include "lab/lab.h"
#include "lab/task_types.h"

enum { LIMIT_SECONDS = 120, WORDS = 32, MOST = 2000, NAME = 32 };
enum { MOST_OF_A_CHILD = 100 }; /* which makes some 40 */
enum { EVERY_OF_PRIMES = 3, EVERY_OF_PRIMES_IN_PROCESSES = 2 };

/* As many as an interval takes (stats/bootstrap.h). */
#define ROUNDS "5"

/* Told by the process under test, in memory that it shares with us. */
struct told {
    uint64_t begun;    /* requests until the words were understood */
    uint64_t requests; /* in all */
};

struct trial {
    uint64_t at;
    int out, err, document, trace, numbers; /* files in memory */
    struct told *told;
    uint64_t requests; /* that there were */
};

struct sweep {
    char text[512];
    char *words[WORDS];
    int count;
    char checksum[40];            /* `"checksum":"…"` of every result */
    size_t cells, without_memory; /* of its own: sequential */
    bool has_processes, has_table, has_trace;
    bool in_children; /* the requests of each process of the pools */
};

/* What a run left. */
struct outcome {
    int status; /* waitpid's */
    char *out, *err, *document, *trace;
    bool printed_instead; /* the document, to stdout */
};

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
static const bool sanitized = true; /* they take too long: when words are told, alone */
#else
static const bool sanitized = false;
#endif

static void split(struct sweep *sweep, const char *words)
{
    snprintf(sweep->text, sizeof sweep->text, "%s", words);
    char *rest = NULL;
    for (char *word = strtok_r(sweep->text, " ", &rest); word && sweep->count < WORDS;
         word = strtok_r(NULL, " ", &rest))
        sweep->words[sweep->count++] = word;
}

static int live_as_child(void)
{
    lab_failing_arm_child();
    return lab_child_live(lab_every_task_type);
}

/* The process under test. */
static _Noreturn void live(struct sweep *sweep, const struct trial *trial)
{
    char names[3][NAME];
    bool stopped;
    dup2(trial->out, 1);
    dup2(trial->err, 2);
    snprintf(names[0], NAME, "/proc/self/fd/%d", trial->document);
    snprintf(names[1], NAME, "/proc/self/fd/%d", trial->trace);
    snprintf(names[2], NAME, "/proc/self/fd/%d", trial->numbers);
    for (int i = 0; i < sweep->count; i++)
        if (sweep->words[i][0] == '@')
            sweep->words[i] = strcmp(sweep->words[i], "@document") == 0 ? names[0]
                              : strcmp(sweep->words[i], "@trace") == 0  ? names[1]
                                                                        : names[2];
    signal(SIGPIPE, SIG_IGN);
    alarm(LIMIT_SECONDS); /* whoever hangs is ended by it */
    if (sweep->in_children) {
        char first[24];
        snprintf(first, sizeof first, "%llu", (unsigned long long)trial->at);
        setenv("LAB_FAILING_CHILD", first, 1);
    }
    if (!sanitized && sweep->has_processes)
        lab_failing_prepare_children(live_as_child);
    lab_failing_arm(trial->at, trial->at && !sweep->in_children ? 1 : 0);
    lab_begin(sweep->count, sweep->words);
    trial->told->begun = lab_failing_count();
    while (!lab_step()) {
    }
    int status = lab_end(&stopped);
    trial->told->requests = lab_failing_count();
    lab_failing_disarm();
    if (sanitized)
        exit(status); /* what was not freed is told by the sanitizer, in a status */
    _exit(status);    /* a third of the time is the libraries', who tidy up */
}

/* Small enough that each is tested in microseconds, and both kinds. */
static const char numbers[] = "100000007\n99999989\n100000001\n99400891\n100000037\n91\n";

/* Returns waitpid's status. */
static int run(struct sweep *sweep, struct trial *trial, uint64_t at)
{
    int status = -1;
    *trial = (struct trial){.at = at,
                            .out = memfd_create("out", MFD_CLOEXEC),
                            .err = memfd_create("err", MFD_CLOEXEC),
                            .document = memfd_create("document", MFD_CLOEXEC),
                            .trace = memfd_create("trace", MFD_CLOEXEC),
                            .numbers = memfd_create("numbers", MFD_CLOEXEC)};
    trial->told =
        mmap(NULL, sizeof *trial->told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(write(trial->numbers, numbers, sizeof numbers - 1) == sizeof numbers - 1);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        live(sweep, trial);
    CHECK(waitpid(pid, &status, 0) == pid);
    close(trial->numbers);
    return status;
}

static char *contents(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    char *text = calloc(1, (size_t)size + 1);
    if (pread(fd, text, (size_t)size, 0) != size)
        text[0] = '\0';
    close(fd);
    return text;
}

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        count++;
    return count;
}

/* Lines that begin as the lab's do, and say something; SIZE_MAX: there are others. */
static size_t sentences(const char *text)
{
    size_t count = 0;
    for (const char *line = text, *end; *line; line = end + 1, count++) {
        end = strchr(line, '\n');
        if (!end || strncmp(line, "lab: ", 5) != 0 || end - line < 15)
            return SIZE_MAX;
    }
    return count;
}

/* ---- JSON, strictly ---- */

static const char *json(const char *at);

static const char *blank(const char *at)
{
    return at + strspn(at, " \t\n");
}

static const char *json_word(const char *at)
{
    if (*at == '"') {
        for (at++; *at && *at != '"' && (unsigned char)*at >= 32; at++)
            if (*at == '\\' && !*++at)
                return NULL;
        return *at == '"' ? at + 1 : NULL;
    }
    static const char *const words[] = {"null", "true", "false"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return at + strlen(words[i]);
    if (*at != '-' && (*at < '0' || *at > '9'))
        return NULL; /* strtod() knows nan and inf too */
    char *end;
    strtod(at, &end);
    return end;
}

/* One value; returns what follows it, NULL: it is none. */
static const char *json(const char *at)
{
    char open = *(at = blank(at)), close = open == '{' ? '}' : ']';
    if (open != '{' && open != '[')
        return json_word(at);
    at = blank(at + 1);
    if (*at == close)
        return at + 1;
    for (;; at++) {
        at = blank(at);
        if (open == '{') {
            at = *at == '"' ? json_word(at) : NULL;
            if (!at || *(at = blank(at)) != ':')
                return NULL;
            at++;
        }
        at = json(at);
        if (!at)
            return NULL;
        at = blank(at);
        if (*at == close)
            return at + 1;
        if (*at != ',')
            return NULL;
    }
}

static bool is_json(const char *text)
{
    const char *end = json(text);
    return end && strcmp(end, "\n") == 0;
}

/* What is wrong with a document, or NULL; alike: all may have failed for one reason. */
static const char *fault_in(const struct sweep *sweep, const char *document, bool alike)
{
    static const char *const never[] = {"\"median\":0,",
                                        "\"median\":null",
                                        "\"samples\":[]",
                                        "\"samples\":[0,",
                                        "\"samples\":[0]",
                                        "\"startupSeconds\":null",
                                        "\"latency\":null",
                                        "\"p50\":0,",
                                        "\"low\":null",
                                        "\"error\":\"\"",
                                        "\"why\":\"\"",
                                        "nan",
                                        "inf"};
    size_t verified = occurrences(document, "\"verified\":true");
    size_t failed = occurrences(document, "\"verified\":false");
    if (!is_json(document))
        return "it is no document";
    if (verified + failed != sweep->cells)
        return "cells are missing";
    if (occurrences(document, "\"error\":") != failed)
        return "a result without a reason";
    if (failed > 1 && !alike)
        return "one failure took several results";
    if (occurrences(document, sweep->checksum) != verified)
        return "another checksum";
    if (occurrences(document, "\"rounds\":" ROUNDS ",\"repeats\":") != verified)
        return "samples are missing";
    if (occurrences(document, "\"memoryBytes\":0,") > sweep->without_memory)
        return "memory 0";
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        if (strstr(document, never[i]))
            return never[i];
    if (occurrences(document, "\"speedup\":{") != verified &&
        !strstr(document, "\"method\":\"sequential\",\"workers\":1,\"tasks\":"))
        return "a speed-up is missing";
    return NULL;
}

/* What the words give when nothing fails. */
static void learn(struct sweep *sweep, const char *document)
{
    const char *checksum = strstr(document, "\"checksum\":\"");
    sweep->cells = occurrences(document, "\"verified\":");
    sweep->without_memory = occurrences(document, "\"memoryBytes\":0,");
    if (checksum)
        snprintf(sweep->checksum, sizeof sweep->checksum, "%.29s", checksum);
}

/* The table's verdict must be the document's. */
static const char *fault_in_table(const char *table, const char *document)
{
    char why[2048];
    const char *from = strstr(document, "\"why\":\"");
    const char *to = from ? strstr(from, "\"}") : NULL;
    if (!to || (size_t)(to - from) > sizeof why)
        return "no verdict";
    snprintf(why, sizeof why, "  %.*s\n", (int)(to - from - 7), from + 7);
    return strstr(table, why) ? NULL : "the table's verdict";
}

static const char *fault(const struct sweep *sweep, const struct trial *trial,
                         const struct outcome *outcome)
{
    if (WIFSIGNALED(outcome->status))
        return WTERMSIG(outcome->status) == SIGALRM ? "it hung"
                                                    : strsignal(WTERMSIG(outcome->status));
    int status = WEXITSTATUS(outcome->status);
    size_t said = sentences(outcome->err);
    if (status > 1)
        return "its status";
    if (said == SIZE_MAX)
        return "no sentence";
    if (status == 0 && said)
        return "a sentence, and status 0";
    if (status && !said)
        return "status 1 without a word";
    if (strstr(outcome->err, "exited with status") && !strstr(outcome->err, "out of memory"))
        return "a child's end without its cause";
    if (said > 1u + outcome->printed_instead && !sweep->in_children)
        return "more than one sentence";
    if (trial->at <= trial->told->begun && !*outcome->document && !sweep->in_children)
        return status ? NULL : "no result and no word";
    /* Without its input nothing of a workload can be measured. */
    const char *wrong =
        fault_in(sweep, outcome->document, sweep->in_children || trial->at <= trial->told->begun);
    if (!wrong && sweep->has_table)
        wrong = fault_in_table(outcome->out, outcome->document);
    if (wrong)
        return wrong;
    if (!status && strstr(outcome->document, "\"verified\":false"))
        return "status 0";
    if (sweep->has_trace && !is_json(outcome->trace) && !strstr(outcome->err, "for the trace"))
        return "the trace";
    return NULL;
}

/* Runs the words once. True: nothing was wrong. */
static bool try(struct sweep *sweep, struct trial *trial, uint64_t at)
{
    bool show = getenv("LAB_FAULTS_SHOW");
    struct outcome outcome = {.status = run(sweep, trial, at)};
    outcome.out = contents(trial->out);
    outcome.err = contents(trial->err);
    outcome.document = contents(trial->document);
    outcome.trace = contents(trial->trace);
    char *document = outcome.document;
    outcome.printed_instead = strstr(outcome.err, "is printed instead");
    if (!*document) /* with --json -, or after its file failed */
        outcome.document = strstr(outcome.out, "{\"schema\":");
    if (!outcome.document)
        outcome.document = "";
    if (!at)
        learn(sweep, outcome.document);
    const char *wrong = fault(sweep, trial, &outcome);
    bool right = lab_check(!wrong, __FILE__, __LINE__, "request %llu failed: %s (status %x)\n%s",
                           (unsigned long long)at, wrong ? wrong : "", (unsigned)outcome.status,
                           outcome.err);
    if (wrong && show)
        printf("%s\n%s\n", outcome.out, outcome.document);
    if (show)
        printf("%llu of %llu: %s", (unsigned long long)at,
               (unsigned long long)trial->told->requests, *outcome.err ? outcome.err : "nothing\n");
    trial->requests = trial->told->requests;
    munmap(trial->told, sizeof *trial->told);
    free(outcome.out);
    free(outcome.err);
    free(document);
    free(outcome.trace);
    return right;
}

static uint64_t told(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 10) : otherwise;
}

/* Every step-th request of a run with these words. */
static void sweep_over(const char *words, bool in_children, uint64_t most, uint64_t step)
{
    struct sweep sweep = {.in_children = in_children};
    struct trial trial;
    split(&sweep, words);
    curl_global_init(CURL_GLOBAL_DEFAULT); /* once, and not in each of the processes */
    sweep.has_table = strstr(words, "@document");
    sweep.has_trace = strstr(words, "@trace");
    sweep.has_processes = !strstr(words, "--methods") || strstr(words, "processes");
    if (!try(&sweep, &trial, 0))
        return;
    uint64_t requests = trial.requests;
    CHECK(requests > 0);
    for (uint64_t at = told("LAB_FAULTS_FROM", 1); at <= requests && at <= most;
         at += told("LAB_FAULTS_EVERY", step))
        try(&sweep, &trial, at);
}

#define SORT   "compare sort --size 1024"
#define PRIMES "compare primes --numbers @numbers"
#define OFTEN  " --rounds " ROUNDS " --seconds 0.1 --json @document --trace @trace"

/* Processes are dear to start and have nothing in common with the others: so they are tried apart,
 * and not each number of them. */
#define IN_THREADS                                                                                 \
    OFTEN " --workers 1,2 --methods sequential,threads,threads-gil,interpreters,async"
#define IN_PROCESSES OFTEN " --workers 2 --methods sequential,processes"

static void test_each_request_of_sort(void)
{
    sweep_over(SORT IN_THREADS, false, MOST, 1);
}

static void test_each_request_of_sort_in_processes(void)
{
    sweep_over(SORT IN_PROCESSES, false, MOST, 1);
}

static void test_requests_of_primes(void)
{
    sweep_over(PRIMES IN_THREADS, false, MOST, EVERY_OF_PRIMES);
}

static void test_requests_of_primes_in_processes(void)
{
    sweep_over(PRIMES IN_PROCESSES, false, MOST, EVERY_OF_PRIMES_IN_PROCESSES);
}

static void test_each_request_of_a_child(void)
{
    sweep_over(PRIMES IN_PROCESSES, true, MOST_OF_A_CHILD, 1);
}

static void test_words_from_outside(void)
{
    sweep_over(getenv("LAB_FAULTS_WORDS"), getenv("LAB_FAULTS_IN_CHILDREN"), MOST, 1);
}

LAB_SUITE(compare_faults)
{
    if (getenv("LAB_FAULTS_WORDS")) {
        RUN(test_words_from_outside);
    } else if (!sanitized) {
        RUN(test_each_request_of_sort);
        RUN(test_requests_of_primes);
    }
}

LAB_SUITE(compare_faults_in_processes)
{
    if (!sanitized) {
        RUN(test_each_request_of_sort_in_processes);
        RUN(test_requests_of_primes_in_processes);
        RUN(test_each_request_of_a_child);
    }
}
