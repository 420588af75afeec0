#include "futures/map.h"

#include <stdlib.h>

#include "futures/chunk.h"
#include "platform/sync.h"
#include "platform/system.h"

/* Items go in groups of `chunk`: one future each. Elsewhere than in processes a group is one
 * item. */
struct lab_map {
    struct lab_executor *executor;
    const struct lab_task_type *type;
    const struct lab_bytes *items;
    size_t count, chunk, group_count;
    size_t ahead; /* groups that may be submitted and not asked for */
    uint64_t deadline;
    size_t submitted, asked_for, released; /* groups, asked_for may run one ahead of submitted */
    size_t next;                           /* item */
    bool over;
    struct lab_future *groups[];
};

static size_t items_of(const struct lab_map *map, size_t group)
{
    size_t from = group * map->chunk;
    return map->count - from < map->chunk ? map->count - from : map->chunk;
}

/* A chunk's bytes are needed until its task has ended, however long the map lives. */
static int free_packed(struct lab_future *future, void *packed)
{
    (void)future;
    free(packed);
    return 0;
}

static int submit_group(struct lab_map *map, struct lab_failure *failure)
{
    size_t i = map->submitted, from = i * map->chunk;
    struct lab_task task = {.type = map->type, .in = map->items[from], .tag = (uint32_t)i};
    void *packed = NULL;
    if (map->chunk > 1) {
        int code =
            lab__chunk_pack(&task.in, map->type, map->items + from, items_of(map, i), failure);
        if (code)
            return code;
        packed = (void *)task.in.data;
        task.type = &lab__chunk_type;
    }
    int code = lab_submit(map->executor, &task, &map->groups[i], failure);
    if (code) {
        free(packed);
        return code;
    }
    map->submitted++;
    if (!packed || lab_future_on_done(map->groups[i], free_packed, packed) == 0)
        return 0;
    /* Without a callback the bytes can only be freed when nobody reads them any more. */
    while (!lab_future_cancel(map->groups[i]) && !lab_future_done(map->groups[i]))
        lab_future_wait(map->groups[i], LAB_FOREVER);
    free(packed);
    return lab_fail(failure, LAB_E_NOMEM, "out of memory for a chunk");
}

/* Submits as far ahead as it may. */
static int submit_ahead(struct lab_map *map, struct lab_failure *failure)
{
    int code = 0;
    while (!code && map->submitted < map->group_count &&
           (map->submitted < map->asked_for || map->submitted - map->asked_for < map->ahead))
        code = submit_group(map, failure);
    return code;
}

int lab_map_create(struct lab_map **out, struct lab_executor *executor,
                   const struct lab_task_type *type, const struct lab_bytes *items, size_t count,
                   const struct lab_map_options *wanted, struct lab_failure *failure)
{
    const struct lab_map_options options =
        wanted ? *wanted : (struct lab_map_options)LAB_MAP_DEFAULTS;
    uint64_t now = lab_now_ns();
    *out = NULL;
    if (options.buffersize < 1)
        return lab_fail(failure, LAB_E_INVALID,
                        "buffersize %ld: it must be 1 or more, or LAB_BUFFERSIZE_NONE",
                        options.buffersize);
    if (options.chunksize < 1)
        return lab_fail(failure, LAB_E_INVALID, "chunksize %ld: it must be 1 or more",
                        options.chunksize);
    size_t chunk = 1;
    if (lab_executor_method(executor)->processes && count > 0)
        chunk = (unsigned long)options.chunksize < count ? (size_t)options.chunksize : count;
    size_t groups = count / chunk + (count % chunk != 0);
    struct lab_map *map = calloc(1, sizeof *map + groups * sizeof *map->groups);
    if (!map)
        return lab_fail(failure, LAB_E_NOMEM, "out of memory for %zu task%s", count,
                        count == 1 ? "" : "s");
    map->executor = executor;
    map->type = type;
    map->items = items;
    map->count = count;
    map->chunk = chunk;
    map->group_count = groups;
    map->ahead = options.buffersize == LAB_BUFFERSIZE_NONE ? SIZE_MAX : (size_t)options.buffersize;
    map->deadline = options.timeout_ns > LAB_FOREVER - now ? LAB_FOREVER : now + options.timeout_ns;
    int code = submit_ahead(map, failure);
    if (code) {
        lab_map_destroy(map);
        return code;
    }
    *out = map;
    return 0;
}

/* Nothing more is yielded; what has not started is cancelled. */
static void end(struct lab_map *map)
{
    map->over = true;
    for (size_t i = map->released; i < map->submitted; i++)
        lab_future_cancel(map->groups[i]);
}

static int wait_for(struct lab_map *map, struct lab_future *future, struct lab_failure *failure)
{
    uint64_t timeout = LAB_FOREVER;
    if (map->deadline != LAB_FOREVER) {
        uint64_t now = lab_now_ns();
        timeout = map->deadline > now ? map->deadline - now : 0;
    }
    int code = lab_future_wait(future, timeout);
    if (code == LAB_E_TIMEOUT)
        return lab_fail(failure, code, "the time-out of the map has passed before item %zu of %zu",
                        map->next + 1, map->count);
    return code ? lab_fail(failure, code, "%s", lab_error_text(code)) : 0;
}

static int outcome(struct lab_map *map, struct lab_future *future, struct lab_bytes *result,
                   struct lab_failure *failure)
{
    int code = lab_future_result(future, result);
    const struct lab_failure *why = lab_future_failure(future);
    if (code) {
        if (failure && why)
            *failure = *why;
        else
            lab_fail(failure, code, "%s", lab_error_text(code));
        return code;
    }
    if (map->chunk > 1)
        return lab__chunk_result(*result, map->next % map->chunk, result, failure);
    return 0;
}

int lab_map_next(struct lab_map *map, struct lab_bytes *result, struct lab_failure *failure)
{
    *result = (struct lab_bytes){NULL, 0};
    if (map->over || map->next == map->count)
        return LAB_E_END;
    size_t at = map->next / map->chunk;
    /* What was yielded before stayed valid until now. */
    if (map->released < at)
        lab_future_release(map->groups[map->released++]);
    map->asked_for = at + 1;
    int code = submit_ahead(map, failure);
    if (!code)
        code = wait_for(map, map->groups[at], failure);
    if (code == LAB_E_AGAIN)
        return code;
    if (!code)
        code = outcome(map, map->groups[at], result, failure);
    if (code)
        end(map);
    else
        map->next++;
    return code;
}

size_t lab_map_submitted(const struct lab_map *map)
{
    size_t items = map->submitted * map->chunk;
    return items < map->count ? items : map->count;
}

void lab_map_destroy(struct lab_map *map)
{
    if (!map)
        return;
    end(map);
    for (size_t i = map->released; i < map->submitted; i++)
        lab_future_release(map->groups[i]);
    free(map);
}
