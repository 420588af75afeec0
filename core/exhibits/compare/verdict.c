/* The verdict: what the intervals of the ratios say, in words. */
#include "exhibits/compare/verdict.h"

#include <math.h>
#include <string.h>

#include "stats/compare.h"

/* "2 threads", "1 process", "async". */
static void name_cell(struct lab_text *out, const struct lab_cell *cell)
{
    const struct lab_method *method = cell->pool->method;
    unsigned workers = cell->pool->workers;
    if (!method->parallel)
        lab_text_printf(out, "%s", method->name);
    else
        lab_text_printf(out, "%u %s", workers, workers == 1 ? method->worker : method->workers);
}

/* Enough digits to show the interval, and that 1 is not in it: 1.96, 19.8, 1.003. */
static int digits(const struct lab_interval *ratio)
{
    double nearest = fmin(fabs(ratio->low - 1), fabs(ratio->high - 1));
    if (lab_differs(ratio) && (nearest < 0.005 || lab_changes_nothing(ratio)))
        return 3;
    return ratio->median < 9.995 ? 2 : 1;
}

/* The fastest cell of a method for this workload, or NULL. */
static const struct lab_cell *fastest(const struct lab_experiment *experiment,
                                      const struct lab_case *work, const struct lab_method *method)
{
    const struct lab_cell *best = NULL;
    for (size_t i = 0; i < experiment->cell_count; i++) {
        const struct lab_cell *cell = &experiment->cells[i];
        if (cell->work == work && cell->pool->method == method && cell->count && cell->verified &&
            !cell->failure.code && (!best || cell->interval.median < best->interval.median))
            best = cell;
    }
    return best;
}

static const char *because(enum lab_family family, const char *method, bool gains)
{
    bool waits = family == LAB_FAMILY_IO || family == LAB_FAMILY_MIXED;
    if (strcmp(method, "async") == 0) {
        if (!waits)
            return gains ? NULL : "the work never waits";
        return gains ? "while one coroutine waits, the others go on" : NULL;
    }
    if (strcmp(method, "threads-gil") == 0) {
        if (!waits)
            return gains ? NULL : "only the one that holds the GIL computes";
        return gains ? "while one waits it gives the GIL to the others" : NULL;
    }
    if (gains)
        return waits ? "while one waits, the others go on" : NULL;
    if (family == LAB_FAMILY_MEMORY && strcmp(method, "processes") == 0)
        return "every byte must cross a pipe";
    return NULL;
}

/* The pace that was seen in too few rounds for an interval: lab_verdict_make() says so once. */
static void say_pace(struct lab_text *out, const struct lab_interval *pace, size_t rounds)
{
    lab_text_printf(out, " ran at %.*f× the sequential pace in ", digits(pace), pace->median);
    if (rounds == 1)
        lab_text_printf(out, "the only round");
    else
        lab_text_printf(out, "%zu rounds", rounds);
}

/* What the interval of the speed-up s says, and nothing that it does not. */
static void say_difference(struct lab_text *out, const struct lab_cell *cell,
                           const struct lab_interval *s)
{
    const struct lab_workload *workload = cell->work->problem.workload;
    const char *method = cell->pool->method->name, *why = NULL;
    const char *ending = !cell->pool->method->parallel || cell->pool->workers == 1 ? "s" : "";
    enum lab_difference difference = lab_difference(s);
    int d = digits(s);
    if (difference == LAB_CANNOT_TELL)
        lab_text_printf(out, " cannot be told from sequential (%.2f–%.2f×)", s->low, s->high);
    else if (lab_changes_nothing(s))
        lab_text_printf(out, " change%s %s (%.*f–%.*f×)", ending,
                        difference == LAB_NO_CHANGE ? "nothing" : "next to nothing", d, s->low, d,
                        s->high);
    else if (difference == LAB_LARGER)
        lab_text_printf(out, " make%s %s %.*f× faster (%.*f–%.*f)", ending, workload->name, d,
                        s->median, d, s->low, d, s->high);
    else
        lab_text_printf(out, " make%s it slower: %.*f× the pace (%.*f–%.*f)", ending, d, s->median,
                        d, s->low, d, s->high);
    if (difference != LAB_CANNOT_TELL)
        why =
            because(workload->family, method, difference == LAB_LARGER && !lab_changes_nothing(s));
    if (why)
        lab_text_printf(out, ": %s", why);
}

/* Returns whether the rounds were too few for more than a pace. */
static bool compare_with_baseline(struct lab_text *out, const struct lab_experiment *experiment,
                                  const struct lab_cell *cell, bool first)
{
    const struct lab_cell *baseline = lab_experiment_baseline(experiment, cell);
    struct lab_interval s;
    if (!lab_experiment_speedup(experiment, cell, &s))
        return false;
    bool too_few = lab_difference(&s) == LAB_TOO_FEW;
    lab_text_append(out, " ", out->size ? 1 : 0);
    if (first)
        lab_text_printf(out, "On this machine ");
    size_t at = out->size;
    name_cell(out, cell);
    if (!first && out->data && at < out->size && out->data[at] >= 'a' && out->data[at] <= 'z')
        out->data[at] = (char)(out->data[at] - 'a' + 'A');
    if (too_few)
        say_pace(out, &s, cell->count < baseline->count ? cell->count : baseline->count);
    else
        say_difference(out, cell, &s);
    lab_text_printf(out, ".");
    return too_few;
}

/* The fastest cell, and those that do not differ from it. */
static void find_best(struct lab_verdict *verdict, const struct lab_experiment *experiment,
                      const struct lab_case *work)
{
    const struct lab_cell *best = NULL;
    for (size_t m = 0; m < experiment->options.method_count; m++) {
        const struct lab_cell *cell = fastest(experiment, work, experiment->options.methods[m]);
        if (cell && (!best || cell->interval.median < best->interval.median))
            best = cell;
    }
    if (!best)
        return;
    verdict->best[verdict->best_count++] = best;
    for (size_t m = 0; m < experiment->options.method_count; m++) {
        const struct lab_cell *cell = fastest(experiment, work, experiment->options.methods[m]);
        struct lab_interval ratio;
        if (cell && cell != best &&
            !(lab_experiment_ratio(experiment, cell, best, &ratio) && lab_differs(&ratio)))
            verdict->best[verdict->best_count++] = cell;
    }
}

/* The next cell of the workload after cell (NULL: the first) that has no result, for the same
 * reason if there is one. */
static const struct lab_cell *next_failed(const struct lab_experiment *experiment,
                                          const struct lab_case *work, const struct lab_cell *cell,
                                          const char *reason)
{
    for (size_t i = cell ? cell->number + 1 : 0; i < experiment->cell_count; i++) {
        const struct lab_cell *next = &experiment->cells[i];
        if (next->work == work && next->failure.code &&
            (!reason || strcmp(next->failure.text, reason) == 0))
            return next;
    }
    return NULL;
}

/* What has no result, and why: a sentence for each reason, as many as there is room for. */
static void say_what_failed(struct lab_text *out, const struct lab_experiment *experiment,
                            const struct lab_case *work)
{
    static const char rest[] = " There is no result of %zu more: their rows say why.";
    size_t told = 0, failed = 0;
    const struct lab_cell *cell = NULL, *next;
    while ((cell = next_failed(experiment, work, cell, NULL)))
        failed++;
    while ((cell = next_failed(experiment, work, cell, NULL))) {
        const char *reason = cell->failure.text;
        size_t before = out->size, same = 1;
        if (next_failed(experiment, work, NULL, reason) != cell)
            continue; /* told with the first of them */
        lab_text_append(out, " ", out->size ? 1 : 0);
        lab_text_printf(out, "There is no result of ");
        name_cell(out, cell);
        for (const struct lab_cell *one = cell; (one = next_failed(experiment, work, one, reason));
             same++) {
            next = next_failed(experiment, work, one, reason);
            lab_text_append(out, next ? ", " : " and ", next ? 2 : 5);
            name_cell(out, one);
        }
        lab_text_printf(out, ": %s.", reason);
        if (out->size + sizeof rest + 20 > LAB_WORDS_MAX) {
            out->size = before;
            lab_text_printf(out, rest, failed - told);
            return;
        }
        told += same;
    }
}

void lab_verdict_make(struct lab_verdict *verdict, const struct lab_experiment *experiment,
                      const struct lab_case *work)
{
    bool first = true, too_few = false;
    memset(verdict, 0, sizeof *verdict);
    lab_text_over(&verdict->why, verdict->words, sizeof verdict->words, NULL);
    find_best(verdict, experiment, work);
    for (size_t m = 0; m < experiment->options.method_count; m++) {
        const struct lab_method *method = experiment->options.methods[m];
        const struct lab_cell *cell = fastest(experiment, work, method);
        if (!cell || strcmp(method->name, "sequential") == 0)
            continue;
        too_few |= compare_with_baseline(&verdict->why, experiment, cell, first);
        first = verdict->why.size == 0;
    }
    if (too_few)
        lab_text_printf(&verdict->why, " Fewer than %d rounds are too few to say more.",
                        LAB_INTERVAL_LEAST);
    say_what_failed(&verdict->why, experiment, work);
    if (verdict->why.size)
        return;
    if (verdict->best_count == 0)
        lab_text_printf(&verdict->why, "Nothing was measured, so nothing can be said.");
    else if (!lab_experiment_baseline(experiment, verdict->best[0]))
        lab_text_printf(&verdict->why,
                        "Without the sequential method there is nothing to compare with.");
    else
        lab_text_printf(&verdict->why, "Only the sequential method was measured.");
}
