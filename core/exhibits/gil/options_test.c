#include "exhibits/gil/options.h"

#include "check.h"

enum { MAX_WORDS = 16 };

static struct lab_gil_options options;
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
    return lab_gil_options_parse(&options, argc, argv, &failure);
}

static void defaults(void)
{
    CHECK_INT(parse(""), 0);
    CHECK_INT(options.threads, 2);
    CHECK_INT(options.io_threads, 0);
    CHECK_INT(options.interval_us, 5000);
    CHECK_INT(options.io_us, 1000);
    CHECK_DOUBLE(options.seconds, 2, 0);
    CHECK_INT(options.seed, 1);
    CHECK_INT(options.part, LAB_GIL_ALL);
    CHECK(!options.json && !options.trace);
}

static void every_option(void)
{
    CHECK_INT(parse("--threads 16 --io-threads=3 --interval-us 1 --io-us=1000000"), 0);
    CHECK_INT(options.threads, 16);
    CHECK_INT(options.io_threads, 3);
    CHECK_INT(options.interval_us, 1);
    CHECK_INT(options.io_us, 1000000);
    CHECK_INT(parse("--seconds 0.5 --seed 7 --only no-gil --json - --trace=t"), 0);
    CHECK_DOUBLE(options.seconds, 0.5, 0);
    CHECK_INT(options.seed, 7);
    CHECK_INT(options.part, LAB_GIL_WITHOUT);
    CHECK_STR(options.json, "-");
    CHECK_STR(options.trace, "t");
    CHECK_INT(parse("--threads 0 --io-threads 1"), 0);
}

static void wrong_words_are_told_what_would_be_right(void)
{
    static const struct {
        const char *words, *says;
    } cases[] = {
        {"primes", "takes options and no other words, not \"primes\""},
        {"--worker 2", "no option --worker;"},
        {"--threads", "--threads needs a value"},
        {"--threads=", "--threads needs a value"},
        {"--threads 17", "from 0 to 16"},
        {"--threads 2.5", "\"2.5\": it must be a whole number"},
        {"--io-threads -1", "from 0 to 16"},
        {"--interval-us 0", "from 1 to 1000000"},
        {"--interval-us 1000001", "from 1 to 1000000"},
        {"--io-us 0", "from 1 to 1000000"},
        {"--seed 9007199254740992", "from 0 to 9007199254740991"},
        {"--seconds 0", "a number from 0.1 to 3600"},
        {"--seconds nan", "a number from 0.1 to 3600"},
        {"--seconds 1s", "a number from 0.1 to 3600"},
        {"--seconds 0x10p-1", "a number from 0.1 to 3600"},
        {"--seconds inf", "a number from 0.1 to 3600"},
        {"--json --trace x",
         "--json needs a file name; --trace reads as an option; a file of that"},
        {"--only both", "gil, no-gil or counter"},
        {"--threads 0", "leaves nothing to run"},
        {"--trace -", "needs the name of a file"},
        {"--trace x --json x", "name the same file"},
        {"--trace ./x --json x", "name the same file, \"x\" and \"./x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK_INT(parse(cases[i].words), LAB_E_USAGE);
        if (!CHECK(strstr(failure.text, cases[i].says) != NULL))
            fprintf(stderr, "  %s: %s\n", cases[i].words, failure.text);
    }
}

LAB_SUITE(gil_options)
{
    RUN(defaults);
    RUN(every_option);
    RUN(wrong_words_are_told_what_would_be_right);
}
