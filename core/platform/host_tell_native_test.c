/* What a WebAssembly instance tells its host, while there is memory and when there is none. The
 * code under test is built for WebAssembly alone, where no allocation can be made to fail: so it is
 * included here, and its host is a thread. */
#include "platform/host_wasm.c"

#include <pthread.h>

#include "check.h"
#include "failing.h"

enum { MOST = 256, LARGE = 100000 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t news;
    struct {
        int op;
        const unsigned char *data;
        size_t size;
    } posted[MOST];
    size_t from, to;
    bool over;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .news = PTHREAD_COND_INITIALIZER};

/* What the host has heard. Its own until it is joined. */
static struct {
    char text[3 * LARGE];
    size_t size, posts, halves; /* halves: pieces that begin in the middle of a character */
} heard;

void lab_host_post(int op, struct lab_host_request *request, const void *data, size_t size)
{
    CHECK(request == NULL);
    pthread_mutex_lock(&queue.lock);
    if (CHECK(queue.to < MOST)) {
        queue.posted[queue.to].op = op;
        queue.posted[queue.to].data = data;
        queue.posted[queue.to++].size = size;
    }
    pthread_cond_signal(&queue.news);
    pthread_mutex_unlock(&queue.lock);
}

static void hear(int op, const unsigned char *data, size_t size)
{
    size_t head = op == LAB_HOST_WRITE ? sizeof(uint32_t) : 0;
    heard.posts++;
    heard.halves += size > head && (data[head] & 0xc0) == 0x80;
    memcpy(heard.text + heard.size, data + head, size - head);
    heard.size += size - head;
}

static void *host(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&queue.lock);
    while (queue.from < queue.to || !queue.over) {
        if (queue.from == queue.to) {
            pthread_cond_wait(&queue.news, &queue.lock);
            continue;
        }
        size_t at = queue.from++;
        pthread_mutex_unlock(&queue.lock);
        hear(queue.posted[at].op, queue.posted[at].data, queue.posted[at].size);
        lab_host_free((void *)queue.posted[at].data);
        pthread_mutex_lock(&queue.lock);
    }
    pthread_mutex_unlock(&queue.lock);
    return unused;
}

static pthread_t begin(void)
{
    pthread_t thread;
    queue.from = queue.to = 0;
    queue.over = false;
    memset(&heard, 0, sizeof heard);
    pthread_create(&thread, NULL, host, NULL);
    return thread;
}

static void end(pthread_t thread)
{
    pthread_mutex_lock(&queue.lock);
    queue.over = true;
    pthread_cond_signal(&queue.news);
    pthread_mutex_unlock(&queue.lock);
    pthread_join(thread, NULL);
}

static const uint32_t err = 2;

static void large_output_without_memory(void)
{
    static char text[LARGE];
    for (size_t i = 0; i + 3 <= LARGE; i += 3)
        memcpy(text + i, "–", 3);
    pthread_t thread = begin();
    lab_failing_arm(1, UINT64_MAX - 1);
    CHECK(lab_host_tell(LAB_HOST_WRITE, &err, sizeof err, text, LARGE - LARGE % 3));
    CHECK(lab_host_tell(LAB_HOST_WRITE, &err, sizeof err, "the end", 7));
    lab_failing_disarm();
    CHECK(lab_host_tell(LAB_HOST_WRITE, &err, sizeof err, "!", 1));
    end(thread);
    CHECK_INT(heard.size, LARGE - LARGE % 3 + 8);
    CHECK(memcmp(heard.text, text, LARGE - LARGE % 3) == 0);
    CHECK(memcmp(heard.text + LARGE - LARGE % 3, "the end!", 8) == 0);
    CHECK_INT(heard.halves, 0);
    CHECK_INT(heard.posts, LARGE / RESERVE + 1 + 2);
}

/* Two threads' lines, longer than a note: none is torn. */
enum { LINES = 50, LINE = 40 };

static void *tell_lines(void *letter)
{
    char line[LINE];
    memset(line, *(char *)letter, sizeof line);
    for (int i = 0; i < LINES; i++)
        CHECK(lab_host_tell(LAB_HOST_WRITE, &err, sizeof err, line, sizeof line));
    return NULL;
}

static void two_threads_without_memory(void)
{
    pthread_t thread = begin(), other;
    char a = 'a', b = 'b';
    lab_failing_arm(2, UINT64_MAX - 2); /* the first is the thread */
    CHECK_OR_RETURN(pthread_create(&other, NULL, tell_lines, &a) == 0);
    tell_lines(&b);
    pthread_join(other, NULL);
    lab_failing_disarm();
    end(thread);
    CHECK_INT(heard.size, 2 * LINES * LINE);
    for (size_t i = 0; i < heard.size; i++)
        if (heard.text[i] != heard.text[i - i % LINE]) {
            CHECK(!"a line is torn");
            break;
        }
}

/* The host takes nothing yet, and who is short does not wait for it. */
static void short_orders_do_not_wait(void)
{
    uint32_t request = 7;
    queue.from = queue.to = 0;
    lab_failing_arm(1, UINT64_MAX - 1);
    for (int i = 0; i < NOTES; i++)
        CHECK(lab_host_tell(LAB_HOST_KILL, &request, sizeof request, NULL, 0));
    CHECK(!lab_host_tell(LAB_HOST_FETCH_CANCEL, &request, sizeof request, NULL, 0));
    lab_failing_disarm();
    for (size_t i = 0; i < queue.to; i++)
        lab_host_free((void *)queue.posted[i].data);
    CHECK_INT(queue.to, NOTES);
}

static void large_event_without_memory(void)
{
    static const char event[RESERVE + 1] = "{";
    queue.from = queue.to = 0;
    lab_failing_arm(1, UINT64_MAX - 1);
    CHECK(!lab_host_tell(LAB_HOST_EVENT, NULL, 0, event, sizeof event));
    lab_failing_disarm();
    CHECK_INT(queue.to, 0);
}

LAB_SUITE(host_tell)
{
    RUN(large_output_without_memory);
    RUN(two_threads_without_memory);
    RUN(short_orders_do_not_wait);
    RUN(large_event_without_memory);
}
