/* The spinner: something small that should keep moving while a slow function runs, under one
 * method.
 *
 * What it is. A spinner draws a frame, waits 0.1 s, and draws the next, until the slow function
 * (slow.h) is done. What is measured is the person's side of it: how long the spinner stood still
 * at the longest, how late its frames were. Where the two run, as in the spinners of "Fluent
 * Python":
 *
 *     sequential    nowhere at the same time: one frame, then the slow function
 *     threads       a thread each
 *     threads-gil   a thread each, under one GIL: the spinner takes it for every frame and sleeps
 *                   without it
 *     interpreters  the spinner in the caller's thread, the slow function in an interpreter with a
 *                   GIL of its own
 *     processes     the spinner in the caller's thread, the slow function in a child process
 *     async         both coroutines of one event loop
 *
 * The spinner is itself a task, a coroutine that awaits its 0.1 s. So under threads, threads-gil
 * and async both are submitted to the one executor; for interpreters and processes the spinner has
 * a loop in the caller's thread.
 *
 * How it is used. lab_spin_create(); lab_spin_prepare() until LAB_CO_DONE: workers are started,
 * which is not measured; lab_spin_run() until LAB_CO_DONE; lab_spin_result(); lab_spin_destroy().
 * Where prepare failed, run is over at once.
 *
 * Threads. A spin belongs to one thread; several spins may run at once, each in its own. draw() is
 * called in the thread that the spinner is in, as the frame is due. Blocking. prepare and run where
 * the target can block; elsewhere they return LAB_CO_AWAIT and lab_spin_next() says when to call
 * again. Ownership. method and slow are borrowed. Progress. A stop of the run ends it within 100 ms
 * or so.
 */
#ifndef LAB_EXHIBITS_SPIN_SPIN_H
#define LAB_EXHIBITS_SPIN_SPIN_H

#include <stdbool.h>
#include <stdint.h>

#include "exhibits/spin/slow.h"
#include "futures/executor.h"

#define LAB_SPIN_FRAME_NS UINT64_C(100000000)
#define LAB_SPIN_GLYPHS   "|/-\\"

struct lab_spin;

/* Frame 0, 1, …, drawn so many seconds after the start. */
typedef void (*lab_spin_draw)(void *user, unsigned frame, double seconds);

struct lab_spin_result {
    const struct lab_method *method;
    enum lab_slow_kind slow;
    const char *answer; /* "": there is none. Static. */
    bool correct;
    double seconds; /* from the start of both to the slow function's end */
    unsigned frames;
    double longest_freeze; /* seconds; between two frames, before the first or after the last */
    bool has_jitter;       /* there are two frames */
    double jitter_p50, jitter_p90, jitter_max; /* |time between two frames - 0.1 s| */
    double step; /* of the clock, seconds: less cannot be told. The caller's to set */
    struct lab_failure failure; /* why there is no answer; code 0: there is */
    bool unavailable;           /* the failure is that it cannot be run here */
};

/* NULL: out of memory. */
struct lab_spin *lab_spin_create(const struct lab_method *method, const struct lab_slow *slow,
                                 lab_spin_draw draw, void *user);
/* LAB_CO_DONE (it stands ready, or lab_spin_failed()) or LAB_CO_AWAIT. */
int lab_spin_prepare(struct lab_spin *spin);
/* Whether it cannot be run; the result says why. */
bool lab_spin_failed(const struct lab_spin *spin);
/* LAB_CO_DONE or LAB_CO_AWAIT. */
int lab_spin_run(struct lab_spin *spin);
/* After LAB_CO_AWAIT: nanoseconds until the next call makes sense; LAB_FOREVER: when there is
 * news. */
uint64_t lab_spin_next(const struct lab_spin *spin);
/* After lab_spin_run() is done. */
const struct lab_spin_result *lab_spin_result(const struct lab_spin *spin);
/* Ends what still runs. NULL is legal. */
void lab_spin_destroy(struct lab_spin *spin);

#endif
