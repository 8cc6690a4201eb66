/* SPDX-License-Identifier: GPL-2.0-only */
/* Affinities on their way to the next Xen; see affinity_record.h. */
#include <xen/init.h>
#include <xen/sched.h>

#include <asm/mpspec.h>
#include <asm/smp.h>

#include "state/affinity_record.h"
#include "resume/early.h"
#include "internal.h"

#define NR_BITS 256u

/* Bit n stands for the n-th CPU of IRX_REC_CPUS: as put_cpus() goes through them. */
bool interrex_mask_export(const cpumask_t *mask, uint64_t *bits)
{
    unsigned int cpu, n = 0;
    bool all = true;

    for_each_present_cpu (cpu)
    {
        if ( !cpumask_test_cpu(cpu, mask) )
            all = false;
        else if ( n < NR_BITS )
            bits[n / 64] |= 1ULL << (n % 64);
        n++;
    }

    return all;
}

void interrex_affinity_export(const struct vcpu *v, struct irx_affinity *out)
{
    static cpumask_t hard; /* operations are serialised */

    *out = (struct irx_affinity){ .vcpu_id = v->vcpu_id };
    interrex_affinity_of(v, &hard);
    out->hard_all = interrex_mask_export(&hard, out->hard);
    out->soft_all = interrex_mask_export(v->sched_unit->cpu_soft_affinity,
                                         out->soft);
}

void __init interrex_mask_import(const uint64_t *bits, cpumask_t *mask)
{
    unsigned int cpu, n;
    uint32_t apic_id;

    cpumask_clear(mask);
    for ( n = 0; n < NR_BITS && interrex_early_cpu(n, &apic_id); n++ )
    {
        if ( !(bits[n / 64] & (1ULL << (n % 64))) )
            continue;
        for_each_present_cpu (cpu)
            if ( x86_cpu_to_apicid[cpu] == apic_id )
                __cpumask_set_cpu(cpu, mask);
    }
}

int __init interrex_affinity_import(struct vcpu *v,
                                    const struct irx_affinity *in)
{
    static cpumask_t __initdata mask;

    if ( !in->soft_all )
    {
        interrex_mask_import(in->soft, &mask);
        interrex_set_soft_affinity(v, &mask);
    }

    if ( in->hard_all )
        return 0;

    interrex_mask_import(in->hard, &mask);
    if ( cpumask_empty(&mask) )
        return 0;

    /* Only some of its CPUs may be here yet: the whole of it waits for the others. */
    if ( cpumask_subset(&mask, cpupool_valid_cpus(v->domain->cpupool)) )
        return vcpu_set_hard_affinity(v, &mask);

    return interrex_affinity_remember(v, &mask);
}
