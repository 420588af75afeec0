#include "lab/document.h"

#include <math.h>
#include <stdio.h>

#include "platform/absence.h"
#include "platform/memory.h"

/* A page out of sight is slowed down: who reads the numbers must know. */
static void write_absence(struct lab_text *out)
{
    struct lab_absence absence = lab_absence();
    char frozen[80] = "", note[300];
    if (absence.hidden_seconds <= 0 && absence.frozen_seconds <= 0)
        return;
    if (absence.frozen_seconds > 0)
        snprintf(frozen, sizeof frozen, " and frozen by the browser for %.3g s",
                 absence.frozen_seconds);
    snprintf(note, sizeof note,
             "The page was hidden for %.3g s of this run%s: browsers slow down what is not in "
             "sight, so what was measured then may have taken longer than it takes otherwise.",
             absence.hidden_seconds, frozen);
    json_number(out, "hiddenSeconds", absence.hidden_seconds);
    json_number(out, "frozenSeconds", absence.frozen_seconds);
    json_string(out, "note", note);
}

void lab_document_envelope(struct lab_text *out, const char *command, uint64_t seed,
                           const struct lab_machine *machine)
{
    const struct lab_environment *environment = &machine->environment;
    json_object(out, NULL);
    json_string(out, "schema", "concurrency-lab/1");
    json_string(out, "command", command);
    json_integer(out, "seed", seed);
    json_object(out, "environment");
    json_string(out, "runtime", environment->runtime);
    json_string(out, "engine", environment->engine);
    json_string(out, "platform", environment->platform);
    json_bool(out, "isolated", environment->isolated);
    json_integer(out, "logicalCores", environment->cores);
    json_integer(out, "memoryBytes", lab_memory_bytes());
    json_number(out, "measuredParallelism",
                machine->parallelism > 0 ? machine->parallelism : (double)NAN);
    json_number(out, "timerResolutionNs", machine->timer_resolution_ns);
#ifdef NDEBUG
    json_string(out, "build", "release");
#else
    json_string(out, "build", "debug");
#endif
    json_string(out, "version", LAB_VERSION);
    write_absence(out);
    json_end(out);
}

void lab_document_ended(struct lab_text *out, const struct lab_ended *ended)
{
    json_bool(out, "stopped", ended->stopped);
    if (ended->unfinished)
        json_bool(out, "unfinished", true);
}
