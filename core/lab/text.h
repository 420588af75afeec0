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
 * Errors. Memory that runs out sets `failed` and later appends do nothing: ask once, at the end.
 * Numbers that JSON has no form for (NaN, infinities) become null.
 * Threads. One. Source: RFC 8259.
 */
#ifndef LAB_LAB_TEXT_H
#define LAB_LAB_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lab_text {
    char *data; /* zero-terminated once anything was appended; malloc'd */
    size_t size, capacity;
    bool failed;
    /* JSON: open brackets (bit 1: array), and whether the innermost has a member yet. */
    uint64_t arrays;
    unsigned depth;
    bool comma;
};

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
