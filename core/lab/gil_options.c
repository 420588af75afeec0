#include "lab/gil_options.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gil/gil.h"
#include "lab/options.h"

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
    char *end;
    options->seconds = strtod(value, &end);
    if (end == value || *end || !isfinite(options->seconds) || options->seconds < 0.1 ||
        options->seconds > 3600)
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
        {"--seed", 0, UINT64_MAX},
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

static const char *const names[] = {"--threads", "--io-threads", "--interval-us",
                                    "--io-us",   "--seed",       "--seconds",
                                    "--only",    "--json",       "--trace"};

static const char *known(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && strncmp(word, names[i], length) == 0)
            return names[i];
    return NULL;
}

int lab_gil_options_parse(struct lab_gil_options *options, int argc, char **argv,
                          struct lab_failure *failure)
{
    *options = (struct lab_gil_options){
        .threads = 2, .interval_us = LAB_GIL_INTERVAL_US, .io_us = 1000, .seconds = 2, .seed = 1};
    for (int i = 0; i < argc; i++) {
        const char *word = argv[i], *equals = strchr(word, '=');
        size_t length = equals ? (size_t)(equals - word) : strlen(word);
        if (strncmp(word, "--", 2) != 0)
            return lab_fail(failure, LAB_E_USAGE,
                            "gil takes options and no other words, not \"%.60s\"; `lab gil --help` "
                            "lists them",
                            word);
        const char *name = known(word, length);
        if (!name)
            return lab_fail(failure, LAB_E_USAGE,
                            "gil has no option %.*s; `lab gil --help` lists them",
                            (int)(length < 40 ? length : 40), word);
        const char *value = equals ? equals + 1 : i + 1 < argc ? argv[++i] : NULL;
        if (!value || !*value)
            return lab_fail(failure, LAB_E_USAGE, "%s needs a value", name);
        int code = parse_option(options, name, value, failure);
        if (code)
            return code;
    }
    if (options->threads + options->io_threads == 0)
        return lab_fail(failure, LAB_E_USAGE,
                        "--threads 0 without --io-threads leaves nothing to run; one of the two "
                        "must be 1 or more");
    if (options->trace && strcmp(options->trace, "-") == 0)
        return lab_fail(failure, LAB_E_USAGE, "--trace needs the name of a file");
    if (options->trace && options->json && strcmp(options->trace, options->json) == 0)
        return lab_fail(failure, LAB_E_USAGE, "--json and --trace name the same file, \"%.80s\"",
                        options->json);
    return 0;
}
