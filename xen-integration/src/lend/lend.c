/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lend: CPUs go offline by ordinary hotplug, and where they would play dead
 * they enter the shim instead. Runs in a tasklet on the boot CPU.
 */
#include <xen/cpu.h>
#include <xen/softirq.h>

#include <asm/apic.h>
#include <asm/i387.h>
#include <asm/msr.h>
#include <asm/smp.h>

#include "lend/lend.h"
#include "vendor/vendor.h"

#define ENTER_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)
#define NOBODY        (~0u)

/* The CPU that is being lent, and its entry; valid while cpu_down() works at it. */
static unsigned int lent_cpu = NOBODY, lent_entry;

/* Xen's CPU number -> entry: the boot CPU has entry 0, which is never lent. */
static unsigned int entry_of(unsigned int cpu)
{
    return cpu;
}

/*
 * What of Xen's set-up of this CPU the shim's entry contract excludes
 * (anchor.h). The LVTs were masked by clear_local_APIC(), which leaves the APIC
 * on.
 */
static void leave_xen_mode(void)
{
    const struct interrex_vendor *vendor = interrex_vendor();

    clts();
    asm volatile("fninit");

    if ( vendor )
        vendor->leave_cpu();
    write_cr4(read_cr4() & ~(X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_CET));
}

void interrex_cpu_exit(unsigned int cpu, volatile unsigned int *cpu_state,
                       unsigned int dead_value)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( cpu != lent_cpu || cpu != smp_processor_id() )
        return;

    interrex_stray_note(lent_entry);
    leave_xen_mode();
    interrex_store_release(&interrex_cpu_rec(lent_entry)->state, IRX_CPU_LENT);

    interrex_jump(cpu_state, dead_value, a->region_base + a->entry.off,
                  a->region_base, lent_entry,
                  a->region_base + a->shim.off + a->shim_entry);
}

bool interrex_cpu_leaves(unsigned int cpu)
{
    if ( cpu != lent_cpu )
        return false;

    process_pending_softirqs();
    cpu_relax();

    return true;
}

static void fill(unsigned int entry, unsigned int cpu)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);

    memset(c, 0, sizeof(*c));
    c->apic_id = x86_cpu_to_apicid[cpu];
    c->xen_cpu = cpu;
    c->package_core = (cpu_data[cpu].phys_proc_id << 16) |
                      (cpu_data[cpu].cpu_core_id & 0xffff);
}

static int wait_held(unsigned int entry)
{
    const struct irx_anchor *a = interrex_anchor();
    s_time_t end = NOW() + ENTER_TIMEOUT;

    while ( NOW() < end )
    {
        uint32_t shim = interrex_load_acquire(&a->shim_state);

        if ( shim == IRX_SHIM_FAILED )
            return a->shim_error < 0 ? a->shim_error : -EIO;
        if ( shim == IRX_SHIM_READY &&
             interrex_load_acquire(&interrex_cpu_rec(entry)->state) ==
                 IRX_CPU_HELD )
            return 0;
        process_pending_softirqs();
        cpu_relax();
    }

    return -ETIMEDOUT;
}

static int lend_one(unsigned int cpu)
{
    int rc = interrex_stray_prepare(entry_of(cpu));

    if ( rc )
        return rc;

    fill(entry_of(cpu), cpu);
    lent_entry = entry_of(cpu);
    smp_wmb();
    lent_cpu = cpu;
    rc = cpu_down_helper((void *)(unsigned long)cpu);
    lent_cpu = NOBODY;

    if ( rc )
        return rc;

    rc = wait_held(entry_of(cpu));
    if ( rc )
        printk(XENLOG_ERR "Interrex: CPU%u did not arrive in the shim: %d\n",
               cpu, rc);

    return rc;
}

/* Every CPU that is asked for: online, not the boot CPU, and entries enough. */
static int choose(const struct irx_op_cpus *cpus, cpumask_t *chosen)
{
    unsigned int i, cpu;

    if ( cpus->count > ARRAY_SIZE(cpus->cpu) )
        return -EINVAL;

    if ( !cpus->count )
        cpumask_copy(chosen, &cpu_online_map);
    else
        cpumask_clear(chosen);

    for ( i = 0; i < cpus->count; i++ )
    {
        cpu = cpus->cpu[i];
        if ( !cpu || cpu >= nr_cpu_ids || !cpu_online(cpu) ||
             __cpumask_test_and_set_cpu(cpu, chosen) )
            return -EINVAL;
    }

    cpumask_clear_cpu(0, chosen);
    if ( cpumask_empty(chosen) )
        return -ENODEV;
    if ( cpumask_last(chosen) >= interrex_anchor()->cpus.count )
        return -ENOSPC;

    return 0;
}

int interrex_lend(const struct irx_op_cpus *cpus)
{
    struct irx_anchor *a = interrex_anchor();
    static cpumask_t chosen;
    unsigned int cpu;
    int rc;

    rc = choose(cpus, &chosen) ?: interrex_affinity_save();
    if ( rc )
        return rc;

    rc = interrex_cpupools_vacate(&chosen);
    if ( rc )
    {
        interrex_cpupools_undo();
        interrex_affinity_undo();
        return rc;
    }
    interrex_doorbell_open();
    a->host_state = IRX_HOST_LENDING;
    interrex_ipi_by_name(true);
    interrex_time_freeze();

    for_each_cpu (cpu, &chosen)
    {
        rc = lend_one(cpu);
        if ( rc )
            break;
    }

    if ( rc )
    {
        int undo;

        do
        {
            undo = interrex_return();
        } while ( undo == -EAGAIN );
        if ( undo )
            printk(XENLOG_ERR "Interrex: CPUs are not all back: %d\n", undo);
        return rc;
    }

    a->host_state = IRX_HOST_HOLDING;

    return 0;
}
