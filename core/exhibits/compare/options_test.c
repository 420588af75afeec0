#include "exhibits/compare/options.h"

#include "check.h"
#include "platform/sync.h"

static struct lab_options options;
static struct lab_failure failure;

static int parse(const char *line)
{
    static char words[256];
    char *argv[32];
    int argc = 0;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    memset(&failure, 0, sizeof failure);
    lab_options_release(&options);
    return lab_options_parse(&options, argc, argv, 4, &failure);
}

static void refuses(const char *line, const char *sentence)
{
    CHECK_INT(parse(line), LAB_E_USAGE);
    CHECK_STR(failure.text, sentence);
}

static void defaults(void)
{
    CHECK_INT(parse(""), 0);
    CHECK_INT(options.workload_count, 2);
    CHECK_STR(options.workloads[0]->name, "primes");
    CHECK(options.method_count >= 4);
    CHECK_INT(options.worker_counts, 3); /* 1, 2, 4 */
    CHECK_INT(options.workers[2], 4);
    CHECK_INT(options.rounds, 5);
    CHECK_INT(options.seed, 1);
}

/* On the largest machine the defaults ask for no more than fits, and for that. */
static void defaults_fit(void)
{
    unsigned most = lab_thread_limit() < LAB_MAX_WORKERS ? lab_thread_limit() : LAB_MAX_WORKERS;
    lab_options_release(&options);
    CHECK_INT(lab_options_parse(&options, 0, NULL, 100000, &failure), 0);
    CHECK_INT(options.workers[options.worker_counts - 1], most);
    for (size_t i = 1; i < options.worker_counts; i++)
        CHECK(options.workers[i - 1] < options.workers[i]);
}

static void words_are_understood(void)
{
    CHECK_INT(parse("sort --methods=async,threads --workers 3,1,3 --size 1000 --rounds 7 sort "
                    "--seconds 2.5 --seed 9007199254740991 --latency 0 --json - --trace t.json"),
              0);
    CHECK_INT(options.workload_count, 1);
    CHECK_INT(options.method_count, 2);
    CHECK_STR(options.methods[0]->name, "async");
    CHECK_INT(options.worker_counts, 2);
    CHECK_INT(options.workers[0], 3);
    CHECK_INT(options.size, 1000);
    CHECK_INT(options.rounds, 7);
    CHECK_DOUBLE(options.seconds, 2.5, 0);
    CHECK(options.seed == LAB_MAX_SEED);
    CHECK_INT(options.latency_ms, 0);
    CHECK_STR(options.json, "-");
    CHECK_STR(options.trace, "t.json");
}

static void wrong_words_get_one_sentence(void)
{
    refuses("prime", "no workload is called \"prime\"; there are primes, mandelbrot, sha256, sort, "
                     "matmul, pages, mixed");
    refuses("--methods threads,fibers",
            "--methods: no method is called \"fibers\"; there are sequential, threads, "
            "threads-gil, interpreters, processes, async");
    refuses("--workers 0", "--workers \"0\": each must be a whole number from 1 to 256");
    refuses("--workers 1000000000",
            "--workers \"1000000000\": each must be a whole number from 1 to 256");
    refuses("--workers 1,,2", "--workers \"\": each must be a whole number from 1 to 256");
    refuses("--workers 2.5", "--workers \"2.5\": each must be a whole number from 1 to 256");
    refuses("--size -1",
            "--size \"-1\": it must be a whole number from 1 to 18446744073709551615, or full");
    refuses("--size NaN",
            "--size \"NaN\": it must be a whole number from 1 to 18446744073709551615, or full");
    refuses("--size 18446744073709551616",
            "--size \"18446744073709551616\": it must be a whole number from 1 to "
            "18446744073709551615, or full");
    refuses("--rounds 0", "--rounds \"0\": it must be a whole number from 1 to 1000");
    refuses("--seed 9007199254740992",
            "--seed \"9007199254740992\": it must be a whole number from 0 to 9007199254740991");
    refuses("--seconds nan", "--seconds \"nan\": it must be a number from 0.1 to 86400");
    refuses("--seconds 1e9", "--seconds \"1e9\": it must be a number from 0.1 to 86400");
    refuses("--latency 20000", "--latency \"20000\": it must be a whole number from 0 to 10000");
    refuses("--colour red", "compare has no option --colour; `lab compare --help` lists them");
    refuses(
        "--workers 0000000000000000000000000000000000002",
        "--workers \"0000000000000000000000000000…\": each must be a whole number from 1 to 256");
    refuses("--json x --trace x",
            "--json and --trace name the same file, \"x\"; each needs its own");
    refuses("--trace -", "--trace needs the name of a file");
    refuses("--size", "--size needs a value");
    refuses("--json=", "--json needs a file name");
    refuses("--json ./x --trace .//./x",
            "--json and --trace name the same file, \"./x\" and \".//./x\"; each needs its own");
    refuses("--json --trace x", "--json needs a file name; --trace reads as an option; a file of "
                                "that name can be given as ./--trace");
    refuses("--seed --json x", "--seed needs a value; --json reads as an option");
    refuses("--help=1", "--help takes no value: it is written alone");
    refuses("--seconds 0x10p-1", "--seconds \"0x10p-1\": it must be a number from 0.1 to 86400");
    refuses("--seconds inf", "--seconds \"inf\": it must be a number from 0.1 to 86400");
    refuses("a\nb\x1b[1m",
            "no workload is called \"a?b?[1m\"; there are primes, mandelbrot, sha256, "
            "sort, matmul, pages, mixed");
    CHECK_INT(parse("--size 7 --size full"), 0);
    CHECK(options.full_size && options.size == 0);
    CHECK_INT(parse("--size full --size 7"), 0);
    CHECK(!options.full_size && options.size == 7);
    CHECK_INT(parse("--json - --trace ./-"), 0);
    CHECK_INT(parse("--json=--trace --trace ./x --seconds 1.5e1"), 0);
    CHECK_STR(options.json, "--trace");
    CHECK_DOUBLE(options.seconds, 15, 0);
}

static void integers(void)
{
    uint64_t value;
    CHECK(lab_parse_integer("18446744073709551615", 0, UINT64_MAX, &value) && value == UINT64_MAX);
    CHECK(!lab_parse_integer("18446744073709551616", 0, UINT64_MAX, &value));
    CHECK(!lab_parse_integer("", 0, 10, &value));
    CHECK(!lab_parse_integer("+1", 0, 10, &value));
    CHECK(!lab_parse_integer("0x1", 0, 10, &value));
    CHECK(lab_parse_integer("007", 0, 10, &value) && value == 7);
    CHECK(!lab_parse_integer("11", 0, 10, &value));
}

LAB_SUITE(options)
{
    RUN(defaults);
    RUN(defaults_fit);
    RUN(words_are_understood);
    RUN(wrong_words_get_one_sentence);
    RUN(integers);
    lab_options_release(&options);
}
