/* Fetches by libcurl: one multi handle per reactor, which keeps connections open between fetches.
 *
 * - epoll says what has happened, and curl is told of that alone: curl_multi_perform() would look
 *   at every fetch each time, and ten thousand that wait would cost more than those that end.
 * - Ten thousand at once are begun in handfuls: one for each that ended, and another handful
 *   whenever nothing has happened on any connection for a millisecond, or none has ended for
 *   twenty. So a server that answers quickly is asked through connections that there are (to open
 *   one takes as long as the whole fetch), and one that takes its time soon has all of them at
 *   once.
 */
#define _GNU_SOURCE
#include "platform/reactor.h"

#include <curl/curl.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/sync.h"
#include "platform/system.h"

enum { HANDFUL = 100, QUIET_NS = 1000000, MOST_NS = 20000000, EVENTS = 256, IDLE = 256 };

struct lab_fetch_queue {
    struct lab_fetch *first, *last;
};

struct lab_reactor {
    CURLM *multi;
    struct lab_fetch_queue waiting; /* not begun yet */
    struct lab_fetch_queue finished;
    unsigned room;       /* how many may begin at once */
    uint64_t quiet_from; /* nothing has happened since; valid while fetches wait to begin, */
    uint64_t quiet_ns;   /* … and when another handful may for that reason */
    uint64_t begun_ns;   /* when some began last; valid while others wait to */
    int epoll;
    uint64_t timer_at; /* when curl wants to be asked; LAB_FOREVER */
    unsigned idle;     /* connections that a fetch has left behind, at most */
    CURL *spare[IDLE]; /* easy handles to reuse (make_handle) */
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

/* What is asked for directly although the environment names a proxy: what it excepts itself, and
 * this machine, for a proxy elsewhere would look for our own server on its own. */
static char *direct;

static void global_init(void)
{
    static const char here[] = "localhost,127.0.0.0/8,::1";
    const char *excepted = getenv("no_proxy");
    if (!excepted)
        excepted = getenv("NO_PROXY");
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (excepted && strcmp(excepted, "*") == 0)
        return; /* everything: curl knows */
    size_t size = sizeof here + (excepted ? strlen(excepted) + 1 : 0);
    if ((direct = malloc(size)))
        snprintf(direct, size, "%s%s%s", here, excepted ? "," : "", excepted ? excepted : "");
}

/* As curl opens a socket itself, but for the reason that it cannot, which curl does not tell. */
static curl_socket_t open_socket(void *user, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct lab_fetch *fetch = user;
    struct rlimit limit;
    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    (void)purpose;
    if (fd >= 0)
        return fd;
    /* Another address of the same host may do, if it is not for want of descriptors. */
    if (errno == EMFILE && getrlimit(RLIMIT_NOFILE, &limit) == 0)
        fetch->code = lab_fail(&fetch->failure, LAB_E_IO,
                               "%s: too many open files: this program may have %llu, and each page "
                               "that is being read takes one (ulimit -n says more)",
                               fetch->url, (unsigned long long)limit.rlim_cur);
    return CURL_SOCKET_BAD;
}

/* curl's word for every socket: what it waits for there. */
static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct lab_reactor *reactor = user;
    struct epoll_event event = {.data.fd = fd};
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(reactor->epoll, EPOLL_CTL_DEL, fd, &event);
        return 0;
    }
    event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
    if (epoll_ctl(reactor->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event))
        return -1;
    curl_multi_assign(reactor->multi, fd, reactor); /* known from now on, until it is removed */
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *user)
{
    struct lab_reactor *reactor = user;
    (void)multi;
    reactor->timer_at = ms < 0 ? LAB_FOREVER : lab_now_ns() + (uint64_t)ms * 1000000u;
    return 0;
}

struct lab_reactor *lab_reactor_create(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, global_init);
    struct lab_reactor *reactor = calloc(1, sizeof *reactor);
    if (!reactor)
        return NULL;
    reactor->room = HANDFUL;
    reactor->timer_at = LAB_FOREVER;
    reactor->multi = curl_multi_init();
    reactor->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!reactor->multi || reactor->epoll < 0) {
        lab_reactor_destroy(reactor);
        return NULL;
    }
    curl_multi_setopt(reactor->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(reactor->multi, CURLMOPT_SOCKETDATA, reactor);
    curl_multi_setopt(reactor->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(reactor->multi, CURLMOPT_TIMERDATA, reactor);
    /* As many connections as fetches have begun; a cache of idle ones for the next. */
    curl_multi_setopt(reactor->multi, CURLMOPT_MAXCONNECTS, (long)IDLE);
    return reactor;
}

void lab_reactor_destroy(struct lab_reactor *reactor)
{
    if (!reactor)
        return;
    for (unsigned i = 0; i < reactor->spares; i++)
        curl_easy_cleanup(reactor->spare[i]);
    curl_multi_cleanup(reactor->multi);
    if (reactor->epoll >= 0)
        close(reactor->epoll);
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

/* A handle with what is the same for all fetches: reset, it would take as long to set all of it
 * again as a page does. NULL: out of memory. */
static CURL *make_handle(void)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return NULL;
    /* These are copied, which takes memory. */
    if (curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_USERAGENT, "concurrency-lab") != CURLE_OK ||
        (direct && curl_easy_setopt(easy, CURLOPT_NOPROXY, direct) != CURLE_OK)) {
        curl_easy_cleanup(easy);
        return NULL;
    }
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 10L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    return easy;
}

static void begin(struct lab_reactor *reactor, struct lab_fetch *fetch, uint64_t waited_ns)
{
    if (waited_ns >= timeout_of(fetch)) {
        fetch->code = fail_late(fetch);
        push(&reactor->finished, fetch);
        return;
    }
    CURL *easy = reactor->spares ? reactor->spare[--reactor->spares] : make_handle();
    if (easy && curl_easy_setopt(easy, CURLOPT_URL, fetch->url) != CURLE_OK) {
        curl_easy_cleanup(easy); /* it would fetch the last one's once more */
        easy = NULL;
    }
    fetch->handle = easy;
    if (easy) {
        curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                         (long)((timeout_of(fetch) - waited_ns + 999999u) / 1000000u));
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
        curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
        curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, fetch);
        /* Fresh: that spares curl to look for a free one among thousands that are not. */
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, reactor->idle ? 0L : 1L);
        if (reactor->idle)
            reactor->idle--;
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
    if (!reactor->room) {
        if (now - reactor->quiet_from < reactor->quiet_ns)
            return;
        reactor->room = HANDFUL;
    }
    for (; reactor->room && reactor->waiting.first; reactor->room--) {
        struct lab_fetch *fetch = pop(&reactor->waiting);
        begin(reactor, fetch, now - fetch->started_ns);
    }
    reactor->quiet_from = reactor->begun_ns = lab_now_ns();
    /* At least as long as it took to begin these: on a machine that is busy the server needs its
     * time too. */
    reactor->quiet_ns = reactor->quiet_from - now > QUIET_NS ? reactor->quiet_from - now : QUIET_NS;
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
    if (!reactor->waiting.first) {
        reactor->quiet_from = reactor->begun_ns = fetch->started_ns;
        reactor->quiet_ns = QUIET_NS;
    }
    push(&reactor->waiting, fetch);
}

static void detach(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    CURL *easy = fetch->handle;
    fetch->handle = NULL;
    curl_multi_remove_handle(reactor->multi, easy);
    if (reactor->spares < sizeof reactor->spare / sizeof *reactor->spare) {
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
    } else if (result != CURLE_OK && fetch->code == LAB_E_IO) {
        /* open_socket() has said why. */
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

/* Tells curl what has happened. True: something has. */
static bool tell(struct lab_reactor *reactor)
{
    struct epoll_event events[EVENTS];
    int count = epoll_wait(reactor->epoll, events, EVENTS, 0), running;
    for (int i = 0; i < count; i++) {
        uint32_t what = events[i].events;
        curl_multi_socket_action(reactor->multi, events[i].data.fd,
                                 (what & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                     (what & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                                     (what & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0),
                                 &running);
    }
    if (reactor->timer_at != LAB_FOREVER && lab_now_ns() >= reactor->timer_at) {
        reactor->timer_at = LAB_FOREVER; /* curl sets it again, in here */
        curl_multi_socket_action(reactor->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    return count > 0;
}

static void pump(struct lab_reactor *reactor)
{
    int left;
    if (tell(reactor) && reactor->waiting.first) {
        uint64_t now = lab_now_ns();
        if (now - reactor->begun_ns < MOST_NS)
            reactor->quiet_from = now;
    }
    for (CURLMsg *message; (message = curl_multi_info_read(reactor->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode result = message->data.result;
        char *private = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct lab_fetch *fetch = (struct lab_fetch *)private;
        conclude(fetch, result);
        if (result == CURLE_OK && reactor->idle < IDLE)
            reactor->idle++;
        detach(reactor, fetch);
        push(&reactor->finished, fetch);
        reactor->room++;
    }
    begin_some(reactor);
}

/* Nanoseconds until curl, or what waits to begin, wants its turn. */
static uint64_t until_due(const struct lab_reactor *reactor)
{
    uint64_t at = reactor->timer_at, now = at == LAB_FOREVER ? 0 : lab_now_ns();
    uint64_t due = at == LAB_FOREVER ? LAB_FOREVER : at > now ? at - now : 0;
    return reactor->waiting.first && due > reactor->quiet_ns ? reactor->quiet_ns : due;
}

struct lab_fetch *lab_reactor_wait(struct lab_reactor *reactor, uint64_t timeout_ns)
{
    if (!reactor->finished.first)
        pump(reactor);
    if (!reactor->finished.first && timeout_ns > 0) {
        uint64_t due = until_due(reactor), most = timeout_ns < due ? timeout_ns : due;
        struct timespec time = {(time_t)(most / 1000000000u), (long)(most % 1000000000u)};
        struct pollfd news = {.fd = reactor->epoll, .events = POLLIN};
        ppoll(&news, 1, most == LAB_FOREVER ? NULL : &time, NULL); /* to the nanosecond */
        pump(reactor);
    }
    return pop(&reactor->finished);
}

struct lab_fetch *lab_reactor_take(struct lab_reactor *reactor)
{
    return pop(&reactor->finished);
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
