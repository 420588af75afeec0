/* What the documents of all commands have in common (result.schema.json). */
#ifndef LAB_LAB_DOCUMENT_H
#define LAB_LAB_DOCUMENT_H

#include "lab/deliver.h"
#include "lab/machine.h"
#include "lab/text.h"

/* The envelope that every command's document begins with: schema, command, seed, environment.
 * Leaves the object open. */
void lab_document_envelope(struct lab_text *out, const char *command, uint64_t seed,
                           const struct lab_machine *machine);
/* How the run ended. */
void lab_document_ended(struct lab_text *out, const struct lab_ended *ended);

#endif
