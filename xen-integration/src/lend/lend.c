/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lend: CPUs go offline by ordinary hotplug, and where they would play dead
 * they enter the shim instead. Runs in a tasklet on the boot CPU.
 */
#include <xen/cpu.h>
#include <xen/delay.h>
#include <xen/softirq.h>

#include <asm/apic.h>
#include <asm/i387.h>
#include <asm/msr.h>
#include <asm/smp.h>

#include "lend/lend.h"
#include "state/state.h"
#include "vendor/vendor.h"

#define ENTER_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)
/* Its vCPUs leave it first, which takes as long as others run (hotplug's own work). */
#define LEAVE_TIMEOUT SECONDS(10)
#define NOBODY        (~0u)

/* The CPU that is being lent, and its entry; valid while cpu_down() works at it. */
static unsigned int lent_cpu = NOBODY, lent_entry;
/* When it must have gone offline, as cpu_down() waits for it; system time. */
static s_time_t leave_by;

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
    interrex_set_cpu_state(lent_entry, IRX_CPU_LENT);

    interrex_jump(cpu_state, dead_value, a->region_base + a->entry.off,
                  a->region_base, lent_entry,
                  a->region_base + a->shim.off + a->shim_entry);
}

/*
 * One that does not come to its end is taken off whatever it is at: INIT stops a CPU
 * (APM volume 2, section 16.5), and from then on it waits to be started like any other.
 */
static void stop_by_init(unsigned int cpu)
{
    printk(XENLOG_ERR "Interrex: CPU%u does not go offline: INIT\n", cpu);
    apic_icr_write(APIC_INT_LEVELTRIG | APIC_INT_ASSERT | APIC_DM_INIT,
                   x86_cpu_to_apicid[cpu]);
    mdelay(10);
}

bool interrex_cpu_leaves(unsigned int cpu, volatile unsigned int *cpu_state,
                         unsigned int dead_value)
{
    if ( cpu != lent_cpu )
        return false;

    if ( NOW() > leave_by )
    {
        stop_by_init(cpu);
        *cpu_state = dead_value;
        return true;
    }
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
    c->heartbeat_tsc = rdtsc(); /* from here on it is to get on */
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
    int rc = interrex_fault("lend-cpu")
                 ?: interrex_stray_prepare(entry_of(cpu));

    if ( rc )
        return rc;

    fill(entry_of(cpu), cpu);
    lent_entry = entry_of(cpu);
    leave_by = NOW() + LEAVE_TIMEOUT;
    smp_wmb();
    lent_cpu = cpu;
    rc = cpu_down_helper((void *)(unsigned long)cpu);
    lent_cpu = NOBODY;

    if ( rc )
        return rc;

    rc = wait_held(entry_of(cpu)) ?: interrex_fault("lent-cpu");
    if ( rc )
        printk(XENLOG_ERR "Interrex: CPU%u did not arrive in the shim: %d\n",
               cpu, rc);

    return rc;
}

/* Everybody's place and system time, as it is until all CPUs are back. */
static int begin(const cpumask_t *now)
{
    int rc = interrex_affinity_save();

    if ( rc )
        return rc;

    rc = interrex_cpupools_vacate(now) ?: interrex_fault("vacated");
    if ( rc )
    {
        interrex_cpupools_undo();
        interrex_affinity_undo();
        return rc;
    }

    interrex_waits_begin();
    interrex_doorbell_open();
    interrex_set_host_state(IRX_HOST_LENDING);
    interrex_ipi_by_name(true);
    interrex_time_freeze();

    return 0;
}

/*
 * The same beside guests that the shim has kept since the Xen before. What that began goes on: system time, who
 * waits for a CPU to come back, and those that the shim has.
 */
static int begin_beside(const cpumask_t *now)
{
    int rc = interrex_affinity_save_others();

    if ( rc )
        return rc;

    interrex_return_keep(interrex_held_cpus());
    interrex_waits_begin();
    interrex_set_host_state(IRX_HOST_HOLDING);
    rc = interrex_cpupools_vacate(now) ?: interrex_fault("vacated");
    if ( rc )
        interrex_cpupools_rejoin();

    return rc;
}

/* The same when the shim has CPUs already: what they left stays as it is. */
static int go_on(const cpumask_t *now)
{
    int rc = interrex_cpupools_vacate(now);

    if ( rc )
        interrex_cpupools_rejoin();

    return rc;
}

int interrex_lend(const struct irx_op_cpus *cpus)
{
    struct irx_anchor *a = interrex_anchor();
    static cpumask_t now;
    unsigned int cpu, left;
    int rc;

    rc = interrex_lend_choose(cpus, &now, &left);
    if ( rc )
        return rc;

    rc = a->host_state == IRX_HOST_LOADED     ? begin(&now)
         : a->host_state == IRX_HOST_CLAIMING ? begin_beside(&now)
                                              : go_on(&now);
    if ( rc )
        return rc;

    for_each_cpu (cpu, &now)
    {
        rc = lend_one(cpu);
        if ( rc )
            break;
    }

    if ( rc )
        interrex_return_some(&now);
    else
        interrex_set_host_state(IRX_HOST_HOLDING);

    return rc;
}
