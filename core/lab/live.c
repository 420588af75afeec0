#include "lab/live.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lab/text.h"
#include "platform/sync.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { CELLS_MAX = 1024, BATCH = 2048 };

struct shown {
    struct lab_bytes result;
    uint16_t lane;
    bool finished, sent;
};

/* Bytes that grow. */
struct bytes {
    unsigned char *data;
    size_t size, capacity;
};

static struct {
    lab_mutex mutex;
    _Atomic bool ready; /* release: publishes the mutex */
    /* Under mutex: the sample that is being shown. */
    const struct lab_problem *problem;
    uint32_t cell;
    struct shown *shown;
    bool complete[CELLS_MAX]; /* a cell's picture has been sent whole: once is enough */
    struct bytes tiles;       /* finished, not yet polled */
    /* The run's: set by the coordinator between runs. */
    uint64_t epoch_ns;
    /* The host's thread's alone. */
    struct lab_live answer;
    struct lab_text lanes;
    struct bytes events, polled_tiles;
    size_t lanes_known;
    uint64_t cursors[LAB_LANE_MAX];
} live;

static bool grow(struct bytes *bytes, size_t more)
{
    if (bytes->size + more > bytes->capacity) {
        size_t capacity = (bytes->size + more) * 2;
        unsigned char *grown = realloc(bytes->data, capacity);
        if (!grown)
            return false;
        bytes->data = grown;
        bytes->capacity = capacity;
    }
    return true;
}

/* One tile's record (mutex held). */
static void append_tile(size_t i)
{
    struct shown *shown = &live.shown[i];
    struct lab_tile tile;
    if (live.problem->workload->tile(live.problem, i, shown->result, &tile))
        return;
    size_t pixels = (size_t)tile.width * tile.height * sizeof *tile.iterations;
    uint32_t head[2] = {live.cell, (uint32_t)i};
    uint16_t place[6] = {shown->lane, tile.x, tile.y, tile.width, tile.height, tile.limit};
    size_t padded = (sizeof head + sizeof place + pixels + 3) & ~(size_t)3;
    if (!grow(&live.tiles, padded))
        return;
    unsigned char *at = live.tiles.data + live.tiles.size;
    memset(at + padded - 4, 0, 4);
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, place, sizeof place);
    memcpy(at + sizeof head + sizeof place, tile.iterations, pixels);
    live.tiles.size += padded;
    shown->sent = true;
}

static void append_finished(void)
{
    for (size_t i = 0; live.shown && i < live.problem->task_count; i++)
        if (live.shown[i].finished && !live.shown[i].sent)
            append_tile(i);
}

void lab_live_begin(uint32_t cell, const struct lab_problem *problem)
{
    lab_mutex_lock(&live.mutex);
    live.cell = cell;
    live.problem = problem;
    free(live.shown);
    live.shown = NULL;
    if (cell < CELLS_MAX && !live.complete[cell])
        live.shown = calloc(problem->task_count, sizeof *live.shown);
    lab_mutex_unlock(&live.mutex);
}

void lab_live_result(size_t i, struct lab_bytes result, unsigned lane)
{
    lab_mutex_lock(&live.mutex);
    if (live.shown) {
        live.shown[i].result = result;
        live.shown[i].lane = (uint16_t)lane;
        live.shown[i].finished = true;
    }
    lab_mutex_unlock(&live.mutex);
}

void lab_live_end(void)
{
    lab_mutex_lock(&live.mutex);
    if (live.shown) {
        append_finished();
        live.complete[live.cell] = true;
        for (size_t i = 0; i < live.problem->task_count; i++)
            live.complete[live.cell] &= live.shown[i].sent;
    }
    free(live.shown);
    live.shown = NULL;
    live.problem = NULL;
    lab_mutex_unlock(&live.mutex);
}

void lab_live_reset(void)
{
    if (!atomic_load_explicit(&live.ready, memory_order_relaxed))
        lab_mutex_init(&live.mutex);
    atomic_store_explicit(&live.ready, true, memory_order_release);
    lab_mutex_lock(&live.mutex);
    lab_trace_reset(); /* under the mutex: poll reads the lanes */
    memset(live.complete, 0, sizeof live.complete);
    memset(live.cursors, 0, sizeof live.cursors);
    live.lanes_known = 0;
    live.tiles.size = 0;
    live.epoch_ns = lab_now_ns();
    lab_mutex_unlock(&live.mutex);
}

static void poll_lanes(void)
{
    size_t count = lab_lane_count();
    lab_text_release(&live.lanes);
    if (count == live.lanes_known)
        return;
    json_array(&live.lanes, NULL);
    for (; live.lanes_known < count; live.lanes_known++) {
        struct lab_lane_info info;
        lab_lane_describe(lab_lane_at(live.lanes_known), &info);
        json_object(&live.lanes, NULL);
        json_integer(&live.lanes, "id", live.lanes_known);
        json_string(&live.lanes, "name", info.name);
        json_string(&live.lanes, "role", lab_lane_role_text(info.role));
        json_string(&live.lanes, "method", info.method);
        json_integer(&live.lanes, "workers", info.workers);
        json_end(&live.lanes);
    }
    json_end(&live.lanes);
}

static uint64_t poll_events(void)
{
    uint64_t lost = 0;
    live.events.size = 0;
    for (size_t i = 0; i < live.lanes_known; i++) {
        for (;;) {
            if (!grow(&live.events, BATCH * sizeof(struct lab_trace_event)))
                return lost;
            struct lab_trace_event *at =
                (struct lab_trace_event *)(void *)(live.events.data + live.events.size);
            size_t count = lab_lane_read(lab_lane_at(i), &live.cursors[i], at, BATCH, &lost);
            for (size_t j = 0; j < count; j++)
                at[j].time_ns = at[j].time_ns > live.epoch_ns ? at[j].time_ns - live.epoch_ns : 0;
            live.events.size += count * sizeof *at;
            if (count < BATCH)
                break;
        }
    }
    return lost;
}

const struct lab_live *lab_live_poll(void)
{
    if (!atomic_load_explicit(&live.ready, memory_order_acquire))
        return NULL;
    lab_mutex_lock(&live.mutex);
    poll_lanes();
    uint64_t lost = poll_events();
    append_finished();
    struct bytes swap = live.polled_tiles;
    live.polled_tiles = live.tiles;
    live.tiles = swap;
    live.tiles.size = 0;
    lab_mutex_unlock(&live.mutex);
    live.answer = (struct lab_live){live.lanes.data,        (uint32_t)live.lanes.size,
                                    live.events.data,       (uint32_t)live.events.size,
                                    live.polled_tiles.data, (uint32_t)live.polled_tiles.size,
                                    (uint32_t)lost};
    if (!live.lanes.size && !live.events.size && !live.polled_tiles.size && !lost)
        return NULL;
    return &live.answer;
}
