/* Ten thousand fetches at once from the lab's own server, each the whole of its body, counted.
 *
 * The pages are answered at once, so what is timed is what a fetch costs: ours, the server's and
 * the system's. How many connections are open is up to whoever fetches. JavaScript's Promise.all()
 * begins all at the same time and opens ten thousand; the reactor begins them in handfuls
 * (platform/reactor_native.c, worker/fetch.js), and that is where its advantage comes from. */
#include <stdlib.h>
#include <string.h>

#include "exhibits/bench/fetches.h"
#include "exhibits/bench/rows.h"
#include "loop/loop.h"
#include "platform/reactor.h"
#include "platform/sync.h"
#include "platform/system.h"

enum { PAGES = 100 }; /* different ones: their texts are made once, in the first round */

static struct site {
    unsigned users;
    char *urls;
    char *page[PAGES];
} site;

int lab__bench_site_open(struct lab_failure *failure)
{
    if (site.users == 0) {
        int code = lab_site_open(0, PAGES, &site.urls, failure);
        if (code)
            return code;
        char *url = site.urls;
        for (size_t i = 0; i < PAGES; i++) {
            site.page[i] = url;
            url += strcspn(url, "\n");
            if (*url)
                *url++ = '\0';
        }
    }
    site.users++;
    return 0;
}

const char *lab__bench_site_page(size_t i)
{
    return site.page[i % PAGES];
}

void lab__bench_site_close(void)
{
    if (--site.users)
        return;
    lab_site_close();
    free(site.urls);
}

/* ---- ours ---- */

struct fetcher {
    struct lab_co co; /* first */
    struct lab_fetch fetch;
    struct fetching *own;
};

struct fetching {
    struct lab_loop *loop;
    size_t right;
    uint64_t bytes;
    struct lab_failure failure; /* of the last one that failed */
    struct fetcher fetchers[LAB_BENCH_FETCHES];
};

static int fetch_step(struct lab_co *co)
{
    struct fetcher *fetcher = (struct fetcher *)co;
    struct fetching *own = fetcher->own;
    LAB_CO_BEGIN(co);
    LAB_AWAIT_FETCH(co, &fetcher->fetch);
    LAB_CO_END(co);
    if (fetcher->fetch.code) {
        own->failure = fetcher->fetch.failure;
    } else {
        own->right++;
        own->bytes += fetcher->fetch.size;
    }
    lab_fetch_release(&fetcher->fetch);
    return LAB_CO_DONE;
}

static void fetched(struct lab_co *co)
{
    (void)co;
}

static const struct lab_co_type fetching = {fetch_step, fetched};

static void end_fetching(void *state)
{
    struct fetching *own = state;
    lab_loop_destroy(own->loop);
    lab__bench_site_close();
    free(own);
}

static int begin_fetching(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct fetching *own = calloc(1, sizeof *own);
    if (!own || !(own->loop = lab_loop_create())) {
        free(own);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    int code = lab__bench_site_open(failure);
    if (code) {
        lab_loop_destroy(own->loop);
        free(own);
        return code;
    }
    turn->state = own;
    turn->release = end_fetching;
    return 0;
}

int lab__bench_fetches(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin_fetching(turn, failure);
    if (code)
        return code;
    struct fetching *own = turn->state;
    own->right = 0;
    own->bytes = 0;
    uint64_t start = lab_now_ns();
    for (size_t i = 0; i < LAB_BENCH_FETCHES; i++) {
        struct fetcher *fetcher = &own->fetchers[i];
        fetcher->co.resume = 0;
        fetcher->own = own;
        fetcher->fetch.url = lab__bench_site_page(i);
        fetcher->fetch.timeout_ns = LAB_BENCH_FETCH_NS;
        lab_loop_spawn(own->loop, &fetcher->co, &fetching);
    }
    while (lab_loop_alive(own->loop)) {
        if (lab_stopping())
            lab_loop_cancel_waits(own->loop);
        lab_loop_turn(own->loop, 50000000);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = LAB_BENCH_FETCHES;
    if (own->right == LAB_BENCH_FETCHES)
        return 0;
    *failure = own->failure;
    return failure->code;
}

/* ---- JavaScript's ---- */

static void close_site(void *state)
{
    (void)state;
    lab__bench_site_close();
}

int lab__bench_promise_fetches(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    if (!turn->state) {
        int code = lab__bench_site_open(failure);
        if (code)
            return code;
        turn->state = &site;
        turn->release = close_site;
    }
    const char *first = lab__bench_site_page(0);
    int base = (int)(strrchr(first, '/') - first);
    return lab__bench_order(turn, failure, "js fetches %d %d %.*s", LAB_BENCH_FETCHES, PAGES, base,
                            first);
}
