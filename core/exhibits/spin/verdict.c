#include "exhibits/spin/verdict.h"

#include <stdio.h>
#include <string.h>

#include "lab/duration.h"

/* A gap of a quarter of a second is seen; below that a spinner turns. */
static const double STANDS = 0.25;
/* Of the slow function's time: a freeze for nearly all of it is no coincidence. */
static const double WHOLE = 0.9;

/* Why a method does what it should. NULL: it should not. */
static const struct reasons {
    const char *method;
    const char *turns[2], *freezes[2]; /* by enum lab_slow_kind */
} reasons[] = {
    {"sequential",
     {NULL, NULL},
     {"it does one thing after another, and waiting is one of them",
      "it does one thing after another"}},
    {"threads",
     {"each has a thread of its own, and one that sleeps is in nobody's way",
      "each has a thread of its own, and the system runs both"},
     {NULL, NULL}},
    {"threads-gil",
     {"a thread that sleeps gives up the GIL", "the GIL goes to the spinner when it asks for it"},
     {NULL, NULL}},
    {"interpreters",
     {"the slow function sleeps in an interpreter of its own",
      "the slow function holds the GIL of its own interpreter, not the spinner's"},
     {NULL, NULL}},
    {"processes",
     {"the slow function sleeps in a process of its own",
      "the slow function has a process of its own, and shares nothing with the spinner"},
     {NULL, NULL}},
    {"async",
     {"the slow function awaits its sleep, and the loop draws frames meanwhile", NULL},
     {NULL, "nothing else ran on its one thread, because the function never awaits"}},
};

static const struct reasons *reasons_of(const char *method)
{
    static const struct reasons unknown;
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strcmp(reasons[i].method, method) == 0)
            return &reasons[i];
    return &unknown;
}

static void say_failure(char text[LAB_SPIN_VERDICT_SIZE], const struct lab_spin_result *result)
{
    const char *name = result->method->name, *why = result->failure.text;
    char took[24];
    lab_duration_text(took, sizeof took, result->seconds);
    if (result->unavailable)
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s cannot run here: %s.", name, why);
    else if (result->failure.code == LAB_E_STOPPED)
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s was stopped after %s.", name, took);
    else
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s failed: %s.", name, why);
}

static void say_turned(char text[LAB_SPIN_VERDICT_SIZE], const struct lab_spin_result *result,
                       const char *why)
{
    const char *name = result->method->name;
    char gap[24], late[24];
    lab_duration_text(gap, sizeof gap, result->longest_freeze);
    lab_duration_text(late, sizeof late, result->jitter_p50);
    if (strcmp(name, "threads-gil") == 0 && result->slow == LAB_SLOW_PRIME && result->has_jitter &&
        result->jitter_p50 >= result->step)
        snprintf(text, LAB_SPIN_VERDICT_SIZE,
                 "%s kept turning, and paid for it: the spinner asks for the GIL before every "
                 "frame, and half of the frames came at least %s late; its longest gap was %s.",
                 name, late, gap);
    else
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s kept turning%s%s; its longest gap was %s.", name,
                 why ? ": " : "", why ? why : "", gap);
}

void lab_spin_verdict(char text[LAB_SPIN_VERDICT_SIZE], const struct lab_spin_result *result,
                      bool together)
{
    const struct reasons *why = reasons_of(result->method->name);
    const char *name = result->method->name, *freezes = why->freezes[result->slow];
    char freeze[24], took[24];
    lab_duration_text(freeze, sizeof freeze, result->longest_freeze);
    lab_duration_text(took, sizeof took, result->seconds);
    if (result->failure.code)
        say_failure(text, result);
    else if (!result->correct)
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s answered %s, which is wrong.", name,
                 result->answer);
    else if (result->seconds < STANDS)
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s was done after %s, too soon to tell.", name,
                 took);
    else if (result->longest_freeze < STANDS)
        say_turned(text, result, why->turns[result->slow]);
    else if (freezes && result->longest_freeze >= WHOLE * result->seconds)
        snprintf(text, LAB_SPIN_VERDICT_SIZE, "%s froze for %s, the whole %s: %s.", name, freeze,
                 result->slow == LAB_SLOW_SLEEP ? "sleep" : "computation", freezes);
    else
        snprintf(text, LAB_SPIN_VERDICT_SIZE,
                 "%s turned, but once stood still for %s: %s kept this machine busy.", name, freeze,
                 together ? "the other methods, or something else," : "something else");
}
