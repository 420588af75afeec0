/* Told by the host of a page, on the host's thread; asked by the coordinator. */
#include <stdatomic.h>

#include "platform/absence.h"
#include "platform/system.h"

/* The host's thread alone writes them. Relaxed: each is a number by itself. */
static struct {
    _Atomic uint64_t since_ns; /* when it was hidden; 0: it is seen */
    _Atomic uint64_t hidden_ns, frozen_ns;
} absence;

void lab_absence_reset(void)
{
    atomic_store_explicit(&absence.since_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&absence.hidden_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&absence.frozen_ns, 0, memory_order_relaxed);
}

void lab_absent(int hidden, double frozen_ms)
{
    uint64_t now = lab_now_ns();
    uint64_t since = atomic_load_explicit(&absence.since_ns, memory_order_relaxed);
    if (frozen_ms > 0)
        atomic_fetch_add_explicit(&absence.frozen_ns, (uint64_t)(frozen_ms * 1e6),
                                  memory_order_relaxed);
    if (hidden && !since) {
        atomic_store_explicit(&absence.since_ns, now, memory_order_relaxed);
    } else if (!hidden && since) {
        atomic_fetch_add_explicit(&absence.hidden_ns, now - since, memory_order_relaxed);
        atomic_store_explicit(&absence.since_ns, 0, memory_order_relaxed);
    }
}

struct lab_absence lab_absence(void)
{
    uint64_t since = atomic_load_explicit(&absence.since_ns, memory_order_relaxed);
    uint64_t hidden = atomic_load_explicit(&absence.hidden_ns, memory_order_relaxed);
    uint64_t frozen = atomic_load_explicit(&absence.frozen_ns, memory_order_relaxed);
    if (since)
        hidden += lab_now_ns() - since;
    return (struct lab_absence){(double)hidden / 1e9, (double)frozen / 1e9};
}
