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

void lab_busy_begin(void)
{
    atomic_fetch_add_explicit(&busy.count, 1, memory_order_relaxed);
}

void lab_busy_end(void)
{
    atomic_fetch_sub_explicit(&busy.count, 1, memory_order_relaxed);
}

/* The clock is read once in LOOKS looks. */
static bool look(bool (*happened)(const void *), const void *what, uint64_t most_ns)
{
    enum { LOOKS = 64 };
    uint64_t start = lab_now_ns();
    do {
        for (int i = 0; i < LOOKS; i++) {
            if (happened(what))
                return true;
            lab_spin_pause();
        }
    } while (lab_now_ns() - start < most_ns);
    return false;
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
    if (cores() < 2 || !enter(cores() - 1))
        return false;
    bool did = look(happened, what, timeout_ns < LAB_BUSY_WAIT_NS ? timeout_ns : LAB_BUSY_WAIT_NS);
    lab_busy_end();
    return did;
}

bool lab_busy_wait_for_work(bool (*happened)(const void *), const void *what)
{
    if (happened(what))
        return true;
    if (cores() < 2 || !enter_soon(cores() - 2, happened, what))
        return happened(what);
    bool did = look(happened, what, LAB_BUSY_WAIT_NS);
    lab_busy_end();
    return did;
}
