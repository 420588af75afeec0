#include "platform/command.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/absence.h"
#include "platform/error.h"
#include "platform/host.h"
#include "platform/sync.h"

enum { IDLE, READY, RUNNING };

/* One command at a time: state says who owns the rest. IDLE: the host; READY and RUNNING: the
 * coordinator. The host's release store of READY publishes words; the coordinator's of IDLE
 * returns. */
static _Atomic uint32_t state;
static struct {
    char *data;
    size_t size;
    char **words;
    int count, first; /* words[first…count) is the command line, before it stand the settings */
} command;

int lab_command(char *data, size_t size)
{
    if (atomic_load_explicit(&state, memory_order_acquire) != IDLE) {
        free(data);
        return LAB_E_STATE;
    }
    int count = 0, first = -1;
    for (size_t i = 0; i < size; i++)
        count += data[i] == '\0';
    char **words = malloc(((size_t)count + 1) * sizeof *words);
    if (!words || size == 0 || data[size - 1] != '\0') {
        free(words);
        free(data);
        return words ? LAB_E_INVALID : LAB_E_NOMEM;
    }
    char *at = data;
    for (int i = 0; i < count; i++) {
        words[i] = at;
        if (*at == '\0' && first < 0)
            first = i + 1;
        at += strlen(at) + 1;
    }
    words[count] = NULL;
    if (first < 0) {
        free(words);
        free(data);
        return LAB_E_INVALID;
    }
    command.data = data;
    command.size = size;
    command.words = words;
    command.count = count;
    command.first = first;
    lab_absence_reset();
    atomic_store_explicit(&state, READY, memory_order_release);
    lab_futex_wake(&state, 1);
    return 0;
}

bool lab_command_next(int *argc, char ***argv)
{
    while (atomic_load_explicit(&state, memory_order_acquire) != READY) {
        if (!lab_can_block())
            return false;
        lab_futex_wait(&state, IDLE, LAB_FOREVER);
    }
    atomic_store_explicit(&state, RUNNING, memory_order_relaxed);
    *argc = command.count - command.first;
    *argv = command.words + command.first;
    return true;
}

void lab_command_done(int status, bool stopped)
{
    int32_t payload[2] = {status, stopped};
    free(command.words);
    free(command.data);
    memset(&command, 0, sizeof command);
    atomic_store_explicit(&state, IDLE, memory_order_release);
    lab_host_tell(LAB_HOST_DONE, payload, sizeof payload, NULL, 0);
}

const char *lab_command_text(const char *name, const char *otherwise)
{
    size_t length = strlen(name);
    for (int i = 0; i < command.first - 1; i++)
        if (strncmp(command.words[i], name, length) == 0 && command.words[i][length] == '=')
            return command.words[i] + length + 1;
    return otherwise;
}

long lab_command_setting(const char *name, long otherwise)
{
    const char *text = lab_command_text(name, NULL);
    return text ? strtol(text, NULL, 10) : otherwise;
}
