/* Do two cells differ? What the 95% interval of their ratio says, and nothing else: not their
 * medians, and not whether their own two intervals overlap, which calls too few cells different:
 * two can overlap while their difference is significant (Schenker and Gentleman, "On judging the
 * significance of differences by examining the overlap between confidence intervals", The American
 * Statistician 55(3), 2001). How often the ratio's interval is right: bootstrap.h.
 *
 * Threads: no state; any thread.
 */
#ifndef LAB_STATS_COMPARE_H
#define LAB_STATS_COMPARE_H

#include <stdbool.h>

#include "stats/bootstrap.h"

enum lab_difference {
    LAB_TOO_FEW,     /* there is no interval */
    LAB_CANNOT_TELL, /* it holds 1, and more than LAB_NOTHING */
    LAB_NO_CHANGE,   /* it holds 1, and all of it is within LAB_NOTHING of 1 */
    LAB_SMALLER,     /* all of it is below 1 */
    LAB_LARGER,      /* all of it is above 1 */
};

/* Within so much of 1 a ratio "changes nothing". */
#define LAB_NOTHING 0.05

enum lab_difference lab_difference(const struct lab_interval *ratio);

/* Said to differ: LAB_SMALLER or LAB_LARGER. */
bool lab_differs(const struct lab_interval *ratio);

/* The whole interval is within LAB_NOTHING of 1, whichever side it is on. */
bool lab_changes_nothing(const struct lab_interval *ratio);

#endif
