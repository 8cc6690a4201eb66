/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jump into the next Xen: everything before it that can fail.
 *
 * dom0 asked for it and waits in its hypercall, which is made to have returned 0
 * before its state is written: in the next Xen it goes on from there.
 */
#include <xen/err.h>
#include <xen/sched.h>
#include <xen/version.h>

#include <asm/interrex-boot.h>
#include <asm/io.h>

#include <interrex/abi/stream.h>

#include "dom0_pci.h"
#include "early.h"
#include "handover.h"
#include "internal.h"
#include "late.h"
#include "stray.h"
#include "watchdog.h"

/* The vCPU that asked. Operations are serialised, so there is one at most. */
static struct vcpu *asker;

int interrex_writer_init(struct irx_writer *w, const struct irx_span *span,
                         uint32_t section)
{
    const struct irx_anchor *a = interrex_anchor();
    uint8_t build_id[20] = {};
    const void *id;
    unsigned int len;

    if ( !xen_build_id(&id, &len) )
        memcpy(build_id, id, min_t(unsigned int, len, sizeof(build_id)));

    return irx_writer_init(w, interrex_at(span->off), span->size, section,
                           IRX_PRODUCER_XEN, build_id, a->handoff_id,
                           a->features, a->version);
}

/* What dom0 did to a held domain is to be in R; to its memory it may do nothing. */
static int follow(const struct interrex_domain *id)
{
    const struct irx_domain *r = interrex_dom(id->slot);

    if ( r->p2m_generation != read_atomic(&id->p2m_changes) )
    {
        printk(XENLOG_ERR "Interrex: %pd's memory changed while it was held\n",
               id->d);
        return -EBUSY;
    }

    return interrex_evtchn_follow(id->d, r);
}

/* Does the shim run every domain but dom0? */
static int check_domains(bool parked)
{
    struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        const struct interrex_domain *id = interrex_slot_of(d);

        if ( is_hardware_domain(d) )
            continue;
        if ( !id || !id->held ||
             interrex_load_acquire(&interrex_dom(id->slot)->state) !=
                 IRX_DOM_RUNNING )
        {
            printk(XENLOG_ERR "Interrex: %pd is not held\n", d);
            rc = -EBUSY;
        }
        else if ( parked )
            rc = rc ?: follow(id);
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

long interrex_hand_over_begin(void)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( !a || (a->host_state != IRX_HOST_HOLDING &&
                a->host_state != IRX_HOST_LOADED) )
        return -ENODEV;
    if ( !is_hardware_domain(current->domain) ||
         !is_hvm_domain(current->domain) )
        return -EOPNOTSUPP;

    asker = current;

    return check_domains(false);
}

/* Unlikely to be the same twice, and never the same in one life of the host. */
static void new_handoff_id(struct irx_anchor *a)
{
    const uint64_t id[2] = { a->generation, rdtsc() };

    BUILD_BUG_ON(sizeof(id) != sizeof(a->handoff_id));
    memcpy(a->handoff_id, id, sizeof(id));
}

static int export_dom0(struct interrex_domain *id)
{
    struct irx_domain *r = interrex_dom(id->slot);
    struct vcpu *v;
    int rc = interrex_fill_domain(id);

    id->timers_stopped = !rc;
    if ( !rc )
        interrex_watchdog_export(id->d, r);
    for_each_vcpu (id->d, v)
        if ( !rc )
            rc = interrex_vcpu_export(
                v, interrex_vcpu(r->vcpu_first + v->vcpu_id));

    return rc ?: interrex_evtchn_export(id->d, r);
}

/* dom0 stands still; *id is its slot, also after an error if not NULL. */
static int park_dom0(struct interrex_domain **id)
{
    struct domain *d = hardware_domain;
    struct interrex_domain *taken = interrex_slot_take(d);
    int rc;

    *id = NULL;
    if ( IS_ERR(taken) )
        return PTR_ERR(taken);
    *id = taken;

    interrex_dom(taken->slot)->pause_tsc = rdtsc();
    rc = export_dom0(taken);
    if ( !rc )
        interrex_store_release(&interrex_dom(taken->slot)->state,
                               IRX_DOM_SAVED);

    return rc;
}

static void unpark_dom0(struct interrex_domain *id)
{
    const struct irx_domain *r = interrex_dom(id->slot);
    struct vcpu *v;

    if ( id->timers_stopped )
    {
        interrex_watchdog_import(id->d, r);
        for_each_vcpu (id->d, v)
            interrex_timers_import(v,
                                   interrex_vcpu(r->vcpu_first + v->vcpu_id));
    }
    id->timers_stopped = false;
    interrex_slot_give(id);
}

long interrex_hand_over(void)
{
    struct irx_anchor *a = interrex_anchor();
    uint32_t host_state = a->host_state, alive = a->xen_alive;
    struct interrex_domain *id = NULL;
    int rc;

    domain_pause(hardware_domain);
    interrex_stray_raise_all();
    interrex_pci_hold(hardware_domain);
    interrex_time_freeze();
    interrex_doorbell_close();
    arch_hypercall_tasklet_result(asker, 0);
    new_handoff_id(a);

    rc = check_domains(true);
    if ( !rc )
        rc = park_dom0(&id);
    if ( !rc )
        rc = interrex_early_write();
    if ( !rc )
        rc = interrex_late_export();
    if ( !rc )
    {
        /* The point of no return: from here on only the next Xen can go on. */
        interrex_store_release(&a->host_state, IRX_HOST_HANDING_OVER);
        return 0;
    }

    printk(XENLOG_ERR "Interrex: hand-over failed: %d\n", rc);
    if ( id )
        unpark_dom0(id);
    if ( host_state == IRX_HOST_LOADED )
        interrex_time_thaw();
    if ( alive )
    {
        interrex_doorbell_open();
        /* What was sent while nobody listened is not rung for again. */
        interrex_for_each_held(interrex_drain_to_xen);
    }
    interrex_pci_release(hardware_domain);
    domain_unpause(hardware_domain);

    return rc;
}
