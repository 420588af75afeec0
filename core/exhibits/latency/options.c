#include "exhibits/latency/options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/words.h"

static const char *row_name(size_t i)
{
    return lab_latency_row(i)->name;
}

static size_t rows_there_are(void)
{
    size_t count = 0;
    while (lab_latency_row(count))
        count++;
    return count;
}

/* Rows stand in the table's order, whatever the order of the words. */
static void add_named(struct lab_latency_options *options, const bool *named)
{
    const struct lab_latency_row *row;
    options->row_count = 0;
    for (size_t i = 0; (row = lab_latency_row(i)); i++)
        if (named[i])
            options->rows[options->row_count++] = row;
}

static bool is_word(const char *name, const char *word, size_t length)
{
    return strlen(name) == length && strncmp(name, word, length) == 0;
}

/* A word is a row's name, or a group's: all its rows. */
static int parse_only(bool *named, const char *list, struct lab_failure *failure)
{
    while (list) {
        const char *comma = strchr(list, ',');
        size_t length = comma ? (size_t)(comma - list) : strlen(list);
        const struct lab_latency_row *row;
        bool found = false;
        for (size_t i = 0; (row = lab_latency_row(i)); i++)
            if (is_word(row->name, list, length) ||
                is_word(lab_latency_group_name(row->group), list, length))
                found = named[i] = true;
        if (!found)
            return lab_words_no_such_row(list, length, rows_there_are(), row_name,
                                         ", and the groups memory, sync, tasks and outside",
                                         failure);
        list = comma ? comma + 1 : NULL;
    }
    return 0;
}

static int parse_option(struct lab_latency_options *options, bool *named, const char *name,
                        const char *value, struct lab_failure *failure)
{
    if (strcmp(name, "--only") == 0)
        return parse_only(named, value, failure);
    if (strcmp(name, "--json") == 0)
        options->json = value;
    else if (strcmp(name, "--seconds") == 0 &&
             !lab_parse_decimal(value, 0.1, 3600, &options->seconds))
        return lab_fail(failure, LAB_E_USAGE,
                        "--seconds \"%.40s\": it must be a number from 0.1 to 3600", value);
    else if (strcmp(name, "--seed") == 0 &&
             !lab_parse_integer(value, 0, LAB_MAX_SEED, &options->seed))
        return lab_fail(failure, LAB_E_USAGE,
                        "--seed \"%.40s\": it must be a whole number from 0 to %" PRIu64, value,
                        LAB_MAX_SEED);
    return 0;
}

static const struct lab_word known[] = {
    {"--only", LAB_WORD_VALUE}, {"--seconds", LAB_WORD_VALUE}, {"--seed", LAB_WORD_VALUE},
    {"--json", LAB_WORD_FILE},  {NULL, LAB_WORD_VALUE},
};

static int parse(struct lab_latency_options *options, bool *named, int argc, char **argv,
                 struct lab_failure *failure)
{
    bool any = false;
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        if (strncmp(argv[i], "--", 2) != 0)
            return lab_fail(failure, LAB_E_USAGE,
                            "latency takes options and no other words, not \"%.60s\"; `lab "
                            "latency --help` lists them",
                            argv[i]);
        int code = lab_words_option("latency", known, argc, argv, &i, &name, &value, failure);
        if (!code)
            code = parse_option(options, named, name, value, failure);
        if (code)
            return code;
        any = any || strcmp(name, "--only") == 0;
    }
    for (size_t i = 0; !any && i < lab_latency_row_count(); i++)
        named[i] = true;
    add_named(options, named);
    return lab_words_files(options->json, NULL, failure);
}

int lab_latency_options_parse(struct lab_latency_options *options, int argc, char **argv,
                              struct lab_failure *failure)
{
    size_t count = lab_latency_row_count();
    bool *named = calloc(count, sizeof *named);
    *options = (struct lab_latency_options){.seconds = 25, .seed = 1};
    options->rows = calloc(count, sizeof *options->rows);
    int code = named && options->rows ? parse(options, named, argc, argv, failure)
                                      : lab_fail(failure, LAB_E_NOMEM, "out of memory");
    free(named);
    return code;
}

void lab_latency_options_release(struct lab_latency_options *options)
{
    free(options->rows);
    options->rows = NULL;
}
