#include "lab/report.h"

#include <string.h>

#include "lab/chrome_trace.h"
#include "lab/document.h"
#include "lab/events.h"
#include "lab/table.h"

static int deliver(const char *name, const struct lab_text *text, bool append)
{
    struct lab_failure failure;
    if (text->failed) {
        lab_print(2, "lab: out of memory for the result\n");
        return LAB_E_NOMEM;
    }
    if (strcmp(name, "-") == 0) {
        return lab_write(1, text->data, text->size);
    }
    int code = lab_write_file(name, text->data, text->size, append, &failure);
    if (code)
        lab_print(2, "lab: %s\n", failure.text);
    return code;
}

int lab_deliver(const char *name, const struct lab_text *text)
{
    return deliver(name, text, false);
}

struct pieces {
    const char *name;
    bool begun;
    int code;
};

static int deliver_piece(struct lab_text *text, void *user)
{
    struct pieces *pieces = user;
    pieces->code = deliver(pieces->name, text, pieces->begun);
    pieces->begun = true;
    text->size = 0;
    return pieces->code;
}

int lab_deliver_trace(const char *name)
{
    struct pieces pieces = {.name = name};
    struct lab_text text = {0};
    lab_chrome_trace(&text, deliver_piece, &pieces);
    lab_text_release(&text);
    return pieces.code;
}

int lab_report(const struct lab_experiment *experiment)
{
    const struct lab_options *options = &experiment->options;
    struct lab_text text = {0};
    int code = 0;
    lab_event_clear();
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (cell->failure.code)
            lab_print(2, "lab: %s, %s, %u worker%s: %s\n", cell->work->problem.workload->name,
                      cell->pool->method->name, cell->pool->workers,
                      cell->pool->workers == 1 ? "" : "s", cell->failure.text);
    }
    if (!options->json || strcmp(options->json, "-") != 0) {
        lab_table_write(experiment, &text);
        code = lab_deliver("-", &text);
        lab_text_release(&text);
    }
    if (options->json) {
        lab_document_write(experiment, &text);
        int failed = lab_deliver(options->json, &text);
        code = code ? code : failed;
        lab_text_release(&text);
    }
    if (options->trace) {
        int failed = lab_deliver_trace(options->trace);
        code = code ? code : failed;
    }
    return code;
}
