/* What is outside the program: a server, files, and what everybody's table names that no program
 * can measure. */
#include "exhibits/latency/probe_turn.h"
#include "exhibits/latency/rows.h"

enum { KB4 = 4 << 10, MB = 1 << 20 };

static int fetch_cache_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_FETCH_CACHE, 0, LAB_PROBE_MOST, failure);
}

static int fetch_network_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_FETCH_NETWORK, 0, LAB_PROBE_MOST, failure);
}

static int write_4kb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_WRITE, KB4, LAB_PROBE_MOST, failure);
}

static int read_4kb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_READ, KB4, LAB_PROBE_MOST, failure);
}

static int write_1mb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_WRITE, MB, LAB_PROBE_MOST, failure);
}

static int read_1mb_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab__latency_probe(turn, LAB_PROBE_READ, MB, LAB_PROBE_MOST, failure);
}

/* Rows that are there for their classic number; `of` says why there is no other. */
static int classic_turn(struct lab_latency_turn *turn, struct lab_failure *failure)
{
    return lab_fail(failure, LAB_E_UNAVAILABLE, "%s", turn->row->of);
}

const struct lab_latency_row lab__latency_outside[] = {
    {.name = "fetch-cache",
     .title = "Fetch from the browser's cache",
     .group = LAB_LATENCY_OUTSIDE,
     .turn = fetch_cache_turn,
     .about = "fetch() of a file of less than 1 KB that the browser's HTTP cache has "
              "(force-cache), until all of it is "
              "read: no server is asked, and no service worker."},
    {.name = "fetch-network",
     .title = "Fetch from the server",
     .group = LAB_LATENCY_OUTSIDE,
     .turn = fetch_network_turn,
     .about = "A small file from its server over a connection that is open: in a page from the "
              "site itself, past all "
              "caches; natively and in Node from a server of our own on this machine, so that no "
              "network is in it."},
    {.name = "send-2kb-network",
     .title = "Send 2 KB over a 1 Gbps network",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 20e-6,
     .turn = classic_turn,
     .about = "2,000 bytes take 16 us on a wire of 1 Gbit/s, however short it is.",
     .of = "there is no second machine on a wire to send it to, and a page may send no packets of "
           "its own"},
    {.name = "storage-write-4kb",
     .title = "Write 4 KB to a file",
     .group = LAB_LATENCY_OUTSIDE,
     .turn = write_4kb_turn,
     .about = "4,096 bytes are written to a temporary file, which is opened and closed for it, in "
              "a page to an open file "
              "of its Origin Private File System; they are in the system's memory then (its page "
              "cache), not on a disk."},
    {.name = "storage-read-4kb",
     .title = "Read 4 KB from a file",
     .group = LAB_LATENCY_OUTSIDE,
     .turn = read_4kb_turn,
     .about = "4,096 bytes are read from a temporary file, which is opened and closed for it, in a "
              "page from an open file "
              "of its Origin Private File System; they come from the system's page cache, no disk "
              "is asked."},
    {.name = "storage-write-1mb",
     .title = "Write 1 MB to a file",
     .group = LAB_LATENCY_OUTSIDE,
     .turn = write_1mb_turn,
     .about = "1,048,576 bytes are written to a temporary file, which is opened and closed for it, "
              "in a page to an open "
              "file of its Origin Private File System; they are in the system's page cache then, "
              "not on a disk."},
    {.name = "storage-read-1mb",
     .title = "Read 1 MB from a file",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 1e-3,
     .turn = read_1mb_turn,
     .about = "1,048,576 bytes are read from a temporary file, which is opened and closed for it, "
              "in a page from an open "
              "file of its Origin Private File System; they come from the system's page cache, "
              "where the classic number "
              "is a read from an SSD."},
    {.name = "ssd-random-read",
     .title = "Random read from an SSD",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 150e-6,
     .turn = classic_turn,
     .about = "A block that nobody has read before comes from the drive itself.",
     .of = "what has been read once comes from the system's page cache, and a program cannot tell "
           "whether an SSD is "
           "below it"},
    {.name = "datacenter-round-trip",
     .title = "Round trip within a datacenter",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 500e-6,
     .turn = classic_turn,
     .about = "A packet to another machine of the same datacenter and back.",
     .of = "there is no other machine of a datacenter to ask"},
    {.name = "disk-seek",
     .title = "Disk seek",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 10e-3,
     .turn = classic_turn,
     .about = "The arm of a magnetic disk moves to another track and waits until the sector comes "
              "round.",
     .of = "a program cannot move a disk's arm: there is a file system between, and mostly no arm "
           "any more"},
    {.name = "read-1mb-disk",
     .title = "Read 1 MB from a disk",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 20e-3,
     .turn = classic_turn,
     .about = "1 MB in sequence from a magnetic disk, the seek included.",
     .of = "a file that was just written is read from the system's page cache, not from a disk; "
           "storage-read-1mb is that"},
    {.name = "packet-around-the-world",
     .title = "Packet California, Netherlands, California",
     .group = LAB_LATENCY_OUTSIDE,
     .classic_seconds = 150e-3,
     .turn = classic_turn,
     .about = "A packet across an ocean and back, which light in glass alone takes 90 ms for.",
     .of = "the lab asks no server but its own site's, and where that stands nobody says"},
    {0},
};
