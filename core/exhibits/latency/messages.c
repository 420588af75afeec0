/* Messages between JavaScript's Workers, and the copy that is made of what they carry. */
#include "exhibits/latency/probe_turn.h"
#include "exhibits/latency/rows.h"

enum { KB = 1 << 10, MB = 1 << 20 };

/* The probe's operation is there and back, the row's one way. */
static int message(struct lab_latency_turn *turn, enum lab_probe_kind kind, uint32_t bytes,
                   struct lab_failure *failure)
{
    turn->operations = (turn->operations + 1) / 2;
    int code = lab__latency_probe(turn, kind, bytes, LAB_PROBE_MOST, failure);
    turn->operations *= 2;
    return code;
}

static int message_0b_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return message(turn, LAB_PROBE_MESSAGE, 0, failure);
}

static int message_1kb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return message(turn, LAB_PROBE_MESSAGE, KB, failure);
}

static int message_1mb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return message(turn, LAB_PROBE_MESSAGE, MB, failure);
}

static int transfer_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return message(turn, LAB_PROBE_TRANSFER, MB, failure);
}

static int clone_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_CLONE, MB, LAB_PROBE_MOST, failure);
}

const struct lab_latency_row lab__latency_messages[] = {
    {.name = "message-0b",
     .title = "postMessage, empty",
     .about = "An empty message from one Worker to another, from postMessage() there to the "
              "handler here.",
     .group = LAB_LATENCY_SYNC,
     .turn = message_0b_turn},
    {.name = "message-1kb",
     .title = "postMessage, 1 KB copied",
     .about =
         "A message with a buffer of 1,024 bytes from one Worker to another, which gets a copy.",
     .group = LAB_LATENCY_SYNC,
     .turn = message_1kb_turn},
    {.name = "message-1mb",
     .title = "postMessage, 1 MB copied",
     .about = "A message with a buffer of 1,048,576 bytes from one Worker to another, which gets a "
              "copy.",
     .group = LAB_LATENCY_SYNC,
     .turn = message_1mb_turn},
    {.name = "message-1mb-transfer",
     .title = "postMessage, 1 MB transferred",
     .about =
         "The same buffer of 1,048,576 bytes in a message's transfer list: it changes hands and is "
         "not copied; "
         "but Firefox, whose messages between Workers leave the process, copies it all the same.",
     .group = LAB_LATENCY_SYNC,
     .turn = transfer_turn},
    {.name = "clone-1mb",
     .title = "Structured clone, 1 MB",
     .about = "structuredClone() of an object of 1,048,576 bytes: half of them one buffer, half "
              "8,192 records of a "
              "number, a text of 24 letters and an array of four numbers.",
     .group = LAB_LATENCY_SYNC,
     .turn = clone_turn},
    {0},
};
