/* As many fetches by libcurl's multi interface as its example 10-at-a-time.c does them, 128 at a
 * time: each that ends makes room for the next. All added at once open a connection each, take four
 * times as long and run out of files. */
#include <curl/curl.h>
#include <stdbool.h>
#include <stdlib.h>

#include "exhibits/bench/fetches.h"
#include "exhibits/bench/peers/peers.h"
#include "platform/system.h"

enum { AT_A_TIME = 128 };

struct fetching {
    CURLM *multi;
    size_t bytes, right, added;
    CURLcode wrong; /* the last that was not CURLE_OK */
    CURL *handles[LAB_BENCH_FETCHES];
};

static void release(void *state)
{
    struct fetching *own = state;
    for (size_t i = 0; i < LAB_BENCH_FETCHES; i++)
        curl_easy_cleanup(own->handles[i]);
    curl_multi_cleanup(own->multi);
    lab__bench_site_close();
    free(own);
}

static size_t count(char *data, size_t one, size_t size, void *user)
{
    struct fetching *own = user;
    (void)data;
    (void)one;
    own->bytes += size;
    return size;
}

static int begin(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    struct fetching *own = calloc(1, sizeof *own);
    int code = lab__bench_site_open(failure);
    if (code) {
        free(own);
        return code;
    }
    if (!own || !(own->multi = curl_multi_init())) {
        lab__bench_site_close();
        free(own);
        return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    }
    turn->state = own;
    turn->release = release;
    curl_multi_setopt(own->multi, CURLMOPT_MAXCONNECTS, (long)AT_A_TIME);
    for (size_t i = 0; i < LAB_BENCH_FETCHES; i++)
        if (!(own->handles[i] = curl_easy_init()))
            return lab_fail(failure, LAB_E_NOMEM, "out of memory");
    return 0;
}

static bool add_next(struct fetching *own)
{
    if (own->added == LAB_BENCH_FETCHES)
        return false;
    CURL *easy = own->handles[own->added];
    curl_easy_setopt(easy, CURLOPT_URL, lab__bench_site_page(own->added));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)(LAB_BENCH_FETCH_NS / 1000000));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, count);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, own);
    curl_multi_add_handle(own->multi, easy);
    own->added++;
    return true;
}

static bool take_in(struct fetching *own)
{
    int left;
    bool more = false;
    for (CURLMsg *message; (message = curl_multi_info_read(own->multi, &left));) {
        if (message->msg != CURLMSG_DONE)
            continue;
        if (message->data.result == CURLE_OK)
            own->right++;
        else
            own->wrong = message->data.result;
        curl_multi_remove_handle(own->multi, message->easy_handle);
        more |= add_next(own);
    }
    return more;
}

int peers_libcurl_fetches(struct lab_bench_turn *turn, struct lab_failure *failure)
{
    int code = turn->state ? 0 : begin(turn, failure);
    if (code)
        return code;
    struct fetching *own = turn->state;
    own->right = 0;
    uint64_t start = lab_now_ns();
    own->added = 0;
    while (own->added < AT_A_TIME)
        add_next(own);
    for (int running = 1, ready; running;) {
        curl_multi_perform(own->multi, &running);
        if (take_in(own))
            running = 1;
        else if (running)
            curl_multi_poll(own->multi, NULL, 0, 1000, &ready);
    }
    turn->seconds = (double)(lab_now_ns() - start) / 1e9;
    turn->operations = LAB_BENCH_FETCHES;
    if (own->right != LAB_BENCH_FETCHES)
        return lab_fail(failure, LAB_E_IO, "%zu of %d fetches: %s", own->right, LAB_BENCH_FETCHES,
                        curl_easy_strerror(own->wrong));
    return 0;
}
