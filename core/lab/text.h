/* Text that grows, and JSON in it.
 *
 * What it is. A string buffer, and functions that append JSON members with the commas where they
 * belong.
 *
 *     struct lab_text text = {0};
 *     json_object(&text, NULL);               {
 *     json_string(&text, "command", "list");    "command": "list"
 *     json_array(&text, "runs");                , "runs": [
 *     json_number(&text, NULL, 0.5);              0.5
 *     json_end(&text); json_end(&text);         ]}
 *
 * Memory. A text grows on the heap, or lies in its owner's memory (lab_text_over): there, what no
 * longer fits is handed to flush, if there is one, or is cut off.
 *
 * Errors. Memory that runs out and a flush that fails set `failed`, and later appends do nothing:
 * ask once, at the end.
 * Numbers that JSON has no form for (NaN, infinities) become null.
 * Threads. One. Source: RFC 8259.
 */
#ifndef LAB_LAB_TEXT_H
#define LAB_LAB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The longest sentence or paragraph in a document, in bytes; result.schema.json's `words`. */
enum { LAB_WORDS_MAX = 2000 };

struct lab_text {
    char *data; /* zero-terminated once anything was appended; malloc'd, or the owner's */
    size_t size, capacity;
    bool failed;
    bool owned;                          /* data is the owner's */
    int (*flush)(struct lab_text *text); /* takes all of it; not 0: it failed */
    /* JSON: open brackets (bit 1: array), and whether the innermost has a member yet. */
    uint64_t arrays;
    unsigned depth;
    bool comma;
};

/* An empty text in memory of the owner's, which is to outlive it; flush may be NULL. */
void lab_text_over(struct lab_text *text, char *memory, size_t size,
                   int (*flush)(struct lab_text *text));

void lab_text_append(struct lab_text *text, const char *data, size_t size);
void lab_text_printf(struct lab_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void lab_text_release(struct lab_text *text);

/* key NULL: an element of an array, or the whole document. At most 64 levels. */
void json_object(struct lab_text *text, const char *key);
void json_array(struct lab_text *text, const char *key);
void json_end(struct lab_text *text);
void json_string(struct lab_text *text, const char *key, const char *value);
void json_number(struct lab_text *text, const char *key, double value);
void json_integer(struct lab_text *text, const char *key, uint64_t value);
void json_bool(struct lab_text *text, const char *key, bool value);
void json_null(struct lab_text *text, const char *key);

#endif
