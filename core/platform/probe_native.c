/* The system does it, in this thread: nothing has to be subtracted. */
#define _GNU_SOURCE
#include "platform/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/reactor.h"
#include "platform/system.h"

struct lab_probe {
    enum lab_probe_kind kind;
    uint32_t bytes;
    unsigned char *data;
    char file[64]; /* "": there is none */
    /* FETCH_NETWORK */
    struct lab_reactor *reactor;
    char *url;
};

/* Why there is no such thing; NULL: there is. */
static const char *missing(enum lab_probe_kind kind)
{
    switch (kind) {
    case LAB_PROBE_MESSAGE:
    case LAB_PROBE_TRANSFER:
        return "a native program's threads share their memory and send each other no messages: "
               "they "
               "are a browser's and Node's";
    case LAB_PROBE_CLONE:
        return "structuredClone() is JavaScript's: a native program copies memory as it likes";
    case LAB_PROBE_INSTANTIATE:
        return "a native program is no WebAssembly";
    case LAB_PROBE_START_COLD:
        return "a native program is compiled before it is started";
    case LAB_PROBE_FETCH_CACHE:
        return "libcurl keeps no cache: every fetch asks the server";
    default:
        return NULL;
    }
}

/* ---- files ---- */

static int file_failure(const struct lab_probe *probe, struct lab_failure *failure)
{
    return lab_fail(failure, LAB_E_IO, "%s: %s", probe->file, strerror(errno));
}

static int transfer(struct lab_probe *probe, bool write_it, struct lab_failure *failure)
{
    /* Not truncated: a file system may see to it that what replaces a file is on the disk when it
     * is closed. */
    int fd = open(probe->file, (write_it ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    if (fd < 0)
        return file_failure(probe, failure);
    for (size_t done = 0; done < probe->bytes;) {
        ssize_t n = write_it ? write(fd, probe->data + done, probe->bytes - done)
                             : read(fd, probe->data + done, probe->bytes - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            errno = n < 0 ? errno : EIO;
            file_failure(probe, failure);
            close(fd);
            return failure->code;
        }
        done += (size_t)n;
    }
    close(fd);
    return 0;
}

static int open_file(struct lab_probe *probe, struct lab_failure *failure)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || strlen(folder) > sizeof probe->file - sizeof "/lab-probe-XXXXXX")
        folder = "/tmp";
    probe->data = malloc(probe->bytes ? probe->bytes : 1);
    if (!probe->data)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    memset(probe->data, 1, probe->bytes);
    snprintf(probe->file, sizeof probe->file, "%s/lab-probe-XXXXXX", folder);
    int fd = mkostemp(probe->file, O_CLOEXEC);
    if (fd < 0) {
        file_failure(probe, failure);
        probe->file[0] = '\0';
        return failure->code;
    }
    close(fd);
    return transfer(probe, true, failure);
}

/* ---- a fork ---- */

/* The child writes a byte and is gone: it may not do more, other threads held locks when it was
 * made. */
static int fork_once(struct lab_failure *failure)
{
    int pipe_fds[2];
    char byte = 1;
    if (pipe2(pipe_fds, O_CLOEXEC))
        return lab_fail(failure, LAB_E_UNAVAILABLE, "no pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        _exit(write(pipe_fds[1], &byte, 1) != 1);
    int error = pid < 0 ? errno : 0;
    close(pipe_fds[1]);
    ssize_t n = 0;
    while (!error && (n = read(pipe_fds[0], &byte, 1)) < 0 && errno == EINTR) {
    }
    close(pipe_fds[0]);
    while (!error && waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
    if (error || n != 1)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "a process could not be forked: %s",
                        error ? strerror(error) : "it said nothing");
    return 0;
}

/* ---- a fetch ---- */

static int open_fetch(struct lab_probe *probe, struct lab_failure *failure)
{
    int code = lab_site_open(0, 1, &probe->url, failure);
    if (code)
        return code;
    if (!(probe->reactor = lab_reactor_create()))
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    return 0;
}

static int fetch_once(struct lab_probe *probe, struct lab_failure *failure)
{
    const uint64_t glance = 50000000;
    struct lab_fetch fetch = {.url = probe->url};
    lab_reactor_start(probe->reactor, &fetch);
    while (!lab_reactor_wait(probe->reactor, glance))
        if (lab_stopping()) {
            lab_reactor_cancel(probe->reactor, &fetch);
            return lab_fail(failure, LAB_E_STOPPED, "stopped");
        }
    int code = fetch.code ? lab_fail(failure, fetch.code, "%s", fetch.failure.text) : 0;
    lab_fetch_release(&fetch);
    return code;
}

/* ---- all of them ---- */

int lab_probe_open(struct lab_probe **out, enum lab_probe_kind kind, uint32_t bytes,
                   struct lab_failure *failure)
{
    if (missing(kind))
        return lab_fail(failure, LAB_E_UNAVAILABLE, "%s", missing(kind));
    struct lab_probe *probe = calloc(1, sizeof *probe);
    if (!probe)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    probe->kind = kind;
    probe->bytes = bytes;
    int code = 0;
    if (kind == LAB_PROBE_WRITE || kind == LAB_PROBE_READ)
        code = open_file(probe, failure);
    else if (kind == LAB_PROBE_FETCH_NETWORK)
        code = open_fetch(probe, failure);
    if (code) {
        lab_probe_close(probe);
        return code;
    }
    *out = probe;
    return 0;
}

static int once(struct lab_probe *probe, struct lab_failure *failure)
{
    switch (probe->kind) {
    case LAB_PROBE_WRITE:
        return transfer(probe, true, failure);
    case LAB_PROBE_READ:
        return transfer(probe, false, failure);
    case LAB_PROBE_FORK:
        return fork_once(failure);
    default:
        return fetch_once(probe, failure);
    }
}

int lab_probe_run(struct lab_probe *probe, uint64_t count, double *seconds,
                  struct lab_failure *failure)
{
    int code = 0;
    uint64_t start = lab_now_ns();
    for (uint64_t i = 0; i < count && !code; i++)
        code = lab_stopping() ? lab_fail(failure, LAB_E_STOPPED, "stopped") : once(probe, failure);
    *seconds = (double)(lab_now_ns() - start) / 1e9;
    return code;
}

void lab_probe_close(struct lab_probe *probe)
{
    if (!probe)
        return;
    if (probe->file[0])
        unlink(probe->file);
    if (probe->kind == LAB_PROBE_FETCH_NETWORK)
        lab_site_close();
    lab_reactor_destroy(probe->reactor);
    free(probe->url);
    free(probe->data);
    free(probe);
}
