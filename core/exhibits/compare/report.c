#include "exhibits/compare/report.h"

#include <stdio.h>
#include <string.h>

#include "exhibits/compare/document.h"
#include "exhibits/compare/events.h"
#include "exhibits/compare/table.h"
#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/text.h"

static const struct lab_cell *cell_of(const void *run, uint32_t number)
{
    const struct lab_experiment *experiment = run;
    return number < experiment->cell_count ? &experiment->cells[number] : NULL;
}

/* As the page calls it (web/timeline/sections.js). */
static void label(char *name, size_t size, const void *run, uint32_t number)
{
    const struct lab_cell *cell = cell_of(run, number);
    if (!cell)
        return;
    int length = snprintf(name, size, "%s · %s", cell->work->problem.workload->name,
                          cell->pool->method->name);
    if (cell->pool->workers > 1 && length > 0 && (size_t)length < size)
        snprintf(name + length, size - (size_t)length, " · %u workers", cell->pool->workers);
}

static const char *workload(const void *run, uint32_t number)
{
    const struct lab_cell *cell = cell_of(run, number);
    return cell ? cell->work->problem.workload->name : NULL;
}

void lab_report_keep(struct lab_experiment *experiment)
{
    lab_keep_report(experiment, &experiment->ended, experiment->seconds, lab_compare_table,
                    lab_compare_document, experiment->options.json);
}

/* The next cell of the same workload, from the i-th on, that failed as this one did; cell_count:
 * there is none. */
static size_t failed_alike(const struct lab_experiment *experiment, size_t i,
                           const struct lab_cell *cell)
{
    for (; i < experiment->cell_count; i++) {
        const struct lab_cell *other = &experiment->cells[i];
        if (other->work == cell->work && other->failure.code &&
            strcmp(other->failure.text, cell->failure.text) == 0)
            break;
    }
    return i;
}

/* Why there is no result of some: one sentence for each reason. */
static void say_what_failed(const struct lab_experiment *experiment)
{
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        char others[32] = "";
        size_t more = 0, at = i;
        if (!cell->failure.code || failed_alike(experiment, 0, cell) < i)
            continue;
        while ((at = failed_alike(experiment, at + 1, cell)) < experiment->cell_count)
            more++;
        if (more)
            snprintf(others, sizeof others, " and %zu more", more);
        lab_print(2, "lab: %s, %s, %u worker%s%s: %s\n", cell->work->problem.workload->name,
                  cell->pool->method->name, cell->pool->workers,
                  cell->pool->workers == 1 ? "" : "s", others, cell->failure.text);
    }
}

int lab_report(const struct lab_experiment *experiment)
{
    lab_progress_clear();
    say_what_failed(experiment);
    const struct lab_trace_cells cells = {experiment, label, workload};
    return lab_deliver_report(experiment, lab_compare_table, lab_compare_document,
                              experiment->options.json, experiment->options.trace, &cells);
}
