/* Magazines: blocks of one cache line for futures.
 *
 * What it is. malloc's answer to twenty thousand futures in a burst is a walk through its bins, and
 * blocks that lie across two lines. Here every thread has a magazine of free blocks, a list; an
 * empty magazine is refilled from the depot, a full one emptied into it, a batch at a time, so that
 * the depot's lock is taken once in BATCH blocks. Blocks that were carved together lie in a row:
 * whoever waits for a burst reads its futures as memory likes it. J. Bonwick and J. Adams,
 * "Magazines and Vmem", 2001.
 *
 * Threads. Any; a block may be freed by another than the one that allocated it. A thread of
 * lab_thread_start() gives its magazine back as it ends. Blocking. A short lock, once in BATCH.
 * Memory. What was carved stays for later futures: the program keeps as much as it ever had alive
 * at once. Under AddressSanitizer every block is malloc's, so that a use after the last release is
 * seen. Measured. Against malloc (glibc 2.36): see lab bench, burst-threads.
 */
#ifndef LAB_FUTURES_MAGAZINES_H
#define LAB_FUTURES_MAGAZINES_H

#define LAB_MAGAZINE_BLOCK 64 /* bytes; also the alignment */

/* A block of LAB_MAGAZINE_BLOCK bytes, not cleared; NULL: out of memory. */
void *lab_magazine_take(void);
void lab_magazine_give(void *block);

#endif
