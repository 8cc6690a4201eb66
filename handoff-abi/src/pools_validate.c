/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU pools and schedulers: see interrex/pools.h. */
#include <interrex/pools.h>

#include "live_internal.h"

#define MASK_WORDS 4u

static int check_scheduler(uint32_t sched_id, const char *what, uint32_t index,
                           struct irx_live_error *err)
{
    if (sched_id != IRX_SCHED_CREDIT && sched_id != IRX_SCHED_CREDIT2)
        return irx_live_refuse(err, IRX_LE_RANGE, what, index, sched_id, IRX_SCHED_CREDIT2);
    return 0;
}

/* Adds the pool's CPUs to those that are taken, of which none may be its own. */
static int take_cpus(const struct irx_cpupool *pool, uint32_t index, uint64_t *taken,
                     struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < MASK_WORDS; i++) {
        if (pool->cpus[i] & taken[i])
            return irx_live_refuse(err, IRX_LE_OVERLAP, "cpupool.cpus", index, pool->cpus[i],
                                   pool->cpus[i] & ~taken[i]);
        taken[i] |= pool->cpus[i];
    }
    return 0;
}

static bool is_empty(const struct irx_cpupool *pool)
{
    return !(pool->cpus[0] | pool->cpus[1] | pool->cpus[2] | pool->cpus[3]);
}

int irx_pools_validate(const struct irx_cpupool *pools, uint32_t count, struct irx_live_error *err)
{
    uint64_t taken[MASK_WORDS] = {0};
    uint32_t i;
    int rc;

    if (!count)
        return irx_live_refuse(err, IRX_LE_SIZE, "cpupools", 0, 0, 1);
    for (i = 0; i < count; i++) {
        const struct irx_cpupool *pool = &pools[i];

        if (i ? pool->id <= pools[i - 1].id : pool->id)
            return irx_live_refuse(err, IRX_LE_ORDER, "cpupool.id", i, pool->id,
                                   i ? pools[i - 1].id + 1 : 0);
        if (pool->granularity > IRX_GRANULARITY_SOCKET)
            return irx_live_refuse(err, IRX_LE_RANGE, "cpupool.granularity", i, pool->granularity,
                                   IRX_GRANULARITY_SOCKET);
        rc = check_scheduler(pool->sched_id, "cpupool.sched_id", i, err);
        if (!rc)
            rc = take_cpus(pool, i, taken, err);
        if (rc)
            return rc;
    }
    if (is_empty(&pools[0])) /* the boot CPU never leaves it */
        return irx_live_refuse(err, IRX_LE_RANGE, "cpupool.cpus", 0, 0, 1);
    return 0;
}

int irx_sched_validate(const struct irx_sched *sched, uint32_t pool_id,
                       const struct irx_cpupool *pools, uint32_t count, struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < count && pools[i].id != pool_id; i++)
        ;
    if (i == count || is_empty(&pools[i])) /* Xen lets nobody into an empty pool */
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.cpupool_id", i, pool_id, count);
    if (sched->sched_id != pools[i].sched_id)
        return irx_live_refuse(err, IRX_LE_RANGE, "sched.sched_id", i, sched->sched_id,
                               pools[i].sched_id);
    return 0;
}
