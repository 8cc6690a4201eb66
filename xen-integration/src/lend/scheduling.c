/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's scheduling on its way to the next Xen, as it was before anything was
 * lent: its parameters in the scheduler of its pool, the affinities of its vCPUs.
 */
#include <xen/init.h>
#include <xen/sched.h>

#include "lend/lend.h"
#include "private/private.h"
#include "state/state.h"

static void export_affinity(const struct vcpu *v, struct irx_affinity *out)
{
    static cpumask_t hard; /* operations are serialised */

    *out = (struct irx_affinity){ .vcpu_id = v->vcpu_id };
    interrex_affinity_of(v, &hard);
    out->hard_all = interrex_cpu_set_export(&hard, out->hard);
    out->soft_all = interrex_cpu_set_export(v->sched_unit->cpu_soft_affinity,
                                            out->soft);
}

void interrex_scheduling_export(struct irx_writer *w, struct domain *d)
{
    struct irx_affinity affinity;
    struct irx_sched sched;
    uint32_t pool_id;
    struct vcpu *v;

    interrex_cpupools_of(d, &pool_id, &sched);
    irx_writer_record(w, IRX_REC_SCHED, d->domain_id, &sched, sizeof(sched));

    irx_writer_begin(w, IRX_REC_AFFINITY, d->domain_id, 0);
    for_each_vcpu (d, v)
    {
        export_affinity(v, &affinity);
        irx_writer_put(w, &affinity, sizeof(affinity));
    }
    irx_writer_end(w);
}

static int __init import_affinity(struct vcpu *v,
                                  const struct irx_affinity *in)
{
    static cpumask_t __initdata mask;

    if ( !in->soft_all )
    {
        interrex_cpu_set_import(in->soft, &mask);
        interrex_set_soft_affinity(v, &mask);
    }

    if ( in->hard_all )
        return 0;

    interrex_cpu_set_import(in->hard, &mask);
    if ( cpumask_empty(&mask) )
        return 0;

    /* Only some of its CPUs may be here yet: the whole of it waits for the others. */
    if ( cpumask_subset(&mask, cpupool_valid_cpus(v->domain->cpupool)) )
        return vcpu_set_hard_affinity(v, &mask);

    return interrex_affinity_remember(v, &mask);
}

/* d is in Pool-0: its parameters are set now, or when it is in its pool. */
static int __init import_sched(const struct irx_stream *late, struct domain *d,
                               unsigned int pool_id)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_SCHED,
                                                   d->domain_id, NULL);
    struct irx_sched sched;

    if ( !rec )
        return -ENOENT;

    irx_record_copy(rec, &sched, sizeof(sched));
    if ( interrex_sched_set(d, &sched) && !pool_id )
        printk(XENLOG_WARNING "Interrex: %pd: its scheduler is another, its "
                              "weight the default\n",
               d);

    return pool_id ? interrex_cpupools_remember(d, pool_id, &sched) : 0;
}

int __init interrex_scheduling_import(const struct irx_stream *late,
                                      struct domain *d, unsigned int pool_id)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_AFFINITY,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = import_sched(late, d, pool_id);

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_affinity affinity;
        struct vcpu *v;

        rc = irx_record_get(late, rec, i, &affinity, sizeof(affinity));
        if ( rc )
            break;
        v = domain_vcpu(d, affinity.vcpu_id);
        rc = v ? import_affinity(v, &affinity) : -EINVAL;
    }

    return rc;
}
