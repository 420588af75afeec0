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

int lab_fail(struct lab_failure *failure, int code, const char *format, ...)
{
    if (failure) {
        va_list args;
        failure->code = code;
        va_start(args, format);
        vsnprintf(failure->text, sizeof failure->text, format, args);
        va_end(args);
    }
    return code;
}
