/* The system around the lab: clock, files, output, the machine, stopping.
 *
 * Threads. Everything here may be called from any thread, but for lab_read_file, lab_write_file and
 * the site: the coordinator only.
 */
#ifndef LAB_PLATFORM_SYSTEM_H
#define LAB_PLATFORM_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"

/* Monotonic nanoseconds. All threads of this program read the same clock; another process's or
 * isolate's has an offset, which the process pool measures (futures/process_link.c). */
uint64_t lab_now_ns(void);
/* The same clock for events by the million, read in another way where that is cheaper: some 100 ns
 * beside lab_now_ns(), and what one thread reads may go back by as much. */
uint64_t lab_stamp_ns(void);

/* Text for people and programs: fd 1 is the result, fd 2 progress and errors. LAB_E_IO when it
 * could not be written; under WebAssembly it is the host's to say so. */
int lab_write(int fd, const char *text, size_t size);
void lab_print(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Whether fd is a terminal that a progress line can be redrawn on. */
bool lab_is_terminal(int fd);
/* Reports progress to a page or program around the lab, as one JSON object; nothing natively. */
void lab_emit_event(const char *json, size_t size);
bool lab_has_events(void);

/* Reads a whole file (at most 64 MiB) into malloc'd, zero-terminated memory. */
int lab_read_file(const char *name, char **data, size_t *size, struct lab_failure *failure);
/* Writes a file anew, or adds to it what did not fit into memory at once. */
int lab_write_file(const char *name, const char *data, size_t size, bool append,
                   struct lab_failure *failure);
/* Whether it could be written, as far as can be told without touching it: LAB_E_IO if not. */
int lab_write_check(const char *name, struct lab_failure *failure);
/* Whether two names lead to one file whose bytes are kept, be it there yet or not; false where that
 * cannot be told. */
bool lab_same_file(const char *a, const char *b);

/* What this program's result is so far, a file's name ("-": stdout) and its text. It is copied, in
 * place of what was given before, and delivered by whoever finds the program dead: the host, or
 * natively the handler of a trap. NULL: the result has been delivered. One thread at a time.
 * Silently kept as it was when memory has run out. */
void lab_keep_result(const char *name, const char *text, size_t size);
/* Natively: delivers it. Async-signal-safe. */
void lab_deliver_kept(void);

/* The machine, as far as it can be asked. Static strings. */
struct lab_environment {
    char runtime[64];  /* "native", "node 20.20.2", "Chromium 156" */
    char engine[64];   /* "gcc 12.2", "V8 11.3" */
    char platform[64]; /* "linux x64" */
    unsigned cores;    /* logical cores; at least 1 */
    bool isolated;     /* threads can share memory */
};
void lab_environment(struct lab_environment *environment);

/* Memory of this program now, bytes: natively what is resident and not shared with others (the
 * program's code is), in an isolate its linear memory. 0: unknown. */
uint64_t lab_own_memory(void);

/* Counts a step of what takes long without a task: whoever waits for the end of a run sees that it
 * comes nearer. Any thread. */
void lab_step_done(void);
uint32_t lab_steps_done(void);

/* True once the user wants the run to end (Ctrl-C, the page's Stop). Sets lab_eval_breaker too.
 * lab_stop() may be called from a signal handler. */
bool lab_stopping(void);
void lab_stop(void);
void lab_stop_clear(void);

/* Ends the program at once, from any thread, with this exit status; nothing is flushed or freed. In
 * an instance whose threads share its memory that is the end of the instance, and its host says the
 * status. */
_Noreturn void lab_exit_now(int status);

/* lab_exit_now(1), for what hangs and cannot be told to stop.
 * Under WebAssembly the host is told that the program gave up. */
_Noreturn void lab_give_up(void);

/* Web pages to read when the user names none: a server of our own (natively, Node) or the site
 * itself (in a page), each answering after latency_ms. *urls is a malloc'd, '\n'-separated list. */
int lab_site_open(unsigned latency_ms, unsigned count, char **urls, struct lab_failure *failure);
void lab_site_close(void);

#endif
