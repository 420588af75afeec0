#include "exhibits/gil/options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gil/gil.h"
#include "lab/words.h"

static int parse_part(struct lab_gil_options *options, const char *value,
                      struct lab_failure *failure)
{
    static const struct {
        const char *name;
        enum lab_gil_part part;
    } parts[] = {{"gil", LAB_GIL_WITH}, {"no-gil", LAB_GIL_WITHOUT}, {"counter", LAB_GIL_COUNTER}};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strcmp(value, parts[i].name) == 0) {
            options->part = parts[i].part;
            return 0;
        }
    return lab_fail(failure, LAB_E_USAGE,
                    "--only \"%.40s\": it must be gil, no-gil or counter; without it all are run",
                    value);
}

static int parse_seconds(struct lab_gil_options *options, const char *value,
                         struct lab_failure *failure)
{
    if (!lab_parse_decimal(value, 0.1, 3600, &options->seconds))
        return lab_fail(failure, LAB_E_USAGE,
                        "--seconds \"%.40s\": it must be a number from 0.1 to 3600", value);
    return 0;
}

static int parse_option(struct lab_gil_options *options, const char *name, const char *value,
                        struct lab_failure *failure)
{
    static const struct {
        const char *name;
        uint64_t low, high;
    } integers[] = {
        {"--threads", 0, LAB_GIL_MAX_THREADS},
        {"--io-threads", 0, LAB_GIL_MAX_THREADS},
        {"--interval-us", LAB_GIL_INTERVAL_MIN_US, LAB_GIL_INTERVAL_MAX_US},
        {"--io-us", 1, 1000000},
        {"--seed", 0, LAB_MAX_SEED},
    };
    uint64_t integer = 0;
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++)
        if (strcmp(name, integers[i].name) == 0 &&
            !lab_parse_integer(value, integers[i].low, integers[i].high, &integer))
            return lab_fail(failure, LAB_E_USAGE,
                            "%s \"%.40s\": it must be a whole number from %" PRIu64 " to %" PRIu64,
                            name, value, integers[i].low, integers[i].high);
    if (strcmp(name, "--threads") == 0)
        options->threads = (unsigned)integer;
    else if (strcmp(name, "--io-threads") == 0)
        options->io_threads = (unsigned)integer;
    else if (strcmp(name, "--interval-us") == 0)
        options->interval_us = (uint32_t)integer;
    else if (strcmp(name, "--io-us") == 0)
        options->io_us = (uint32_t)integer;
    else if (strcmp(name, "--seed") == 0)
        options->seed = integer;
    else if (strcmp(name, "--seconds") == 0)
        return parse_seconds(options, value, failure);
    else if (strcmp(name, "--only") == 0)
        return parse_part(options, value, failure);
    else if (strcmp(name, "--json") == 0)
        options->json = value;
    else if (strcmp(name, "--trace") == 0)
        options->trace = value;
    return 0;
}

static const struct lab_word known[] = {
    {"--threads", LAB_WORD_VALUE},     {"--io-threads", LAB_WORD_VALUE},
    {"--interval-us", LAB_WORD_VALUE}, {"--io-us", LAB_WORD_VALUE},
    {"--seed", LAB_WORD_VALUE},        {"--seconds", LAB_WORD_VALUE},
    {"--only", LAB_WORD_VALUE},        {"--json", LAB_WORD_FILE},
    {"--trace", LAB_WORD_FILE},        {NULL, LAB_WORD_VALUE},
};

int lab_gil_options_parse(struct lab_gil_options *options, int argc, char **argv,
                          struct lab_failure *failure)
{
    *options = (struct lab_gil_options){
        .threads = 2, .interval_us = LAB_GIL_INTERVAL_US, .io_us = 1000, .seconds = 2, .seed = 1};
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        if (strncmp(argv[i], "--", 2) != 0)
            return lab_fail(
                failure, LAB_E_USAGE,
                "gil takes options and no other words, not \"%.60s\"; `lab gil --help` lists them",
                argv[i]);
        int code = lab_words_option("gil", known, argc, argv, &i, &name, &value, failure);
        if (!code)
            code = parse_option(options, name, value, failure);
        if (code)
            return code;
    }
    if (options->threads + options->io_threads == 0)
        return lab_fail(failure, LAB_E_USAGE,
                        "--threads 0 without --io-threads leaves nothing to run; one of the two "
                        "must be 1 or more");
    return lab_words_files(options->json, options->trace, failure);
}
