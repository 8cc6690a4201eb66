/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Return: the shim lets its CPUs go and Xen brings them online. Runs in a
 * tasklet on the boot CPU, and nothing else runs there meanwhile: so one core a call. While
 * domains are held, those CPUs stay that run their vCPUs, unless they are to make room.
 */
#include <xen/cpu.h>
#include <xen/softirq.h>

#include <asm/smp.h>

#include "lend/lend.h"
#include "state/state.h"

#define RELEASE_TIMEOUT MILLISECS(INTERREX_TIMEOUT_MS)
#define RING_AGAIN                                                            \
    MILLISECS(10) /* a doorbell says "look": one is enough, nearly always */

/* CPUs of guests that the shim has kept since the Xen before, when an update began beside them; else 0. */
static unsigned int kept_cpus;

/* Ours to start, whatever R says of it. */
static unsigned int coming = ~0u;

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

int interrex_cpu_may_come(unsigned int cpu)
{
    if ( cpu == coming || !interrex_ready() ||
         (interrex_away_entry(x86_cpu_to_apicid[cpu]) == ~0U &&
          !interrex_is_deaf(x86_cpu_to_apicid[cpu])) )
        return 0;

    printk(XENLOG_WARNING
           "Interrex: CPU%u is lent, or dead: it stays offline\n",
           cpu);

    return -EBUSY;
}

static bool is_dead(unsigned int entry)
{
    return interrex_load_acquire(&interrex_cpu_rec(entry)->state) ==
           IRX_CPU_DEAD;
}

/* 0: it has let itself go, or is dead. */
static int release(unsigned int entry, uint32_t request)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    s_time_t end = NOW() + RELEASE_TIMEOUT, ring = 0;

    c->error = 0;
    interrex_store_release(&c->request, request);

    while ( interrex_load_acquire(&c->state) != IRX_CPU_RELEASED )
    {
        bool silent = interrex_cpu_look(entry);

        if ( is_dead(entry) )
            return 0;
        if ( read_atomic(&c->error) )
            return c->error;
        if ( NOW() > end && !silent )
            return -ETIMEDOUT;
        if ( NOW() > ring )
        {
            ring = NOW() + RING_AGAIN;
            interrex_ring(entry);
        }
        process_pending_softirqs();
        cpu_relax();
    }

    return 0;
}

/*
 * A CPU that the shim has, be it at giving its vCPUs away, and that does not answer stays with it.
 * One that never arrived there is started like any other, by INIT: unless it arrives this moment.
 * -EBUSY: vCPUs are on it.
 */
static int bring_back(unsigned int entry, uint32_t request)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);
    uint32_t state = interrex_load_acquire(&c->state);
    int rc = 0;

    if ( state == IRX_CPU_LENT )
        state = interrex_cpu_state_from(entry, IRX_CPU_LENT, IRX_CPU_RELEASED);
    if ( state == IRX_CPU_HELD || state == IRX_CPU_DRAINING )
        rc = release(entry, request);
    if ( rc )
    {
        interrex_store_release(&c->request, IRX_CPU_REQ_NONE);
        if ( rc == -EBUSY )
            c->error = 0;
        interrex_ring(entry);
        return rc;
    }
    if ( is_dead(entry) )
        return 0; /* it never comes, and keeps nobody */

    coming = c->xen_cpu;
    rc = interrex_fault("come-back")
             ?: cpu_up_helper((void *)(unsigned long)c->xen_cpu);
    coming = ~0u;
    if ( rc && rc != -EEXIST )
        return rc;

    interrex_stray_raise(entry);
    memset(c, 0, sizeof(*c));

    return 0;
}

static void finish(struct irx_anchor *a)
{
    unsigned int i;

    kept_cpus = 0;
    interrex_doorbell_close();
    interrex_ipi_by_name(false);
    interrex_time_thaw();
    interrex_cpupools_undo();
    interrex_affinity_undo();
    interrex_waits_end();
    interrex_cpus_offline_again();
    for ( i = 0; i < a->domains.count; i++ )
        if ( interrex_domain_rec(i)->generation == a->generation )
            interrex_first_run_export(interrex_domain_rec(i));
    interrex_set_host_state(IRX_HOST_LOADED);
}

/* The next entry from `entry` on whose CPU is not with Xen; the number of entries: none. */
static unsigned int next_away(unsigned int entry)
{
    while ( entry < interrex_anchor()->cpus.count &&
            (interrex_cpu_rec(entry)->state == IRX_CPU_XEN || is_dead(entry)) )
        entry++;

    return entry;
}

#define for_each_away(entry)                                                  \
    for ( (entry) = next_away(0); (entry) < interrex_anchor()->cpus.count;    \
          (entry) = next_away((entry) + 1) )

/* Threads of a core come back in one call, as they went. The first error. */
static int bring_core_back(uint32_t core, uint32_t request)
{
    unsigned int entry;
    int rc = 0;

    for_each_away(entry)
    {
        int err;

        if ( interrex_cpu_rec(entry)->package_core != core )
            continue;
        err = bring_back(entry, request);
        if ( err && (err != -EBUSY || request != IRX_CPU_REQ_RELEASE_IDLE) )
            printk(XENLOG_ERR "Interrex: CPU%u does not come back: %d\n",
                   interrex_cpu_rec(entry)->xen_cpu, err);
        rc = rc ?: err;
    }

    return rc;
}

/* Has the shim a CPU of another core, too, which can take over? */
static bool others_held(uint32_t core)
{
    unsigned int entry;

    for_each_away(entry)
    {
        const struct irx_cpu *c = interrex_cpu_rec(entry);

        if ( c->package_core != core && c->state == IRX_CPU_HELD &&
             !interrex_cpu_is_quiet(entry) )
            return true;
    }

    return false;
}

/* One of its threads may be dead, which takes time to find out: not while guests wait to be claimed. */
static bool is_stuck(uint32_t core)
{
    unsigned int entry;

    for_each_away(entry) if ( interrex_cpu_rec(entry)->package_core == core &&
                              interrex_cpu_is_quiet(entry) ) return true;

    return false;
}

void interrex_return_some(const cpumask_t *cpus)
{
    unsigned int cpu;

    /* In the Xen that lent it, a CPU's entry is its number (lend.c). */
    for_each_cpu (cpu, cpus)
        if ( interrex_cpu_rec(cpu)->state != IRX_CPU_XEN && !is_dead(cpu) &&
             bring_back(cpu, IRX_CPU_REQ_RELEASE) )
            printk(XENLOG_ERR "Interrex: CPU%u does not come back\n", cpu);

    if ( next_away(0) == interrex_anchor()->cpus.count )
        finish(interrex_anchor());
    else
        interrex_cpupools_rejoin(); /* of those that never went */
}

void interrex_return_keep(unsigned int cpus)
{
    kept_cpus = cpus;
}

/* All that was begun beside the guests that stay is undone. */
static void end_beside(void)
{
    kept_cpus = 0;
    interrex_affinity_retry();
    interrex_set_host_state(IRX_HOST_CLAIMING);
}

int interrex_return(bool stepwise)
{
    struct irx_anchor *a = interrex_anchor();
    unsigned int entry = next_away(0);
    const bool held = interrex_any_held();
    const bool beside = held && !stepwise &&
                        a->host_state == IRX_HOST_HOLDING &&
                        interrex_only_came();
    /* Guests that can go on with the others of its CPUs give it up. */
    const bool crowd = held && (stepwise || beside) &&
                       interrex_held_cpus() > kept_cpus;
    /* Of those that are held for good, whoever runs a vCPU stays. */
    const uint32_t request = held && !crowd ? IRX_CPU_REQ_RELEASE_IDLE
                                            : IRX_CPU_REQ_RELEASE;
    bool came = false;
    int rc = 0;

    if ( a->host_state != IRX_HOST_HOLDING &&
         a->host_state != IRX_HOST_LENDING &&
         a->host_state != IRX_HOST_CLAIMING )
        return -ENODEV;
    if ( held && stepwise && !crowd )
        return -EBUSY;
    if ( !held && !stepwise ) /* else others may still be prepared */
        interrex_holds_reset();

    /* One that does not come keeps none of the others. */
    for ( ; !came && entry < a->cpus.count; entry = next_away(entry + 1) )
    {
        const uint32_t core = interrex_cpu_rec(entry)->package_core;
        int err;

        if ( crowd && (is_stuck(core) || !others_held(core)) )
            continue;

        err = bring_core_back(core, request);
        if ( err == -EBUSY && request == IRX_CPU_REQ_RELEASE_IDLE )
            continue; /* as it has to be */
        rc = rc ?: err;
        if ( crowd && rc )
            return rc;
        came = !err && !rc;
    }

    if ( rc )
        return rc;
    if ( beside && !came )
        end_beside();
    if ( held && !came )
        return -EBUSY;
    if ( next_away(0) < a->cpus.count )
        return stepwise ? 0 : -EAGAIN;

    interrex_holds_reset();
    finish(a);

    return 0;
}
