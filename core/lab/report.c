#include "lab/report.h"

#include "lab/deliver.h"
#include "lab/document.h"
#include "lab/events.h"
#include "lab/table.h"
#include "lab/text.h"

int lab_report(const struct lab_experiment *experiment)
{
    lab_event_clear();
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (cell->failure.code)
            lab_print(2, "lab: %s, %s, %u worker%s: %s\n", cell->work->problem.workload->name,
                      cell->pool->method->name, cell->pool->workers,
                      cell->pool->workers == 1 ? "" : "s", cell->failure.text);
    }
    return lab_deliver_report(experiment, lab_table_write, lab_document_write,
                              experiment->options.json, experiment->options.trace);
}
