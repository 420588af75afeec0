#include "lab/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/system.h"

static const struct lab_word help = {"--help", LAB_WORD_FLAG};

static const struct lab_word *find(const struct lab_word *options, const char *word, size_t length)
{
    for (const struct lab_word *option = options; option->name; option++)
        if (strlen(option->name) == length && strncmp(word, option->name, length) == 0)
            return option;
    return strlen(help.name) == length && strncmp(word, help.name, length) == 0 ? &help : NULL;
}

int lab_words_option(const char *command, const struct lab_word *options, int argc, char **argv,
                     int *i, const char **name, const char **value, struct lab_failure *failure)
{
    const char *word = argv[*i], *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    const struct lab_word *option = find(options, word, length);
    if (!option)
        return lab_fail(failure, LAB_E_USAGE, "%s has no option %.*s; `lab %s --help` lists them",
                        command, (int)(length < 40 ? length : 40), word, command);
    *name = option->name;
    *value = NULL;
    if (option->kind == LAB_WORD_FLAG)
        return equals ? lab_fail(failure, LAB_E_USAGE, "%s takes no value: it is written alone",
                                 option->name)
                      : 0;
    const char *needs = option->kind == LAB_WORD_FILE ? "a file name" : "a value";
    const char *next = equals ? equals + 1 : *i + 1 < argc ? argv[*i + 1] : "";
    if (!*next)
        return lab_fail(failure, LAB_E_USAGE, "%s needs %s", option->name, needs);
    /* Whoever writes `--json --storm` has forgotten the name. */
    if (!equals && strncmp(next, "--", 2) == 0) {
        if (option->kind == LAB_WORD_FILE)
            return lab_fail(failure, LAB_E_USAGE,
                            "%s needs a file name; %.40s reads as an option; a file of that name "
                            "can be given as ./%.40s",
                            option->name, next, next);
        return lab_fail(failure, LAB_E_USAGE, "%s needs a value; %.40s reads as an option",
                        option->name, next);
    }
    *i += !equals;
    *value = next;
    return 0;
}

/* "././/a" is "a". */
static const char *without_here(const char *name)
{
    while (name[0] == '.' && name[1] == '/')
        for (name += 2; *name == '/';)
            name++;
    return name;
}

int lab_words_files(const char *json, const char *trace, struct lab_failure *failure)
{
    if (trace && strcmp(trace, "-") == 0)
        return lab_fail(failure, LAB_E_USAGE, "--trace needs the name of a file");
    /* "-" is stdout, "./-" a file. */
    if (json && strcmp(json, "-") == 0)
        json = NULL;
    if (!json || !trace || strcmp(without_here(json), without_here(trace)) != 0) {
        int code = json ? lab_write_check(json, failure) : 0;
        if (!code && trace)
            code = lab_write_check(trace, failure);
        if (code || !json || !trace || !lab_same_file(json, trace))
            return code;
    }
    if (strcmp(json, trace) == 0)
        return lab_fail(failure, LAB_E_USAGE,
                        "--json and --trace name the same file, \"%.80s\"; each needs its own",
                        json);
    return lab_fail(failure, LAB_E_USAGE,
                    "--json and --trace name the same file, \"%.80s\" and \"%.80s\"; each needs "
                    "its own",
                    json, trace);
}

bool lab_parse_integer(const char *text, uint64_t low, uint64_t high, uint64_t *value)
{
    uint64_t sum = 0;
    if (!*text)
        return false;
    for (; *text; text++) {
        unsigned digit = (unsigned)(*text - '0');
        if (digit > 9 || sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return sum >= low && sum <= high;
}

bool lab_parse_decimal(const char *text, double low, double high, double *value)
{
    char *end;
    /* strtod() would take blanks, "inf", "nan" and "0x1p3" too: none of these is left with these
     * characters. */
    if (text[strspn(text, "0123456789.eE+-")])
        return false;
    *value = strtod(text, &end);
    return end != text && !*end && *value >= low && *value <= high;
}

static size_t common_prefix(const char *a, const char *b)
{
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    return length;
}

int lab_words_no_such_row(const char *word, size_t length, size_t count,
                          const char *(*name)(size_t i), const char *rest,
                          struct lab_failure *failure)
{
    char given[41], near[110] = "";
    size_t best = 0, used = 0;
    snprintf(given, sizeof given, "%.*s", (int)(length < 40 ? length : 40), word);
    for (size_t i = 0; i < count; i++)
        if (common_prefix(name(i), given) > best)
            best = common_prefix(name(i), given);
    /* A word from within a name says more than the letter that it begins with. */
    bool within = false;
    for (size_t i = 0; i < count && length > 2; i++)
        within |= best < length && strstr(name(i), given) != NULL;
    for (size_t i = 0; i < count; i++) {
        if (within ? !strstr(name(i), given) : common_prefix(name(i), given) < best)
            continue;
        bool fits = used + 2 + strlen(name(i)) + sizeof ", …" <= sizeof near;
        used += (size_t)snprintf(near + used, sizeof near - used, "%s%s", used ? ", " : "",
                                 fits ? name(i) : "…");
        if (!fits)
            break;
    }
    return lab_fail(failure, LAB_E_USAGE, "--only: no row is called \"%s\"; there %s %s%s", given,
                    strchr(near, ',') ? "are" : "is", near, rest);
}
