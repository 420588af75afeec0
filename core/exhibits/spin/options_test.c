#include "exhibits/spin/options.h"

#include "check.h"
#include "exhibits/spin/verdict.h"

enum { MAX_WORDS = 16 };

static struct lab_spin_options options;
static struct lab_failure failure;

static int parse(const char *words)
{
    static char copy[200];
    char *argv[MAX_WORDS];
    int argc = 0;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strtok(copy, " "); word && argc < MAX_WORDS; word = strtok(NULL, " "))
        argv[argc++] = word;
    failure.text[0] = '\0';
    return lab_spin_options_parse(&options, argc, argv, &failure);
}

static void defaults(void)
{
    CHECK_INT(parse("async"), 0);
    CHECK_INT(options.method_count, 1);
    CHECK_STR(options.methods[0]->name, "async");
    CHECK_INT(options.slow, LAB_SLOW_SLEEP);
    CHECK_DOUBLE(options.seconds, 3, 0);
    CHECK(!options.together && !options.json);
}

static void every_option(void)
{
    CHECK_INT(parse("threads-gil --slow=prime async --seconds 0.5 --together threads-gil --json -"),
              0);
    CHECK_INT(options.method_count, 2);
    CHECK_STR(options.methods[0]->name, "threads-gil");
    CHECK_STR(options.methods[1]->name, "async");
    CHECK_INT(options.slow, LAB_SLOW_PRIME);
    CHECK_DOUBLE(options.seconds, 0.5, 0);
    CHECK(options.together);
    CHECK_STR(options.json, "-");
    CHECK_INT(parse("async all --slow sleep"), 0);
    CHECK_INT(options.method_count, 6);
    CHECK_STR(options.methods[0]->name, "async");
    CHECK_STR(options.methods[1]->name, "sequential");
}

static void wrong_words_are_told_what_would_be_right(void)
{
    static const struct {
        const char *words, *says;
    } cases[] = {
        {"", "needs the name of a method: sequential, threads, threads-gil, interpreters, "
             "processes, async, or all"},
        {"--slow prime", "needs the name of a method"},
        {"fast", "no method is called \"fast\"; there are sequential, threads, threads-gil, "
                 "interpreters, processes, async, and all"},
        {"all --worker 2", "spin has no option --worker;"},
        {"all --slow", "--slow needs a value"},
        {"all --slow primes", "--slow \"primes\": it must be sleep or prime"},
        {"all --seconds 0", "a number from 0.1 to 600"},
        {"all --seconds 601", "a number from 0.1 to 600"},
        {"all --together=1", "--together takes no value"},
        {"all --json --together", "--json needs a file name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(parse(cases[i].words), LAB_E_USAGE);
        if (!CHECK(strstr(failure.text, cases[i].says)))
            fprintf(stderr, "%s: %s\n", cases[i].words, failure.text);
    }
}

static void check_verdict(const struct lab_spin_result *result, bool together, const char *says)
{
    char text[LAB_SPIN_VERDICT_SIZE];
    lab_spin_verdict(text, result, together);
    CHECK_STR(text, says);
}

static void verdicts(void)
{
    struct lab_spin_result result = {.method = lab_method_find("async"),
                                     .slow = LAB_SLOW_PRIME,
                                     .answer = "prime",
                                     .correct = true,
                                     .seconds = 3,
                                     .frames = 1,
                                     .longest_freeze = 3};
    check_verdict(&result, false,
                  "async froze for 3 s, the whole computation: nothing else ran on its one thread, "
                  "because the function never awaits.");
    result.method = lab_method_find("threads-gil");
    check_verdict(&result, true,
                  "threads-gil turned, but once stood still for 3 s: the other methods, or "
                  "something else, kept this machine busy.");
    result.longest_freeze = 0.106;
    result.has_jitter = true;
    result.jitter_p50 = 0.0052;
    check_verdict(&result, false,
                  "threads-gil kept turning, and paid for it: the spinner asks for the GIL before "
                  "every frame, and half of the frames came at least 5.2 ms late; its longest gap "
                  "was 106 ms.");
    result.step = 0.0167; /* a clock that cannot tell that */
    check_verdict(&result, false,
                  "threads-gil kept turning: the GIL goes to the spinner when it asks for it; its "
                  "longest gap was 106 ms.");
    result.slow = LAB_SLOW_SLEEP;
    check_verdict(&result, false,
                  "threads-gil kept turning: a thread that sleeps gives up the GIL; its longest "
                  "gap was 106 ms.");
    result.seconds = 0.2;
    check_verdict(&result, false, "threads-gil was done after 200 ms, too soon to tell.");
    result.correct = false;
    result.answer = "not 42";
    check_verdict(&result, false, "threads-gil answered not 42, which is wrong.");
    lab_fail(&result.failure, LAB_E_STOPPED, "stopped");
    check_verdict(&result, false, "threads-gil was stopped after 200 ms.");
    lab_fail(&result.failure, LAB_E_UNAVAILABLE, "there are none");
    check_verdict(&result, false, "threads-gil failed: there are none.");
    result.unavailable = true;
    check_verdict(&result, false, "threads-gil cannot run here: there are none.");
}

LAB_SUITE(spin_options)
{
    RUN(defaults);
    RUN(every_option);
    RUN(wrong_words_are_told_what_would_be_right);
    RUN(verdicts);
}
