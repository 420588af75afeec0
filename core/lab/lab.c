#include "lab/lab.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "lab/commands.h"
#include "lab/text.h"
#include "loop/co.h"
#include "platform/sync.h"
#include "platform/system.h"

static struct {
    const struct lab_command *command; /* NULL: there is nothing to do */
    void *state;
    int status;
} lab;

static const struct lab_command *find(const char *name)
{
    for (size_t i = 0; lab_commands[i]; i++)
        if (strcmp(lab_commands[i]->name, name) == 0)
            return lab_commands[i];
    return NULL;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

/* What was asked for; status 1 when it cannot be written. */
static void show(const char *text, size_t size)
{
    lab.status = lab_write(1, text, size) ? 1 : 0;
}

static void general_help(void)
{
    struct lab_text text = {0};
    lab_text_printf(&text, "lab - concurrency models compared on your own machine\n\n");
    for (size_t i = 0; lab_commands[i]; i++)
        lab_text_printf(&text, "  lab %-26s %s\n", lab_commands[i]->words,
                        lab_commands[i]->summary);
    lab_text_printf(
        &text,
        "  lab --help, lab COMMAND --help, lab --version\n"
        "\n"
        "Results go to stdout, progress to stderr. Exit status: 0 done and verified, 1 a run "
        "failed or\n"
        "a result did not verify, 2 the words were wrong.\n");
    /* At once: what cannot be written is said once. */
    show(text.data, text.size);
    lab.status = text.failed ? 1 : lab.status;
    lab_text_release(&text);
}

/* "list, compare and gil"; last: the word before the last one. */
static void names(char *text, size_t size, const char *last)
{
    size_t used = 0;
    for (size_t i = 0; lab_commands[i] && used < size; i++) {
        const char *before = i == 0 ? "" : lab_commands[i + 1] ? ", " : last;
        used += (size_t)snprintf(text + used, size - used, "%s%s", before, lab_commands[i]->name);
    }
}

static void refuse(const struct lab_failure *failure)
{
    lab_print(2, "lab: %s\n", failure->text);
    lab.status = failure->code == LAB_E_USAGE ? 2 : 1;
}

static void begin(const struct lab_command *command, int argc, char **argv)
{
    struct lab_failure failure = {0};
    if (asks_for_help(argc, argv)) {
        show(command->help, strlen(command->help));
        return;
    }
    lab.state = command->create(argc, argv, &failure);
    if (lab.state) {
        lab.command = command;
        return;
    }
    refuse(&failure);
}

void lab_begin(int argc, char **argv)
{
    static const char version[] = "lab " LAB_VERSION "\n";
    struct lab_failure failure = {0};
    char known[200];
    lab.command = NULL;
    lab.status = 0;
    const struct lab_command *command = argc ? find(argv[0]) : NULL;
    if (command) {
        begin(command, argc - 1, argv + 1);
    } else if (argc && strcmp(argv[0], "--version") == 0) {
        show(version, sizeof version - 1);
    } else if (argc && (strcmp(argv[0], "help") == 0 || asks_for_help(argc, argv))) {
        general_help();
    } else if (argc == 0 || argv[0][0] == '-') {
        names(known, sizeof known, " or ");
        lab_fail(&failure, LAB_E_USAGE, "the first word is a command: %s; `lab --help` says more",
                 known);
        refuse(&failure);
    } else {
        names(known, sizeof known, " and ");
        lab_fail(&failure, LAB_E_USAGE, "no command is called \"%.60s\"; there are %s", argv[0],
                 known);
        refuse(&failure);
    }
}

bool lab_step(void)
{
    if (!lab.command)
        return true;
    if (lab.command->step(lab.state) == LAB_CO_AWAIT)
        return false;
    lab.status = lab.command->status(lab.state);
    return true;
}

uint64_t lab_next(void)
{
    return lab.command && lab.command->next ? lab.command->next(lab.state) : 0;
}

int lab_end(bool *stopped)
{
    if (lab.command)
        lab.command->destroy(lab.state);
    lab.command = NULL;
    lab.state = NULL;
    *stopped = lab_stopping();
    lab_stop_clear();
    return lab.status;
}
