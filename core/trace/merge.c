#include "trace/merge.h"

#include <stdlib.h>

enum { AHEAD = 128 };

/* A lane's events that have been read and not been given. */
struct source {
    struct lab_lane *lane;
    uint64_t cursor, last_ns;
    size_t at, count;
    struct lab_trace_event events[AHEAD];
};

struct lab_merge {
    uint64_t lost;
    size_t count; /* of heap: sources that have an event left */
    struct source **heap;
    struct source sources[];
};

static bool fill(struct lab_merge *merge, struct source *source)
{
    source->at = 0;
    source->count =
        lab_lane_read(source->lane, &source->cursor, source->events, AHEAD, &merge->lost);
    return source->count > 0;
}

static struct lab_trace_event *head(struct source *source)
{
    struct lab_trace_event *event = &source->events[source->at];
    if (event->time_ns < source->last_ns)
        event->time_ns = source->last_ns;
    return event;
}

static int rank(const struct lab_trace_event *event)
{
    return event->kind != LAB_TRACE_SAMPLE ? 0 : event->arg ? -1 : 1;
}

static bool is_before(struct source *x, struct source *y)
{
    const struct lab_trace_event *a = head(x), *b = head(y);
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns;
    if (rank(a) != rank(b))
        return rank(a) < rank(b);
    return a->lane < b->lane;
}

static void sift_down(struct lab_merge *merge, size_t i)
{
    struct source **heap = merge->heap;
    for (size_t child; (child = 2 * i + 1) < merge->count; i = child) {
        if (child + 1 < merge->count && is_before(heap[child + 1], heap[child]))
            child++;
        if (!is_before(heap[child], heap[i]))
            return;
        struct source *up = heap[child];
        heap[child] = heap[i];
        heap[i] = up;
    }
}

struct lab_merge *lab_merge_open(void)
{
    size_t lanes = lab_lane_count();
    struct lab_merge *merge = calloc(1, sizeof *merge + lanes * sizeof *merge->sources);
    if (!merge || !(merge->heap = calloc(lanes + 1, sizeof(struct source *)))) {
        free(merge);
        return NULL;
    }
    for (size_t i = 0; i < lanes; i++) {
        merge->sources[i].lane = lab_lane_at(i);
        if (fill(merge, &merge->sources[i]))
            merge->heap[merge->count++] = &merge->sources[i];
    }
    for (size_t i = merge->count / 2; i-- > 0;)
        sift_down(merge, i);
    return merge;
}

bool lab_merge_next(struct lab_merge *merge, struct lab_trace_event *event)
{
    if (merge->count == 0)
        return false;
    struct source *first = merge->heap[0];
    *event = *head(first);
    first->last_ns = event->time_ns;
    if (++first->at == first->count && !fill(merge, first))
        merge->heap[0] = merge->heap[--merge->count];
    sift_down(merge, 0);
    return true;
}

uint64_t lab_merge_lost(const struct lab_merge *merge)
{
    return merge->lost;
}

void lab_merge_close(struct lab_merge *merge)
{
    if (merge)
        free(merge->heap);
    free(merge);
}
