#include "platform/error.h"

#include <stdio.h>

const char *lab_error_name(int code)
{
    switch (code) {
#define X(name, value, text)                                                                       \
    case value:                                                                                    \
        return #name;
        LAB_ERRORS(X)
#undef X
    }
    return "LAB_E_UNKNOWN";
}

const char *lab_error_text(int code)
{
    switch (code) {
#define X(name, value, text)                                                                       \
    case value:                                                                                    \
        return text;
        LAB_ERRORS(X)
#undef X
    }
    return "unknown error";
}

/* What is quoted in a sentence may be anything; the sentence is one line, and no terminal obeys it.
 * UTF-8 stays. */
static void one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

int lab_fail(struct lab_failure *failure, int code, const char *format, ...)
{
    if (failure) {
        va_list args;
        failure->code = code;
        failure->cause = 0;
        failure->cause_text[0] = '\0';
        va_start(args, format);
        vsnprintf(failure->text, sizeof failure->text, format, args);
        va_end(args);
        one_line(failure->text);
    }
    return code;
}

void lab_fail_cause(struct lab_failure *failure, int cause, const char *format, ...)
{
    if (!failure)
        return;
    va_list args;
    failure->cause = cause;
    va_start(args, format);
    vsnprintf(failure->cause_text, sizeof failure->cause_text, format, args);
    va_end(args);
}
