/* When whoever watches a run is shown how it goes, and what they took from what was measured.
 *
 * What it is. A page that draws while a sample runs makes the sample longer, and all methods that
 * want every core look worse than they are. So what happens is kept, and shown in looks: all of it
 * at once, between two measurements, when at least LAB_LOOK_EVERY_NS have passed since the last
 * look. The command waits until they have looked, and between two looks they have nothing to draw.
 * Where nobody watches there are no looks, and nothing waits.
 *
 * How it is used. lab_look_reset(); lab_look_report() when something happened; between
 * measurements, if lab_look_due(): lab_look_begin(), and lab_looked() until true.
 * lab_look_measured() for what was measured. At the end a look of its own, so that everything is
 * shown and accounted for.
 * A command that measures without a break (`gil`) does not wait for lab_looked(), and begins no
 * other look before it is true.
 *
 * What they took. Those who watch say when they were busy: a person may scroll or look closer at
 * any time. lab_look_observed() is how much of that fell into what was measured. Of a page it is
 * the main thread's share: the browser's own threads are not seen.
 *
 * Threads. The coordinator. Blocking. lab_looked(), up to wait_ns where the target can.
 */
#ifndef LAB_LAB_LOOK_H
#define LAB_LAB_LOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lab/text.h"

/* Three a second: enough to follow, and what they cost is a tenth of the time. */
#define LAB_LOOK_EVERY_NS UINT64_C(330000000)

/* A new run begins (lab_live_reset()). */
void lab_look_reset(void);
/* Something happened: a JSON object, closed. It is released. */
void lab_look_report(struct lab_text *object);
/* Whether it is time for a look; never where nobody watches. Also when a terminal's line is to be
 * drawn anew. */
bool lab_look_due(void);
void lab_look_begin(void);
/* They have looked, or nobody was shown anything. */
bool lab_looked(uint64_t wait_ns);
/* From begin_ns to end_ns something was measured. In order. */
void lab_look_measured(uint64_t begin_ns, uint64_t end_ns);

struct lab_observed {
    double measured; /* seconds, all lab_look_measured() together */
    double seconds;  /* of them those who watched were busy, until the last look */
};
struct lab_observed lab_look_observed(void);
/* Its members of a document: observerSeconds, and observerNote where it is more than what may be
 * left unsaid, 2% of what was measured. */
void lab_observed_document(struct lab_text *out, const struct lab_observed *observed);
/* The note, as the last paragraph of a table; nothing where there is none. */
void lab_observed_table(struct lab_text *out, const struct lab_observed *observed);

/* Internal, here for the test. Seconds of the windows in which one of the pairs (milliseconds)
 * lies. */
struct lab_window {
    uint64_t begin_ns, end_ns;
};
double lab__look_overlap(const struct lab_window *windows, size_t count, const double *busy,
                         size_t pairs);

#endif
