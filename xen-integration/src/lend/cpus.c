/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs that the shim holds, also while this Xen boots: they stay offline, nothing
 * is sent to them, and they come online like any other once they are returned.
 */
#include <xen/cpu.h>
#include <xen/init.h>
#include <xen/types.h>

#include <asm/apic.h>
#include <asm/interrex-boot.h>
#include <asm/mpspec.h>
#include <asm/smp.h>

#include "lend/lend.h"
#include "state/state.h"

void interrex_ipi_by_name(bool on)
{
    static bool active, before;

    if ( on == active )
        return;

    if ( on )
        before = unaccounted_cpus;
    unaccounted_cpus = on || before || interrex_has_deaf();
    active = on;
}

unsigned int interrex_held_cpus(void)
{
    unsigned int i, count = 0;

    for ( i = 0; i < interrex_anchor()->cpus.count; i++ )
        count += interrex_load_acquire(&interrex_cpu_rec(i)->state) ==
                 IRX_CPU_HELD;

    return count;
}

bool interrex_lent(void)
{
    return interrex_ready() && interrex_anchor()->host_state > IRX_HOST_LOADED;
}

bool __init interrex_cpu_held(unsigned int cpu)
{
    if ( !interrex_resumed() ||
         (interrex_held_entry(x86_cpu_to_apicid[cpu]) == ~0U &&
          !interrex_is_deaf(x86_cpu_to_apicid[cpu])) )
        return false;

    interrex_ipi_by_name(true);

    return true;
}

/*
 * CPUs that were offline before. They were started all the same: where the Xen before
 * left them to wait is no longer its memory.
 */
static cpumask_t offline;

void interrex_cpus_offline_again(void)
{
    unsigned int cpu;

    for_each_cpu (cpu, &offline)
    {
        int rc = cpu_online(cpu) ? cpu_down_helper((void *)(unsigned long)cpu)
                                 : 0;

        if ( rc )
            printk(XENLOG_WARNING "Interrex: CPU%u stays online: %d\n", cpu,
                   rc);
    }
    cpumask_clear(&offline);
}

/*
 * Where a held CPU started this Xen: the one in whose place it boots gets an entry, as a CPU that nobody
 * starts. One that was never lent, so not the entry of who started this: a further fallback reads that, too.
 */
static void __init bury_deaf(const struct irx_anchor *a)
{
    struct irx_cpu *free = NULL;
    unsigned int entry;

    for ( entry = 0; entry < a->cpus.count; entry++ )
    {
        struct irx_cpu *c = interrex_cpu_rec(entry);

        if ( c->state == IRX_CPU_DEAD && interrex_is_deaf(c->apic_id) )
            return;
        if ( !free && c->state == IRX_CPU_XEN && !c->heartbeat_tsc )
            free = c;
    }
    if ( free )
        *free = (struct irx_cpu){
            .state = IRX_CPU_DEAD,
            .apic_id = a->watch.deaf - 1,
        };
}

int __init interrex_cpus_import(void)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int entry, cpu;

    if ( interrex_has_deaf() )
        bury_deaf(a);

    for_each_present_cpu (cpu)
        if ( interrex_cpu_list_offline(x86_cpu_to_apicid[cpu]) )
            __cpumask_set_cpu(cpu, &offline);

    for ( entry = 0; entry < a->cpus.count; entry++ )
    {
        struct irx_cpu *c = interrex_cpu_rec(entry);

        if ( c->state == IRX_CPU_XEN )
            continue;

        for_each_present_cpu (cpu)
            if ( x86_cpu_to_apicid[cpu] == c->apic_id )
                break;
        if ( cpu >= nr_cpu_ids )
        {
            printk(XENLOG_ERR "Interrex: no CPU with APIC id %u\n",
                   c->apic_id);
            return -ENOENT;
        }
        c->xen_cpu = cpu;
    }

    return 0;
}
