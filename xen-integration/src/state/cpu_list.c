/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's CPUs on their way to the next Xen, whose numbers of them may be others:
 * a list by APIC id, and sets of CPUs as bits in the order of that list.
 */
#include <xen/cpumask.h>
#include <xen/init.h>

#include <asm/mpspec.h>
#include <asm/smp.h>

#include "state/state.h"

#define NR_BITS INTERREX_MAX_CPUS

/* Where the list is in R, in a Xen that an update started. */
static irx_off_t __initdata list_off;
static unsigned int __initdata nr_list;

static const struct irx_cpu_record *__init list(void)
{
    return maddr_to_virt(interrex_region.start + list_off);
}

/* Every CPU that this Xen knows, in the order of its own numbers. */
void interrex_cpu_list_export(struct irx_writer *w)
{
    unsigned int cpu;

    irx_writer_begin(w, IRX_REC_CPUS, 0, 0);
    for_each_present_cpu (cpu)
    {
        struct irx_cpu_record c = {
            .apic_id = x86_cpu_to_apicid[cpu],
            .cpu_entry = interrex_held_entry(x86_cpu_to_apicid[cpu]),
        };

        c.held = c.cpu_entry != ~0U;
        c.offline = !c.held && !cpu_online(cpu);
        irx_writer_put(w, &c, sizeof(c));
    }
    irx_writer_end(w);
}

void __init interrex_cpu_list_import(irx_off_t off, unsigned int nr)
{
    list_off = off;
    nr_list = nr;
}

int __init interrex_cpu_list_validate(void)
{
    struct irx_live_error err;
    int rc = irx_cpus_validate(interrex_anchor(), list(), nr_list, &err);

    return interrex_validated(rc, &err);
}

bool __init interrex_cpu_list_offline(uint32_t apic_id)
{
    unsigned int n;

    for ( n = 0; n < nr_list; n++ )
        if ( list()[n].apic_id == apic_id )
            return list()[n].offline;

    return false;
}

bool interrex_cpu_set_export(const cpumask_t *mask, uint64_t *bits)
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

void __init interrex_cpu_set_import(const uint64_t *bits, cpumask_t *mask)
{
    unsigned int cpu, n;

    cpumask_clear(mask);
    for ( n = 0; n < NR_BITS && n < nr_list; n++ )
    {
        if ( !(bits[n / 64] & (1ULL << (n % 64))) )
            continue;
        for_each_present_cpu (cpu)
            if ( x86_cpu_to_apicid[cpu] == list()[n].apic_id )
                __cpumask_set_cpu(cpu, mask);
    }
}
