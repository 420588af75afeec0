#include "futures/busy_wait.h"

#include <stdatomic.h>

#include "platform/sync.h"
#include "platform/system.h"

/* Threads that spin or work. relaxed everywhere: it decides how to wait, never whether. */
static struct {
    _Alignas(64) _Atomic int32_t count;
    _Alignas(64) _Atomic int32_t cores; /* 0: not asked yet */
} busy;

static int32_t cores(void)
{
    int32_t known = atomic_load_explicit(&busy.cores, memory_order_relaxed);
    if (known == 0) {
        struct lab_environment environment = {.cores = 1};
        if (lab_has_threads())
            lab_environment(&environment);
        known = (int32_t)environment.cores;
        atomic_store_explicit(&busy.cores, known, memory_order_relaxed);
    }
    return known;
}

/* relaxed: as all here. */
static _Atomic bool disabled;

void lab_busy_wait_enable(bool on)
{
    atomic_store_explicit(&disabled, !on, memory_order_relaxed);
}

void lab_busy_begin(void)
{
    atomic_fetch_add_explicit(&busy.count, 1, memory_order_relaxed);
}

void lab_busy_end(void)
{
    atomic_fetch_sub_explicit(&busy.count, 1, memory_order_relaxed);
}

/* ---- whether it pays ---- */

enum {
    CHEAP_NS = 4000,   /* no sleep is cheaper: who waits no longer has nothing to try */
    LONG_NS = 1000000, /* a longer wait is what was waited for, and says nothing of how */
    TRY_EVERY = 16,    /* so many waits the other way is tried, whichever it is */
    MEMORY = 256       /* waits that an average remembers */
};

/* What waiting has cost the calling thread, from when it began to wait until it went on. */
static _Thread_local struct {
    uint64_t look_ns,
        sleep_ns;           /* the averages, of waits that looked first and of others; 0: none */
    unsigned looks, sleeps; /* so many made them, up to MEMORY */
    unsigned waits;
    uint64_t began_ns; /* this wait; 0: it does not count */
    bool looked, is_trial;
} own;

static void learn(uint64_t *average_ns, unsigned *count, uint64_t ns)
{
    *count += *count < MEMORY;
    /* A trial weighs more: there are few of them. */
    unsigned share = own.is_trial && *count > TRY_EVERY ? TRY_EVERY : *count;
    *average_ns = (uint64_t)((int64_t)*average_ns + ((int64_t)ns - (int64_t)*average_ns) / share);
}

/* Mostly the way that has been quicker, now and then the other. */
static bool looking_pays(void)
{
    if (own.look_ns < CHEAP_NS)
        return true;
    bool sleeping_is_quicker = own.sleeps > 0 && own.sleep_ns < own.look_ns;
    own.is_trial = ++own.waits % TRY_EVERY == 0;
    return sleeping_is_quicker == own.is_trial;
}

/* As long as a wait takes that sleeps at once. */
static uint64_t most_ns(void)
{
    if (own.sleeps == 0)
        return LAB_BUSY_WAIT_NS / 2;
    return own.sleep_ns < LAB_BUSY_WAIT_LEAST_NS ? LAB_BUSY_WAIT_LEAST_NS
           : own.sleep_ns < LAB_BUSY_WAIT_NS     ? own.sleep_ns
                                                 : LAB_BUSY_WAIT_NS;
}

/* The clock is read once in LOOKS looks. A look that took much longer than it should was without
 * its core meanwhile: that is part of what it costs, up to LONG_NS. */
static bool look(bool (*happened)(const void *), const void *what, uint64_t most)
{
    enum { LOOKS = 64 };
    uint64_t passed;
    bool did = false;
    do {
        for (int i = 0; i < LOOKS && !did; i++) {
            did = happened(what);
            if (!did)
                lab_spin_pause();
        }
        passed = lab_stamp_ns() - own.began_ns;
    } while (!did && passed < most);
    if (did || passed > 2 * LAB_BUSY_WAIT_NS) {
        learn(&own.look_ns, &own.looks, passed < LONG_NS ? passed : LONG_NS);
        own.began_ns = 0;
    }
    return did;
}

void lab_busy_wait_slept(void)
{
    uint64_t passed = own.began_ns ? lab_stamp_ns() - own.began_ns : LONG_NS;
    own.began_ns = 0;
    if (passed >= LONG_NS)
        return;
    if (own.looked)
        learn(&own.look_ns, &own.looks, passed);
    else
        learn(&own.sleep_ns, &own.sleeps, passed);
}

/* The caller begins to wait. */
static bool may_look(void)
{
    bool off = atomic_load_explicit(&disabled, memory_order_relaxed);
    own.began_ns = off ? 0 : lab_stamp_ns();
    own.looked = own.is_trial = false;
    return !off && cores() >= 2 && looking_pays();
}

/* Counts the caller, if at most `room` others are at work or looking. */
static bool enter(int32_t room)
{
    if (atomic_fetch_add_explicit(&busy.count, 1, memory_order_relaxed) <= room)
        return true;
    lab_busy_end();
    return false;
}

/* The same, when the caller has just answered somebody who looks: that one needs a moment to see it
 * and to leave. */
static bool enter_soon(int32_t room, bool (*happened)(const void *), const void *what)
{
    enum { MOMENT = 64 };
    for (int i = 0; i < MOMENT; i++) {
        if (atomic_load_explicit(&busy.count, memory_order_relaxed) <= room)
            return enter(room);
        if (happened(what))
            return false;
        lab_spin_pause();
    }
    return false;
}

bool lab_busy_wait(bool (*happened)(const void *), const void *what, uint64_t timeout_ns)
{
    if (happened(what))
        return true;
    if (!may_look() || !enter(cores() - 1))
        return false;
    own.looked = true;
    uint64_t most = most_ns();
    bool did = look(happened, what, timeout_ns < most ? timeout_ns : most);
    lab_busy_end();
    return did;
}

bool lab_busy_wait_for_work(bool (*happened)(const void *), const void *what)
{
    if (happened(what))
        return true;
    if (!may_look() || !enter_soon(cores() - 2, happened, what))
        return happened(what);
    own.looked = true;
    bool did = look(happened, what, most_ns());
    lab_busy_end();
    return did;
}
