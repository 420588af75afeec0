/* What a comparison tells while it runs: reports for a page (worker/protocol.js, CoreEvent), which
 * it is shown in looks (lab/look.h), and as often a line that redraws itself for a person at a
 * terminal. Never called while a sample is being measured. */
#ifndef LAB_EXHIBITS_COMPARE_EVENTS_H
#define LAB_EXHIBITS_COMPARE_EVENTS_H

#include "exhibits/compare/experiment.h"

void lab_event_plan(const struct lab_experiment *experiment);
void lab_event_phase(const struct lab_cell *cell, const char *phase, unsigned round);
void lab_event_sample(const struct lab_cell *cell, unsigned round, double elapsed_seconds);
void lab_event_failure(size_t cell, const char *sentence);
/* What is fastest after so many rounds, for each workload. */
void lab_event_verdicts(const struct lab_experiment *experiment, unsigned rounds);

#endif
