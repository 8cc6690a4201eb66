/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread runs, so a lock only sees that it is taken and given in turn. */
#ifndef TESTS_XEN_SPINLOCK_H
#define TESTS_XEN_SPINLOCK_H

#include <xen/lib.h>

typedef struct {
    bool taken;
} spinlock_t, rwlock_t;

#define DEFINE_SPINLOCK(name) spinlock_t name

static inline void spin_lock(spinlock_t *lock)
{
    ASSERT(!lock->taken);
    lock->taken = true;
}

static inline void spin_unlock(spinlock_t *lock)
{
    ASSERT(lock->taken);
    lock->taken = false;
}

#define write_lock   spin_lock
#define write_unlock spin_unlock
#define read_lock    spin_lock
#define read_unlock  spin_unlock

static inline void spin_unlock_irqrestore(spinlock_t *lock,
                                          unsigned long flags)
{
    (void)flags;
    spin_unlock(lock);
}

#endif
