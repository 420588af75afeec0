#include "exhibits/futures/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct words {
    struct lab_futures_options *options;
    const char *storm_word; /* one that only --storm understands, or NULL */
    const char *executor;   /* --executor */
    bool rules, deadlock, storm, executors;
};

/* The next item of a comma-separated list, copied; false: the list is over. */
static bool next_item(const char **list, char *item, size_t size)
{
    if (!*list)
        return false;
    size_t length = strcspn(*list, ",");
    snprintf(item, size, "%.*s", (int)(length < size ? length : size - 1), *list);
    *list = (*list)[length] ? *list + length + 1 : NULL;
    return true;
}

static int parse_executors(struct words *words, const char *word, const char *list,
                           struct lab_failure *failure)
{
    struct lab_futures_options *options = words->options;
    char item[41], known[160];
    size_t used = 0;
    options->method_count = 0;
    while (next_item(&list, item, sizeof item)) {
        const struct lab_method *method = lab_method_find(item);
        bool twice = false;
        for (size_t i = 0; !method && lab_methods[i] && used < sizeof known; i++)
            used += (size_t)snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "",
                                     lab_methods[i]->name);
        if (!method)
            return lab_fail(failure, LAB_E_USAGE, "%s: no executor is called \"%s\"; there are %s",
                            word, item, known);
        for (size_t i = 0; i < options->method_count; i++)
            twice |= options->methods[i] == method;
        if (!twice && options->method_count < LAB_MAX_METHODS)
            options->methods[options->method_count++] = method;
    }
    return 0;
}

/* "1,6-9,deadlock". */
static int parse_rules(struct words *words, const char *list, struct lab_failure *failure)
{
    struct lab_futures_options *options = words->options;
    char item[41];
    options->rules = 0;
    words->rules = true;
    while (next_item(&list, item, sizeof item)) {
        char first[41];
        uint64_t from, to;
        const char *dash = strchr(item, '-');
        snprintf(first, sizeof first, "%.*s", (int)strcspn(item, "-"), item);
        if (strcmp(item, "deadlock") == 0) {
            options->rules |= 1;
            continue;
        }
        if (!lab_parse_integer(first, 1, LAB_RULES, &from) ||
            !lab_parse_integer(dash ? dash + 1 : first, from, LAB_RULES, &to))
            return lab_fail(failure, LAB_E_USAGE,
                            "--rules \"%s\": each must be a number from 1 to %d, two with a dash "
                            "between as in 6-9, or deadlock",
                            item, LAB_RULES);
        for (uint64_t i = from; i <= to; i++)
            options->rules |= UINT32_C(1) << i;
    }
    return 0;
}

static int parse_deadlock(struct words *words, const char *value, struct lab_failure *failure)
{
    words->deadlock = true;
    if (strcmp(value, "mutual") == 0)
        words->options->deadlock = LAB_DEADLOCK_MUTUAL;
    else if (strcmp(value, "nested") == 0)
        words->options->deadlock = LAB_DEADLOCK_NESTED;
    else
        return lab_fail(failure, LAB_E_USAGE,
                        "--deadlock \"%.40s\": there are two deadlocks, mutual and nested", value);
    return 0;
}

static int parse_number(struct words *words, const char *name, const char *value,
                        struct lab_failure *failure)
{
    uint64_t low = 1, high = LAB_MAX_SEED, *number = &words->options->seed;
    if (strcmp(name, "--futures") == 0) {
        number = &words->options->futures;
        high = 10000000;
    } else if (strcmp(name, "--seeds") == 0) {
        number = &words->options->seeds;
        high = 10000;
    } else {
        low = 0;
    }
    if (number != &words->options->seed)
        words->storm_word = name;
    if (!lab_parse_integer(value, low, high, number))
        return lab_fail(failure, LAB_E_USAGE,
                        "%s \"%.40s\": it must be a whole number from %" PRIu64 " to %" PRIu64,
                        name, value, low, high);
    return 0;
}

static int parse_option(struct words *words, const char *name, const char *value,
                        struct lab_failure *failure)
{
    if (strcmp(name, "--storm") == 0) {
        words->storm = true;
        return 0;
    }
    if (strcmp(name, "--executors") == 0) {
        words->executors = true;
        return parse_executors(words, name, value, failure);
    }
    if (strcmp(name, "--executor") == 0) {
        words->executor = value;
        return parse_executors(words, name, value, failure);
    }
    if (strcmp(name, "--rules") == 0)
        return parse_rules(words, value, failure);
    if (strcmp(name, "--deadlock") == 0)
        return parse_deadlock(words, value, failure);
    if (strcmp(name, "--json") == 0) {
        words->options->json = value;
        return 0;
    }
    return parse_number(words, name, value, failure);
}

static const struct lab_word known[] = {
    {"--executors", LAB_WORD_VALUE}, {"--executor", LAB_WORD_VALUE}, {"--rules", LAB_WORD_VALUE},
    {"--deadlock", LAB_WORD_VALUE},  {"--storm", LAB_WORD_FLAG},     {"--seed", LAB_WORD_VALUE},
    {"--futures", LAB_WORD_VALUE},   {"--seeds", LAB_WORD_VALUE},    {"--json", LAB_WORD_FILE},
    {NULL, LAB_WORD_VALUE},
};

/* Which part is meant, and whether the other words fit it. */
static int decide(struct words *words, struct lab_failure *failure)
{
    struct lab_futures_options *options = words->options;
    if (words->deadlock && words->storm)
        return lab_fail(failure, LAB_E_USAGE, "--deadlock and --storm are two different runs");
    if (words->rules && (words->deadlock || words->storm))
        return lab_fail(failure, LAB_E_USAGE, "--rules chooses from the suite: not with %s",
                        words->storm ? "--storm" : "--deadlock");
    if (words->storm_word && !words->storm)
        return lab_fail(failure, LAB_E_USAGE, "%s is for --storm", words->storm_word);
    if (options->seeds > LAB_MAX_SEED - options->seed + 1)
        return lab_fail(failure, LAB_E_USAGE,
                        "--seed %" PRIu64 " --seeds %" PRIu64
                        ": the last seed would be above %" PRIu64 ", the largest there is",
                        options->seed, options->seeds, LAB_MAX_SEED);
    if (words->executor && !words->deadlock)
        return lab_fail(failure, LAB_E_USAGE,
                        "--executor is for --deadlock; elsewhere it is --executors");
    if (words->executors && words->deadlock)
        return lab_fail(failure, LAB_E_USAGE, "--deadlock takes one --executor, not --executors");
    options->part = words->deadlock ? LAB_FUTURES_DEADLOCK
                    : words->storm  ? LAB_FUTURES_STORM
                                    : LAB_FUTURES_SUITE;
    if (words->deadlock && !words->executor)
        options->methods[options->method_count++] = lab_method_find("threads");
    for (size_t i = 0; !words->deadlock && !words->executors && lab_methods[i]; i++)
        options->methods[options->method_count++] = lab_methods[i];
    if (words->deadlock &&
        (options->method_count != 1 || strncmp(options->methods[0]->name, "threads", 7) != 0))
        return lab_fail(failure, LAB_E_USAGE,
                        "--executor \"%.40s\": a deadlock needs threads or threads-gil",
                        words->executor);
    return 0;
}

int lab_futures_options_parse(struct lab_futures_options *options, int argc, char **argv,
                              struct lab_failure *failure)
{
    *options =
        (struct lab_futures_options){.rules = UINT32_MAX, .seed = 1, .futures = 100000, .seeds = 1};
    struct words words = {.options = options};
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        if (strncmp(argv[i], "--", 2) != 0)
            return lab_fail(failure, LAB_E_USAGE,
                            "futures takes options and no other words, not \"%.60s\"; `lab futures "
                            "--help` lists them",
                            argv[i]);
        int code = lab_words_option("futures", known, argc, argv, &i, &name, &value, failure);
        if (!code)
            code = parse_option(&words, name, value, failure);
        if (code)
            return code;
    }
    int code = decide(&words, failure);
    return code ? code : lab_words_files(options->json, NULL, failure);
}
