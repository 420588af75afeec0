/* Frames: what a process pool and its children say to each other over a pipe.
 *
 * Every message is a header of 32 bytes, little-endian, and size bytes after it.
 *
 *   PING    parent → child   time: the parent's clock
 *   PONG    child → parent   time: the child's clock; value: the PING's time; id: memory, 64 KiB units
 *   TASK    parent → child   id; code: length of the type's name; bytes: the name, then the task
 *   EVENTS  child → parent   bytes: struct lab_trace_event[], times by the child's clock; sent with a
 *                            task's RESULT, before it or after
 *   RESULT  child → parent   id; code: 0 and the result, or a failure's code and its sentence;
 *                            value: the child's memory, bytes
 *   EXIT    parent → child   end yourself
 */
#ifndef LAB_FUTURES_FRAME_H
#define LAB_FUTURES_FRAME_H

#include <stdint.h>

enum lab_frame_type {
    LAB_FRAME_PING = 0x4c414201,
    LAB_FRAME_PONG,
    LAB_FRAME_TASK,
    LAB_FRAME_EVENTS,
    LAB_FRAME_RESULT,
    LAB_FRAME_EXIT,
};

struct lab_frame {
    uint32_t type; /* enum lab_frame_type */
    uint32_t id;
    int32_t code;
    uint32_t size; /* bytes that follow */
    uint64_t time, value;
};
_Static_assert(sizeof(struct lab_frame) == 32, "both ends must agree");

#define LAB_FRAME_MAX (1u << 30) /* longest body; more is a broken stream */

#endif
