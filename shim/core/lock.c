/* SPDX-License-Identifier: GPL-2.0-only */
#include "lock.h"

#include "shim.h"

/* A Xen of ABI 1.0 knows no dead CPU. */
bool lock_cpu_is_dead(uint32_t cpu)
{
    return cpu < shim.cpu_count && shim_has(IRX_VERSION(1, 1)) &&
           __atomic_load_n(&shim_cpu_rec(cpu)->state, __ATOMIC_ACQUIRE) == IRX_CPU_DEAD;
}

bool lock_break(struct lock *l, uint32_t cpu, uint32_t holder)
{
    if (!holder || !lock_cpu_is_dead(holder - 1) ||
        !__atomic_compare_exchange_n(&l->holder, &holder, cpu + 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_store_n(&l->broken, 1, __ATOMIC_RELAXED);
    return true;
}

void lock_wait(uint32_t cpu)
{
    hw_pause();
    if (cpu < shim.cpu_count) /* else it begins, and Xen waits for it to arrive */
        shim_cpu_rec(cpu)->heartbeat_tsc = hw_tsc();
}
