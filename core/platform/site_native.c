/* A small web server of our own to read pages from: libmicrohttpd, one thread, every answer held
 * back for the latency asked for. GET /delay/<ms>/page/<n> answers with a page of text that depends
 * on n.
 *
 * The thread is ours and calls MHD_run(), which never waits. libmicrohttpd's own (0.9.75) takes 128
 * events at a time, and after exactly 128 it waits for more before it looks at them: 128 requests
 * that came at once were then never answered. */
#define _GNU_SOURCE
#include "platform/system.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "platform/sync.h"

/* A connection whose answer is held back. */
struct held {
    struct MHD_Connection *connection;
    uint64_t at; /* lab_now_ns() when it may go */
    struct held *next;
    bool waited;
};

static struct {
    struct MHD_Daemon *daemon;
    pthread_t thread;
    int closing;               /* an eventfd: written when the thread is to end */
    struct held *first, *last; /* earliest first; the thread's. last: where there is a first */
} site;

/* Lets connections go whose time has come. */
static void release_held(uint64_t now)
{
    while (site.first && site.first->at <= now) {
        struct held *held = site.first;
        site.first = held->next;
        held->waited = true;
        MHD_resume_connection(held->connection);
    }
}

static void hold(struct held *held, unsigned ms)
{
    held->at = lab_now_ns() + (uint64_t)ms * 1000000u;
    MHD_suspend_connection(held->connection);
    struct held **at = &site.first;
    if (site.first && site.last->at <= held->at) /* as always, where all are held for as long */
        at = &site.last->next;
    while (*at && (*at)->at <= held->at)
        at = &(*at)->next;
    held->next = *at;
    *at = held;
    if (!held->next)
        site.last = held;
}

/* Nanoseconds until there is something to do for which nothing comes from outside. */
static uint64_t time_left(void)
{
    MHD_UNSIGNED_LONG_LONG ms;
    uint64_t left = LAB_FOREVER, now = lab_now_ns();
    if (site.first)
        left = site.first->at > now ? site.first->at - now : 0;
    if (MHD_get_timeout(site.daemon, &ms) == MHD_YES && ms <= left / 1000000u)
        left = ms * 1000000u;
    return left;
}

static void *serve(void *unused)
{
    struct pollfd wanted[] = {
        {MHD_get_daemon_info(site.daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, POLLIN, 0},
        {site.closing, POLLIN, 0},
    };
    (void)unused;
    while (!wanted[1].revents) {
        release_held(lab_now_ns());
        MHD_run(site.daemon);
        uint64_t left = time_left();
        struct timespec span = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
        ppoll(wanted, 2, left == LAB_FOREVER ? NULL : &span, NULL);
    }
    release_held(LAB_FOREVER); /* none may be held when it is stopped */
    return NULL;
}

/* As sprintf would, in a tenth of the time: a page has a thousand of them. */
static size_t append(char *page, size_t used, const char *syllable)
{
    while (*syllable)
        page[used++] = *syllable++;
    return used;
}

/* Words of a language that does not exist, 200 to 799 of them: a different page for every n. */
static char *make_page(unsigned n, size_t *size)
{
    static const char *const syllables[] = {"lo", "ra", "mi", "ten", "sku", "da", "ve", "non"};
    unsigned words = 200 + n * 137 % 600;
    char *page = malloc((size_t)words * 16);
    size_t used = 0;
    for (unsigned i = 0; page && i < words; i++) {
        for (unsigned j = 0; j <= (n + i * i) % 4; j++)
            used = append(page, used, syllables[(n + i * 5 + j * 3) % 8]);
        page[used++] = i % 12 == 11 ? '\n' : ' ';
    }
    *size = used;
    return page;
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, char *text,
                              size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
    if (!response) {
        free(text);
        return MHD_NO;
    }
    MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *unused, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
    unsigned ms, page;
    char rest;
    (void)unused;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_size;
    if (sscanf(url, "/delay/%u/page/%u%c", &ms, &page, &rest) != 2 || ms > 60000)
        return answer(connection, MHD_HTTP_NOT_FOUND, strdup("not found\n"), 10);
    struct held *held = *state;
    if (!held) {
        held = calloc(1, sizeof *held);
        if (!held)
            return MHD_NO;
        held->connection = connection;
        *state = held;
        return MHD_YES; /* called again once the request has been read */
    }
    if (!held->waited && ms > 0) {
        hold(held, ms);
        return MHD_YES;
    }
    size_t size = 0;
    char *text = make_page(page, &size);
    return text ? answer(connection, MHD_HTTP_OK, text, size) : MHD_NO;
}

static void on_completed(void *unused, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void)unused;
    (void)connection;
    (void)code;
    free(*state);
    *state = NULL;
}

static int start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    site.closing = eventfd(0, EFD_CLOEXEC);
    if (site.closing < 0)
        return LAB_E_UNAVAILABLE;
    site.daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, NULL,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u,
        /* By default as many as select() could take: 1020, kept idle ones included. */
        MHD_OPTION_CONNECTION_LIMIT, 1u << 16, MHD_OPTION_END);
    if (site.daemon && pthread_create(&site.thread, NULL, serve, NULL) == 0)
        return 0;
    if (site.daemon)
        MHD_stop_daemon(site.daemon);
    site.daemon = NULL;
    close(site.closing);
    return LAB_E_UNAVAILABLE;
}

int lab_site_open(unsigned latency_ms, unsigned count, char **urls, struct lab_failure *failure)
{
    if (start())
        return lab_fail(failure, LAB_E_UNAVAILABLE, "the page server could not be started");
    unsigned port = MHD_get_daemon_info(site.daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    char *list = malloc((size_t)count * 64 + 1);
    if (!list) {
        lab_site_close();
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %u URLs", count);
    }
    size_t used = 0;
    for (unsigned i = 0; i < count; i++)
        used += (size_t)sprintf(list + used, "%shttp://127.0.0.1:%u/delay/%u/page/%u",
                                i ? "\n" : "", port, latency_ms, i);
    *urls = list;
    return 0;
}

void lab_site_close(void)
{
    if (!site.daemon)
        return;
    eventfd_write(site.closing, 1);
    pthread_join(site.thread, NULL);
    MHD_stop_daemon(site.daemon);
    site.daemon = NULL;
    close(site.closing);
}
