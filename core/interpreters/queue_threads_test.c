/* Queues: what goes in comes out, as a copy, in order, once; whoever waits is woken, and gives up
 * its GIL. */
#include "interpreters/queue.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "check.h"
#include "interpreters/interpreter.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "stats/random.h"

static struct lab_interpreter_queue *make(uint32_t capacity)
{
    struct lab_interpreter_queue *queue = NULL;
    CHECK_INT(lab_interpreter_queue_create(&queue, capacity, NULL), 0);
    return queue;
}

static struct lab_interpreter *make_interpreter(struct lab_gil *shared, size_t heap_limit)
{
    struct lab_interpreter *interpreter = NULL;
    struct lab_interpreter_options options = {.shared_gil = shared, .heap_limit = heap_limit};
    CHECK_INT(lab_interpreter_create(&interpreter, &options, NULL), 0);
    return interpreter;
}

static int put(struct lab_interpreter_queue *queue, uint64_t number, uint64_t timeout_ns)
{
    return lab_interpreter_queue_put(queue, (struct lab_bytes){&number, sizeof number}, timeout_ns);
}

/* The number got, or UINT64_MAX with the code. */
static uint64_t get(struct lab_interpreter_queue *queue, uint64_t timeout_ns, int *code)
{
    uint64_t number = UINT64_MAX;
    void *data;
    size_t size;
    int got = lab_interpreter_queue_get(queue, &data, &size, timeout_ns);
    if (got == 0) {
        if (size == sizeof number)
            memcpy(&number, data, sizeof number);
        lab_free(data);
    }
    if (code)
        *code = got;
    return number;
}

/* ---- one thread ---- */

static void first_in_first_out_and_bounded(void)
{
    struct lab_interpreter_queue *queue = NULL;
    struct lab_failure failure = {0};
    int code;
    CHECK_INT(lab_interpreter_queue_create(&queue, 0, &failure), LAB_E_INVALID);
    CHECK_STR(failure.text, "a queue of 0 items: it must be 1 to 1048576");
    CHECK_INT(lab_interpreter_queue_create(&queue, UINT32_MAX, &failure), LAB_E_INVALID);
    CHECK(queue == NULL);

    queue = make(3);
    for (int lap = 0; lap < 3; lap++) {
        get(queue, 0, &code);
        CHECK_INT(code, LAB_E_AGAIN);
        for (uint64_t i = 0; i < 3; i++)
            CHECK_INT(put(queue, i, 0), 0);
        CHECK_INT(put(queue, 3, 0), LAB_E_FULL);
        CHECK_INT(lab_interpreter_queue_size(queue), 3);
        CHECK_INT(get(queue, 0, NULL), 0);
        CHECK_INT(put(queue, 3, 0), 0);
        for (uint64_t i = 1; i < 4; i++)
            CHECK_INT(get(queue, 0, NULL), i);
        CHECK_INT(lab_interpreter_queue_size(queue), 0);
    }
    CHECK_INT(put(queue, 1, 0), 0);
    lab_interpreter_queue_destroy(queue); /* with an item in it */
    lab_interpreter_queue_destroy(NULL);
}

static void bytes_are_copied_onto_the_receivers_heap(void)
{
    struct lab_interpreter_queue *queue = make(2);
    struct lab_interpreter *from = make_interpreter(NULL, 0), *to = make_interpreter(NULL, 0);
    unsigned char *sent, *data;
    void *got;
    size_t size;
    lab_interpreter_enter(from);
    sent = lab_alloc(1000);
    CHECK_OR_RETURN(sent != NULL);
    memset(sent, 1, 1000);
    CHECK_INT(lab_interpreter_queue_put(queue, (struct lab_bytes){sent, 1000}, 0), 0);
    CHECK_INT(lab_interpreter_queue_put(queue, (struct lab_bytes){NULL, 0}, 0), 0);
    memset(sent, 2, 1000);
    lab_interpreter_leave();

    lab_interpreter_enter(to);
    CHECK_OR_RETURN(lab_interpreter_queue_get(queue, &got, &size, 0) == 0);
    data = got;
    CHECK_INT(size, 1000);
    CHECK(data != sent && lab_heap_owns(lab_heap_current(), data));
    CHECK(data[0] == 1 && data[999] == 1);
    lab_free(got);
    lab_interpreter_destroy(from); /* an item outlives its sender */
    CHECK_OR_RETURN(lab_interpreter_queue_get(queue, &got, &size, 0) == 0);
    CHECK(size == 0 && lab_heap_owns(lab_heap_current(), got)); /* left to the heap's end */
    lab_interpreter_leave();
    lab_interpreter_destroy(to);
    lab_interpreter_queue_destroy(queue);
}

static void an_item_that_does_not_fit_stays(void)
{
    struct lab_interpreter_queue *queue = make(2);
    struct lab_interpreter *small = make_interpreter(NULL, LAB_INTERPRETER_HEAP_MIN);
    char *large = calloc(1, 100000);
    void *got = NULL;
    size_t size = 7;
    CHECK_OR_RETURN(large != NULL);
    CHECK_INT(lab_interpreter_queue_put(queue, (struct lab_bytes){large, 100000}, 0), 0);
    CHECK_INT(put(queue, 5, 0), 0);
    lab_interpreter_enter(small);
    CHECK_INT(lab_interpreter_queue_get(queue, &got, &size, LAB_FOREVER), LAB_E_NOMEM);
    CHECK(got == NULL && size == 7);
    lab_interpreter_leave();
    CHECK_INT(lab_interpreter_queue_size(queue), 2);
    CHECK_INT(put(queue, 6, 0), LAB_E_FULL);
    CHECK_INT(lab_interpreter_queue_get(queue, &got, &size, 0), 0); /* here it fits */
    CHECK_INT(size, 100000);
    lab_free(got);
    CHECK_INT(get(queue, 0, NULL), 5);
    /* The only one, too. */
    CHECK_INT(lab_interpreter_queue_put(queue, (struct lab_bytes){large, 100000}, 0), 0);
    lab_interpreter_enter(small);
    CHECK_INT(lab_interpreter_queue_get(queue, &got, &size, 0), LAB_E_NOMEM);
    lab_interpreter_leave();
    CHECK_INT(put(queue, 7, 0), 0);
    CHECK_INT(lab_interpreter_queue_get(queue, &got, &size, 0), 0);
    CHECK_INT(size, 100000);
    lab_free(got);
    CHECK_INT(get(queue, 0, NULL), 7);
    CHECK_INT(lab_interpreter_queue_put(queue, (struct lab_bytes){large, SIZE_MAX}, 0),
              LAB_E_NOMEM);
    free(large);
    lab_interpreter_destroy(small);
    lab_interpreter_queue_destroy(queue);
}

static void waits_time_out(void)
{
    struct lab_interpreter_queue *queue = make(1);
    uint64_t start = lab_now_ns(), timeout = 3000000;
    int code;
    get(queue, timeout, &code);
    CHECK_INT(code, LAB_E_TIMEOUT);
    CHECK(lab_now_ns() - start >= timeout);
    CHECK_INT(put(queue, 1, timeout), 0);
    start = lab_now_ns();
    CHECK_INT(put(queue, 2, timeout), LAB_E_TIMEOUT);
    CHECK(lab_now_ns() - start >= timeout);
    CHECK_INT(get(queue, timeout, NULL), 1);
    lab_interpreter_queue_destroy(queue);
}

static void a_closed_queue_gives_what_it_has(void)
{
    struct lab_interpreter_queue *queue = make(2);
    int code;
    CHECK_INT(put(queue, 1, 0), 0);
    CHECK(!lab_interpreter_queue_closed(queue));
    lab_interpreter_queue_close(queue);
    lab_interpreter_queue_close(queue);
    CHECK(lab_interpreter_queue_closed(queue));
    CHECK_INT(put(queue, 2, LAB_FOREVER), LAB_E_SHUTDOWN);
    CHECK_INT(get(queue, LAB_FOREVER, NULL), 1);
    get(queue, LAB_FOREVER, &code);
    CHECK_INT(code, LAB_E_SHUTDOWN);
    lab_interpreter_queue_destroy(queue);
}

static void a_stop_ends_a_wait(void)
{
    struct lab_interpreter_queue *queue = make(1);
    int code;
    lab_stop();
    get(queue, LAB_FOREVER, &code);
    CHECK_INT(code, LAB_E_STOPPED);
    CHECK_INT(put(queue, 1, LAB_FOREVER), 0); /* what need not wait is done */
    CHECK_INT(put(queue, 2, LAB_FOREVER), LAB_E_STOPPED);
    lab_stop_clear();
    lab_interpreter_queue_destroy(queue);
}

/* ---- waiting ---- */

struct party {
    struct lab_interpreter *interpreter;
    struct lab_interpreter_queue *queue, *replies;
    uint64_t seed, count, done, wrong, sum;
    uint64_t last[8]; /* of each producer, the last item seen plus one */
    int code;
    _Atomic uint32_t *waiting; /* release and acquire: of nothing; it is about to wait */
    lab_thread thread;
};

static void wait_to_get(void *argument)
{
    struct party *party = argument;
    lab_interpreter_enter(party->interpreter);
    atomic_fetch_add_explicit(party->waiting, 1, memory_order_release);
    party->sum = get(party->queue, LAB_FOREVER, &party->code);
    lab_interpreter_leave();
}

static void wait_to_put(void *argument)
{
    struct party *party = argument;
    lab_interpreter_enter(party->interpreter);
    atomic_fetch_add_explicit(party->waiting, 1, memory_order_release);
    party->code = put(party->queue, party->seed, LAB_FOREVER);
    lab_interpreter_leave();
}

/* All interpreters share one GIL: unless the waiting threads gave it up, nobody else could
 * enter. */
static void a_waiting_thread_gives_up_its_gil(void)
{
    static struct party parties[3];
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_US);
    struct lab_interpreter_queue *queue = make(1);
    _Atomic uint32_t waiting = 0;
    for (int i = 0; i < 3; i++) {
        parties[i] = (struct party){
            .interpreter = make_interpreter(gil, 0), .queue = queue, .waiting = &waiting};
        CHECK_OR_RETURN(lab_thread_start(&parties[i].thread, wait_to_get, &parties[i]) == 0);
    }
    struct lab_interpreter *own = make_interpreter(gil, 0);
    while (atomic_load_explicit(&waiting, memory_order_acquire) < 3)
        lab_futex_wait(&waiting, atomic_load_explicit(&waiting, memory_order_relaxed), 1000000);
    lab_interpreter_enter(own); /* needs the GIL that all three had */
    for (uint64_t i = 1; i <= 3; i++)
        CHECK_INT(put(queue, i, LAB_FOREVER), 0);
    lab_interpreter_leave();
    uint64_t sum = 0;
    for (int i = 0; i < 3; i++) {
        lab_thread_join(parties[i].thread);
        CHECK_INT(parties[i].code, 0);
        sum += parties[i].sum;
    }
    CHECK_INT(sum, 6);

    /* And the other way round: one slot, which is taken; three put, and are let in one by one. */
    CHECK_INT(put(queue, 100, 0), 0);
    for (int i = 0; i < 3; i++) {
        parties[i].seed = (uint64_t)i;
        CHECK_OR_RETURN(lab_thread_start(&parties[i].thread, wait_to_put, &parties[i]) == 0);
    }
    while (atomic_load_explicit(&waiting, memory_order_acquire) < 6)
        lab_futex_wait(&waiting, atomic_load_explicit(&waiting, memory_order_relaxed), 1000000);
    lab_interpreter_enter(own);
    CHECK_INT(get(queue, LAB_FOREVER, NULL), 100);
    sum = 0;
    for (int i = 0; i < 3; i++)
        sum += get(queue, LAB_FOREVER, NULL);
    CHECK_INT(sum, 3);
    lab_interpreter_leave();
    for (int i = 0; i < 3; i++) {
        lab_thread_join(parties[i].thread);
        CHECK_INT(parties[i].code, 0);
        lab_interpreter_destroy(parties[i].interpreter);
    }
    lab_interpreter_destroy(own);
    lab_interpreter_queue_destroy(queue);
    lab_gil_destroy(gil);
}

/* Whoever gets an item has taken it out, but waits for its GIL before it can copy it; it may find
 * no memory then and put it back. Until it is delivered, its slot is not free. */
static void a_slot_is_free_when_its_item_was_delivered(void)
{
    static struct party party;
    struct lab_gil *gil = lab_gil_create(LAB_GIL_INTERVAL_US);
    struct lab_interpreter *own = make_interpreter(gil, 0);
    struct lab_interpreter_queue *queue = make(1);
    _Atomic uint32_t waiting = 0;
    party = (struct party){
        .interpreter = make_interpreter(gil, 0), .queue = queue, .waiting = &waiting};
    CHECK_OR_RETURN(lab_thread_start(&party.thread, wait_to_get, &party) == 0);
    while (atomic_load_explicit(&waiting, memory_order_acquire) < 1)
        lab_futex_wait(&waiting, 0, 1000000);
    lab_interpreter_enter(own); /* has the GIL when the other one waits without it */
    CHECK_INT(put(queue, 1, 0), 0);
    _Atomic uint32_t never = 0;
    while (lab_interpreter_queue_size(queue) != 0) /* until it is taken out */
        lab_futex_wait(&never, 0, 200000);
    for (int i = 0; i < 3; i++)
        CHECK_INT(put(queue, 2, 0), LAB_E_FULL);
    CHECK_INT(put(queue, 3, UINT64_C(20000000000)), 0); /* lets the other one have the GIL */
    CHECK_INT(get(queue, 0, NULL), 3);
    lab_interpreter_leave();
    lab_thread_join(party.thread);
    CHECK_INT(party.code, 0);
    CHECK_INT(party.sum, 1);
    lab_interpreter_destroy(party.interpreter);
    lab_interpreter_destroy(own);
    lab_interpreter_queue_destroy(queue);
    lab_gil_destroy(gil);
}

static void closing_wakes_all_who_wait(void)
{
    static struct party parties[4];
    struct lab_interpreter_queue *empty = make(1), *full = make(1);
    _Atomic uint32_t waiting = 0;
    CHECK_INT(put(full, 1, 0), 0);
    for (int i = 0; i < 4; i++) {
        parties[i] = (struct party){.interpreter = make_interpreter(NULL, 0),
                                    .queue = i < 2 ? empty : full,
                                    .waiting = &waiting};
        CHECK_OR_RETURN(lab_thread_start(&parties[i].thread, i < 2 ? wait_to_get : wait_to_put,
                                         &parties[i]) == 0);
    }
    while (atomic_load_explicit(&waiting, memory_order_acquire) < 4)
        lab_futex_wait(&waiting, atomic_load_explicit(&waiting, memory_order_relaxed), 1000000);
    lab_interpreter_queue_close(empty);
    lab_interpreter_queue_close(full);
    for (int i = 0; i < 4; i++) {
        lab_thread_join(parties[i].thread);
        CHECK_INT(parties[i].code, LAB_E_SHUTDOWN);
        lab_interpreter_destroy(parties[i].interpreter);
    }
    lab_interpreter_queue_destroy(empty);
    lab_interpreter_queue_destroy(full);
}

/* ---- many ---- */

enum { PRODUCERS = 4, CONSUMERS = 3, ITEMS = 2000 };

/* An item: its producer, its number, then bytes that follow from both. */
struct head {
    uint64_t producer, number;
};

static size_t item_size(const struct head *head)
{
    return sizeof *head + head->number * 7 % 300;
}

/* Waits in every way there is. */
static uint64_t some_timeout(uint64_t *state)
{
    static const uint64_t timeouts[] = {0, 1000, 200000, LAB_FOREVER};
    return timeouts[lab_splitmix64(state) % 4];
}

static void produce(void *argument)
{
    struct party *party = argument;
    uint64_t state = party->seed;
    lab_interpreter_enter(party->interpreter);
    for (uint64_t i = 0; i < party->count; i++) {
        struct head head = {party->seed, i};
        size_t size = item_size(&head);
        unsigned char *item = lab_alloc(size);
        memset(item, (int)((head.producer * 31 + head.number) & 0xff), size);
        memcpy(item, &head, sizeof head);
        int code;
        while ((code = lab_interpreter_queue_put(party->queue, (struct lab_bytes){item, size},
                                                 some_timeout(&state))))
            party->wrong += code != LAB_E_FULL && code != LAB_E_TIMEOUT;
        memset(item, 0, size);
        lab_free(item);
    }
    lab_interpreter_leave();
}

static void consume(void *argument)
{
    struct party *party = argument;
    uint64_t state = party->seed;
    lab_interpreter_enter(party->interpreter);
    for (;;) {
        void *data;
        size_t size;
        int code = lab_interpreter_queue_get(party->queue, &data, &size, some_timeout(&state));
        if (code == LAB_E_SHUTDOWN)
            break;
        if (code) {
            party->wrong += code != LAB_E_AGAIN && code != LAB_E_TIMEOUT;
            continue;
        }
        struct head head;
        const unsigned char *bytes = data;
        memcpy(&head, data, sizeof head);
        party->wrong += size != item_size(&head) || head.producer >= PRODUCERS;
        for (size_t k = sizeof head; k < size; k++)
            party->wrong += bytes[k] != ((head.producer * 31 + head.number) & 0xff);
        party->wrong += head.number < party->last[head.producer]; /* in order */
        party->last[head.producer] = head.number + 1;
        party->wrong += !lab_heap_owns(lab_heap_current(), data);
        lab_free(data);
        party->done++;
        party->sum += head.producer * ITEMS + head.number;
    }
    lab_interpreter_leave();
}

static void storm_with(struct lab_gil *shared)
{
    static struct party producers[PRODUCERS], consumers[CONSUMERS];
    struct lab_interpreter_queue *queue = make(3);
    for (uint64_t i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct party){
            .interpreter = make_interpreter(shared, 0), .queue = queue, .seed = i, .count = ITEMS};
        CHECK_OR_RETURN(lab_thread_start(&producers[i].thread, produce, &producers[i]) == 0);
    }
    for (uint64_t i = 0; i < CONSUMERS; i++) {
        consumers[i] = (struct party){
            .interpreter = make_interpreter(shared, 0), .queue = queue, .seed = 100 + i};
        CHECK_OR_RETURN(lab_thread_start(&consumers[i].thread, consume, &consumers[i]) == 0);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        lab_thread_join(producers[i].thread);
        CHECK_INT(producers[i].wrong, 0);
        lab_interpreter_destroy(producers[i].interpreter);
    }
    lab_interpreter_queue_close(queue); /* the rest is still got */
    uint64_t done = 0, sum = 0, all = PRODUCERS * ITEMS;
    for (int i = 0; i < CONSUMERS; i++) {
        lab_thread_join(consumers[i].thread);
        CHECK_INT(consumers[i].wrong, 0);
        done += consumers[i].done;
        sum += consumers[i].sum;
        lab_interpreter_destroy(consumers[i].interpreter);
    }
    CHECK_INT(done, all);
    CHECK_INT(sum, all * (all - 1) / 2); /* each once */
    lab_interpreter_queue_destroy(queue);
}

static void storm(void)
{
    storm_with(NULL);
}

static void storm_under_one_gil(void)
{
    struct lab_gil *gil = lab_gil_create(50);
    storm_with(gil);
    lab_gil_destroy(gil);
}

LAB_SUITE(interpreter_queue)
{
    RUN(first_in_first_out_and_bounded);
    RUN(bytes_are_copied_onto_the_receivers_heap);
    RUN(an_item_that_does_not_fit_stays);
    RUN(waits_time_out);
    RUN(a_closed_queue_gives_what_it_has);
    RUN(a_stop_ends_a_wait);
    RUN(a_waiting_thread_gives_up_its_gil);
    RUN(a_slot_is_free_when_its_item_was_delivered);
    RUN(closing_wakes_all_who_wait);
    RUN(storm);
    RUN(storm_under_one_gil);
}
