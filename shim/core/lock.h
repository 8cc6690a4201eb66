/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks. Taken with interrupts off only, held for bounded work, never over an entry
 * into a guest. Order: mailbox, then domain, then inbox. One word says all: a CPU that stops
 * while it waits leaves nothing behind, as a ticket would be, and who stops while it holds
 * one is known.
 */
#ifndef SHIM_CORE_LOCK_H
#define SHIM_CORE_LOCK_H

#include "hw.h"

struct lock {
    uint32_t holder; /* index of the holding CPU + 1, 0 = free */
};

static inline bool lock_try(struct lock *l, uint32_t cpu)
{
    uint32_t nobody = 0;

    return __atomic_compare_exchange_n(&l->holder, &nobody, cpu + 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static inline void lock_take(struct lock *l, uint32_t cpu)
{
    while (!lock_try(l, cpu))
        do
            hw_pause();
        while (__atomic_load_n(&l->holder, __ATOMIC_RELAXED));
}

static inline void lock_drop(struct lock *l)
{
    __atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE);
}

/* After a fault in the shim: gives up the lock if this CPU holds it. */
static inline void lock_drop_if_held(struct lock *l, uint32_t cpu)
{
    if (__atomic_load_n(&l->holder, __ATOMIC_RELAXED) == cpu + 1)
        lock_drop(l);
}

#endif
