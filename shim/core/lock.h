/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket locks. Taken with interrupts off only, held for bounded work, never
 * over an entry into a guest. Order: mailbox, then domain, then inbox.
 */
#ifndef SHIM_CORE_LOCK_H
#define SHIM_CORE_LOCK_H

#include "hw.h"

struct lock {
    uint32_t next;
    uint32_t owner;
    uint32_t holder; /* index of the holding CPU + 1, 0 = free: for recovery after a fault */
};

static inline void lock_take(struct lock *l, uint32_t cpu)
{
    uint32_t ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
        hw_pause();
    __atomic_store_n(&l->holder, cpu + 1, __ATOMIC_RELAXED);
}

static inline bool lock_try(struct lock *l, uint32_t cpu)
{
    uint32_t ticket = __atomic_load_n(&l->owner, __ATOMIC_ACQUIRE);
    uint32_t expected = ticket;

    if (!__atomic_compare_exchange_n(&l->next, &expected, ticket + 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&l->holder, cpu + 1, __ATOMIC_RELAXED);
    return true;
}

static inline void lock_drop(struct lock *l)
{
    __atomic_store_n(&l->holder, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}

/* After a fault in the shim: gives up the lock if this CPU holds it. */
static inline void lock_drop_if_held(struct lock *l, uint32_t cpu)
{
    if (__atomic_load_n(&l->holder, __ATOMIC_RELAXED) == cpu + 1)
        lock_drop(l);
}

#endif
