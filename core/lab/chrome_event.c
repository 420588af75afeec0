#include "lab/chrome_event.h"

#include "trace/trace.h"

enum { PROGRAM = 1 };

static uint64_t process_of(size_t lane)
{
    struct lab_lane_info info;
    if (lane >= lab_lane_count())
        return PROGRAM;
    lab_lane_describe(lab_lane_at(lane), &info);
    return info.role == LAB_LANE_PROCESS ? PROGRAM + 1 + lane : PROGRAM;
}

static void place(struct lab_text *out, size_t lane)
{
    json_integer(out, "pid", process_of(lane));
    json_integer(out, "tid", lane + 1);
}

void lab_chrome_event(struct lab_text *out, const char *phase, const char *name,
                      const char *category, size_t lane, uint64_t since_ns)
{
    json_object(out, NULL);
    json_string(out, "ph", phase);
    json_string(out, "name", name);
    if (category)
        json_string(out, "cat", category);
    json_number(out, "ts", (double)since_ns / 1e3);
    place(out, lane);
}

void lab_chrome_arg(struct lab_text *out, const char *key, uint64_t value)
{
    json_object(out, "args");
    json_integer(out, key, value);
    json_end(out);
}

void lab_chrome_flag(struct lab_text *out, const char *flag)
{
    if (!flag)
        return;
    json_object(out, "args");
    json_bool(out, flag, true);
    json_end(out);
}

void lab_chrome_counter(struct lab_text *out, const char *name, const char *series, uint64_t value,
                        uint64_t since_ns)
{
    lab_chrome_event(out, "C", name, NULL, 0, since_ns);
    lab_chrome_arg(out, series, value);
    json_end(out);
}

const char *lab_chrome_blocked(unsigned reason)
{
    switch (reason) {
#define X(number, name, text)                                                                      \
    case number:                                                                                   \
        return "blocked on " text;
        LAB_WAIT_REASONS(X)
#undef X
    }
    return "blocked on something";
}

const char *lab_chrome_gil(unsigned gil, bool asked)
{
    switch (gil) {
    case LAB_TRACE_GIL_WANT:
        return "wanting the GIL";
    case LAB_TRACE_GIL_TAKE:
        return asked ? "holding, asked to drop" : "holding the GIL";
    case LAB_TRACE_GIL_YIELD:
        return "forced to wait";
    }
    return NULL;
}

static void describe(struct lab_text *out, const char *what, size_t lane)
{
    json_object(out, NULL);
    json_string(out, "ph", "M");
    json_string(out, "name", what);
    place(out, lane);
}

static void name(struct lab_text *out, const char *what, size_t lane, const char *value)
{
    describe(out, what, lane);
    json_object(out, "args");
    json_string(out, "name", value);
    json_end(out);
    json_end(out);
}

static void order(struct lab_text *out, const char *what, size_t lane, uint64_t value)
{
    describe(out, what, lane);
    lab_chrome_arg(out, "sort_index", value);
    json_end(out);
}

static void describe_lane(struct lab_text *out, size_t lane)
{
    struct lab_lane_info info;
    struct lab_text words = {0};
    lab_lane_describe(lab_lane_at(lane), &info);
    lab_text_printf(&words, "%s%s%s", info.name, *info.method ? ", " : "", info.method);
    if (info.workers > 1)
        lab_text_printf(&words, " × %u", info.workers);
    if (info.role == LAB_LANE_PROCESS) {
        name(out, "process_name", lane, words.data ? words.data : info.name);
        order(out, "process_sort_index", lane, process_of(lane));
    }
    name(out, "thread_name", lane, words.data ? words.data : info.name);
    order(out, "thread_sort_index", lane, lane);
    lab_text_release(&words);
}

void lab_chrome_describe(struct lab_text *out, size_t lanes)
{
    name(out, "process_name", 0, "Concurrency Lab");
    for (size_t i = 0; i < lanes; i++)
        describe_lane(out, i);
}
