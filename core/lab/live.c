#include "lab/live.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lab/text.h"
#include "platform/system.h"
#include "trace/trace.h"

enum { CELLS_MAX = 1024, BATCH = 2048, MOST = 8 << 20 };

struct shown {
    struct lab_bytes result;
    uint16_t lane;
    bool finished;
};

/* Bytes that grow. */
struct bytes {
    unsigned char *data;
    size_t size, capacity;
};

/* The coordinator's. shown[i] is its task's until the batch is over, which the batch's count of
 * tasks publishes. */
static struct {
    const struct lab_problem *problem; /* of the sample that is being shown */
    uint32_t cell;
    struct shown *shown;
    bool complete[CELLS_MAX]; /* a cell's picture has been sent whole: once is enough */
    uint64_t epoch_ns;
    struct lab_text lanes; /* an open array once there is one */
    struct bytes events, tiles;
    uint64_t lost;
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

void lab_live_reset(void)
{
    lab_trace_reset();
    lab_live_seen();
    memset(live.complete, 0, sizeof live.complete);
    memset(live.cursors, 0, sizeof live.cursors);
    live.lanes_known = 0;
    live.epoch_ns = lab_now_ns();
}

/* ---- the picture ---- */

void lab_live_begin(uint32_t cell, const struct lab_problem *problem)
{
    live.cell = cell;
    live.problem = problem;
    free(live.shown);
    live.shown = NULL;
    if (cell < CELLS_MAX && !live.complete[cell])
        live.shown = calloc(problem->task_count, sizeof *live.shown);
}

void lab_live_result(size_t i, struct lab_bytes result, unsigned lane)
{
    if (live.shown)
        live.shown[i] = (struct shown){result, (uint16_t)lane, true};
}

/* One tile's record. False: it could not be kept. */
static bool append_tile(size_t i)
{
    const struct shown *shown = &live.shown[i];
    struct lab_tile tile;
    if (!shown->finished || live.problem->workload->tile(live.problem, i, shown->result, &tile))
        return false;
    size_t pixels = (size_t)tile.width * tile.height * sizeof *tile.iterations;
    uint32_t head[2] = {live.cell, (uint32_t)i};
    uint16_t place[6] = {shown->lane, tile.x, tile.y, tile.width, tile.height, tile.limit};
    size_t padded = (sizeof head + sizeof place + pixels + 3) & ~(size_t)3;
    if (!grow(&live.tiles, padded))
        return false;
    unsigned char *at = live.tiles.data + live.tiles.size;
    memset(at + padded - 4, 0, 4);
    memcpy(at, head, sizeof head);
    memcpy(at + sizeof head, place, sizeof place);
    memcpy(at + sizeof head + sizeof place, tile.iterations, pixels);
    live.tiles.size += padded;
    return true;
}

void lab_live_end(void)
{
    if (live.shown) {
        bool complete = true;
        for (size_t i = 0; i < live.problem->task_count; i++)
            complete &= append_tile(i);
        live.complete[live.cell] = complete;
    }
    free(live.shown);
    live.shown = NULL;
    live.problem = NULL;
}

/* ---- lanes and events ---- */

static void collect_lanes(void)
{
    size_t count = lab_lane_count();
    if (count > live.lanes_known && !live.lanes.size)
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
}

static void collect_events(size_t lane)
{
    for (size_t count = BATCH; count == BATCH && live.events.size < MOST;) {
        if (!grow(&live.events, BATCH * sizeof(struct lab_trace_event)))
            return;
        struct lab_trace_event *at =
            (struct lab_trace_event *)(void *)(live.events.data + live.events.size);
        count = lab_lane_read(lab_lane_at(lane), &live.cursors[lane], at, BATCH, &live.lost);
        for (size_t i = 0; i < count; i++)
            at[i].time_ns = at[i].time_ns > live.epoch_ns ? at[i].time_ns - live.epoch_ns : 0;
        live.events.size += count * sizeof *at;
    }
}

uint32_t lab_progress(void)
{
    uint64_t written, lost;
    lab_trace_totals(&written, &lost);
    return (uint32_t)(written + lost + lab_steps_done());
}

void lab_live_collect(void)
{
    if (!lab_wants_live())
        return;
    collect_lanes();
    for (size_t i = 0; i < live.lanes_known; i++)
        collect_events(i);
}

void lab_live_view(struct lab_view *view)
{
    if (live.lanes.size)
        json_end(&live.lanes);
    view->lanes = live.lanes.data;
    view->lanes_size = live.lanes.failed ? 0 : live.lanes.size;
    view->events = live.events.data;
    view->events_size = live.events.size;
    view->tiles = live.tiles.data;
    view->tiles_size = live.tiles.size;
    view->lost = (size_t)live.lost;
}

void lab_live_seen(void)
{
    lab_text_release(&live.lanes);
    live.events.size = live.tiles.size = 0;
    live.lost = 0;
}
