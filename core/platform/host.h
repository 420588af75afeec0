/* The host: what stands around a WebAssembly instance. Only for core/platform (and the JavaScript
 * in worker/, whose other half this is).
 *
 * What it is. One outgoing call and one incoming answer carry everything: the core posts a request
 * (an operation, a payload), the host answers it with lab_host_complete(). A fetch, a file, a line
 * of output, a new process: all are requests.
 *
 * Threads. lab_host_post() may be called from any thread; it arrives at the host's event loop in
 * order per thread. lab_host_complete() is called on the host's thread and must not block.
 * Ownership. The payload must stay valid until the answer; a payload posted without a request
 * (NULL) is the host's, which gives it back through lab_host_free() as soon as it has a copy: it is
 * malloc'd, or what lab_host_tell() has in reserve for when memory has run out. Answers are
 * allocated by the host through lab_host_alloc() and belong to the core.
 */
#ifndef LAB_PLATFORM_HOST_H
#define LAB_PLATFORM_HOST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* clang-format off */
/*   number name          payload → answer */
#define LAB_HOST_OPS(X)                                                                            \
    X(1, WRITE)        /* u32 fd (1, 2), bytes → nothing; no request */                            \
    X(2, EVENT)        /* JSON → nothing; no request */                                            \
    X(3, DONE)         /* i32 status, u32 stopped → nothing; no request */                         \
    X(4, READ_FILE)    /* name → bytes, or code and sentence */                                    \
    X(5, WRITE_FILE)   /* u32 0: anew, 1: append, 2: not at all, but whether it could be, 3: not  \
                          at all, but whether it is another than the file that the bytes name      \
                          (LAB_E_INVALID: it is the same); u32 length of name, name, bytes →       \
                          nothing, or code and sentence */                                         \
    X(6, FETCH)        /* f64 ms timeout, u32 max bytes, url → status and body, or code and        \
                          sentence */                                                              \
    X(7, FETCH_CANCEL) /* u32 the fetch's request → nothing; no request. The fetch is answered */  \
    X(8, SPAWN)        /* struct lab_host_spawn → answered when the process has ended: code =      \
                          exit status ≥ 0, or LAB_E_… and a sentence */                            \
    X(9, KILL)         /* u32 the process's request → nothing; no request */                       \
    X(10, SEND)        /* u32 the process's request, bytes for it; no request. Only where pipes    \
                          cannot be shared */                                                      \
    X(11, SITE_OPEN)   /* u32 latency, ms; u32 count → '\n'-separated absolute URLs */             \
    X(12, SITE_CLOSE)  /* nothing; no request */                                                  \
    X(13, PROBE)       /* struct lab_host_probe → nothing, or code and sentence */                 \
    X(14, PEER)        /* an order (platform/peer.h) → the answer, or code and sentence */         \
    X(15, SHOW)        /* struct lab_view (platform/watch.h) → f64 pairs: their busy moments */    \
    X(16, KEEP)        /* u32 length of name, name, text: the result so far, for when the core     \
                          dies; without a name: there is none → nothing; no request */
/* clang-format on */

enum lab_host_op {
#define X(number, name) LAB_HOST_##name = number,
    LAB_HOST_OPS(X)
#undef X
};

struct lab_host_request {
    /* Called on the host's thread when the answer is in; NULL: done is set and its waiter woken. */
    void (*on_done)(struct lab_host_request *request);
    int32_t code;
    int32_t status;
    unsigned char *data; /* malloc'd, or NULL */
    uint32_t size;
    /* 0, then 1. The release store publishes the fields above. */
    _Atomic uint32_t done;
};

/* SPAWN's payload where memory is shared: addresses in it. Zeros elsewhere. */
struct lab_host_spawn {
    uint32_t in;     /* struct lab_pipe (platform/pipe.h) the process reads */
    uint32_t out;    /* struct lab_pipe the process writes */
    uint32_t bell;   /* struct lab_bell: its parent's */
    uint32_t answer; /* u32[5]: ready, code, status, data, size: where a fetch's answer is put */
    uint32_t grant;  /* struct lab_grant */
};

/* PROBE's payload. The operation has been done so often when it is answered; count 0 makes ready.
 * One is under way at a time. Kind 0 removes all that was made, and what is under way is answered
 * before with LAB_E_STOPPED. */
struct lab_host_probe {
    uint32_t kind; /* enum lab_probe_kind (platform/probe.h), or 0 */
    uint32_t count;
    uint32_t bytes;
};

/* Imported from the host: "lab" names the module of an isolate's imports; Emscripten's come from
 * platform/host.js. */
#if defined(__wasi__)
#define LAB_IMPORT(name) __attribute__((import_module("lab"), import_name(name)))
#else
#define LAB_IMPORT(name)
#endif
LAB_IMPORT("post")
void lab_host_post(int op, struct lab_host_request *request, const void *data, size_t size);
#if defined(__wasi__)
/* Blocks up to ms (negative: for ever) until there is news; 0 at once if this host cannot block. */
LAB_IMPORT("block") int lab_host_block(double ms);
LAB_IMPORT("can_block") int lab_host_can_block(void);
#endif

/* Exported to the host. */
void *lab_host_alloc(size_t size);
void lab_host_free(void *data);
void lab_host_complete(struct lab_host_request *request, int code, int status, void *data,
                       size_t size);

/* Posts and waits for the answer. Returns its code. The caller frees request->data. */
int lab_host_call(int op, struct lab_host_request *request, const void *data, size_t size);
/* Posts a copy and forgets it. Where memory has run out the copy is made in a reserve of 16 KiB,
 * which is one caller's at a time; then it blocks until the host has taken it, so it must not be
 * called on the host's thread. What is a stream (WRITE, SEND) goes through it in pieces: no output
 * is lost. What is short has notes of its own, 64 of them, and does not wait.
 * False, and nothing is posted: an event that is larger than the reserve, which says how a run goes
 * and whose document says what came of it; a fetch that is cancelled as the 65th thing at once,
 * which is answered all the same. */
bool lab_host_tell(int op, const void *head, size_t head_size, const void *data, size_t size);

#endif
