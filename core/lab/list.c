#include "lab/list.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "futures/executor.h"
#include "lab/document.h"
#include "loop/co.h"
#include "workloads/workload.h"

struct lab_list {
    bool json;
    int status;
};

static void as_json(struct lab_text *out, const struct lab_machine *machine)
{
    lab_document_envelope(out, "list", 0, machine);
    json_array(out, "workloads");
    for (size_t i = 0; lab_workloads[i]; i++) {
        const struct lab_workload *workload = lab_workloads[i];
        if (workload->hidden)
            continue;
        json_object(out, NULL);
        json_string(out, "name", workload->name);
        json_string(out, "family", lab_family_text(workload->family));
        json_string(out, "sentence", workload->sentence);
        json_string(out, "source", workload->source);
        json_string(out, "sizeUnit", workload->size_unit);
        json_integer(out, "defaultSize", workload->default_size);
        json_integer(out, "minSize", workload->min_size);
        json_integer(out, "maxSize", workload->max_size);
        json_end(out);
    }
    json_end(out);
    json_array(out, "methods");
    for (size_t i = 0; lab_methods[i]; i++) {
        const char *reason = lab_methods[i]->unavailable();
        json_object(out, NULL);
        json_string(out, "name", lab_methods[i]->name);
        json_string(out, "sentence", lab_methods[i]->sentence);
        json_bool(out, "parallel", lab_methods[i]->parallel);
        json_bool(out, "available", reason == NULL);
        if (reason)
            json_string(out, "reason", reason);
        json_end(out);
    }
    json_end(out);
    json_end(out);
    lab_text_append(out, "\n", 1);
}

static void as_text(struct lab_text *out)
{
    lab_text_printf(out, "Workloads\n");
    for (size_t i = 0; lab_workloads[i]; i++) {
        const struct lab_workload *workload = lab_workloads[i];
        if (!workload->hidden)
            lab_text_printf(out,
                            "  %-12s %-6s  %s\n  %-11s %-6s  size %" PRIu64 " %s (%" PRIu64
                            " to %" PRIu64 ")\n",
                            workload->name, lab_family_text(workload->family), workload->sentence,
                            "", "", workload->default_size, workload->size_unit, workload->min_size,
                            workload->max_size);
    }
    lab_text_printf(out, "\nMethods\n");
    for (size_t i = 0; lab_methods[i]; i++) {
        const char *reason = lab_methods[i]->unavailable();
        lab_text_printf(out, "  %-12s %s\n", lab_methods[i]->name, lab_methods[i]->sentence);
        if (reason)
            lab_text_printf(out, "  %-12s not available here: %s\n", "", reason);
    }
}

static const char help[] =
    "lab list [--json]\n"
    "\n"
    "Shows the workloads and the methods, with what is available here and why not.\n"
    "\n"
    "  --json    as JSON\n";

static void *create(int argc, char **argv, struct lab_failure *failure)
{
    if (argc && strncmp(argv[0], "--json=", 7) == 0) {
        lab_fail(failure, LAB_E_USAGE, "list takes --json without a value; it goes to stdout");
        return NULL;
    }
    if (argc > 1 || (argc == 1 && strcmp(argv[0], "--json") != 0)) {
        lab_fail(failure, LAB_E_USAGE, "list takes --json and nothing else, not \"%.60s\"",
                 strcmp(argv[0], "--json") == 0 ? argv[1] : argv[0]);
        return NULL;
    }
    struct lab_list *list = calloc(1, sizeof *list);
    if (!list)
        lab_fail(failure, LAB_E_NOMEM, "out of memory");
    else
        list->json = argc == 1;
    return list;
}

static int step(void *state)
{
    struct lab_list *list = state;
    struct lab_text text = {0};
    struct lab_machine machine = {0};
    /* Nothing is measured for a list. */
    lab_environment(&machine.environment);
    machine.timer_resolution_ns = __builtin_nan("");
    if (list->json)
        as_json(&text, &machine);
    else
        as_text(&text);
    list->status = text.failed || lab_write(1, text.data, text.size) ? 1 : 0;
    lab_text_release(&text);
    return LAB_CO_DONE;
}

static int status(const void *state)
{
    const struct lab_list *list = state;
    return list->status;
}

static void destroy(void *state)
{
    struct lab_list *list = state;
    free(list);
}

const struct lab_command lab_list_command = {
    .name = "list",
    .words = "list [--json]",
    .summary = "workloads and methods, and what is available here",
    .help = help,
    .create = create,
    .step = step,
    .status = status,
    .destroy = destroy,
};
