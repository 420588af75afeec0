/* Fetches are the host's. A completion is pushed by the host's thread (lab_host_complete) on the
 * reactor's list; the owner waits on the reactor's count of news. A request in flight outlives a
 * fetch that was cancelled and even its reactor: the host answers it all the same.
 *
 * Completions come in handfuls. The first of them wakes the owner, the others see that it is awake,
 * or about to be, and make no system call; the owner takes the whole list at once. */
#include "platform/reactor.h"

#include <stdlib.h>
#include <string.h>

#include "platform/host.h"
#include "platform/sync.h"
#include "platform/system.h"

struct flight {
    struct lab_host_request request; /* first: the host knows only this */
    struct lab_reactor *reactor;
    struct lab_fetch *fetch; /* NULL: cancelled. Under the reactor's mutex */
    /* FETCH's payload, as the host reads it: double ms, u32 bytes, url. */
    size_t payload_size;
    unsigned char payload[];
};

struct lab_reactor {
    lab_mutex mutex;
    struct lab_fetch *first, **last; /* finished; under mutex */
    struct lab_fetch *taken;         /* the owner's: finished, and off that list */
    unsigned flights;                /* unanswered; under mutex */
    bool destroyed;                  /* the owner is gone, the last answer frees; under mutex */
    /* Grows by NEWS with every completion, and has SLEEPING while the owner sleeps on it, or is
     * about to. One word, so that who brings news takes back no mark but that of an owner who has
     * not seen them: tests/models/reactor.pml. */
    _Atomic uint32_t news;
    uint32_t seen; /* the owner's */
};
enum { SLEEPING = 1, NEWS = 2 };

struct lab_reactor *lab_reactor_create(void)
{
    struct lab_reactor *reactor = calloc(1, sizeof *reactor);
    if (!reactor)
        return NULL;
    lab_mutex_init(&reactor->mutex);
    reactor->last = &reactor->first;
    return reactor;
}

static void free_reactor(struct lab_reactor *reactor)
{
    lab_mutex_destroy(&reactor->mutex);
    free(reactor);
}

static void push(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    fetch->next = NULL;
    *reactor->last = fetch;
    reactor->last = &fetch->next;
}

static void bring_news(struct lab_reactor *reactor)
{
    uint32_t word = atomic_load_explicit(&reactor->news, memory_order_relaxed);
    /* release: what was pushed before. */
    while (!atomic_compare_exchange_weak_explicit(&reactor->news, &word,
                                                  (word + NEWS) & ~(uint32_t)SLEEPING,
                                                  memory_order_release, memory_order_relaxed)) {
    }
    if (word & SLEEPING)
        lab_futex_wake(&reactor->news, 1);
}

static void land(struct lab_host_request *request)
{
    struct flight *flight = (struct flight *)request;
    struct lab_reactor *reactor = flight->reactor;
    lab_mutex_lock(&reactor->mutex);
    struct lab_fetch *fetch = flight->fetch;
    reactor->flights--;
    if (fetch) {
        fetch->handle = NULL;
        fetch->code = request->code;
        fetch->status = request->status;
        if (request->code == 0) {
            fetch->body = request->data;
            fetch->size = request->size;
            request->data = NULL;
        } else {
            lab_fail(&fetch->failure, request->code, "%.*s", (int)request->size,
                     request->data ? (char *)request->data : "");
        }
        push(reactor, fetch);
    }
    bring_news(reactor);
    bool last = reactor->destroyed && reactor->flights == 0;
    lab_mutex_unlock(&reactor->mutex);
    free(request->data);
    free(flight);
    if (last)
        free_reactor(reactor);
}

void lab_reactor_start(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    double timeout_ms =
        (double)(fetch->timeout_ns ? fetch->timeout_ns : LAB_FETCH_TIMEOUT_NS) / 1e6;
    uint32_t max_bytes = (uint32_t)(fetch->max_bytes ? fetch->max_bytes : LAB_FETCH_MAX_BYTES);
    size_t length = strlen(fetch->url), head = sizeof timeout_ms + sizeof max_bytes;
    struct flight *flight = calloc(1, sizeof *flight + head + length);
    fetch->code = LAB_E_AGAIN;
    fetch->status = 0;
    fetch->body = NULL;
    fetch->size = 0;
    fetch->handle = flight;
    lab_mutex_lock(&reactor->mutex);
    if (flight) {
        reactor->flights++;
    } else {
        fetch->code = lab_fail(&fetch->failure, LAB_E_NOMEM, "%s: out of memory", fetch->url);
        push(reactor, fetch);
    }
    lab_mutex_unlock(&reactor->mutex);
    if (!flight)
        return;
    flight->request.on_done = land;
    flight->reactor = reactor;
    flight->fetch = fetch;
    memcpy(flight->payload, &timeout_ms, sizeof timeout_ms);
    memcpy(flight->payload + sizeof timeout_ms, &max_bytes, sizeof max_bytes);
    memcpy(flight->payload + head, fetch->url, length);
    lab_host_post(LAB_HOST_FETCH, &flight->request, flight->payload, head + length);
}

void lab_reactor_cancel(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    lab_mutex_lock(&reactor->mutex);
    struct flight *flight = fetch->handle;
    if (flight) {
        uint32_t request = (uint32_t)(uintptr_t)&flight->request;
        flight->fetch = NULL;
        fetch->handle = NULL;
        /* Under the mutex: land() cannot free the flight yet, so its address cannot be another
         * request's by the time the host reads this. */
        lab_host_tell(LAB_HOST_FETCH_CANCEL, &request, sizeof request, NULL, 0);
    } else {
        struct lab_fetch **at = &reactor->taken;
        while (*at && *at != fetch)
            at = &(*at)->next;
        if (*at) {
            *at = fetch->next;
        } else {
            for (at = &reactor->first; *at && *at != fetch;)
                at = &(*at)->next;
            if (*at) {
                *at = fetch->next;
                if (!*at)
                    reactor->last = at;
            }
        }
    }
    lab_mutex_unlock(&reactor->mutex);
    lab_fetch_release(fetch);
    fetch->code = LAB_E_CANCELLED;
}

struct lab_fetch *lab_reactor_take(struct lab_reactor *reactor)
{
    struct lab_fetch *fetch = reactor->taken;
    if (fetch)
        reactor->taken = fetch->next;
    return fetch;
}

/* The next one, of the whole list if nothing of the last one is left. */
static struct lab_fetch *pop(struct lab_reactor *reactor)
{
    if (!reactor->taken) {
        lab_mutex_lock(&reactor->mutex);
        reactor->taken = reactor->first;
        reactor->first = NULL;
        reactor->last = &reactor->first;
        lab_mutex_unlock(&reactor->mutex);
    }
    return lab_reactor_take(reactor);
}

struct lab_fetch *lab_reactor_wait(struct lab_reactor *reactor, uint64_t timeout_ns)
{
    struct lab_fetch *fetch = pop(reactor);
    if (fetch || timeout_ns == 0)
        return fetch;
    /* relaxed: it decides whether to sleep, no more. The mark is not there: the owner took it back
     * when it woke. */
    uint32_t news = reactor->seen;
    if (atomic_compare_exchange_strong_explicit(&reactor->news, &news, news | SLEEPING,
                                                memory_order_relaxed, memory_order_relaxed))
        lab_futex_wait(&reactor->news, news | SLEEPING, timeout_ns);
    /* acquire: with the release of who brought news. */
    reactor->seen =
        atomic_fetch_and_explicit(&reactor->news, ~(uint32_t)SLEEPING, memory_order_acquire) &
        ~(uint32_t)SLEEPING;
    return pop(reactor);
}

void lab_reactor_destroy(struct lab_reactor *reactor)
{
    if (!reactor)
        return;
    lab_mutex_lock(&reactor->mutex);
    reactor->destroyed = true;
    bool last = reactor->flights == 0;
    lab_mutex_unlock(&reactor->mutex);
    if (last)
        free_reactor(reactor);
}

void lab_fetch_release(struct lab_fetch *fetch)
{
    free(fetch->body);
    fetch->body = NULL;
    fetch->size = 0;
}
