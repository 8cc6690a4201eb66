/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU pools and schedulers, across records: see interrex/sections.h. */
#include "late_internal.h"

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

int irx_pools_validate(const struct irx_items *pools, struct irx_live_error *err)
{
    uint64_t taken[MASK_WORDS] = {0};
    uint32_t next = 0, i;
    int rc = 0;

    if (!pools->count)
        return irx_live_refuse(err, IRX_LE_MISSING, "cpupool", 0, 0, 1);
    for (i = 0; !rc && i < pools->count; i++) {
        struct irx_cpupool copy;
        const struct irx_cpupool *pool = irx_item(pools, i, &copy);

        if (i ? pool->id < next : pool->id)
            return irx_live_refuse(err, IRX_LE_ORDER, "cpupool.id", i, pool->id, next);
        next = pool->id + 1;
        rc = irx_live_at_most(err, "cpupool.granularity", i, pool->granularity,
                              IRX_GRANULARITY_SOCKET);
        if (!rc)
            rc = check_scheduler(pool->sched_id, "cpupool.sched_id", i, err);
        if (!rc)
            rc = take_cpus(pool, i, taken, err);
        if (!rc && !i && is_empty(pool)) /* the boot CPU never leaves it */
            rc = irx_live_refuse(err, IRX_LE_RANGE, "cpupool.cpus", 0, 0, 1);
    }
    return rc;
}

int irx_sched_validate(const struct irx_sched *sched, uint32_t pool_id,
                       const struct irx_items *pools, struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < pools->count; i++) {
        struct irx_cpupool copy;
        const struct irx_cpupool *pool = irx_item(pools, i, &copy);

        if (pool->id != pool_id || is_empty(pool)) /* Xen lets nobody into an empty pool */
            continue;
        if (sched->sched_id == pool->sched_id)
            return 0;
        return irx_live_refuse(err, IRX_LE_MISMATCH, "sched.sched_id", i, sched->sched_id,
                               pool->sched_id);
    }
    return irx_live_refuse(err, IRX_LE_MISSING, "domain_record.cpupool_id", 0, pool_id,
                           pools->count);
}
