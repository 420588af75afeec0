#include "exhibits/spin/options.h"

#include <stdio.h>
#include <string.h>

static const char *known_methods(char *text, size_t size)
{
    size_t used = 0;
    for (size_t i = 0; lab_methods[i] && used < size; i++)
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", lab_methods[i]->name);
    return text;
}

static void add(struct lab_spin_options *options, const struct lab_method *method)
{
    for (size_t i = 0; i < options->method_count; i++)
        if (options->methods[i] == method)
            return;
    if (options->method_count < LAB_MAX_METHODS)
        options->methods[options->method_count++] = method;
}

static int parse_method(struct lab_spin_options *options, const char *word,
                        struct lab_failure *failure)
{
    char known[120];
    const struct lab_method *method = lab_method_find(word);
    if (strcmp(word, "all") == 0) {
        for (size_t i = 0; lab_methods[i]; i++)
            add(options, lab_methods[i]);
        return 0;
    }
    if (!method)
        return lab_fail(failure, LAB_E_USAGE,
                        "no method is called \"%.40s\"; there are %s, and all for all of them",
                        word, known_methods(known, sizeof known));
    add(options, method);
    return 0;
}

static int parse_option(struct lab_spin_options *options, const char *name, const char *value,
                        struct lab_failure *failure)
{
    if (strcmp(name, "--together") == 0) {
        options->together = true;
    } else if (strcmp(name, "--json") == 0) {
        options->json = value;
    } else if (strcmp(name, "--slow") == 0) {
        if (strcmp(value, lab_slow_name(LAB_SLOW_SLEEP)) == 0)
            options->slow = LAB_SLOW_SLEEP;
        else if (strcmp(value, lab_slow_name(LAB_SLOW_PRIME)) == 0)
            options->slow = LAB_SLOW_PRIME;
        else
            return lab_fail(failure, LAB_E_USAGE, "--slow \"%.40s\": it must be sleep or prime",
                            value);
    } else if (strcmp(name, "--seconds") == 0 &&
               !lab_parse_decimal(value, 0.1, 600, &options->seconds)) {
        return lab_fail(failure, LAB_E_USAGE,
                        "--seconds \"%.40s\": it must be a number from 0.1 to 600", value);
    }
    return 0;
}

static const struct lab_word known[] = {
    {"--slow", LAB_WORD_VALUE}, {"--seconds", LAB_WORD_VALUE}, {"--together", LAB_WORD_FLAG},
    {"--json", LAB_WORD_FILE},  {NULL, LAB_WORD_VALUE},
};

int lab_spin_options_parse(struct lab_spin_options *options, int argc, char **argv,
                           struct lab_failure *failure)
{
    char names[120];
    *options = (struct lab_spin_options){.slow = LAB_SLOW_SLEEP, .seconds = 3};
    for (int i = 0; i < argc; i++) {
        const char *name, *value;
        int code;
        if (strncmp(argv[i], "--", 2) != 0) {
            code = parse_method(options, argv[i], failure);
        } else {
            code = lab_words_option("spin", known, argc, argv, &i, &name, &value, failure);
            if (!code)
                code = parse_option(options, name, value, failure);
        }
        if (code)
            return code;
    }
    if (options->method_count == 0)
        return lab_fail(failure, LAB_E_USAGE,
                        "spin needs the name of a method: %s, or all for all of them",
                        known_methods(names, sizeof names));
    return lab_words_files(options->json, NULL, failure);
}
