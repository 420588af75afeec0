/* The commands of a program, as lab.c finds them.
 *
 * What it is. A table of all there are. There are two: commands.c has every command, and
 * exhibits/compare/main.c those that the page which people open first runs, so that it need not
 * download the others.
 *
 * How it is used. A command is a struct lab_command, declared by a header of its exhibit. create,
 * then step until LAB_CO_DONE, status, destroy. It is a state machine, because an isolate that
 * coordinates cannot block: a step goes as far as it can. Where it can block it does, and is done
 * when it returns.
 *
 * Threads. One, the coordinator; one command at a time. Blocking. step, where the target can.
 */
#ifndef LAB_LAB_COMMANDS_H
#define LAB_LAB_COMMANDS_H

#include <stdint.h>

#include "futures/task.h"
#include "platform/error.h"

struct lab_command {
    const char *name, *words, *summary; /* words, summary: its line in the general help */
    const char *help;                   /* what `lab NAME --help` prints */
    /* Tasks of its own that child processes run, by name; NULL: none of that name. May be NULL. */
    const struct lab_task_type *(*task_type)(const char *name);
    /* argv: the words after the command's. NULL with the failure: LAB_E_USAGE, LAB_E_IO,
     * LAB_E_UNAVAILABLE, LAB_E_NOMEM. */
    void *(*create)(int argc, char **argv, struct lab_failure *failure);
    /* The others are called where create has given a state, and may be NULL where it never does.
     * LAB_CO_DONE or LAB_CO_AWAIT. */
    int (*step)(void *state);
    /* After LAB_CO_AWAIT: nanoseconds until the next step makes sense; LAB_FOREVER: when there is
     * news. NULL: at once. */
    uint64_t (*next)(const void *state);
    /* The exit status: 0 done and verified, 1 something failed or the user stopped it. */
    int (*status)(const void *state);
    void (*destroy)(void *state);
};

/* In the order that help shows them; NULL is the end. */
extern const struct lab_command *const lab_commands[];

#endif
