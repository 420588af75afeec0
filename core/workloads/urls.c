#include "workloads/urls.h"

#include <string.h>

int lab__urls_prepare(struct lab_problem *problem, const struct lab_workload_options *options,
                      const void *head_data, size_t head, struct lab_failure *failure)
{
    const char *name = problem->workload->name;
    size_t count = (size_t)problem->size;
    if (!options->urls || options->url_count == 0)
        return lab_fail(failure, LAB_E_INVALID, "%s: no URLs were given", name);
    for (size_t i = 0; i < options->url_count; i++)
        if (options->urls[i][0] == '\0')
            return lab_fail(failure, LAB_E_INVALID, "%s: URL %zu of the list is empty", name,
                            i + 1);
    int code = lab__problem_tasks(problem, count, failure);
    for (size_t i = 0; i < count && !code; i++) {
        const char *url = options->urls[i % options->url_count];
        size_t length = strlen(url) + 1;
        unsigned char *bytes = lab__problem_task(problem, i, head + length, failure);
        if (!bytes)
            return LAB_E_NOMEM;
        if (head > 0)
            memcpy(bytes, head_data, head);
        memcpy(bytes + head, url, length);
    }
    return code;
}

const char *lab__urls_of(struct lab_bytes task, size_t head)
{
    const char *bytes = task.data;
    if (task.size < head + 2 || bytes[task.size - 1] != '\0')
        return NULL;
    return bytes + head;
}

int lab__urls_verify(const struct lab_problem *problem, const struct lab_bytes *results,
                     size_t size, size_t head, struct lab_failure *failure)
{
    /* The list repeats itself after `period` tasks. If it names a URL twice this may find a shorter
     * period, and then fewer pairs are compared, never wrong ones. */
    const char *first = lab__urls_of(problem->tasks[0], head);
    size_t period = 1;
    while (period < problem->task_count &&
           strcmp(first, lab__urls_of(problem->tasks[period], head)) != 0)
        period++;
    for (size_t i = 0; i < problem->task_count; i++) {
        const char *url = lab__urls_of(problem->tasks[i], head);
        int code = lab__result_size(problem, i, results[i], size, failure);
        if (code)
            return code;
        if (i >= period && strcmp(url, lab__urls_of(problem->tasks[i - period], head)) == 0 &&
            memcmp(results[i].data, results[i - period].data, size) != 0)
            return lab_fail(failure, LAB_E_UNVERIFIED,
                            "%s: task %zu: the page is not what task %zu read from the same URL, "
                            "%.100s",
                            problem->workload->name, i, i - period, url);
    }
    return 0;
}
