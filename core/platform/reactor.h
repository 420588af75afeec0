/* Reactors: I/O that completes later, and the one place where a thread waits for it.
 *
 * What it is. A reactor has fetches in flight and a queue of finished ones. The event loop owns one
 * and keeps thousands in flight; a thread that "blocks on I/O" owns one with a single fetch.
 * Behind it: curl_multi natively, the host's fetch() under WebAssembly.
 *
 * How it is used. Fill a lab_fetch, lab_reactor_start(), then lab_reactor_wait() until it comes
 * back, and lab_reactor_take() for more of them at once.
 *
 * Threads. A reactor belongs to one thread.
 * Blocking. Only lab_reactor_wait(), for at most timeout_ns. In an isolate without shared memory
 * nothing can block: it returns at once, and the host calls lab_turn() when there is news.
 * Ownership. The caller keeps the lab_fetch alive and unmoved from start until wait returns it or
 * cancel returns; the body is the caller's from then on (lab_fetch_release()).
 */
#ifndef LAB_PLATFORM_REACTOR_H
#define LAB_PLATFORM_REACTOR_H

#include <stddef.h>
#include <stdint.h>

#include "platform/error.h"

#define LAB_FETCH_MAX_BYTES  (16u << 20) /* longest body that is read, bytes */
#define LAB_FETCH_TIMEOUT_NS 10000000000ull

struct lab_fetch {
    /* In. */
    const char *url;     /* absolute http(s) URL; must outlive the fetch */
    uint64_t timeout_ns; /* from start to the last byte; 0: LAB_FETCH_TIMEOUT_NS */
    size_t max_bytes;    /* longer bodies fail with LAB_E_TOO_LARGE; 0: LAB_FETCH_MAX_BYTES */
    void *user;          /* the caller's, */
    struct lab_fetch *before, *after; /* … and so are these: a list of what is in flight */
    /* Out. code 0: a complete answer with a status of 200–299, whatever its length (0 is legal).
     * Otherwise failure.text is one sentence that names the URL: LAB_E_IO (refused, bad status,
     * connection lost), LAB_E_TIMEOUT, LAB_E_TOO_LARGE, LAB_E_CANCELLED, LAB_E_NOMEM. */
    int code;
    int status;
    unsigned char *body; /* malloc'd */
    size_t size;
    struct lab_failure failure;
    /* The platform's own. */
    void *handle;
    uint64_t started_ns;
    struct lab_fetch_queue *queue; /* that it stands in; NULL: none */
    struct lab_fetch *previous, *next;
};

struct lab_reactor;

struct lab_reactor *lab_reactor_create(void);
/* Every fetch must have been returned or cancelled. NULL is legal. */
void lab_reactor_destroy(struct lab_reactor *reactor);

/* Starts a fetch. Never fails by itself: an error is a completion like any other. */
void lab_reactor_start(struct lab_reactor *reactor, struct lab_fetch *fetch);
/* Gives a fetch up: when this returns it is no longer in flight and will not be returned by
 * wait. */
void lab_reactor_cancel(struct lab_reactor *reactor, struct lab_fetch *fetch);
/* A finished fetch, or NULL after timeout_ns (0 polls, UINT64_MAX is for ever), or
 * spuriously. */
struct lab_fetch *lab_reactor_wait(struct lab_reactor *reactor, uint64_t timeout_ns);
/* A finished fetch that a wait has taken in besides the one it gave, or NULL: many at once are one
 * wait. */
struct lab_fetch *lab_reactor_take(struct lab_reactor *reactor);

void lab_fetch_release(struct lab_fetch *fetch);

#endif
