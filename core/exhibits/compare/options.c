#include "exhibits/compare/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "platform/sync.h"
#include "platform/system.h"

/* One item of a comma-separated list at *list, copied; false: the list is over. */
static bool next_item(const char **list, char *item, size_t size)
{
    if (!*list)
        return false;
    const char *comma = strchr(*list, ',');
    size_t length = comma ? (size_t)(comma - *list) : strlen(*list);
    /* An item too long to be any of ours is cut, with a mark that makes it none. */
    snprintf(item, size, length < size ? "%.*s" : "%.*s…", (int)(length < size ? length : size - 4),
             *list);
    *list = comma ? comma + 1 : NULL;
    return true;
}

static void names_of_methods(char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; lab_methods[i] && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", lab_methods[i]->name);
}

static void names_of_workloads(char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; lab_workloads[i] && used < size; i++)
        if (!lab_workloads[i]->hidden)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "",
                                     lab_workloads[i]->name);
}

static int parse_methods(struct lab_options *options, const char *list, struct lab_failure *failure)
{
    char item[32], known[160];
    options->method_count = 0;
    options->methods_named = true;
    while (next_item(&list, item, sizeof item)) {
        const struct lab_method *method = lab_method_find(item);
        bool twice = false;
        if (!method) {
            names_of_methods(known, sizeof known);
            return lab_fail(failure, LAB_E_USAGE,
                            "--methods: no method is called \"%s\"; there are %s", item, known);
        }
        for (size_t i = 0; i < options->method_count; i++)
            twice |= options->methods[i] == method;
        if (!twice)
            options->methods[options->method_count++] = method;
    }
    return 0;
}

static int parse_workers(struct lab_options *options, const char *list, struct lab_failure *failure)
{
    char item[32];
    uint64_t value;
    options->worker_counts = 0;
    while (next_item(&list, item, sizeof item)) {
        bool twice = false;
        if (!lab_parse_integer(item, 1, LAB_MAX_WORKERS, &value))
            return lab_fail(failure, LAB_E_USAGE,
                            "--workers \"%s\": each must be a whole number from 1 to %d", item,
                            LAB_MAX_WORKERS);
        for (size_t i = 0; i < options->worker_counts; i++)
            twice |= options->workers[i] == value;
        if (twice)
            continue;
        if (options->worker_counts == LAB_MAX_WORKER_COUNTS)
            return lab_fail(failure, LAB_E_USAGE, "--workers: at most %d different numbers",
                            LAB_MAX_WORKER_COUNTS);
        options->workers[options->worker_counts++] = (unsigned)value;
    }
    return 0;
}

/* Splits text into its lines, in place; blank ones and those that begin with # are left out. */
static size_t split_lines(char *text, const char **lines, unsigned *line_numbers)
{
    size_t count = 0;
    unsigned number = 0;
    for (char *line = text; line;) {
        char *end = strchr(line, '\n');
        number++;
        if (end)
            *end = '\0';
        size_t length = strlen(line);
        while (length && strchr(" \t\r", line[length - 1]))
            line[--length] = '\0';
        line += strspn(line, " \t");
        if (*line && *line != '#') {
            lines[count] = line;
            line_numbers[count++] = number;
        }
        line = end ? end + 1 : NULL;
    }
    return count;
}

/* Reads a file of one item per line. *lines and *numbers are malloc'd, with a place for each
 * line. */
static int read_lines(const char *name, char **text, const char ***lines, unsigned **numbers,
                      size_t *count, struct lab_failure *failure)
{
    size_t size, most = 1;
    int code = lab_read_file(name, text, &size, failure);
    if (code)
        return code;
    if (memchr(*text, '\0', size))
        return lab_fail(failure, LAB_E_USAGE, "%s: not a text file", name);
    for (size_t i = 0; i < size; i++)
        most += (*text)[i] == '\n';
    *lines = calloc(most, sizeof **lines);
    *numbers = calloc(most, sizeof **numbers);
    if (!*lines || !*numbers)
        return lab_fail(failure, LAB_E_NOMEM, "%s: out of memory", name);
    /* Editors put a byte order mark in front; nobody sees it, in a sentence about its line
     * neither. */
    bool marked = strncmp(*text, "\xef\xbb\xbf", 3) == 0;
    *count = split_lines(*text + (marked ? 3 : 0), *lines, *numbers);
    return 0;
}

static int parse_numbers(struct lab_options *options, const char *name, struct lab_failure *failure)
{
    const char **lines = NULL;
    unsigned *at = NULL;
    size_t count = 0;
    free(options->numbers);
    free(options->numbers_text);
    options->numbers = NULL;
    options->numbers_text = NULL;
    int code = read_lines(name, &options->numbers_text, &lines, &at, &count, failure);
    if (!code && count == 0)
        code = lab_fail(failure, LAB_E_USAGE, "%s: no numbers in it; one a line is expected", name);
    if (!code && !(options->numbers = malloc(count * sizeof *options->numbers)))
        code = lab_fail(failure, LAB_E_NOMEM, "%s: out of memory", name);
    for (size_t i = 0; i < count && !code; i++)
        if (!lab_parse_integer(lines[i], 0, UINT64_MAX, &options->numbers[i]))
            code = lab_fail(failure, LAB_E_USAGE,
                            "%s, line %u: \"%.40s\" is not a whole number from 0 to %" PRIu64, name,
                            at[i], lines[i], UINT64_MAX);
    options->number_count = count;
    free(lines);
    free(at);
    return code;
}

static int parse_urls(struct lab_options *options, const char *name, struct lab_failure *failure)
{
    unsigned *at = NULL;
    free(options->urls);
    free(options->urls_text);
    options->urls = NULL;
    options->urls_text = NULL;
    int code =
        read_lines(name, &options->urls_text, &options->urls, &at, &options->url_count, failure);
    if (!code && options->url_count == 0)
        code = lab_fail(failure, LAB_E_USAGE, "%s: no URLs in it; one a line is expected", name);
    for (size_t i = 0; !code && i < options->url_count; i++) {
        const char *url = options->urls[i];
        size_t scheme = strncasecmp(url, "http://", 7) == 0    ? 7
                        : strncasecmp(url, "https://", 8) == 0 ? 8
                                                               : 0;
        if (!scheme || !url[scheme] || strpbrk(url, " \t\"<>"))
            code = lab_fail(failure, LAB_E_USAGE,
                            "%s, line %u: \"%.80s\" is not an http:// or https:// URL", name, at[i],
                            url);
    }
    options->named_urls = options->url_count;
    free(at);
    return code;
}

static int parse_seconds(struct lab_options *options, const char *text, struct lab_failure *failure)
{
    if (!lab_parse_decimal(text, 0.1, 86400, &options->seconds))
        return lab_fail(failure, LAB_E_USAGE,
                        "--seconds \"%s\": it must be a number from 0.1 to 86400", text);
    return 0;
}

static int parse_option(struct lab_options *options, const char *name, const char *value,
                        struct lab_failure *failure)
{
    static const struct {
        const char *name;
        uint64_t low, high;
    } integers[] = {
        {"--size", 1, UINT64_MAX},
        {"--rounds", 1, 1000},
        {"--seed", 0, LAB_MAX_SEED},
        {"--latency", 0, 10000},
    };
    uint64_t integer = 0;
    if (strcmp(name, "--size") == 0) {
        options->full_size = strcmp(value, "full") == 0;
        options->size = 0;
        if (options->full_size)
            return 0;
    }
    for (size_t i = 0; i < sizeof integers / sizeof *integers; i++) {
        if (strcmp(name, integers[i].name) != 0)
            continue;
        if (!lab_parse_integer(value, integers[i].low, integers[i].high, &integer))
            return lab_fail(
                failure, LAB_E_USAGE,
                "%s \"%s\": it must be a whole number from %" PRIu64 " to %" PRIu64 "%s", name,
                value, integers[i].low, integers[i].high, i == 0 ? ", or full" : "");
    }
    if (strcmp(name, "--size") == 0)
        options->size = integer;
    else if (strcmp(name, "--rounds") == 0)
        options->rounds = (unsigned)integer;
    else if (strcmp(name, "--seed") == 0)
        options->seed = integer;
    else if (strcmp(name, "--latency") == 0)
        options->latency_ms = (unsigned)integer;
    else if (strcmp(name, "--methods") == 0)
        return parse_methods(options, value, failure);
    else if (strcmp(name, "--workers") == 0)
        return parse_workers(options, value, failure);
    else if (strcmp(name, "--seconds") == 0)
        return parse_seconds(options, value, failure);
    else if (strcmp(name, "--json") == 0)
        options->json = value;
    else if (strcmp(name, "--trace") == 0)
        options->trace = value;
    else if (strcmp(name, "--fault") == 0)
        options->fault = value;
    else if (strcmp(name, "--numbers") == 0)
        return parse_numbers(options, value, failure);
    else if (strcmp(name, "--urls") == 0)
        return parse_urls(options, value, failure);
    return 0;
}

static const struct lab_word option_words[] = {
    {"--methods", LAB_WORD_VALUE}, {"--workers", LAB_WORD_VALUE}, {"--size", LAB_WORD_VALUE},
    {"--rounds", LAB_WORD_VALUE},  {"--seconds", LAB_WORD_VALUE}, {"--seed", LAB_WORD_VALUE},
    {"--latency", LAB_WORD_VALUE}, {"--fault", LAB_WORD_VALUE},   {"--json", LAB_WORD_FILE},
    {"--trace", LAB_WORD_FILE},    {"--numbers", LAB_WORD_FILE},  {"--urls", LAB_WORD_FILE},
    {NULL, LAB_WORD_VALUE},
};

static int parse_workload(struct lab_options *options, const char *word,
                          struct lab_failure *failure)
{
    const struct lab_workload *workload = lab_workload_find(word);
    char known[160];
    if (!workload) {
        names_of_workloads(known, sizeof known);
        return lab_fail(failure, LAB_E_USAGE, "no workload is called \"%.60s\"; there are %s", word,
                        known);
    }
    for (size_t i = 0; i < options->workload_count; i++)
        if (options->workloads[i] == workload)
            return 0;
    if (options->workload_count == LAB_MAX_WORKLOADS)
        return lab_fail(failure, LAB_E_USAGE, "at most %d workloads", LAB_MAX_WORKLOADS);
    options->workloads[options->workload_count++] = workload;
    return 0;
}

/* Numbers of workers: 1, 2, 4 … and as many as there are cores, or as many as fit. */
static void set_defaults(struct lab_options *options, unsigned cores)
{
    unsigned most = cores < LAB_MAX_WORKERS ? cores : LAB_MAX_WORKERS;
    if (most > lab_thread_limit())
        most = lab_thread_limit();
    if (options->workload_count == 0) {
        options->workloads[options->workload_count++] = lab_workload_find("primes");
        options->workloads[options->workload_count++] = lab_workload_find("pages");
    }
    if (!options->methods_named)
        for (size_t i = 0; lab_methods[i]; i++)
            options->methods[options->method_count++] = lab_methods[i];
    if (options->worker_counts == 0) {
        for (unsigned n = 1; n < most; n *= 2)
            options->workers[options->worker_counts++] = n;
        options->workers[options->worker_counts++] = most;
    }
}

int lab_options_parse(struct lab_options *options, int argc, char **argv, unsigned cores,
                      struct lab_failure *failure)
{
    *options = (struct lab_options){.rounds = 5, .seconds = 10, .seed = 1, .latency_ms = 100};
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        int code;
        if (strncmp(argv[i], "--", 2) != 0)
            code = parse_workload(options, argv[i], failure);
        else if (!(code = lab_words_option("compare", option_words, argc, argv, &i, &name, &value,
                                           failure)))
            code = parse_option(options, name, value, failure);
        if (code)
            return code;
    }
    set_defaults(options, cores);
    return lab_words_files(options->json, options->trace, failure);
}

void lab_options_release(struct lab_options *options)
{
    free(options->numbers);
    free(options->numbers_text);
    free(options->urls);
    free(options->urls_text);
    *options = (struct lab_options){0};
}
