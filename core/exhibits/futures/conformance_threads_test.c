/* The whole table: every case on every executor. (`lab futures` shows the same to people.) */
#include "check.h"
#include "exhibits/futures/conformance.h"
#include "exhibits/futures/trial.h"
#include "platform/system.h"

#if defined(LAB_TEST_NATIVE)
static const bool has_processes = true;
#else
static const bool has_processes = false; /* nobody starts Workers for this program */
#endif

static void every_case_on(const struct lab_method *method)
{
    struct lab_trial_result result;
    size_t passed = 0;
    for (const struct lab_rule_case *const *at = lab_rule_cases(); *at; at++) {
        if (!lab_trial_run(&result, *at, method, 1, NULL, NULL))
            return;
        lab_check(result.status != LAB_TRIAL_FAIL, (*at)->source, 0, "rule %d, %s, %s: %s",
                  (*at)->rule, (*at)->name, method->name, result.reason);
        if (result.status == LAB_TRIAL_NOT_APPLICABLE)
            CHECK(result.reason[0] != '\0');
        if (result.unseen)
            lab_print(2, "rule %d, %s, %s: %s\n", (*at)->rule, (*at)->name, method->name,
                      result.reason);
        passed += result.status == LAB_TRIAL_PASS;
    }
    CHECK(passed > 20);
}

static void every_case_on_every_executor(void)
{
    for (size_t i = 0; lab_methods[i]; i++)
        if (has_processes || !lab_methods[i]->processes)
            every_case_on(lab_methods[i]);
}

static int tries;

static void lose(struct lab_trial *t)
{
    tries++;
    t->lost = true;
}

static void lose_and_fail(struct lab_trial *t)
{
    lose(t);
    EXPECT(t, false, "this");
}

static void lose_at_first(struct lab_trial *t)
{
    lose(t);
    t->lost = tries < 3;
}

/* What loses its premise is tried again; when it has done so each time, it has not passed. */
static void what_was_not_seen_has_not_passed(void)
{
    static const struct {
        struct lab_rule_case rule;
        enum lab_trial_status status;
        int tries;
    } cases[] = {{{1, CASE(lose)}, LAB_TRIAL_NOT_APPLICABLE, 8},
                 {{1, CASE(lose_and_fail)}, LAB_TRIAL_FAIL, 8},
                 {{1, CASE(lose_at_first)}, LAB_TRIAL_PASS, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lab_trial_result result;
        tries = 0;
        CHECK(lab_trial_run(&result, &cases[i].rule, lab_methods[0], 1, NULL, NULL));
        CHECK_INT(result.status, cases[i].status);
        CHECK_INT(tries, cases[i].tries);
        CHECK(result.unseen == (i == 0));
        CHECK((result.reason[0] != '\0') == (i < 2));
    }
}

/* What the table is made of: each rule has a case, names and files are right. */
static void the_cases_are_well_formed(void)
{
    bool has[LAB_RULES + 1] = {false};
    const struct lab_rule_case *const *cases = lab_rule_cases();
    for (size_t i = 0; cases[i]; i++) {
        const struct lab_rule_case *rule = cases[i];
        CHECK_OR_RETURN(rule->rule >= 0 && rule->rule <= LAB_RULES);
        CHECK(i == 0 || rule->rule == 0 || rule->rule >= cases[i - 1]->rule);
        CHECK(rule->run && rule->title && rule->meaning && strstr(rule->source, ".c"));
        for (size_t j = 0; j < i; j++)
            CHECK(strcmp(rule->name, cases[j]->name) != 0);
        has[rule->rule] = true;
    }
    for (int i = 0; i <= LAB_RULES; i++)
        lab_check(has[i], __FILE__, __LINE__, "rule %d has no case", i);
}

LAB_SUITE(conformance)
{
    RUN(the_cases_are_well_formed);
    RUN(what_was_not_seen_has_not_passed);
    RUN(every_case_on_every_executor);
}
