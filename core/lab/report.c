#include "lab/report.h"

#include <string.h>

#include "lab/chrome_trace.h"
#include "lab/document.h"
#include "lab/events.h"
#include "lab/table.h"

int lab_deliver(const char *name, const struct lab_text *text)
{
    struct lab_failure failure;
    if (text->failed) {
        lab_print(2, "lab: out of memory for the result\n");
        return LAB_E_NOMEM;
    }
    if (strcmp(name, "-") == 0) {
        return lab_write(1, text->data, text->size);
    }
    int code = lab_write_file(name, text->data, text->size, &failure);
    if (code)
        lab_print(2, "lab: %s\n", failure.text);
    return code;
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
        lab_chrome_trace(&text);
        int failed = lab_deliver(options->trace, &text);
        code = code ? code : failed;
        lab_text_release(&text);
    }
    return code;
}
