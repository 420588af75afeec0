/* Whoever watches a run from outside: a page, a program around the lab, a terminal.
 *
 * What it is. They are shown what happened, and answer when they have looked. In between they are
 * told nothing, and so have nothing to draw: on a machine with two cores a page that draws takes a
 * half of one from what is measured.
 *
 * How it is used. lab_watch_show(), then lab_watch_seen() until true. lab/look.h says when.
 *
 * Threads. The coordinator. Blocking. lab_watch_seen(), up to wait_ns where the target can.
 * Ownership. The view and what it points at must stay unchanged until it has been seen.
 */
#ifndef LAB_PLATFORM_WATCH_H
#define LAB_PLATFORM_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As the host reads it (worker/view.js): addresses and sizes. */
struct lab_view {
    const char *reports; /* JSON objects with commas between them (worker/protocol.js, CoreEvent) */
    size_t reports_size;
    const char *lanes; /* JSON array of the new lanes (worker/protocol.js, Lane) */
    size_t lanes_size;
    const void *events; /* struct lab_trace_event; lanes are numbered as in `lanes` */
    size_t events_size;
    const void *tiles; /* as worker/protocol.js says */
    size_t tiles_size;
    size_t lost; /* events overwritten before they could be collected */
};

/* Somebody wants to be shown reports, or the line of a terminal. Never natively: there the
 * coordinator writes its line itself, while nothing is measured. */
bool lab_is_watched(void);
/* … and lanes, events and tiles too. */
bool lab_wants_live(void);

void lab_watch_show(const struct lab_view *view);
/* True: they have looked, or nothing was ever shown. */
bool lab_watch_seen(uint64_t wait_ns);
/* When they were busy since they answered the last time, with drawing, messages and what a person
 * did: pairs of begin and end, on the clock of lab_now_ns(), in milliseconds. Until the next
 * lab_watch_show(). */
const double *lab_watch_busy(size_t *pairs);

#endif
