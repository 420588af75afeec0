#include "lab/text.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lab_text_over(struct lab_text *text, char *memory, size_t size,
                   int (*flush)(struct lab_text *text))
{
    *text = (struct lab_text){.data = memory, .capacity = size, .owned = true, .flush = flush};
    memory[0] = '\0';
}

static size_t left(const struct lab_text *text)
{
    return text->capacity - text->size - 1;
}

static bool flush(struct lab_text *text)
{
    text->failed |= text->flush(text) != 0;
    text->size = 0;
    text->data[0] = '\0';
    return !text->failed;
}

/* Room for so many bytes. Of the owner's memory there may be less; false: none. */
static bool reserve(struct lab_text *text, size_t size)
{
    if (text->failed)
        return false;
    if (text->capacity && size <= left(text))
        return true;
    if (text->owned)
        return (!text->flush || flush(text)) && left(text) > 0;
    size_t capacity = text->capacity ? text->capacity : 256;
    while (capacity < text->size + size + 1)
        capacity *= 2;
    char *grown = realloc(text->data, capacity);
    if (!grown) {
        text->failed = true;
        return false;
    }
    text->data = grown;
    text->capacity = capacity;
    return true;
}

/* As many of the bytes as there is room for, cut between characters of UTF-8 where they are cut. */
static size_t fitting(const char *data, size_t size, size_t room)
{
    size_t part = room, longest = 4;
    if (size <= room)
        return size;
    while (part > 0 && room - part < longest && ((unsigned char)data[part] & 0xc0) == 0x80)
        part--;
    return part ? part : room;
}

void lab_text_append(struct lab_text *text, const char *data, size_t size)
{
    while (size > 0 && reserve(text, size)) {
        size_t part = fitting(data, size, left(text));
        memcpy(text->data + text->size, data, part);
        text->size += part;
        text->data[text->size] = '\0';
        data += part;
        size -= part;
    }
}

void lab_text_printf(struct lab_text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0 || !reserve(text, (size_t)length))
        return;
    size_t room = left(text);
    va_start(args, format);
    vsnprintf(text->data + text->size, room + 1, format, args);
    va_end(args);
    text->size += (size_t)length < room ? (size_t)length : room;
}

void lab_text_release(struct lab_text *text)
{
    if (!text->owned)
        free(text->data);
    *text = (struct lab_text){0};
}

/* Length of the UTF-8 sequence at text: 1 to 4, or 0 if it is malformed (Unicode 15, table 3-7). */
static size_t utf8_length(const unsigned char *text)
{
    if (text[0] < 0x80)
        return 1;
    size_t length = text[0] >= 0xc2 && text[0] <= 0xdf   ? 2
                    : text[0] >= 0xe0 && text[0] <= 0xef ? 3
                    : text[0] >= 0xf0 && text[0] <= 0xf4 ? 4
                                                         : 0;
    unsigned char low = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;
    for (size_t i = 1; i < length; i++, low = 0x80, high = 0xbf)
        if (text[i] < low || text[i] > high)
            return 0;
    return length;
}

static void quote(struct lab_text *text, const char *value)
{
    lab_text_append(text, "\"", 1);
    for (const char *at = value; *at;) {
        size_t plain = 0, length;
        while (at[plain] && (unsigned char)at[plain] >= 0x20 && at[plain] != '"' &&
               at[plain] != '\\' && (length = utf8_length((const unsigned char *)at + plain)) > 0)
            plain += length;
        lab_text_append(text, at, plain);
        at += plain;
        if ((unsigned char)*at >= 0x80) {
            lab_text_append(text, "\xef\xbf\xbd", 3); /* U+FFFD: what was there is no UTF-8 */
            at++;
        } else if (*at == '"' || *at == '\\')
            lab_text_printf(text, "\\%c", *at++);
        else if (*at)
            lab_text_printf(text, "\\u%04x", (unsigned char)*at++);
    }
    lab_text_append(text, "\"", 1);
}

/* What stands before a value: a comma, the key. */
static void lead(struct lab_text *text, const char *key)
{
    if (text->comma)
        lab_text_append(text, ",", 1);
    text->comma = true;
    if (key) {
        quote(text, key);
        lab_text_append(text, ":", 1);
    }
}

static void open_bracket(struct lab_text *text, const char *key, bool array)
{
    assert(text->depth < 64);
    lead(text, key);
    lab_text_append(text, array ? "[" : "{", 1);
    text->arrays = text->arrays << 1 | array;
    text->depth++;
    text->comma = false;
}

void json_object(struct lab_text *text, const char *key)
{
    open_bracket(text, key, false);
}

void json_array(struct lab_text *text, const char *key)
{
    open_bracket(text, key, true);
}

void json_end(struct lab_text *text)
{
    assert(text->depth > 0);
    lab_text_append(text, text->arrays & 1 ? "]" : "}", 1);
    text->arrays >>= 1;
    text->depth--;
    text->comma = true;
}

void json_string(struct lab_text *text, const char *key, const char *value)
{
    lead(text, key);
    quote(text, value);
}

void json_number(struct lab_text *text, const char *key, double value)
{
    lead(text, key);
    if (!isfinite(value)) {
        lab_text_append(text, "null", 4);
        return;
    }
    /* Twelve digits: a nanosecond in a quarter of an hour. */
    lab_text_printf(text, "%.12g", value);
}

void json_integer(struct lab_text *text, const char *key, uint64_t value)
{
    lead(text, key);
    lab_text_printf(text, "%" PRIu64, value);
}

void json_bool(struct lab_text *text, const char *key, bool value)
{
    lead(text, key);
    lab_text_append(text, value ? "true" : "false", value ? 4 : 5);
}

void json_null(struct lab_text *text, const char *key)
{
    lead(text, key);
    lab_text_append(text, "null", 4);
}
