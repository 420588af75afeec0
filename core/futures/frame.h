/* Frames: what a process pool and its children say to each other over a pipe.
 *
 * Every message is a header of 32 bytes, little-endian, and size bytes after it, and then zeros up
 * to a multiple of LAB_FRAME_ALIGN: so that a short task runs where it lies in the child's buffer.
 *
 *   PING     parent → child  time: the parent's clock; code 1: nothing is traced, send no EVENTS
 *   PONG     child → parent  time: the child's clock; value: the PING's time; id: memory, 64 KiB
 *                            units
 *   INIT     parent → child  like TASK: what the child runs before its first task
 *   INITED   child → parent  INIT's outcome, as in RESULT; a child whose initializer failed ends
 *   TASK     parent → child  id; code: length of the type's name; bytes: the name, zeros as above,
 *                            the task
 *   EVENTS   child → parent  bytes: struct lab_trace_event[], times by the child's clock; of a
 *                            batch of tasks they may come later than the RESULTs, but never later
 *                            than its last one
 *   RESULT   child → parent  id; value: the child's memory, bytes, or 0: not looked at; code 0: the
 *                            result. code: a failure's, and bytes: its sentence. If it has a cause,
 *                            time is the cause's code, and after the sentence come a zero byte and
 *                            the cause's
 *   DROPPED  child → parent  id: the TASK was taken back (platform/pipe.h, the grant), and is not
 *                            run here
 *   EXIT     parent → child  end yourself
 *
 * The child answers in order. So INIT and the first task may be written right behind the last PING:
 * its PONG, and with it the child's clock, is there before the first events.
 */
#ifndef LAB_FUTURES_FRAME_H
#define LAB_FUTURES_FRAME_H

#include <stddef.h>
#include <stdint.h>

enum lab_frame_type {
    LAB_FRAME_PING = 0x4c414201,
    LAB_FRAME_PONG,
    LAB_FRAME_TASK,
    LAB_FRAME_EVENTS,
    LAB_FRAME_RESULT,
    LAB_FRAME_EXIT,
    LAB_FRAME_INIT,
    LAB_FRAME_INITED,
    LAB_FRAME_DROPPED,
};

struct lab_frame {
    uint32_t type; /* enum lab_frame_type */
    uint32_t id;
    int32_t code;
    uint32_t size; /* bytes that follow */
    uint64_t time, value;
};
_Static_assert(sizeof(struct lab_frame) == 32, "both ends must agree");

enum { LAB_FRAME_ALIGN = 16 };

/* With the zeros behind it. */
static inline size_t lab_frame_padded(size_t size)
{
    return (size + LAB_FRAME_ALIGN - 1) & ~(size_t)(LAB_FRAME_ALIGN - 1);
}

#define LAB_FRAME_MAX  (1u << 30) /* longest body; more is a broken stream */
#define LAB_FRAME_NAME 63         /* longest name of a task type */

#endif
