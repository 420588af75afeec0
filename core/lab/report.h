/* Reports of a finished experiment: the document, the table, the verdict.
 *
 * The document is the result format, core/lab/result.schema.json. */
#ifndef LAB_LAB_REPORT_H
#define LAB_LAB_REPORT_H

#include "lab/experiment.h"
#include "lab/text.h"

/* Writes what the options ask for: the table or the document to stdout, files. LAB_E_IO after one line on
 * stderr when a file cannot be written. */
int lab_report(const struct lab_experiment *experiment);

void lab_report_document(const struct lab_experiment *experiment, struct lab_text *out);
void lab_report_table(const struct lab_experiment *experiment, struct lab_text *out);

/* The envelope that every command's document begins with: schema, command, seed, environment. Leaves the
 * object open. */
void lab_report_envelope(struct lab_text *out, const char *command, uint64_t seed,
                         const struct lab_machine *machine);

/* What the numbers say about one workload, in sentences; best: cells that nothing beats. */
struct lab_verdict {
    struct lab_text why;
    const struct lab_cell *best[LAB_MAX_METHODS];
    size_t best_count;
};
void lab_verdict_make(struct lab_verdict *verdict, const struct lab_experiment *experiment,
                      const struct lab_case *work);

/* Scaling of one workload under one method, from its speed-ups. */
struct lab_scaling_report {
    bool has_amdahl, has_usl;
    double serial_fraction, amdahl_r_squared;
    double sigma, kappa, lambda, usl_r_squared, peak_workers; /* peak 0: none */
    double amdahl_residuals[LAB_MAX_WORKER_COUNTS], usl_residuals[LAB_MAX_WORKER_COUNTS];
    size_t points;
    char reason[160]; /* why a fit is missing */
};
void lab_scaling_make(struct lab_scaling_report *report, const struct lab_experiment *experiment,
                      const struct lab_case *work, const struct lab_method *method);

#endif
