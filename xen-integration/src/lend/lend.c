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

#include "lend/cpupools.h"
#include "internal.h"
#include "lend/jump.h"
#include "lend/stray.h"

#define ENTER_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)
#define NOBODY        (~0u)

/* The CPU that is being lent, and its slot; valid while cpu_down() works at it. */
static unsigned int lent_cpu = NOBODY, lent_slot;

/* Xen's CPU number -> slot: the boot CPU has slot 0, which is never lent. */
static unsigned int slot_of(unsigned int cpu)
{
    return cpu;
}

void interrex_ipi_by_name(bool on)
{
    static bool active, before;

    if ( on == active )
        return;

    if ( on )
        before = unaccounted_cpus;
    unaccounted_cpus = on || before;
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

/*
 * What of Xen's set-up of this CPU the shim's entry contract excludes
 * (anchor.h). The LVTs were masked by clear_local_APIC(), which leaves the APIC
 * on; EFER.SVME was cleared by the CPU_DYING notifier.
 */
static void leave_xen_mode(void)
{
    clts();
    asm volatile("fninit");

    if ( cpu_has_svm )
        write_efer(read_efer() & ~EFER_SVME);
    write_cr4(read_cr4() & ~(X86_CR4_PGE | X86_CR4_PCIDE | X86_CR4_CET));
}

void interrex_cpu_exit(unsigned int cpu, volatile unsigned int *cpu_state,
                       unsigned int dead_value)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( cpu != lent_cpu || cpu != smp_processor_id() )
        return;

    interrex_stray_note(lent_slot);
    leave_xen_mode();
    interrex_store_release(&interrex_cpu_rec(lent_slot)->state, IRX_CPU_LENT);

    interrex_jump(cpu_state, dead_value, a->region_base + a->entry.off,
                  a->region_base, lent_slot,
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

static void fill(unsigned int slot, unsigned int cpu)
{
    struct irx_cpu *c = interrex_cpu_rec(slot);

    memset(c, 0, sizeof(*c));
    c->apic_id = x86_cpu_to_apicid[cpu];
    c->xen_cpu = cpu;
    c->package_core = (cpu_data[cpu].phys_proc_id << 16) |
                      (cpu_data[cpu].cpu_core_id & 0xffff);
}

static int wait_held(unsigned int slot)
{
    const struct irx_anchor *a = interrex_anchor();
    s_time_t end = NOW() + ENTER_TIMEOUT;

    while ( NOW() < end )
    {
        uint32_t shim = interrex_load_acquire(&a->shim_state);

        if ( shim == IRX_SHIM_FAILED )
            return a->shim_error < 0 ? a->shim_error : -EIO;
        if ( shim == IRX_SHIM_READY &&
             interrex_load_acquire(&interrex_cpu_rec(slot)->state) ==
                 IRX_CPU_HELD )
            return 0;
        process_pending_softirqs();
        cpu_relax();
    }

    return -ETIMEDOUT;
}

static int lend_one(unsigned int cpu)
{
    int rc = interrex_stray_prepare(slot_of(cpu));

    if ( rc )
        return rc;

    fill(slot_of(cpu), cpu);
    lent_slot = slot_of(cpu);
    smp_wmb();
    lent_cpu = cpu;
    rc = cpu_down_helper((void *)(unsigned long)cpu);
    lent_cpu = NOBODY;

    if ( rc )
        return rc;

    rc = wait_held(slot_of(cpu));
    if ( rc )
        printk(XENLOG_ERR "Interrex: CPU%u did not arrive in the shim: %d\n",
               cpu, rc);

    return rc;
}

/* Every CPU that is asked for: online, not the boot CPU, and slots enough. */
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

    if ( a->host_state != IRX_HOST_LOADED )
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;

    rc = choose(cpus, &chosen) ?: interrex_affinity_save();
    if ( rc )
        return rc;

    rc = interrex_cpupools_vacate(&chosen) ?: interrex_doorbell_open();
    if ( rc )
    {
        interrex_cpupools_undo();
        interrex_affinity_undo();
        return rc;
    }
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
