#include "trace/trace.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "platform/memory.h"
#include "platform/sync.h"
#include "platform/system.h"

/* An event is two words, stored and loaded one by one. The writer stores head = k (release) before
 * it begins event k, and event k's words with release; a reader that sees one of them (acquire)
 * therefore sees head >= k as well, and knows that slot k - LAB_TRACE_RING is gone. */
struct slot {
    _Atomic uint64_t time, rest;
};

/* A lane that nobody writes to keeps the slots that it has filled, and no more; the lanes that were
 * closed longest ago give up all of theirs when together they keep too much. */
struct lab_lane {
    struct lab_lane_info info; /* immutable while the lane is in the table */
    uint16_t number;           /* immutable */
    bool open;                 /* under table.mutex */
    uint64_t closed;           /* when, by table.closes; under table.mutex */
    uint64_t gone;             /* events that were given up; under table.mutex */
    _Atomic uint64_t head;     /* events written; the writer's */
    uint64_t last_ns;          /* the last event's time; the writer's */
    struct slot
        *ring; /* the writer's while the lane is open, else under table.mutex; readers hold it */
};

static struct {
    lab_mutex mutex;
    struct lab_lane *lanes[LAB_LANE_MAX]; /* written under mutex, before count publishes them */
    _Atomic uint32_t count;
    uint64_t closes; /* under mutex */
    size_t kept;     /* bytes of the rings of closed lanes; under mutex */
    _Atomic uint64_t lost;
    _Atomic uint32_t ready;
} table;

/* Relaxed: a thread that is to see it is started, or waited for, after it was set. */
static _Atomic bool disabled;

static _Thread_local struct lab_lane *current;

static void table_lock(void)
{
    /* 0: untouched, 1: somebody initialises, 2: ready (release publishes the mutex). */
    uint32_t state = 0;
    if (atomic_load_explicit(&table.ready, memory_order_acquire) != 2) {
        if (atomic_compare_exchange_strong_explicit(&table.ready, &state, 1, memory_order_acquire,
                                                    memory_order_acquire)) {
            lab_mutex_init(&table.mutex);
            atomic_store_explicit(&table.ready, 2, memory_order_release);
        } else {
            while (atomic_load_explicit(&table.ready, memory_order_acquire) != 2) {
            }
        }
    }
    lab_mutex_lock(&table.mutex);
}

/* What a closed lane's ring takes: its filled slots. */
static size_t kept_bytes(const struct lab_lane *lane)
{
    uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    return (head < LAB_TRACE_RING ? (size_t)head : LAB_TRACE_RING) * sizeof(struct slot);
}

/* The ring of a lane that is new, or was closed, with all its slots; mutex held.
 * False: no memory. */
static bool open_ring(struct lab_lane *lane)
{
    size_t kept = lane->ring ? kept_bytes(lane) : 0;
    struct slot *ring = realloc(lane->ring, LAB_TRACE_RING * sizeof *ring);
    if (!ring)
        return false;
    table.kept -= kept;
    lane->ring = ring;
    lane->open = true;
    return true;
}

/* Gives up the events of the lane that was closed longest ago; mutex held. */
static void give_up_oldest(void)
{
    struct lab_lane *oldest = NULL;
    uint32_t count = atomic_load_explicit(&table.count, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        struct lab_lane *lane = table.lanes[i];
        if (!lane->open && lane->ring && (!oldest || lane->closed < oldest->closed))
            oldest = lane;
    }
    if (!oldest)
        return;
    table.kept -= kept_bytes(oldest);
    free(oldest->ring);
    oldest->ring = NULL;
    oldest->gone = atomic_load_explicit(&oldest->head, memory_order_relaxed);
}

static size_t most_kept(void)
{
    uint64_t share = lab_memory_bytes() / 8;
    return share && share < LAB_TRACE_KEPT ? (size_t)share : LAB_TRACE_KEPT;
}

static void close_ring(struct lab_lane *lane)
{
    size_t kept = kept_bytes(lane);
    struct slot *ring = NULL;
    if (!kept || (ring = realloc(lane->ring, kept)))
        lane->ring = kept ? ring : (free(lane->ring), NULL);
    lane->open = false;
    lane->closed = table.closes++;
    table.kept += kept;
    while (table.kept > most_kept())
        give_up_oldest();
}

/* A new lane at the end of the table, without a ring; mutex held. NULL: no room. */
static struct lab_lane *add_lane(const char *name, enum lab_lane_role role, const char *method,
                                 unsigned workers)
{
    uint32_t count = atomic_load_explicit(&table.count, memory_order_relaxed);
    struct lab_lane *lane = count < LAB_LANE_MAX ? calloc(1, sizeof *lane) : NULL;
    if (!lane)
        return NULL;
    strncpy(lane->info.name, name, LAB_LANE_NAME - 1);
    lane->info.role = role;
    lane->info.method = method;
    lane->info.workers = workers;
    lane->number = (uint16_t)count;
    table.lanes[count] = lane;
    atomic_store_explicit(&table.count, count + 1, memory_order_release);
    return lane;
}

struct lab_lane *lab_lane_open(const char *name, enum lab_lane_role role, const char *method,
                               unsigned workers)
{
    struct lab_lane *lane = NULL;
    if (atomic_load_explicit(&disabled, memory_order_relaxed))
        return NULL;
    table_lock();
    uint32_t count = atomic_load_explicit(&table.count, memory_order_relaxed);
    for (uint32_t i = 0; i < count && !lane; i++) {
        struct lab_lane *old = table.lanes[i];
        if (!old->open && old->info.role == role && old->info.workers == workers &&
            strcmp(old->info.method, method) == 0 &&
            strncmp(old->info.name, name, LAB_LANE_NAME - 1) == 0)
            lane = old;
    }
    if (!lane)
        lane = add_lane(name, role, method, workers);
    if (lane && !open_ring(lane))
        lane = NULL; /* one that was added stays, closed and empty */
    if (!lane)
        atomic_fetch_add_explicit(&table.lost, 1, memory_order_relaxed);
    lab_mutex_unlock(&table.mutex);
    return lane;
}

void lab_trace_enable(bool on)
{
    atomic_store_explicit(&disabled, !on, memory_order_relaxed);
}

void lab_lane_close(struct lab_lane *lane)
{
    if (!lane)
        return;
    table_lock();
    if (lane->open)
        close_ring(lane);
    lab_step_done();
    lab_mutex_unlock(&table.mutex);
}

void lab_trace_at(struct lab_lane *lane, uint64_t time_ns, enum lab_trace_kind kind, uint32_t task,
                  unsigned arg)
{
    if (!lane)
        return;
    if (time_ns < lane->last_ns)
        time_ns = lane->last_ns;
    lane->last_ns = time_ns;
    uint64_t head = atomic_load_explicit(&lane->head, memory_order_relaxed);
    struct slot *slot = &lane->ring[head & (LAB_TRACE_RING - 1)];
    uint64_t rest = (uint64_t)task | (uint64_t)(kind & 0xff) << 32 | (uint64_t)(arg & 0xff) << 40 |
                    (uint64_t)lane->number << 48;
    atomic_store_explicit(&slot->time, time_ns, memory_order_release);
    atomic_store_explicit(&slot->rest, rest, memory_order_release);
    atomic_store_explicit(&lane->head, head + 1, memory_order_release);
}

void lab_trace(struct lab_lane *lane, enum lab_trace_kind kind, uint32_t task, unsigned arg)
{
    if (lane)
        lab_trace_at(lane, lab_stamp_ns(), kind, task, arg);
}

void lab_trace_touching(struct lab_lane *lane, enum lab_trace_kind kind, uint32_t task,
                        unsigned arg)
{
    if (lane)
        lab_trace_at(lane, lane->last_ns ? lane->last_ns : lab_stamp_ns(), kind, task, arg);
}

void lab_lane_set_current(struct lab_lane *lane)
{
    current = lane;
}

struct lab_lane *lab_lane_current(void)
{
    return current;
}

void lab_trace_here(enum lab_trace_kind kind, uint32_t task, unsigned arg)
{
    lab_trace(current, kind, task, arg);
}

size_t lab_lane_count(void)
{
    return atomic_load_explicit(&table.count, memory_order_acquire);
}

struct lab_lane *lab_lane_at(size_t i)
{
    return i < lab_lane_count() ? table.lanes[i] : NULL;
}

uint64_t lab_lane_written(const struct lab_lane *lane)
{
    return lane ? atomic_load_explicit(&lane->head, memory_order_acquire) : 0;
}

unsigned lab_lane_number(const struct lab_lane *lane)
{
    return lane ? lane->number : 0;
}

void lab_lane_describe(const struct lab_lane *lane, struct lab_lane_info *info)
{
    *info = lane->info;
}

size_t lab_lane_read(struct lab_lane *lane, uint64_t *cursor, struct lab_trace_event *events,
                     size_t capacity, uint64_t *lost)
{
    table_lock();
    uint64_t head = atomic_load_explicit(&lane->head, memory_order_acquire);
    uint64_t from = *cursor;
    if (from < lane->gone) {
        *lost += lane->gone - from;
        from = lane->gone;
    }
    if (head > LAB_TRACE_RING - 1 && from < head - (LAB_TRACE_RING - 1)) {
        *lost += head - (LAB_TRACE_RING - 1) - from;
        from = head - (LAB_TRACE_RING - 1);
    }
    size_t count = head - from < capacity ? (size_t)(head - from) : capacity;
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = &lane->ring[(from + i) & (LAB_TRACE_RING - 1)];
        uint64_t time = atomic_load_explicit(&slot->time, memory_order_acquire);
        uint64_t rest = atomic_load_explicit(&slot->rest, memory_order_acquire);
        events[i] = (struct lab_trace_event){.time_ns = time,
                                             .task = (uint32_t)rest,
                                             .kind = (uint8_t)(rest >> 32),
                                             .arg = (uint8_t)(rest >> 40),
                                             .lane = (uint16_t)(rest >> 48)};
    }
    *cursor = from + count;
    /* The writer may have lapped us while we copied: what it may have touched is dropped. */
    uint64_t after = atomic_load_explicit(&lane->head, memory_order_relaxed);
    if (after >= LAB_TRACE_RING && from <= after - LAB_TRACE_RING) {
        uint64_t gone = after - LAB_TRACE_RING + 1 - from;
        size_t drop = gone < count ? (size_t)gone : count;
        *lost += drop;
        memmove(events, events + drop, (count - drop) * sizeof *events);
        count -= drop;
    }
    lab_mutex_unlock(&table.mutex);
    return count;
}

void lab_trace_lose(uint64_t events)
{
    atomic_fetch_add_explicit(&table.lost, events, memory_order_relaxed);
}

uint64_t lab_trace_lost(void)
{
    return atomic_load_explicit(&table.lost, memory_order_relaxed);
}

void lab_trace_totals(uint64_t *written, uint64_t *lost)
{
    *written = 0;
    *lost = lab_trace_lost();
    table_lock();
    for (size_t i = 0; i < lab_lane_count(); i++) {
        const struct lab_lane *lane = lab_lane_at(i);
        uint64_t events = lab_lane_written(lane);
        uint64_t over = events > LAB_TRACE_RING - 1 ? events - (LAB_TRACE_RING - 1) : 0;
        *written += events;
        *lost += over > lane->gone ? over : lane->gone;
    }
    lab_mutex_unlock(&table.mutex);
}

void lab_trace_reset(void)
{
    table_lock();
    uint32_t count = atomic_exchange_explicit(&table.count, 0, memory_order_relaxed);
    for (uint32_t i = 0; i < count; i++) {
        free(table.lanes[i]->ring);
        free(table.lanes[i]);
        table.lanes[i] = NULL;
    }
    table.kept = 0;
    atomic_store_explicit(&table.lost, 0, memory_order_relaxed);
    lab_mutex_unlock(&table.mutex);
}

const char *lab_wait_reason_text(unsigned reason)
{
    switch (reason) {
#define X(number, name, text)                                                                      \
    case number:                                                                                   \
        return text;
        LAB_WAIT_REASONS(X)
#undef X
    }
    return "unknown";
}

const char *lab_lane_role_text(enum lab_lane_role role)
{
    static const char *const texts[] = {"coordinator", "thread", "process", "loop"};
    return (unsigned)role < sizeof texts / sizeof *texts ? texts[role] : "unknown";
}
