/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the shim is told of a domain's scheduling, as it was before anything was lent:
 * its share of CPU time, and the CPUs that each vCPU may run on. See lend.h.
 */
#include <xen/sched.h>

#include "lend/lend.h"
#include "private/private.h"

#define CAP_EACH 100U /* percent: a higher cap is none */

/* Of both schedulers: 16 bits of weight, 16 of cap (private/sched_core.c asserts it). */
static void export_share(const struct irx_sched *sched, struct irx_domain *r)
{
    uint32_t weight = sched->params[0] & 0xffff, cap = sched->params[0] >> 16;

    r->sched_weight = r->sched_cap = 0;
    if ( sched->sched_id != IRX_SCHED_CREDIT &&
         sched->sched_id != IRX_SCHED_CREDIT2 )
        return;
    r->sched_weight = weight;
    if ( cap < CAP_EACH * r->vcpu_count )
        r->sched_cap = cap;
}

/* Those that the pool has, and those that left it to be lent. */
static void cpus_of_pool(unsigned int id, cpumask_t *cpus)
{
    static struct interrex_pool pool; /* operations are serialised */
    unsigned int cpu;

    cpumask_clear(cpus);
    if ( interrex_pool_get(id, &pool) && pool.id == id )
        cpumask_copy(cpus, &pool.cpus);
    for_each_present_cpu (cpu)
        if ( interrex_home_of(cpu) == id )
            __cpumask_set_cpu(cpu, cpus);
}

/* Xen's number of the CPU in this entry, or of the one that would be (lend.c). */
static unsigned int cpu_of(unsigned int entry)
{
    const struct irx_cpu *c = interrex_cpu_rec(entry);

    return c->state == IRX_CPU_XEN ? entry : c->xen_cpu;
}

static void export_allowed(const cpumask_t *cpus, struct irx_vcpu *rv)
{
    unsigned int entry, nr = ARRAY_SIZE(rv->cpus_allowed) * 64;
    bool all = true;

    memset(rv->cpus_allowed, 0, sizeof(rv->cpus_allowed));
    for ( entry = 0; entry < interrex_anchor()->cpus.count && entry < nr;
          entry++ )
    {
        unsigned int cpu = cpu_of(entry);

        if ( cpu >= nr_cpu_ids || !cpumask_test_cpu(cpu, &cpu_present_map) )
            continue;
        if ( cpumask_test_cpu(cpu, cpus) )
            rv->cpus_allowed[entry / 64] |= 1ULL << (entry % 64);
        else
            all = false;
    }
    if ( all )
        memset(rv->cpus_allowed, 0, sizeof(rv->cpus_allowed));
}

void interrex_share_export(struct domain *d, struct irx_domain *r)
{
    static cpumask_t pool, allowed; /* operations are serialised */
    struct irx_sched sched;
    struct vcpu *v;
    uint32_t id;

    if ( !interrex_abi(1) ) /* R has no room for it */
        return;
    interrex_cpupools_of(d, &id, &sched);
    export_share(&sched, r);
    cpus_of_pool(id, &pool);
    for_each_vcpu (d, v)
    {
        interrex_affinity_of(v, &allowed);
        cpumask_and(&allowed, &allowed, &pool);
        export_allowed(&allowed,
                       interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
    }
}
