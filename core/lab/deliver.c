#include "lab/deliver.h"

#include <string.h>

#include "platform/system.h"

void lab_progress_clear(void)
{
    if (lab_is_terminal(2))
        lab_print(2, "\r\033[K");
}

/* Where a text goes, piece by piece. */
struct sink {
    struct lab_text text; /* first: its flush is given that */
    const char *name;     /* of a file; "-": stdout */
    const char *what;     /* it is, for a sentence */
    bool begun;
    int code;
};

static int write_piece(struct lab_text *text)
{
    struct sink *sink = (struct sink *)text;
    struct lab_failure failure;
    if (strcmp(sink->name, "-") == 0) {
        sink->code = lab_write(1, text->data, text->size);
    } else {
        sink->code = lab_write_file(sink->name, text->data, text->size, sink->begun, &failure);
        if (sink->code)
            lab_print(2, "lab: %s\n", failure.text);
    }
    sink->begun = true;
    text->size = 0;
    return sink->code;
}

static void open_sink(struct sink *sink, const char *name, const char *what)
{
    static char memory[64 << 10];
    *sink = (struct sink){.name = name, .what = what};
    lab_text_over(&sink->text, memory, sizeof memory, write_piece);
}

static int close_sink(struct sink *sink)
{
    if (!sink->text.failed)
        return write_piece(&sink->text);
    if (!sink->code) {
        lab_print(2, "lab: out of memory for the %s\n", sink->what);
        sink->code = LAB_E_NOMEM;
    }
    return sink->code;
}

int lab_deliver(const char *name, const struct lab_text *text)
{
    struct sink sink;
    open_sink(&sink, name, "result");
    lab_text_append(&sink.text, text->data, text->size);
    sink.text.failed |= text->failed;
    return close_sink(&sink);
}

static int deliver_trace(const char *name, const struct lab_trace_cells *cells)
{
    struct sink sink;
    open_sink(&sink, name, "trace");
    lab_chrome_trace(&sink.text, cells);
    return close_sink(&sink);
}

/* One form of a report. Returns code, or its own if that is 0. */
static int deliver_form(const char *name, lab_report_writer *write, const void *report, int code)
{
    struct sink sink;
    open_sink(&sink, name, "result");
    write(&sink.text, report);
    int failed = close_sink(&sink);
    return code ? code : failed;
}

/* What took a run's time to find out is not lost with its file. */
static int deliver_document(const char *name, lab_report_writer *write, const void *report,
                            int code)
{
    int failed = deliver_form(name, write, report, 0);
    if (failed && strcmp(name, "-") != 0) {
        lab_print(2, "lab: the document that %s did not take is printed instead\n", name);
        deliver_form("-", write, report, 0);
    }
    return code ? code : failed;
}

const char *lab_ended_text(const struct lab_ended *ended)
{
    return ended->unfinished ? " (unfinished)" : ended->stopped ? " (stopped)" : "";
}

void lab_keep_report(const void *report, struct lab_ended *ended, double seconds,
                     lab_report_writer *table, lab_report_writer *document, const char *json)
{
    struct lab_text text = {0};
    uint64_t start = lab_now_ns();
    if (ended->keep_seconds * 50 > seconds)
        return;
    ended->stopped = ended->unfinished = true;
    (json ? document : table)(&text, report);
    ended->stopped = ended->unfinished = false;
    if (!text.failed)
        lab_keep_result(json ? json : "-", text.data, text.size);
    lab_text_release(&text);
    ended->keep_seconds += (double)(lab_now_ns() - start) / 1e9;
}

int lab_deliver_report(const void *report, lab_report_writer *table, lab_report_writer *document,
                       const char *json, const char *trace, const struct lab_trace_cells *cells)
{
    int code = 0;
    lab_progress_clear();
    lab_keep_result(NULL, NULL, 0);
    if (!json || strcmp(json, "-") != 0)
        code = deliver_form("-", table, report, code);
    if (json)
        code = deliver_document(json, document, report, code);
    if (trace) {
        int failed = deliver_trace(trace, cells);
        code = code ? code : failed;
    }
    return code;
}
