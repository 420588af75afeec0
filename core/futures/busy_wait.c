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

/* With at most `room` others at work or looking. */
static bool look_if(int32_t room, bool (*happened)(const void *), const void *what,
                    uint64_t most_ns)
{
    if (happened(what))
        return true;
    if (cores() < 2)
        return false;
    if (atomic_fetch_add_explicit(&busy.count, 1, memory_order_relaxed) > room) {
        lab_busy_end();
        return false;
    }
    bool did = look(happened, what, most_ns);
    lab_busy_end();
    return did;
}

bool lab_busy_wait(bool (*happened)(const void *), const void *what, uint64_t timeout_ns)
{
    return look_if(cores() - 1, happened, what,
                   timeout_ns < LAB_BUSY_WAIT_NS ? timeout_ns : LAB_BUSY_WAIT_NS);
}

bool lab_busy_wait_for_work(bool (*happened)(const void *), const void *what)
{
    return look_if(cores() - 2, happened, what, LAB_BUSY_WAIT_NS);
}
