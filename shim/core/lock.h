/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locks. Taken with interrupts off only, held for bounded work, never over an entry
 * into a guest. Order: mailbox, then domain, then inbox. One word says all: a CPU that stops
 * while it waits leaves nothing behind, as a ticket would be, and who stops while it holds
 * one is known, and is taken its locks away when Xen says that it is dead.
 */
#ifndef SHIM_CORE_LOCK_H
#define SHIM_CORE_LOCK_H

#include "hw.h"

struct lock {
    uint32_t holder; /* index of the holding CPU + 1, 0 = free */
    uint32_t
        broken; /* it was taken from a CPU that died with it: run/dead.c looks (any CPU sets) */
};

/* This CPU (its index) is dead, as Xen says in R. Any context. */
bool lock_cpu_is_dead(uint32_t cpu);
/* `holder` (index + 1) is seen to have the lock: takes it from a dead CPU. False: it is alive. */
bool lock_break(struct lock *l, uint32_t cpu, uint32_t holder);
/* One turn of waiting. It shows Xen that this CPU is not the one that hangs. */
void lock_wait(uint32_t cpu);

static inline bool lock_try(struct lock *l, uint32_t cpu)
{
    uint32_t holder = 0;

    return __atomic_compare_exchange_n(&l->holder, &holder, cpu + 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED) ||
           lock_break(l, cpu, holder);
}

static inline void lock_take(struct lock *l, uint32_t cpu)
{
    uint32_t holder;

    while (!lock_try(l, cpu))
        do {
            lock_wait(cpu);
            holder = __atomic_load_n(&l->holder, __ATOMIC_RELAXED);
        } while (holder && !lock_cpu_is_dead(holder - 1));
}

static inline void lock_drop(struct lock *l)
{
    __atomic_store_n(&l->holder, 0, __ATOMIC_RELEASE);
}

/* Gives up the lock if this CPU holds it, which has met a fault in the shim or is dead. */
static inline void lock_drop_if_held(struct lock *l, uint32_t cpu)
{
    uint32_t holder = cpu + 1;

    __atomic_compare_exchange_n(&l->holder, &holder, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

#endif
