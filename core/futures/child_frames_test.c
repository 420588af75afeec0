/* What a child reads and says, in pieces of every size: child_in.h and child_out.h. */
#include <stdlib.h>

#include "check.h"
#include "futures/child_in.h"
#include "futures/child_out.h"

/* Puts a frame of the given size at bytes; returns what it takes there. */
static size_t write_frame(unsigned char *bytes, uint32_t id, uint32_t size)
{
    struct lab_frame frame = {.type = LAB_FRAME_TASK, .id = id, .size = size};
    memcpy(bytes, &frame, sizeof frame);
    memset(bytes + sizeof frame, (int)id, lab_frame_padded(size));
    return sizeof frame + lab_frame_padded(size);
}

static bool feed(struct lab_child_in *in, const unsigned char *bytes, size_t size)
{
    if (!CHECK(lab_child_in_room(in, size)))
        return false;
    memcpy(in->data + in->to, bytes, size);
    lab_child_in_came(in, size);
    return true;
}

static void frames_are_whole_however_they_come(void)
{
    enum { FRAMES = 5 };
    const uint32_t sizes[FRAMES] = {0, 1, 64, 15, 300};
    unsigned char stream[1024];
    size_t length = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        length += write_frame(stream + length, i, sizes[i]);
    for (size_t piece = 1; piece <= length; piece++) {
        struct lab_child_in in = {0};
        struct lab_frame frame;
        uint32_t next = 0;
        for (size_t at = 0; at < length; at += piece) {
            if (!feed(&in, stream + at, length - at < piece ? length - at : piece))
                break;
            while (in.from < in.scanned) {
                memcpy(&frame, in.data + in.from, sizeof frame);
                CHECK_INT(frame.id, next);
                CHECK_INT(frame.size, sizes[next]);
                if (frame.size)
                    CHECK_INT(in.data[in.from + sizeof frame + frame.size - 1], next);
                lab_child_in_take(&in, &frame);
                next++;
            }
            CHECK_INT(in.whole, 0);
        }
        CHECK_INT(next, FRAMES);
        free(in.data);
    }
}

static void the_last_and_the_middle_are_urgent(void)
{
    enum { FRAMES = 8 };
    unsigned char stream[FRAMES * 64];
    size_t length = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        length += write_frame(stream + length, i, 8);
    struct lab_child_in in = {0};
    struct lab_frame frame;
    unsigned urgent = 0;
    CHECK_OR_RETURN(feed(&in, stream, length));
    CHECK_INT(in.whole, FRAMES);
    for (unsigned i = 0; i < FRAMES; i++) {
        memcpy(&frame, in.data + in.from, sizeof frame);
        lab_child_in_take(&in, &frame);
        urgent += lab_child_in_urgent(&in);
        CHECK(i + 1 < FRAMES || lab_child_in_urgent(&in));
    }
    CHECK_INT(urgent, 2);
    free(in.data);
}

static void a_frame_of_no_sense_is_never_whole(void)
{
    unsigned char stream[64];
    struct lab_child_in in = {0};
    write_frame(stream, 1, 16);
    const uint32_t size = LAB_FRAME_MAX + 1;
    memcpy(stream + offsetof(struct lab_frame, size), &size, sizeof size);
    CHECK_OR_RETURN(feed(&in, stream, sizeof(struct lab_frame) + 16));
    CHECK_INT(in.whole, 0);
    CHECK_INT(in.scanned, 0);
    free(in.data);
}

/* ---- out ---- */

static unsigned char said[64 << 10];
static size_t said_size;
static unsigned writes, urgent_writes;
static bool deaf;

static bool hear(const void *data, size_t size, bool urgent)
{
    if (deaf || !CHECK(size <= sizeof said - said_size))
        return false;
    memcpy(said + said_size, data, size);
    said_size += size;
    writes++;
    urgent_writes += urgent;
    return true;
}

static struct lab_child_out *out_create(void)
{
    struct lab_child_out *out = calloc(1, sizeof *out);
    said_size = writes = urgent_writes = 0;
    deaf = false;
    if (CHECK(out != NULL))
        out->send = hear;
    return out;
}

static void say(struct lab_child_out *out, uint32_t id, const unsigned char *body, uint32_t size)
{
    lab_child_out_frame(out, (struct lab_frame){.type = LAB_FRAME_RESULT, .id = id, .size = size},
                        body, false);
}

static void short_frames_are_one_write(void)
{
    struct lab_child_out *out = out_create();
    CHECK_OR_RETURN(out != NULL);
    for (uint32_t i = 0; i < 3; i++)
        say(out, i, (const unsigned char *)"abc", 3);
    CHECK_INT(writes, 0);
    lab_child_out_flush(out, true);
    CHECK_INT(writes, 1);
    CHECK_INT(urgent_writes, 1);
    CHECK_INT(said_size, 3 * (sizeof(struct lab_frame) + LAB_FRAME_ALIGN));
    lab_child_out_flush(out, true);
    CHECK_INT(writes, 1); /* there was nothing more */
    free(out);
}

/* Whatever its length, a frame arrives whole, in its turn, and filled up with zeros. */
static void frames_of_every_length_arrive(void)
{
    unsigned char *body = malloc(20000);
    CHECK_OR_RETURN(body != NULL);
    memset(body, 7, 20000);
    for (uint32_t size = 8000; size < 8300; size++) {
        struct lab_child_out *out = out_create();
        struct lab_frame frame;
        CHECK_OR_RETURN(out != NULL);
        say(out, 1, body, 100);
        say(out, 2, body, size);
        say(out, 3, body, 0);
        lab_child_out_flush(out, true);
        size_t at = 0;
        for (uint32_t id = 1; id <= 3 && at + sizeof frame <= said_size; id++) {
            memcpy(&frame, said + at, sizeof frame);
            at += sizeof frame;
            CHECK_INT(frame.id, id);
            CHECK_INT(frame.size, id == 1 ? 100 : id == 2 ? size : 0);
            for (size_t i = 0; i < lab_frame_padded(frame.size); i++)
                if (said[at + i] != (i < frame.size ? 7 : 0)) {
                    CHECK_INT(said[at + i], i < frame.size ? 7 : 0);
                    break;
                }
            at += lab_frame_padded(frame.size);
        }
        CHECK_INT(at, said_size);
        CHECK(!out->broken);
        free(out);
    }
    free(body);
}

static void nobody_listens(void)
{
    struct lab_child_out *out = out_create();
    CHECK_OR_RETURN(out != NULL);
    deaf = true;
    say(out, 1, NULL, 0);
    CHECK(!out->broken);
    lab_child_out_flush(out, false);
    CHECK(out->broken);
    free(out);
}

LAB_SUITE(child_frames)
{
    RUN(frames_are_whole_however_they_come);
    RUN(the_last_and_the_middle_are_urgent);
    RUN(a_frame_of_no_sense_is_never_whole);
    RUN(short_frames_are_one_write);
    RUN(frames_of_every_length_arrive);
    RUN(nobody_listens);
}
