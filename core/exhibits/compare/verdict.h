/* The verdict on a workload: what the intervals say, in words. */
#ifndef LAB_EXHIBITS_COMPARE_VERDICT_H
#define LAB_EXHIBITS_COMPARE_VERDICT_H

#include "exhibits/compare/experiment.h"
#include "lab/text.h"

/* What the numbers say about one workload, in sentences; best: the fastest cell, and those
 * that do not differ from it. */
struct lab_verdict {
    struct lab_text why; /* in words: a verdict is not copied, and can always be given */
    char words[LAB_WORDS_MAX + 1];
    const struct lab_cell *best[LAB_MAX_METHODS];
    size_t best_count;
};
void lab_verdict_make(struct lab_verdict *verdict, const struct lab_experiment *experiment,
                      const struct lab_case *work);

#endif
