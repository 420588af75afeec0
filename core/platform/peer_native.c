#define _GNU_SOURCE
#include "platform/peer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "platform/system.h"

extern char **environ;

static const int PATIENCE_MS = 120000;

/* The peers' program, from the first order to the end of ours: it ends when its input does. */
static struct {
    pid_t pid; /* 0: not started */
    int in, out;
} peers;

static int start(struct lab_failure *failure)
{
    const char *command = getenv("LAB_PEERS");
    char *argv[] = {"sh", "-c", (char *)command, NULL};
    int in[2] = {-1, -1}, out[2] = {-1, -1};
    posix_spawn_file_actions_t actions;
    if (!command || !*command)
        return lab_fail(failure, LAB_E_UNAVAILABLE, "`npm run bench` has it");
    if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC)) {
        int error = errno;
        close(in[0]);
        close(in[1]);
        return lab_fail(failure, LAB_E_UNAVAILABLE, "no pipe: %s", strerror(error));
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    int error = posix_spawn(&peers.pid, "/bin/sh", &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    peers.in = in[1];
    peers.out = out[0];
    if (!error)
        return 0;
    peers.pid = 0;
    close(peers.in);
    close(peers.out);
    return lab_fail(failure, LAB_E_UNAVAILABLE, "the peers' program could not be started: %s",
                    strerror(error));
}

/* Whatever happened, the next order finds it gone, or another one. */
static int give_up(struct lab_failure *failure, int code, const char *why)
{
    close(peers.in);
    close(peers.out);
    peers.pid = 0;
    return lab_fail(failure, code, "%s", why);
}

static bool write_all(const char *text, size_t size)
{
    while (size) {
        ssize_t n = write(peers.in, text, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        size -= (size_t)n;
    }
    return true;
}

/* Up to the end of a line, which must be the last that there is. */
static int read_line(char line[LAB_PEER_LINE], struct lab_failure *failure)
{
    size_t size = 0;
    for (;;) {
        struct pollfd poll_fd = {.fd = peers.out, .events = POLLIN};
        int ready = poll(&poll_fd, 1, PATIENCE_MS);
        if (ready < 0 && errno == EINTR && !lab_stopping())
            continue;
        if (lab_stopping())
            return give_up(failure, LAB_E_STOPPED, "stopped");
        if (ready == 0)
            return give_up(failure, LAB_E_TASK, "the peer did not answer within two minutes");
        ssize_t n = read(peers.out, line + size, LAB_PEER_LINE - 1 - size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return give_up(failure, LAB_E_TASK, "the peers' program ended");
        size += (size_t)n;
        if (line[size - 1] == '\n') {
            line[size - 1] = '\0';
            return 0;
        }
        if (size == LAB_PEER_LINE - 1)
            return give_up(failure, LAB_E_TASK, "the peer's answer has no end");
    }
}

int lab_peer_turn(const char *order, double *seconds, double *operations,
                  struct lab_failure *failure)
{
    char line[LAB_PEER_LINE];
    size_t size = strlen(order);
    int code = peers.pid ? 0 : start(failure);
    if (code)
        return code;
    if (size > LAB_PEER_LINE - 2)
        return lab_fail(failure, LAB_E_TOO_LARGE, "an order of %zu bytes", size);
    memcpy(line, order, size);
    line[size] = '\n';
    uint64_t start_ns = lab_now_ns();
    if (!write_all(line, size + 1))
        return give_up(failure, LAB_E_TASK, "the peers' program ended");
    code = read_line(line, failure);
    *seconds = (double)(lab_now_ns() - start_ns) / 1e9;
    return code ? code : lab__peer_answer(line, seconds, operations, failure);
}
