/* The words of every command, as far as they are alike: --name VALUE, --name=VALUE and --flag.
 *
 * How it is used. A command has a table of its options, and goes through its words with
 * lab_words_option().
 *
 * Errors. LAB_E_USAGE with one sentence that says which word was wrong and what would be right.
 * Ownership. What is returned points into argv and the table. Threads. No state.
 */
#ifndef LAB_LAB_WORDS_H
#define LAB_LAB_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"

enum { LAB_MAX_METHODS = 8 }; /* that words can name: more than there are */

/* A seed stands in documents as a JSON number, which JavaScript reads as a double: above 2^53 - 1
 * another seed than was used would be read. */
#define LAB_MAX_SEED UINT64_C(9007199254740991)

enum lab_word_kind { LAB_WORD_VALUE, LAB_WORD_FILE, LAB_WORD_FLAG };

struct lab_word {
    const char *name; /* "--seed" */
    enum lab_word_kind kind;
};

/* Understands argv[*i], which begins with "--", and takes the next word too if the option's value
 * stands there: then *i is that one's place. *value is NULL for a flag. options: without --help,
 * which all have; the last one has no name. */
int lab_words_option(const char *command, const struct lab_word *options, int argc, char **argv,
                     int *i, const char **name, const char **value, struct lab_failure *failure);

/* For a word of length characters that is none of count names: LAB_E_USAGE, with those names that
 * begin most like it (as many as the sentence has room for) and what else would be right (rest). */
int lab_words_no_such_row(const char *word, size_t length, size_t count,
                          const char *(*name)(size_t i), const char *rest,
                          struct lab_failure *failure);

/* Whether --json and --trace (either may be NULL) can be written, and side by side: LAB_E_IO for a
 * folder that is not there, LAB_E_USAGE for one file by two names, before a run has measured what
 * could not be kept. */
int lab_words_files(const char *json, const char *trace, struct lab_failure *failure);

/* A whole number in decimal digits, and nothing else, within [low, high]. */
bool lab_parse_integer(const char *text, uint64_t low, uint64_t high, uint64_t *value);
/* A decimal number, with or without a point and an exponent, within [low, high]. */
bool lab_parse_decimal(const char *text, double low, double high, double *value);

#endif
