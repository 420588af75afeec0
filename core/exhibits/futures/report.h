/* What `lab futures` found: for people, as a document, and as events while it runs. */
#ifndef LAB_EXHIBITS_FUTURES_REPORT_H
#define LAB_EXHIBITS_FUTURES_REPORT_H

#include "exhibits/futures/conformance.h"
#include "exhibits/futures/deadlock.h"
#include "exhibits/futures/options.h"
#include "exhibits/futures/storm.h"
#include "lab/deliver.h"
#include "lab/text.h"

/* One run of the command; only command.c writes it. */
struct lab_futures_run {
    struct lab_futures_options options;
    struct lab_ended ended;
    /* The suite. */
    struct lab_trial_result *results;
    size_t result_count;
    /* A deadlock; code: why there is none. */
    struct lab_deadlock_outcome deadlock;
    struct lab_failure deadlock_failure;
    /* The storm, a result for each seed. */
    struct lab_storm_result *storms;
    size_t storm_count;
};

/* Whether the case is to be run. */
bool lab_futures_chosen(const struct lab_futures_options *options,
                        const struct lab_rule_case *rule);
/* Nothing failed, nothing was stopped. */
bool lab_futures_passed(const struct lab_futures_run *run);

/* One seed of the storm, as a line. */
void lab_futures_storm_line(const struct lab_storm_result *one, struct lab_text *out);
/* The rest; subject: a struct lab_futures_run (lab_report_writers). */
void lab_futures_table(struct lab_text *out, const void *subject);
void lab_futures_document(struct lab_text *out, const void *subject);

void lab_futures_event_plan(const struct lab_futures_options *options);
void lab_futures_event_result(const struct lab_trial_result *result);

#endif
