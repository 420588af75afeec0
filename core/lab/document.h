/* The document of a command: the result format, described by result.schema.json. */
#ifndef LAB_LAB_DOCUMENT_H
#define LAB_LAB_DOCUMENT_H

#include "lab/experiment.h"
#include "lab/text.h"

/* The envelope that every command's document begins with: schema, command, seed, environment.
 * Leaves the object open. */
void lab_document_envelope(struct lab_text *out, const char *command, uint64_t seed,
                           const struct lab_machine *machine);
/* How the run ended. */
void lab_document_ended(struct lab_text *out, const struct lab_ended *ended);
/* A whole comparison. */
void lab_document_write(struct lab_text *out, const void *experiment);

#endif
