#define _GNU_SOURCE
#include "platform/system.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MAX_FILE (64u << 20)

static int write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        size -= (size_t)n;
    }
    return 0;
}

int lab_write(int fd, const char *text, size_t size)
{
    int error = write_all(fd, text, size);
    /* Whoever closed the pipe wants no more, and no complaint. */
    if (error && error != EPIPE && fd != 2)
        lab_print(2, "lab: the result could not be written: %s\n", strerror(error));
    return error ? LAB_E_IO : 0;
}

bool lab_is_terminal(int fd)
{
    const char *term = getenv("TERM");
    return isatty(fd) && !(term && strcmp(term, "dumb") == 0);
}

void lab_emit_event(const char *json, size_t size)
{
    (void)json;
    (void)size;
}

bool lab_has_events(void)
{
    return false;
}

int lab_read_file(const char *name, char **data, size_t *size, struct lab_failure *failure)
{
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return lab_fail(failure, LAB_E_IO, "%s: %s", name, strerror(errno));
    char *buffer = NULL;
    size_t used = 0, capacity = 0;
    int code = 0;
    for (;;) {
        if (used + 1 >= capacity) {
            capacity = capacity ? capacity * 2 : 65536;
            char *grown = realloc(buffer, capacity);
            if (!grown) {
                code = lab_fail(failure, LAB_E_NOMEM, "%s: out of memory", name);
                break;
            }
            buffer = grown;
        }
        ssize_t n = read(fd, buffer + used, capacity - used - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            code = lab_fail(failure, LAB_E_IO, "%s: %s", name, strerror(errno));
            break;
        }
        if (n == 0)
            break;
        used += (size_t)n;
        if (used > MAX_FILE) {
            code = lab_fail(failure, LAB_E_TOO_LARGE, "%s: longer than 64 MiB", name);
            break;
        }
    }
    close(fd);
    if (code) {
        free(buffer);
        return code;
    }
    buffer[used] = '\0';
    *data = buffer;
    *size = used;
    return 0;
}

int lab_write_file(const char *name, const char *data, size_t size, bool append,
                   struct lab_failure *failure)
{
    int fd = open(name, O_WRONLY | O_CREAT | (append ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0666);
    int error = fd < 0 ? errno : write_all(fd, data, size);
    if (fd >= 0 && close(fd) != 0 && !error)
        error = errno;
    if (error)
        return lab_fail(failure, LAB_E_IO, "%s: %s", name, strerror(error));
    return 0;
}

enum { MOST_LINKS = 40 }; /* as many as Linux follows */

int lab_write_check(const char *name, struct lab_failure *failure)
{
    char folder[PATH_MAX];
    struct stat status;
    int error = 0;
    if (stat(name, &status) == 0)
        error = S_ISDIR(status.st_mode) ? EISDIR : access(name, W_OK) ? errno : 0;
    else if (snprintf(folder, sizeof folder, "%s", name) >= (int)sizeof folder)
        error = ENAMETOOLONG;
    else if (name[0] != '\0' && name[strlen(name) - 1] == '/')
        error = EISDIR;
    else if (errno != ENOENT || access(dirname(folder), W_OK | X_OK) || strlen(name) == 0)
        error = errno;
    return error ? lab_fail(failure, LAB_E_IO, "%s: %s", name, strerror(error)) : 0;
}

/* Where a file that is not there yet would come to lie, without links: its folder's real path and
 * its name. False: nobody knows. */
static bool place_of(const char *name, char *place)
{
    char path[PATH_MAX], copy[PATH_MAX], target[PATH_MAX];
    if (snprintf(path, sizeof path, "%s", name) >= (int)sizeof path)
        return false;
    for (int links = 0; links < MOST_LINKS; links++) {
        const char *slash = strrchr(path, '/');
        const char *last = slash ? slash + 1 : path;
        strcpy(copy, path);
        if (!realpath(dirname(copy), place) || strlen(place) + 1 + strlen(last) >= PATH_MAX)
            return false;
        strcat(strcat(place, "/"), last);
        ssize_t size = readlink(place, target, sizeof target);
        if (size < 0)
            return true; /* no link */
        if (size == sizeof target)
            return false;
        target[size] = '\0';
        *(strrchr(place, '/') + 1) = '\0';
        if (snprintf(path, sizeof path, "%s%s", target[0] == '/' ? "" : place, target) >=
            (int)sizeof path)
            return false;
    }
    return false;
}

bool lab_same_file(const char *a, const char *b)
{
    char place_a[PATH_MAX], place_b[PATH_MAX];
    struct stat at_a, at_b;
    bool is_a = stat(a, &at_a) == 0, is_b = stat(b, &at_b) == 0;
    if (is_a && is_b) /* a terminal or a pipe takes both, one after the other */
        return S_ISREG(at_a.st_mode) && at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
    return !is_a && !is_b && place_of(a, place_a) && place_of(b, place_b) &&
           strcmp(place_a, place_b) == 0;
}

/* Kept for lab_deliver_kept(), which a signal handler calls: from any thread, while this one keeps
 * the next. It takes it out, so that nobody frees it. */
struct kept {
    size_t size;
    char *name, *text;
};
static _Atomic(struct kept *) kept;

void lab_keep_result(const char *name, const char *text, size_t size)
{
    struct kept *next = NULL;
    if (name) {
        size_t length = strlen(name) + 1;
        next = malloc(sizeof *next + length + size);
        if (!next)
            return;
        next->size = size;
        next->name = (char *)(next + 1);
        next->text = next->name + length;
        memcpy(next->name, name, length);
        memcpy(next->text, text, size);
    }
    /* release: publishes its bytes; acquire: the last one's were written by this thread, but for
     * those who read this. */
    free(atomic_exchange_explicit(&kept, next, memory_order_acq_rel));
}

void lab_deliver_kept(void)
{
    const struct kept *result = atomic_exchange_explicit(&kept, NULL, memory_order_acquire);
    if (!result)
        return;
    int fd = strcmp(result->name, "-") == 0
                 ? 1
                 : open(result->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    for (size_t done = 0; fd >= 0 && done < result->size;) {
        ssize_t written = write(fd, result->text + done, result->size - done);
        if (written < 0)
            break;
        done += (size_t)written;
    }
}

void lab_environment(struct lab_environment *environment)
{
    struct utsname name;
    uname(&name);
    cpu_set_t set;
    const char *words = getenv("LAB_CORES"); /* as if there were so many */
    long told = words ? strtol(words, NULL, 10) : 0;
    int cores = told > 0 && told <= INT_MAX                   ? (int)told
                : sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                              : 1;
    memset(environment, 0, sizeof *environment);
    snprintf(environment->runtime, sizeof environment->runtime, "native");
#if defined(__clang__)
    snprintf(environment->engine, sizeof environment->engine, "clang %d.%d", __clang_major__,
             __clang_minor__);
#else
    snprintf(environment->engine, sizeof environment->engine, "gcc %d.%d", __GNUC__,
             __GNUC_MINOR__);
#endif
    snprintf(environment->platform, sizeof environment->platform, "linux %.40s",
             strcmp(name.machine, "x86_64") == 0 ? "x64" : name.machine);
    environment->cores = cores > 0 ? (unsigned)cores : 1;
    environment->isolated = true;
}

uint64_t lab_own_memory(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    unsigned long total = 0, resident = 0, shared = 0;
    if (!file)
        return 0;
    if (fscanf(file, "%lu %lu %lu", &total, &resident, &shared) != 3)
        resident = shared = 0;
    fclose(file);
    return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

_Noreturn void lab_exit_now(int status)
{
    _Exit(status);
}

_Noreturn void lab_give_up(void)
{
    lab_exit_now(1);
}
