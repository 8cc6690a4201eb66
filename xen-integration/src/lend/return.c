/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Return: the shim lets its CPUs go and Xen brings them online. Runs in a
 * tasklet on the boot CPU, and nothing else runs there meanwhile: so one CPU a call. While
 * domains are held, those CPUs stay that run their vCPUs.
 */
#include <xen/cpu.h>
#include <xen/softirq.h>

#include <asm/smp.h>

#include "lend/lend.h"
#include "state/state.h"

#define RELEASE_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)

bool interrex_cpu_comes(unsigned int apic_id)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int entry;

    if ( !interrex_ready() )
        return false;

    for ( entry = 0; entry < a->cpus.count; entry++ )
        if ( interrex_cpu_rec(entry)->apic_id == apic_id &&
             interrex_load_acquire(&interrex_cpu_rec(entry)->state) ==
                 IRX_CPU_RELEASED )
            return true;

    return false;
}

static int release(unsigned int entry, uint32_t request)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    s_time_t end = NOW() + RELEASE_TIMEOUT;

    c->error = 0;
    interrex_store_release(&c->request, request);

    while ( interrex_load_acquire(&c->state) != IRX_CPU_RELEASED )
    {
        if ( read_atomic(&c->error) )
            return c->error;
        if ( NOW() > end )
            return -ETIMEDOUT;
        interrex_ring(entry);
        process_pending_softirqs();
        cpu_relax();
    }

    return 0;
}

/*
 * A CPU that the shim has and that does not answer stays with it. One that never
 * arrived there is started like any other: by INIT. -EBUSY: vCPUs are on it.
 */
static int bring_back(unsigned int entry, uint32_t request)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    int rc = 0;

    if ( interrex_load_acquire(&c->state) == IRX_CPU_HELD )
        rc = release(entry, request);
    if ( rc )
    {
        interrex_store_release(&c->request, IRX_CPU_REQ_NONE);
        if ( rc == -EBUSY )
            c->error = 0;
        interrex_ring(entry);
        return rc;
    }

    rc = cpu_up_helper((void *)(unsigned long)c->xen_cpu);
    if ( rc && rc != -EEXIST )
        return rc;

    interrex_stray_raise(entry);
    memset(c, 0, sizeof(*c));

    return 0;
}

static void finish(struct irx_anchor *a)
{
    unsigned int i;

    interrex_doorbell_close();
    interrex_ipi_by_name(false);
    interrex_time_thaw();
    interrex_cpupools_undo();
    interrex_affinity_undo();
    interrex_cpus_offline_again();
    for ( i = 0; i < a->domains.count; i++ )
        if ( interrex_domain_rec(i)->generation == a->generation )
            interrex_first_run_export(interrex_domain_rec(i));
    a->host_state = IRX_HOST_LOADED;
}

/* Is there a CPU to take back in this entry or one behind it? */
static bool more_from(unsigned int entry)
{
    for ( ; entry < interrex_anchor()->cpus.count; entry++ )
        if ( interrex_cpu_rec(entry)->state != IRX_CPU_XEN )
            return true;

    return false;
}

int interrex_return(void)
{
    struct irx_anchor *a = interrex_anchor();
    const bool held = interrex_any_held();
    const uint32_t request = held ? IRX_CPU_REQ_RELEASE_IDLE
                                  : IRX_CPU_REQ_RELEASE;
    unsigned int entry;
    int rc = 0;

    if ( a->host_state != IRX_HOST_HOLDING &&
         a->host_state != IRX_HOST_LENDING &&
         a->host_state != IRX_HOST_CLAIMING )
        return -ENODEV;
    if ( !held )
        interrex_holds_reset();

    for ( entry = 0; entry < a->cpus.count; entry++ )
    {
        int err;

        if ( interrex_cpu_rec(entry)->state == IRX_CPU_XEN )
            continue;
        err = bring_back(entry, request);
        if ( held && err == -EBUSY )
            continue; /* as it has to be */
        if ( err )
            printk(XENLOG_ERR "Interrex: CPU%u does not come back: %d\n",
                   interrex_cpu_rec(entry)->xen_cpu, err);
        rc = rc ?: err;
        if ( !rc && more_from(entry + 1) )
            return -EAGAIN;
    }

    if ( rc )
        return rc;
    if ( held )
        return -EBUSY;
    finish(a);

    return 0;
}
