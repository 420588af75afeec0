#include "lab/deliver.h"

#include <string.h>

#include "lab/events.h"

static int deliver(const char *name, const struct lab_text *text, bool append)
{
    struct lab_failure failure;
    if (text->failed) {
        lab_print(2, "lab: out of memory for the result\n");
        return LAB_E_NOMEM;
    }
    if (strcmp(name, "-") == 0)
        return lab_write(1, text->data, text->size);
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

static int deliver_trace(const char *name, const struct lab_trace_cells *cells)
{
    struct pieces pieces = {.name = name};
    struct lab_text text = {0};
    lab_chrome_trace(&text, cells, deliver_piece, &pieces);
    lab_text_release(&text);
    return pieces.code;
}

/* One form of a report. Returns code, or its own if that is 0. */
static int deliver_form(const char *name, lab_report_writer *write, const void *report, int code)
{
    struct lab_text text = {0};
    write(&text, report);
    int failed = lab_deliver(name, &text);
    lab_text_release(&text);
    return code ? code : failed;
}

int lab_deliver_report(const void *report, lab_report_writer *table, lab_report_writer *document,
                       const char *json, const char *trace, const struct lab_trace_cells *cells)
{
    int code = 0;
    lab_event_clear();
    if (!json || strcmp(json, "-") != 0)
        code = deliver_form("-", table, report, code);
    if (json)
        code = deliver_form(json, document, report, code);
    if (trace) {
        int failed = deliver_trace(trace, cells);
        code = code ? code : failed;
    }
    return code;
}
