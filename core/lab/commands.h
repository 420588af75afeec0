/* The commands of a program, as lab.c finds them.
 *
 * What it is. A table in which each command has one row. There are two: commands.c has every
 * command, and compare_main.c those that the page which people open first runs, so that it need not
 * download the others.
 *
 * How it is used. A header declares lab_NAME_create(), _step(), _next(), _status() and _destroy(),
 * as compare.h does, help.c has lab_NAME_help, and a list of X(NAME, word, words, summary) becomes
 * the table:
 *
 *     LIST(LAB_COMMAND_ADAPTER)
 *     const struct lab_command lab_commands[] = {LIST(LAB_COMMAND_ROW){0}};
 */
#ifndef LAB_LAB_COMMANDS_H
#define LAB_LAB_COMMANDS_H

#include <stdint.h>

#include "platform/error.h"

struct lab_command {
    const char *name, *words, *summary, *help; /* words, summary: its line in the general help */
    void *(*create)(int argc, char **argv, struct lab_failure *failure);
    int (*step)(void *state);
    uint64_t (*next)(const void *state);
    int (*status)(const void *state);
    void (*destroy)(void *state);
};

/* In the order that help shows them; the last one has no name. */
extern const struct lab_command lab_commands[];

extern const char lab_list_help[];
extern const char lab_compare_help[];
extern const char lab_futures_help[];
extern const char lab_gil_command_help[];
extern const char lab_latency_command_help[];
extern const char lab_spin_command_help[];
extern const char lab_bench_command_help[];

/* clang-format off */
/* What a page that compares needs. */
#define LAB_COMPARE_COMMANDS(X)                                                                    \
    X(list, "list", "list [--json]", "workloads and methods, and what is available here")          \
    X(compare, "compare", "compare [WORKLOAD...]",                                                 \
      "run workloads under several methods and compare them")

/* The table calls them all alike; each command's own functions keep their types. */
#define LAB_COMMAND_ADAPTER(name, word, words, summary)                                            \
    static void *name##_create(int argc, char **argv, struct lab_failure *failure)                 \
    {                                                                                              \
        return lab_##name##_create(argc, argv, failure);                                           \
    }                                                                                              \
    static int name##_step(void *state)                                                            \
    {                                                                                              \
        return lab_##name##_step(state);                                                           \
    }                                                                                              \
    static uint64_t name##_next(const void *state)                                                 \
    {                                                                                              \
        return lab_##name##_next(state);                                                           \
    }                                                                                              \
    static int name##_status(const void *state)                                                    \
    {                                                                                              \
        return lab_##name##_status(state);                                                         \
    }                                                                                              \
    static void name##_destroy(void *state)                                                        \
    {                                                                                              \
        lab_##name##_destroy(state);                                                               \
    }

#define LAB_COMMAND_ROW(name, word, words, summary)                                                \
    {word,        words,       summary,       lab_##name##_help, name##_create,                    \
     name##_step, name##_next, name##_status, name##_destroy},
/* clang-format on */

#endif
