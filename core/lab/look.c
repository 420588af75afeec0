#include "lab/look.h"

#include <stdio.h>

#include "lab/live.h"
#include "platform/system.h"
#include "platform/watch.h"

enum { WINDOWS = 256 };

static const double NOTABLE = 0.02;

static struct {
    struct lab_text reports;
    struct lab_view view;
    bool looking;
    uint64_t last_ns; /* when the last look ended; 0: there was none */
    /* What was measured since: further windows make the last one longer. */
    struct lab_window windows[WINDOWS];
    size_t window_count;
    struct lab_observed observed;
} look;

void lab_look_reset(void)
{
    lab_live_reset();
    lab_text_release(&look.reports);
    look.last_ns = 0;
    look.window_count = 0;
    look.observed = (struct lab_observed){0, 0};
}

void lab_look_report(struct lab_text *object)
{
    if (!object->failed && lab_has_events()) {
        if (look.reports.size)
            lab_text_append(&look.reports, ",", 1);
        lab_text_append(&look.reports, object->data, object->size);
    }
    lab_text_release(object);
}

bool lab_look_due(void)
{
    return (lab_is_watched() || lab_is_terminal(2)) && !look.looking &&
           lab_now_ns() - look.last_ns >= LAB_LOOK_EVERY_NS;
}

void lab_look_begin(void)
{
    if (!lab_is_watched()) {
        look.last_ns = lab_now_ns();
        return;
    }
    lab_live_collect();
    look.view = (struct lab_view){0};
    lab_live_view(&look.view);
    look.view.reports = look.reports.data;
    look.view.reports_size = look.reports.size;
    look.looking = true;
    lab_watch_show(&look.view);
}

double lab__look_overlap(const struct lab_window *windows, size_t count, const double *busy,
                         size_t pairs)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        double begin = (double)windows[i].begin_ns / 1e6, end = (double)windows[i].end_ns / 1e6;
        for (size_t j = 0; j < pairs; j++) {
            double from = busy[2 * j] > begin ? busy[2 * j] : begin;
            double to = busy[2 * j + 1] < end ? busy[2 * j + 1] : end;
            sum += to > from ? to - from : 0;
        }
    }
    return sum / 1e3;
}

bool lab_looked(uint64_t wait_ns)
{
    size_t pairs;
    if (!look.looking)
        return true;
    if (!lab_watch_seen(wait_ns))
        return false;
    look.looking = false;
    const double *busy = lab_watch_busy(&pairs);
    look.observed.seconds += lab__look_overlap(look.windows, look.window_count, busy, pairs);
    look.window_count = 0;
    lab_text_release(&look.reports);
    lab_live_seen();
    look.last_ns = lab_now_ns();
    return true;
}

void lab_look_measured(uint64_t begin_ns, uint64_t end_ns)
{
    look.observed.measured += (double)(end_ns - begin_ns) / 1e9;
    if (!lab_is_watched())
        return;
    if (look.window_count == WINDOWS)
        look.windows[WINDOWS - 1].end_ns = end_ns;
    else
        look.windows[look.window_count++] = (struct lab_window){begin_ns, end_ns};
}

struct lab_observed lab_look_observed(void)
{
    return look.observed;
}

static bool note(char *text, size_t size, const struct lab_observed *observed)
{
    if (!(observed->seconds > NOTABLE * observed->measured))
        return false;
    snprintf(
        text, size,
        "What shows this run was busy itself for %.2g s of the %.3g s that were measured (%.0f%%): "
        "scrolling and drawing take time from what is measured.",
        observed->seconds, observed->measured, 100 * observed->seconds / observed->measured);
    return true;
}

void lab_observed_document(struct lab_text *out, const struct lab_observed *observed)
{
    char text[200];
    json_number(out, "observerSeconds", observed->seconds);
    if (note(text, sizeof text, observed))
        json_string(out, "observerNote", text);
}

void lab_observed_table(struct lab_text *out, const struct lab_observed *observed)
{
    char text[200];
    if (note(text, sizeof text, observed))
        lab_text_printf(out, "\n%s\n", text);
}
