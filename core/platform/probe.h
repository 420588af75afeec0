/* Probes: what only the surroundings of the program can do, done so and so often, for whoever takes
 * the time.
 *
 * What it is. A message to a Worker, a fetch, a file: under WebAssembly such things are the host's
 * (PROBE in platform/host.h), which does them in JavaScript and measures nothing; natively they are
 * the system's. Kinds that a surrounding has not are LAB_E_UNAVAILABLE, with a sentence that says
 * why.
 *
 * How it is used. lab_probe_open(), lab_probe_run() as often as wanted, lab_probe_close(). One at a
 * time.
 *
 * How it measures. The time of an order of N operations, less that of an order of none, which goes
 * the same way to the host's event loop and back: the median of the last fifteen, or five at the
 * first. The slope between N and 2N would come to the same with twice the noise, and would do
 * everything three times, which what takes tens of milliseconds has no time for. Before both comes
 * an order of none that counts nowhere: it waits until the last one's Workers are gone.
 *
 * Threads. One. Blocking. lab_probe_run(), until all is done or the run is being stopped, and
 * lab_probe_close(), until everything that was made (a Worker, a file) is gone. Where nothing can
 * block run says LAB_E_AGAIN, and close leaves the rest to the host.
 */
#ifndef LAB_PLATFORM_PROBE_H
#define LAB_PLATFORM_PROBE_H

#include <stdint.h>

#include "platform/error.h"

/* clang-format off */
/*   number name           an operation */
#define LAB_PROBES(X)                                                                              \
    X(1, MESSAGE)       /* postMessage() of so many bytes to a Worker and back, copied both
                         * times */ \
    X(2, TRANSFER)      /* the same, but the buffer is handed over */                              \
    X(3, CLONE)         /* structuredClone() of an object of so many bytes: half of them one buffer,
                         * half records of \ 64
                         * bytes */                                                             \
    X(4, INSTANTIATE)   /* an instance of isolate.wasm, from its compiled module */                \
    X(5, START_COLD)    /* a process from its program's bytes: compile, start a Worker, instantiate
                         * there */ \
    X(6, FORK)          /* fork() until the child has said a byte; natively */                     \
    X(7, FETCH_CACHE)   /* fetch() of a small file that the browser's HTTP cache has */            \
    X(8, FETCH_NETWORK) /* fetch() of a small file from its server, past all caches */             \
    X(9, WRITE)         /* a file is opened, so many bytes are written, it is closed; in a page it
                         * stays open */ \
    X(10, READ)         /* the same, read */
/* clang-format on */

enum lab_probe_kind {
#define X(number, name) LAB_PROBE_##name = number,
    LAB_PROBES(X)
#undef X
};

enum { LAB_PROBE_MOST = 1000000 }; /* operations at once */

struct lab_probe;

/* LAB_E_NOMEM; LAB_E_UNAVAILABLE, here or at the first run. */
int lab_probe_open(struct lab_probe **out, enum lab_probe_kind kind, uint32_t bytes,
                   struct lab_failure *failure);
/* Does the operation count times (1 to LAB_PROBE_MOST): 0 and the seconds, which may be 0 or less
 * where the difference drowns in noise. Or LAB_E_UNAVAILABLE, LAB_E_STOPPED, what went wrong.
 * LAB_E_AGAIN: call again with the same count once the host has news. */
int lab_probe_run(struct lab_probe *probe, uint64_t count, double *seconds,
                  struct lab_failure *failure);
/* NULL is legal. */
void lab_probe_close(struct lab_probe *probe);

#endif
