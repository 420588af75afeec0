/* How a WebAssembly host hands over a command line. Only for core/platform and the mains.
 *
 * What it is. lab_command() (exported) takes the words a person would have typed and the settings
 * of this host, as zero-terminated strings: first settings "name=value", then an empty string, then
 * the words. Settings: runtime, engine, platform, cores, isolated (0, 1), events (1: the host wants
 * them), live (1: and lanes, trace events and tiles), terminal (1: progress may redraw its line).
 *
 * Threads. lab_command: the host's. lab_command_next, lab_command_done: the coordinator.
 * Ownership. The words and settings stay valid until lab_command_done().
 */
#ifndef LAB_PLATFORM_COMMAND_H
#define LAB_PLATFORM_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

/* Exported. data is from lab_host_alloc() and taken over. 0, or LAB_E_STATE while a command runs,
 * LAB_E_NOMEM, LAB_E_INVALID. */
int lab_command(char *data, size_t size);

/* Waits for the next command (where the target can block) and returns its words; false: none
 * yet. */
bool lab_command_next(int *argc, char ***argv);
/* Tells the host that the command ended, and frees its words. */
void lab_command_done(int status, bool stopped);

const char *lab_command_text(const char *name, const char *otherwise);
long lab_command_setting(const char *name, long otherwise);

#endif
