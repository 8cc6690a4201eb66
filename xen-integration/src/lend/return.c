/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Return: the shim lets its CPUs go and Xen brings them online. Runs in a
 * tasklet on the boot CPU, after every domain was claimed, and nothing else runs
 * there meanwhile: so one CPU a call.
 */
#include <xen/cpu.h>
#include <xen/softirq.h>

#include <asm/smp.h>

#include "lend/cpupools.h"
#include "internal.h"
#include "lend/stray.h"

#define RELEASE_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)

bool interrex_cpu_comes(unsigned int apic_id)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int slot;

    if ( !interrex_ready() )
        return false;

    for ( slot = 0; slot < a->cpus.count; slot++ )
        if ( interrex_cpu_rec(slot)->apic_id == apic_id &&
             interrex_load_acquire(&interrex_cpu_rec(slot)->state) ==
                 IRX_CPU_RELEASED )
            return true;

    return false;
}

static int release(unsigned int slot)
{
    struct irx_cpu *c = interrex_cpu_rec(slot);
    s_time_t end = NOW() + RELEASE_TIMEOUT;

    c->error = 0;
    interrex_store_release(&c->request, IRX_CPU_REQ_RELEASE);

    while ( interrex_load_acquire(&c->state) != IRX_CPU_RELEASED )
    {
        if ( read_atomic(&c->error) )
            return c->error;
        if ( NOW() > end )
            return -ETIMEDOUT;
        interrex_ring(slot);
        process_pending_softirqs();
        cpu_relax();
    }

    return 0;
}

/*
 * A CPU that does not answer stays with the shim, unless it never arrived: INIT
 * gets a CPU out of anything.
 */
static int take(unsigned int slot)
{
    struct irx_cpu *c = interrex_cpu_rec(slot);
    int rc = 0;

    if ( interrex_load_acquire(&c->state) == IRX_CPU_HELD )
        rc = release(slot);
    if ( rc )
    {
        interrex_store_release(&c->request, IRX_CPU_REQ_NONE);
        interrex_ring(slot);
        return rc;
    }

    rc = cpu_up_helper((void *)(unsigned long)c->xen_cpu);
    if ( rc && rc != -EEXIST )
        return rc;

    interrex_stray_raise(slot);
    memset(c, 0, sizeof(*c));

    return 0;
}

/* When the vCPUs of a claimed domain really ran again, into R for the report. */
static void note_first_runs(const struct irx_domain *r)
{
    struct domain *d = get_domain_by_id(r->domid);
    struct vcpu *v;

    if ( !d )
        return;

    for_each_vcpu (d, v)
    {
        uint64_t tsc = xchg(&v->arch.interrex_run_tsc, 0);

        if ( tsc && v->vcpu_id < r->vcpu_count )
            interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->resume_tsc =
                tsc == INTERREX_NOT_RUN ? rdtsc() : tsc;
    }

    put_domain(d);
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
            note_first_runs(interrex_domain_rec(i));
    a->host_state = IRX_HOST_LOADED;
}

/* Is there a CPU to take back in this slot or one behind it? */
static bool more_from(unsigned int slot)
{
    for ( ; slot < interrex_anchor()->cpus.count; slot++ )
        if ( interrex_cpu_rec(slot)->state != IRX_CPU_XEN )
            return true;

    return false;
}

int interrex_return(void)
{
    struct irx_anchor *a = interrex_anchor();
    unsigned int slot;
    int rc = 0;

    if ( a->host_state != IRX_HOST_HOLDING &&
         a->host_state != IRX_HOST_LENDING &&
         a->host_state != IRX_HOST_CLAIMING )
        return -ENODEV;
    if ( interrex_any_held() )
        return -EBUSY;
    interrex_holds_reset();

    for ( slot = 0; slot < a->cpus.count; slot++ )
    {
        int err;

        if ( interrex_cpu_rec(slot)->state == IRX_CPU_XEN )
            continue;
        err = take(slot);
        if ( err )
            printk(XENLOG_ERR "Interrex: CPU%u does not come back: %d\n",
                   interrex_cpu_rec(slot)->xen_cpu, err);
        rc = rc ?: err;
        if ( !rc && more_from(slot + 1) )
            return -EAGAIN;
    }

    if ( !rc )
        finish(a);

    return rc;
}
