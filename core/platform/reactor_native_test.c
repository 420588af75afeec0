/* Fetches against our own page server, and against what goes wrong. */
#define _GNU_SOURCE
#include "platform/reactor.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "check.h"
#include "platform/sync.h"
#include "platform/system.h"

static struct lab_fetch *fetch_one(struct lab_reactor *reactor, struct lab_fetch *fetch)
{
    struct lab_fetch *back = NULL;
    lab_reactor_start(reactor, fetch);
    for (int i = 0; i < 1000 && !back; i++)
        back = lab_reactor_wait(reactor, 50000000);
    CHECK(back == fetch);
    return back;
}

static char *open_site(unsigned latency, unsigned count)
{
    char *urls = NULL;
    struct lab_failure failure;
    CHECK_INT(lab_site_open(latency, count, &urls, &failure), 0);
    return urls;
}

static void a_page_comes(void)
{
    char *url = open_site(0, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    struct lab_fetch first = {.url = url}, again = {.url = url};
    fetch_one(reactor, &first);
    CHECK_INT(first.code, 0);
    CHECK_INT(first.status, 200);
    CHECK(first.size > 400);
    fetch_one(reactor, &again);
    CHECK_INT(again.size, first.size);
    CHECK(again.body && first.body && memcmp(again.body, first.body, first.size) == 0);
    lab_fetch_release(&first);
    lab_fetch_release(&again);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(url);
}

static void hundreds_wait_at_once(void)
{
    enum { COUNT = 400 };
    static struct lab_fetch fetches[COUNT];
    char *url = open_site(200, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    uint64_t start = lab_now_ns();
    int right = 0;
    memset(fetches, 0, sizeof fetches);
    for (int i = 0; i < COUNT; i++) {
        fetches[i].url = url;
        lab_reactor_start(reactor, &fetches[i]);
    }
    for (int back = 0; back < COUNT;) {
        struct lab_fetch *fetch = lab_reactor_wait(reactor, 50000000);
        if (!fetch)
            continue;
        back++;
        right += fetch->code == 0 && fetch->status == 200;
        lab_fetch_release(fetch);
    }
    CHECK_INT(right, COUNT);
    /* One after another they would take 80 s. */
    CHECK(lab_now_ns() - start < 40000000000ull);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(url);
}

/* A connection to the site, on which an answer is waited for no longer than this. */
static int connect_to(int port, int seconds)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    struct timeval limit = {.tv_sec = seconds};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK_INT(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

/* libmicrohttpd's own thread left all of them unanswered in one of the first rounds. */
static void as_many_requests_at_once_as_the_server_takes_events(void)
{
    enum { AT_ONCE = 128, ROUNDS = 200 };
    static const char request[] = "GET /delay/0/page/0 HTTP/1.1\r\nHost: site\r\n\r\n";
    static char answer[1 << 16];
    int fds[AT_ONCE], port = 0;
    char *url = open_site(0, 1);
    CHECK_INT(sscanf(url, "http://127.0.0.1:%d/", &port), 1);
    int first = connect_to(port, 1);
    CHECK(send(first, request, sizeof request - 1, 0) > 0);
    /* Until the limit: all there is. */
    ssize_t size = recv(first, answer, sizeof answer, MSG_WAITALL);
    CHECK(size > 400);
    for (int i = 0; i < AT_ONCE; i++)
        fds[i] = connect_to(port, 20);
    bool answered = true;
    for (int round = 0; round < ROUNDS && answered; round++) {
        for (int i = 0; i < AT_ONCE; i++)
            CHECK(send(fds[i], request, sizeof request - 1, 0) > 0);
        for (int i = 0; i < AT_ONCE && answered; i++)
            answered = CHECK(recv(fds[i], answer, (size_t)size, MSG_WAITALL) == size);
    }
    for (int i = 0; i < AT_ONCE; i++)
        close(fds[i]);
    close(first);
    lab_site_close();
    free(url);
}

static void errors_name_the_url(void)
{
    char wrong[128], refused[64], *slow = open_site(3000, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    int port = 0;
    CHECK_INT(sscanf(slow, "http://127.0.0.1:%d/", &port), 1);
    snprintf(wrong, sizeof wrong, "http://127.0.0.1:%d/nowhere", port);
    struct lab_fetch fetch = {.url = wrong};
    fetch_one(reactor, &fetch);
    CHECK_INT(fetch.code, LAB_E_IO);
    CHECK(strstr(fetch.failure.text, "/nowhere: the server answered 404") != NULL);
    CHECK(fetch.body == NULL);

    fetch = (struct lab_fetch){.url = slow, .timeout_ns = 100000000};
    fetch_one(reactor, &fetch);
    CHECK_INT(fetch.code, LAB_E_TIMEOUT);
    CHECK(strstr(fetch.failure.text, "no complete answer within 0.1 s") != NULL);

    /* A port that nobody listens on: bound, not listening. */
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&address, size) == 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    snprintf(refused, sizeof refused, "http://127.0.0.1:%d/", ntohs(address.sin_port));
    fetch = (struct lab_fetch){.url = refused};
    fetch_one(reactor, &fetch);
    CHECK_INT(fetch.code, LAB_E_IO);
    CHECK(strstr(fetch.failure.text, refused) != NULL);
    close(fd);

    fetch = (struct lab_fetch){.url = "file:///etc/passwd"};
    fetch_one(reactor, &fetch);
    CHECK_INT(fetch.code, LAB_E_IO);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(slow);
}

static void long_bodies_are_refused(void)
{
    char *url = open_site(0, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    struct lab_fetch fetch = {.url = url, .max_bytes = 100};
    fetch_one(reactor, &fetch);
    CHECK_INT(fetch.code, LAB_E_TOO_LARGE);
    CHECK(strstr(fetch.failure.text, "longer than 100 bytes") != NULL);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(url);
}

static void a_cancelled_fetch_does_not_come_back(void)
{
    char *url = open_site(100, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    struct lab_fetch one = {.url = url}, two = {.url = url};
    lab_reactor_start(reactor, &one);
    lab_reactor_start(reactor, &two);
    lab_reactor_wait(reactor, 1000000);
    lab_reactor_cancel(reactor, &one);
    CHECK_INT(one.code, LAB_E_CANCELLED);
    struct lab_fetch *back = NULL;
    for (int i = 0; i < 100 && !back; i++)
        back = lab_reactor_wait(reactor, 50000000);
    CHECK(back == &two);
    CHECK(lab_reactor_wait(reactor, 150000000) == NULL);
    lab_fetch_release(&two);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(url);
}

static void what_waits_to_begin_can_be_cancelled(void)
{
    enum { COUNT = 300 };
    static struct lab_fetch fetches[COUNT];
    char *url = open_site(0, 1);
    struct lab_reactor *reactor = lab_reactor_create();
    int right = 0;
    memset(fetches, 0, sizeof fetches);
    for (int i = 0; i < COUNT; i++) {
        fetches[i].url = url;
        lab_reactor_start(reactor, &fetches[i]);
    }
    for (int i = 0; i < COUNT; i += 3) { /* the first have begun, the last have not */
        lab_reactor_cancel(reactor, &fetches[i]);
        CHECK_INT(fetches[i].code, LAB_E_CANCELLED);
    }
    for (int back = 0; back < COUNT - COUNT / 3;) {
        struct lab_fetch *fetch = lab_reactor_wait(reactor, 50000000);
        if (!fetch)
            continue;
        back++;
        right += (fetch - fetches) % 3 != 0 && fetch->code == 0;
        lab_fetch_release(fetch);
    }
    CHECK_INT(right, COUNT - COUNT / 3);
    CHECK(lab_reactor_wait(reactor, 5000000) == NULL);
    lab_reactor_destroy(reactor);
    lab_site_close();
    free(url);
}

LAB_SUITE(reactor)
{
    RUN(a_page_comes);
    RUN(hundreds_wait_at_once);
    RUN(as_many_requests_at_once_as_the_server_takes_events);
    RUN(errors_name_the_url);
    RUN(long_bodies_are_refused);
    RUN(a_cancelled_fetch_does_not_come_back);
    RUN(what_waits_to_begin_can_be_cancelled);
}
