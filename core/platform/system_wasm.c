/* The system as the host of a WebAssembly instance gives it. */
#include "platform/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/command.h"
#include "platform/host.h"

int lab_write(int fd, const char *text, size_t size)
{
    uint32_t head = (uint32_t)fd;
    lab_host_tell(LAB_HOST_WRITE, &head, sizeof head, text, size);
    return 0;
}

bool lab_is_terminal(int fd)
{
    return fd == 2 && lab_command_setting("terminal", 0) == 1;
}

void lab_emit_event(const char *json, size_t size)
{
    lab_host_tell(LAB_HOST_EVENT, NULL, 0, json, size);
}

bool lab_has_events(void)
{
    return lab_command_setting("events", 0) == 1;
}

static int answer_failure(struct lab_host_request *request, struct lab_failure *failure)
{
    int code = request->code;
    if (request->data)
        lab_fail(failure, code, "%.*s", (int)request->size, (char *)request->data);
    else
        lab_fail(failure, code, "%s", lab_error_text(code));
    free(request->data);
    return code;
}

int lab_read_file(const char *name, char **data, size_t *size, struct lab_failure *failure)
{
    struct lab_host_request request;
    if (lab_host_call(LAB_HOST_READ_FILE, &request, name, strlen(name)))
        return answer_failure(&request, failure);
    char *grown = realloc(request.data, request.size + 1);
    if (!grown) {
        free(request.data);
        return lab_fail(failure, LAB_E_NOMEM, "%s: out of memory", name);
    }
    grown[request.size] = '\0';
    *data = grown;
    *size = request.size;
    return 0;
}

/* how: WRITE_FILE's first word. */
static int ask_to_write(uint32_t how, const char *name, const char *data, size_t size,
                        struct lab_failure *failure)
{
    struct lab_host_request request;
    uint32_t head[2] = {how, (uint32_t)strlen(name)};
    unsigned char *payload = malloc(sizeof head + head[1] + size);
    if (!payload)
        return lab_fail(failure, LAB_E_NOMEM, "%s: out of memory", name);
    memcpy(payload, head, sizeof head);
    memcpy(payload + sizeof head, name, head[1]);
    if (size)
        memcpy(payload + sizeof head + head[1], data, size);
    int code = lab_host_call(LAB_HOST_WRITE_FILE, &request, payload, sizeof head + head[1] + size);
    free(payload);
    if (code)
        return answer_failure(&request, failure);
    free(request.data);
    return 0;
}

int lab_write_file(const char *name, const char *data, size_t size, bool append,
                   struct lab_failure *failure)
{
    return ask_to_write(append ? 1 : 0, name, data, size, failure);
}

int lab_write_check(const char *name, struct lab_failure *failure)
{
    struct lab_failure why = {0};
    int code = ask_to_write(2, name, NULL, 0, &why);
    if (code != LAB_E_IO) /* a host that knows of no files has said nothing about this one */
        return 0;
    return lab_fail(failure, code, "%s", why.text);
}

bool lab_same_file(const char *a, const char *b)
{
    struct lab_failure why = {0};
    return ask_to_write(3, a, b, strlen(b), &why) == LAB_E_INVALID;
}

void lab_keep_result(const char *name, const char *text, size_t size)
{
    uint32_t length = name ? (uint32_t)strlen(name) : 0;
    if (!name) { /* must arrive: what was kept would be delivered after the result itself */
        lab_host_tell(LAB_HOST_KEEP, &length, sizeof length, NULL, 0);
        return;
    }
    unsigned char *both = malloc(sizeof length + length + size);
    if (!both)
        return; /* what was kept before stays */
    memcpy(both, &length, sizeof length);
    memcpy(both + sizeof length, name, length);
    memcpy(both + sizeof length + length, text, size);
    lab_host_post(LAB_HOST_KEEP, NULL, both, sizeof length + length + size);
}

void lab_environment(struct lab_environment *environment)
{
    memset(environment, 0, sizeof *environment);
    snprintf(environment->runtime, sizeof environment->runtime, "%s",
             lab_command_text("runtime", "unknown"));
    snprintf(environment->engine, sizeof environment->engine, "%s",
             lab_command_text("engine", "unknown"));
    snprintf(environment->platform, sizeof environment->platform, "%s",
             lab_command_text("platform", "unknown"));
    long cores = lab_command_setting("cores", 1);
    environment->cores = cores >= 1 ? (unsigned)cores : 1;
    environment->isolated = lab_command_setting("isolated", 0) == 1;
}

uint64_t lab_own_memory(void)
{
    return (uint64_t)__builtin_wasm_memory_size(0) * 65536u;
}

int lab_site_open(unsigned latency_ms, unsigned count, char **urls, struct lab_failure *failure)
{
    struct lab_host_request request;
    uint32_t payload[2] = {latency_ms, count};
    if (lab_host_call(LAB_HOST_SITE_OPEN, &request, payload, sizeof payload))
        return answer_failure(&request, failure);
    char *text = realloc(request.data, request.size + 1);
    if (!text) {
        free(request.data);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    text[request.size] = '\0';
    *urls = text;
    return 0;
}

void lab_site_close(void)
{
    lab_host_tell(LAB_HOST_SITE_CLOSE, NULL, 0, NULL, 0);
}

/* Not lab_exit_now(): the host tells a program that gave up from one that a task ended. */
_Noreturn void lab_give_up(void)
{
    abort();
}
