/* Fetches by libcurl: one multi handle per reactor, which keeps connections open between fetches.
 *
 * - Ten thousand at once are begun in handfuls: one for each that ended, and another handful whenever nothing has
 *   ended for a millisecond. So a server that answers quickly is asked through connections that there are (to open one
 *   takes as long as the whole fetch), and one that takes its time soon has all of them at once.
 */
#define _GNU_SOURCE
#include "platform/reactor.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "platform/sync.h"
#include "platform/system.h"

enum { HANDFUL = 100, QUIET_NS = 1000000 };

struct lab_fetch_queue {
    struct lab_fetch *first, *last;
};

struct lab_reactor {
    CURLM *multi;
    struct lab_fetch_queue waiting; /* not begun yet */
    struct lab_fetch_queue finished;
    unsigned room;       /* how many may begin at once */
    uint64_t quiet_from; /* nothing has ended since; valid while fetches wait to begin */
    CURL *spare[256];    /* easy handles to reuse */
    unsigned spares;
};

static void push(struct lab_fetch_queue *queue, struct lab_fetch *fetch)
{
    fetch->queue = queue;
    fetch->next = NULL;
    fetch->previous = queue->last;
    *(queue->last ? &queue->last->next : &queue->first) = fetch;
    queue->last = fetch;
}

static void take_out(struct lab_fetch *fetch)
{
    struct lab_fetch_queue *queue = fetch->queue;
    *(fetch->previous ? &fetch->previous->next : &queue->first) = fetch->next;
    *(fetch->next ? &fetch->next->previous : &queue->last) = fetch->previous;
    fetch->queue = NULL;
}

static struct lab_fetch *pop(struct lab_fetch_queue *queue)
{
    struct lab_fetch *fetch = queue->first;
    if (fetch)
        take_out(fetch);
    return fetch;
}

static void global_init(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct lab_reactor *lab_reactor_create(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    struct lab_reactor *reactor = calloc(1, sizeof *reactor);
    if (!reactor)
        return NULL;
    reactor->room = HANDFUL;
    reactor->multi = curl_multi_init();
    if (!reactor->multi) {
        free(reactor);
        return NULL;
    }
    /* As many connections as fetches have begun; a cache of idle ones for the next. */
    curl_multi_setopt(reactor->multi, CURLMOPT_MAXCONNECTS, 256L);
    return reactor;
}

void lab_reactor_destroy(struct lab_reactor *reactor)
{
    if (!reactor)
        return;
    for (unsigned i = 0; i < reactor->spares; i++)
        curl_easy_cleanup(reactor->spare[i]);
    curl_multi_cleanup(reactor->multi);
    free(reactor);
}

static size_t on_bytes(char *data, size_t one, size_t size, void *user)
{
    struct lab_fetch *fetch = user;
    size_t limit = fetch->max_bytes ? fetch->max_bytes : LAB_FETCH_MAX_BYTES;
    (void)one;
    if (size > limit - fetch->size) {
        fetch->code = LAB_E_TOO_LARGE;
        return 0;
    }
    unsigned char *grown = realloc(fetch->body, fetch->size + size);
    if (!grown && size) {
        fetch->code = LAB_E_NOMEM;
        return 0;
    }
    fetch->body = grown;
    memcpy(fetch->body + fetch->size, data, size);
    fetch->size += size;
    return size;
}

static uint64_t timeout_of(const struct lab_fetch *fetch)
{
    return fetch->timeout_ns ? fetch->timeout_ns : LAB_FETCH_TIMEOUT_NS;
}

static int fail_late(struct lab_fetch *fetch)
{
    return lab_fail(&fetch->failure, LAB_E_TIMEOUT, "%s: no complete answer within %g s",
                    fetch->url, (double)timeout_of(fetch) / 1e9);
}

static void begin(struct lab_reactor *reactor, struct lab_fetch *fetch, uint64_t waited_ns)
{
    if (waited_ns >= timeout_of(fetch)) {
        fetch->code = fail_late(fetch);
        push(&reactor->finished, fetch);
        return;
    }
    CURL *easy = reactor->spares ? reactor->spare[--reactor->spares] : curl_easy_init();
    fetch->handle = easy;
    if (easy) {
        long ms = (long)((timeout_of(fetch) - waited_ns + 999999u) / 1000000u);
        curl_easy_setopt(easy, CURLOPT_URL, fetch->url);
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 10L);
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "concurrency-lab");
        curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, ms);
        curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    }
    if (!easy || curl_multi_add_handle(reactor->multi, easy) != CURLM_OK) {
        if (easy)
            curl_easy_cleanup(easy);
        fetch->handle = NULL;
        fetch->code = lab_fail(&fetch->failure, LAB_E_NOMEM, "%s: out of memory", fetch->url);
        push(&reactor->finished, fetch);
    }
}

/* Begins what may begin now. */
static void begin_some(struct lab_reactor *reactor)
{
    if (!reactor->waiting.first) {
        reactor->room = HANDFUL;
        return;
    }
    uint64_t now = lab_now_ns();
    if (reactor->room)
        reactor->quiet_from = now;
    else if (now - reactor->quiet_from < QUIET_NS)
        return;
    else
        reactor->room = HANDFUL;
    for (; reactor->room && reactor->waiting.first; reactor->room--) {
        struct lab_fetch *fetch = pop(&reactor->waiting);
        begin(reactor, fetch, now - fetch->started_ns);
    }
    reactor->quiet_from = lab_now_ns();
}

void lab_reactor_start(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    fetch->code = LAB_E_AGAIN;
    fetch->status = 0;
    fetch->body = NULL;
    fetch->size = 0;
    fetch->handle = NULL;
    if (reactor->room) {
        reactor->room--;
        fetch->queue = NULL;
        begin(reactor, fetch, 0);
        return;
    }
    fetch->started_ns = lab_now_ns();
    if (!reactor->waiting.first)
        reactor->quiet_from = fetch->started_ns;
    push(&reactor->waiting, fetch);
}

static void detach(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    CURL *easy = fetch->handle;
    fetch->handle = NULL;
    curl_multi_remove_handle(reactor->multi, easy);
    if (reactor->spares < sizeof reactor->spare / sizeof *reactor->spare) {
        curl_easy_reset(easy);
        reactor->spare[reactor->spares++] = easy;
    } else {
        curl_easy_cleanup(easy);
    }
}

static void conclude(struct lab_fetch *fetch, CURLcode result)
{
    CURL *easy = fetch->handle;
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    fetch->status = (int)status;
    if (fetch->code == LAB_E_TOO_LARGE) {
        size_t limit = fetch->max_bytes ? fetch->max_bytes : LAB_FETCH_MAX_BYTES;
        lab_fail(&fetch->failure, fetch->code, "%s: longer than %zu bytes", fetch->url, limit);
    } else if (fetch->code == LAB_E_NOMEM) {
        lab_fail(&fetch->failure, fetch->code, "%s: out of memory", fetch->url);
    } else if (result == CURLE_OPERATION_TIMEDOUT) {
        fetch->code = fail_late(fetch);
    } else if (result != CURLE_OK) {
        fetch->code =
            lab_fail(&fetch->failure, LAB_E_IO, "%s: %s", fetch->url, curl_easy_strerror(result));
    } else if (status < 200 || status > 299) {
        fetch->code =
            lab_fail(&fetch->failure, LAB_E_IO, "%s: the server answered %ld", fetch->url, status);
    } else {
        fetch->code = 0;
    }
    if (fetch->code)
        lab_fetch_release(fetch);
}

static void pump(struct lab_reactor *reactor)
{
    int running, left;
    curl_multi_perform(reactor->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(reactor->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct lab_fetch *fetch = (struct lab_fetch *)private;
        conclude(fetch, result);
        detach(reactor, fetch);
        push(&reactor->finished, fetch);
        reactor->room++;
    }
    begin_some(reactor);
}

struct lab_fetch *lab_reactor_wait(struct lab_reactor *reactor, uint64_t timeout_ns)
{
    struct lab_fetch *fetch = pop(&reactor->finished);
    if (fetch)
        return fetch;
    pump(reactor);
    if (reactor->finished.first || timeout_ns == 0)
        return pop(&reactor->finished);
    if (reactor->waiting.first && timeout_ns > QUIET_NS)
        timeout_ns = QUIET_NS;
    /* curl rounds to milliseconds; below one, sleep ourselves: a timer must not be late by 1 ms. */
    uint64_t ms = timeout_ns / 1000000u;
    int most = ms > 60000 ? 60000 : (int)ms;
    if (timeout_ns == LAB_FOREVER)
        most = 60000;
    if (most > 0) {
        int ready;
        curl_multi_poll(reactor->multi, NULL, 0, most, &ready);
    } else {
        struct timespec nap = {0, (long)timeout_ns};
        nanosleep(&nap, NULL);
    }
    pump(reactor);
    return pop(&reactor->finished);
}

void lab_reactor_wake(struct lab_reactor *reactor)
{
    curl_multi_wakeup(reactor->multi);
}

void lab_reactor_cancel(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    if (fetch->handle)
        detach(reactor, fetch);
    else if (fetch->queue)
        take_out(fetch);
    lab_fetch_release(fetch);
    fetch->code = LAB_E_CANCELLED;
}

void lab_fetch_release(struct lab_fetch *fetch)
{
    free(fetch->body);
    fetch->body = NULL;
    fetch->size = 0;
}
