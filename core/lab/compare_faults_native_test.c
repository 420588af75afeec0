/* Memory that runs out. `lab compare` is run to its end again and again, and each time another of
 * the requests that it makes of the system fails (failing.h). Each run must end with what it
 * measured in its document, a sentence for what it did not, and no number that is not one.
 *
 * A run is a process of its own, forked from here, two at a time. Here every so manieth request is
 * tried; LAB_FAULTS_EVERY=1 tries the first 2,000, and LAB_FAULTS_WORDS="compare …" other words. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "failing.h"
#include "lab/lab.h"

enum { AT_ONCE = 2, LIMIT_SECONDS = 120, WORDS = 32, MOST = 2000 };

/* Some seconds' worth: primes, so that all that comes in turns is met. */
enum { EVERY_OF_SORT = 41, EVERY_OF_PROCESSES = 61 };

/* Told by the process under test, in memory that it shares with us. */
struct told {
    uint64_t begun;    /* requests until the words were understood */
    uint64_t requests; /* in all */
};

struct trial {
    pid_t pid; /* 0: none */
    uint64_t at, length;
    int out, err; /* files in memory */
    struct told *told;
};

struct sweep {
    char text[512];
    char *words[WORDS];
    int count;
    char checksum[40];            /* `"checksum":"…"` of every result */
    size_t cells, without_memory; /* of its own: sequential */
};

static void split(struct sweep *sweep, const char *words)
{
    snprintf(sweep->text, sizeof sweep->text, "%s", words);
    char *rest = NULL;
    for (char *word = strtok_r(sweep->text, " ", &rest); word && sweep->count < WORDS;
         word = strtok_r(NULL, " ", &rest))
        sweep->words[sweep->count++] = word;
}

/* The process under test. */
static _Noreturn void live(struct sweep *sweep, const struct trial *trial)
{
    bool stopped;
    dup2(trial->out, 1);
    dup2(trial->err, 2);
    signal(SIGPIPE, SIG_IGN);
    alarm(LIMIT_SECONDS); /* whoever hangs is ended by it */
    lab_failing_arm(trial->at, trial->length);
    lab_begin(sweep->count, sweep->words);
    trial->told->begun = lab_failing_count();
    while (!lab_step()) {
    }
    int status = lab_end(&stopped);
    trial->told->requests = lab_failing_count();
    lab_failing_arm(0, 0);
    exit(status); /* not _exit(): what was not freed is told by the sanitizer, in a status */
}

static void start(struct sweep *sweep, struct trial *trial, uint64_t at, uint64_t length)
{
    trial->at = at;
    trial->length = length;
    trial->out = memfd_create("out", MFD_CLOEXEC);
    trial->err = memfd_create("err", MFD_CLOEXEC);
    trial->told =
        mmap(NULL, sizeof *trial->told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fflush(NULL);
    trial->pid = fork();
    if (trial->pid == 0)
        live(sweep, trial);
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

/* Lines that begin as the lab's do, and say something. */
static bool sentences(const char *text)
{
    for (const char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        if (!end || strncmp(line, "lab: ", 5) != 0 || end - line < 15)
            return false;
    }
    return *text != '\0';
}

/* What is wrong with a document, or NULL. */
static const char *fault_in(const struct sweep *sweep, const char *document)
{
    static const char *const never[] = {"\"median\":0,",
                                        "\"median\":null",
                                        "\"samples\":[]",
                                        "\"samples\":[0,",
                                        "\"samples\":[0]",
                                        "\"startupSeconds\":null",
                                        "\"latency\":null",
                                        "\"p50\":0,",
                                        "\"error\":\"\"",
                                        "\"why\":\"\"",
                                        "nan",
                                        "inf"};
    size_t verified = occurrences(document, "\"verified\":true");
    size_t failed = occurrences(document, "\"verified\":false");
    size_t size = strlen(document);
    if (size < 3 || strcmp(document + size - 3, "}}\n") != 0)
        return "it does not end";
    if (verified + failed != sweep->cells)
        return "cells are missing";
    if (occurrences(document, "\"error\":") != failed)
        return "a result without a reason";
    if (failed > 1)
        return "one failure took several results";
    if (occurrences(document, sweep->checksum) != verified)
        return "another checksum";
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

static void finish(const struct sweep *sweep, struct trial *trial, int status)
{
    char *out = contents(trial->out), *err = contents(trial->err);
    const char *wrong = NULL;
    unsigned long long at = trial->at;
    bool hit = trial->told->requests >= trial->at;
    if (WIFSIGNALED(status))
        wrong = WTERMSIG(status) == SIGALRM ? "it hung" : strsignal(WTERMSIG(status));
    else if (WEXITSTATUS(status) > 1)
        wrong = "its status";
    else if (WEXITSTATUS(status) && !sentences(err))
        wrong = "no sentence";
    else if (trial->at > trial->told->begun || *out)
        wrong = fault_in(sweep, out);
    else if (!WEXITSTATUS(status))
        wrong = "no result and no word";
    if (!wrong && !WEXITSTATUS(status) && strstr(out, "\"verified\":false"))
        wrong = "status 0";
    CHECK(hit || !wrong);
    lab_check(!wrong, __FILE__, __LINE__, "request %llu failed: %s (status %x)\n%s%.3000s", at,
              wrong ? wrong : "", (unsigned)status, err,
              wrong && getenv("LAB_FAULTS_SHOW") ? out : "");
    if (getenv("LAB_FAULTS_SHOW"))
        printf("%llu: %s", at, *err ? err : "nothing\n");
    munmap(trial->told, sizeof *trial->told);
    free(out);
    free(err);
    trial->pid = 0;
}

static void wait_for_one(const struct sweep *sweep, struct trial *trials)
{
    int status;
    pid_t pid = waitpid(-1, &status, 0);
    for (size_t i = 0; i < AT_ONCE; i++)
        if (trials[i].pid == pid)
            finish(sweep, &trials[i], status);
}

/* What the words give when nothing fails: requests, 0 if they fail. */
static uint64_t learn(struct sweep *sweep)
{
    struct trial trial;
    int status = 0;
    start(sweep, &trial, 0, 0);
    waitpid(trial.pid, &status, 0);
    char *out = contents(trial.out), *err = contents(trial.err);
    const char *checksum = strstr(out, "\"checksum\":\"");
    uint64_t requests = trial.told->requests;
    sweep->cells = occurrences(out, "\"verified\":");
    sweep->without_memory = occurrences(out, "\"memoryBytes\":0,");
    if (checksum)
        snprintf(sweep->checksum, sizeof sweep->checksum, "%.29s", checksum);
    const char *wrong = status ? "its status" : fault_in(sweep, out);
    bool right =
        lab_check(!wrong, __FILE__, __LINE__, "nothing failed, and yet: %s\n%s%s", wrong, err, out);
    munmap(trial.told, sizeof *trial.told);
    free(out);
    free(err);
    return right ? requests : 0;
}

/* Every step-th request of a run with these words, and, from each of them on, length in a row. */
static void sweep_over(const char *words, uint64_t step, uint64_t length)
{
    struct sweep sweep = {0};
    struct trial trials[AT_ONCE] = {0};
    split(&sweep, words);
    uint64_t requests = learn(&sweep);
    CHECK(requests > 0);
    size_t running = 0;
    for (uint64_t at = 1; at <= requests && at <= MOST; at += step) {
        if (running == AT_ONCE)
            wait_for_one(&sweep, trials);
        else
            running++;
        for (size_t i = 0; i < AT_ONCE; i++)
            if (trials[i].pid == 0) {
                start(&sweep, &trials[i], at, length);
                break;
            }
    }
    while (running-- > 0)
        wait_for_one(&sweep, trials);
}

static uint64_t every(uint64_t otherwise)
{
    const char *told = getenv("LAB_FAULTS_EVERY");
    return told ? strtoull(told, NULL, 10) : otherwise;
}

#define QUICK " --rounds 1 --seconds 0.1 --json -"

static void test_each_request_of_sort(void)
{
    sweep_over("compare sort --size 16 --workers 2 --methods "
               "sequential,threads,threads-gil,interpreters,async" QUICK,
               every(EVERY_OF_SORT), 1);
}

static void test_each_request_of_sort_in_processes(void)
{
    sweep_over("compare sort --size 16 --workers 1 --methods sequential,processes" QUICK,
               every(EVERY_OF_PROCESSES), 1);
}

static void test_words_from_outside(void)
{
    sweep_over(getenv("LAB_FAULTS_WORDS"), every(1), 1);
}

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
static const bool by_hand = true; /* they take too long: when words are told, alone */
#else
static const bool by_hand = false;
#endif

LAB_SUITE(compare_faults)
{
    if (getenv("LAB_FAULTS_WORDS")) {
        RUN(test_words_from_outside);
    } else if (!by_hand) {
        RUN(test_each_request_of_sort);
        RUN(test_each_request_of_sort_in_processes);
    }
}
