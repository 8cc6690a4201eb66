/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/sched/cpupool.c: CPUs and
 * domains change pools as Xen's own operations would have it.
 */
#include <public/sysctl.h>

#include "private.h"

static int interrex_pool_params(struct cpupool *c, uint32_t cmd,
                                uint32_t *params)
{
    struct xen_sysctl_scheduler_op op = {
        .cpupool_id = c->cpupool_id,
        .sched_id = c->sched->sched_id,
        .cmd = cmd,
    };
    int rc;

    BUILD_BUG_ON(sizeof(op.u.sched_credit) >
                 sizeof(((struct irx_cpupool *)0)->params));
    BUILD_BUG_ON(sizeof(op.u.sched_credit2) >
                 sizeof(((struct irx_cpupool *)0)->params));

    if ( op.sched_id == XEN_SCHEDULER_CREDIT )
        memcpy(&op.u.sched_credit, params, sizeof(op.u.sched_credit));
    else if ( op.sched_id == XEN_SCHEDULER_CREDIT2 )
        memcpy(&op.u.sched_credit2, params, sizeof(op.u.sched_credit2));
    else
        return -EOPNOTSUPP;

    rcu_read_lock(&sched_res_rculock);
    rc = sched_adjust_cpupool(c->sched, &op);
    rcu_read_unlock(&sched_res_rculock);

    if ( op.sched_id == XEN_SCHEDULER_CREDIT )
        memcpy(params, &op.u.sched_credit, sizeof(op.u.sched_credit));
    else
        memcpy(params, &op.u.sched_credit2, sizeof(op.u.sched_credit2));

    return rc;
}

bool interrex_pool_get(unsigned int from, struct interrex_pool *pool)
{
    struct cpupool *c = cpupool_get_next_by_id(from);

    BUILD_BUG_ON(SCHED_GRAN_cpu != IRX_GRANULARITY_CPU ||
                 SCHED_GRAN_core != IRX_GRANULARITY_CORE ||
                 SCHED_GRAN_socket != IRX_GRANULARITY_SOCKET);

    if ( !c )
        return false;

    memset(pool, 0, sizeof(*pool));
    pool->id = c->cpupool_id;
    pool->sched_id = c->sched->sched_id;
    pool->granularity = c->gran;
    pool->cpus_each = c->sched_gran;
    (void)interrex_pool_params(c, XEN_SYSCTL_SCHEDOP_getinfo, pool->params);
    spin_lock(&cpupool_lock);
    cpumask_copy(&pool->cpus, c->cpu_valid);
    spin_unlock(&cpupool_lock);
    cpupool_put(c);

    return true;
}

int interrex_pool_import(const struct irx_cpupool *rec)
{
    struct cpupool *c = cpupool_get_by_id(rec->id);
    uint32_t params[ARRAY_SIZE(rec->params)];
    int rc = 0;

    if ( !c )
    {
        c = cpupool_create(rec->id, rec->sched_id);
        if ( IS_ERR(c) )
            return PTR_ERR(c);
        c->gran = rec->granularity;
        c->sched_gran = 1;
    }

    memcpy(params, rec->params, sizeof(params));
    if ( c->sched->sched_id != rec->sched_id )
        rc = -EINVAL;
    else
        rc = interrex_pool_params(c, XEN_SYSCTL_SCHEDOP_putinfo, params);
    cpupool_put(c);

    return rc;
}

bool interrex_pool_exists(unsigned int id)
{
    bool found;

    spin_lock(&cpupool_lock);
    found = cpupool_find_by_id(id);
    spin_unlock(&cpupool_lock);

    return found;
}

unsigned int interrex_pool_of_cpu(unsigned int cpu)
{
    const struct cpupool *c;
    unsigned int id = CPUPOOLID_NONE;

    spin_lock(&cpupool_lock);
    list_for_each_entry (c, &cpupool_list, list)
        if ( cpumask_test_cpu(cpu, c->cpu_valid) )
            id = c->cpupool_id;
    spin_unlock(&cpupool_lock);

    return id;
}

/* As cpupool_unassign_cpu(), for a caller that does not run on that CPU. */
int interrex_pool_unassign(unsigned int cpu)
{
    struct cpupool *c = NULL, *q;
    int rc;

    spin_lock(&cpupool_lock);
    list_for_each_entry (q, &cpupool_list, list)
        if ( cpumask_test_cpu(cpu, q->cpu_valid) ||
             (cpupool_moving_cpu == cpu && cpupool_cpu_moving == q) )
            c = q;
    spin_unlock(&cpupool_lock);
    if ( !c || cpu == smp_processor_id() )
        return -EINVAL;

    rc = cpupool_unassign_cpu_start(c, cpu);
    if ( rc )
        return rc;

    spin_lock(&cpupool_lock);
    rc = cpupool_unassign_cpu_finish(c, NULL);
    spin_unlock(&cpupool_lock);

    return rc;
}

int interrex_pool_assign(unsigned int cpu, unsigned int id)
{
    struct cpupool *c;
    int rc = -ENODEV;

    spin_lock(&cpupool_lock);
    c = cpupool_find_by_id(id);
    if ( !c )
        rc = -ENOENT;
    else if ( cpu_online(cpu) && (cpumask_test_cpu(cpu, &cpupool_free_cpus) ||
                                  cpupool_moving_cpu == cpu) )
        rc = cpupool_assign_cpu_locked(c, cpu);
    spin_unlock(&cpupool_lock);

    return rc;
}

int interrex_pool_enter(struct domain *d, unsigned int id)
{
    struct cpupool *c;
    int rc;

    spin_lock(&cpupool_lock);
    c = cpupool_find_by_id(id);
    if ( !c )
        rc = -ESRCH;
    else if ( cpumask_empty(c->cpu_valid) )
        rc = -ENODEV;
    else
        rc = cpupool_move_domain_locked(d, c);
    spin_unlock(&cpupool_lock);

    return rc;
}

bool interrex_pool_assign_locked(unsigned int cpu, unsigned int id, int *rc)
{
    struct cpupool *c = cpupool_find_by_id(id);

    if ( !c || c->sched_gran != 1 )
        return false;
    *rc = cpupool_assign_cpu_locked(c, cpu);

    return true;
}
