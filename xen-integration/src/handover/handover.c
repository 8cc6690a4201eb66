/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jump into the next Xen: everything before it that can fail.
 *
 * dom0 asked for it and waits in its hypercall, which is made to have returned 0
 * before its state is written: in the next Xen it goes on from there.
 */
#include <xen/err.h>
#include <xen/sched.h>
#include <xen/vmap.h>

#include <asm/interrex-boot.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "lend/lend.h"
#include "pv/pv.h"
#include "region/counted.h"
#include "region/region.h"
#include "state/state.h"

/* The vCPU that asked: from interrex_hand_over_begin() on, which begins an operation. */
static struct vcpu *asker;

/* What dom0 did to a held domain is to be in R; to its memory it may do nothing. */
static int follow(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);

    if ( r->p2m_generation != read_atomic(&h->p2m_changes) )
    {
        printk(XENLOG_ERR "Interrex: %pd's memory changed while it was held\n",
               h->d);
        return -EBUSY;
    }

    return interrex_evtchn_follow(h->d, r);
}

/* It stands still over the jump, as dom0 does: the shim cannot run it. */
static bool is_parked(const struct domain *d)
{
    return is_pv_domain(d) && !is_hardware_domain(d);
}

/* Can it be carried now? It runs, or stands still already. */
static int check_parked(struct domain *d)
{
    unsigned int from = 0;
    uint64_t detail = 0;
    uint16_t code;

    if ( d->is_dying )
        code = IRX_REASON_DYING;
    else if ( interrex_is_saved(d) )
        code = IRX_REASON_SUSPENDED;
    else
        code = interrex_pv_reason(d, &from, &detail);
    if ( !code )
        return 0;
    printk(XENLOG_ERR "Interrex: %pd cannot be carried: reason %u, %#" PRIx64
                      "\n",
           d, code, detail);

    return -EBUSY;
}

/* Does the shim run every domain but those that stand still? */
static int check_domains(bool dom0_stands)
{
    struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        const struct interrex_hold *h = interrex_hold_of(d);

        if ( is_hardware_domain(d) )
            continue;
        if ( is_parked(d) ) /* looked at again when it stands: save() */
        {
            if ( !dom0_stands )
                rc = rc ?: check_parked(d);
        }
        else if ( !h || !h->held ||
                  interrex_load_acquire(
                      &interrex_domain_rec(h->entry)->state) !=
                      IRX_DOM_RUNNING )
        {
            printk(XENLOG_ERR "Interrex: %pd is not held\n", d);
            rc = -EBUSY;
        }
        else if ( h->came && !interrex_is_carried(h) )
        {
            printk(XENLOG_ERR "Interrex: %pd cannot be carried on\n", d);
            rc = -EBUSY;
        }
        else if ( dom0_stands )
            rc = rc ?: follow(h);
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

static long may_begin(void)
{
    const struct irx_anchor *a = interrex_anchor();

    if ( !a || (a->host_state != IRX_HOST_HOLDING &&
                a->host_state != IRX_HOST_LOADED) )
        return -ENODEV;
    if ( !is_hardware_domain(current->domain) )
        return -EOPNOTSUPP;

    return check_domains(false);
}

long interrex_hand_over_begin(void)
{
    long rc;

    if ( !interrex_op_begin() )
        return -EBUSY;

    interrex_rehearse_end();
    interrex_room_end();
    rc = may_begin();
    if ( rc )
        interrex_op_end();
    else
        asker = current;

    return rc;
}

long interrex_hand_over_asked(long rc)
{
    if ( rc )
        interrex_op_end();

    return rc;
}

/* Unlikely to be the same twice, and never the same in one life of the host. */
static void new_handoff_id(struct irx_anchor *a)
{
    const uint64_t id[2] = { a->generation, rdtsc() };

    BUILD_BUG_ON(sizeof(id) != sizeof(a->handoff_id));
    memcpy(a->handoff_id, id, sizeof(id));
}

static int export(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;
    int rc = interrex_fill_domain(h, STIME_MAX);

    if ( rc )
        return rc;

    /* All of them, though one fails: the way back takes the timers of each out of R. */
    h->timers_stopped = true;
    interrex_watchdog_export(h->d, r);
    for_each_vcpu (h->d, v)
    {
        int err = interrex_vcpu_export(
            v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));

        rc = rc ?: err;
    }

    return rc ?: interrex_evtchn_export(h->d, r);
}

/* dom0, which stands still, or a guest that is to. After an error: save_undo(). */
static int save(struct domain *d)
{
    struct interrex_hold *h = interrex_hold_new(d);
    int rc;

    if ( IS_ERR(h) )
        return PTR_ERR(h);

    interrex_domain_rec(h->entry)->pause_tsc = rdtsc();
    if ( !is_hardware_domain(d) )
    {
        domain_pause(d);
        h->paused = true;
    }
    rc = export(h);
    if ( !rc && is_parked(d) )
        rc = check_parked(d);
    if ( rc )
        printk(XENLOG_ERR "Interrex: %pd cannot be saved: %d\n", d, rc);
    else
        interrex_set_domain_state(h->entry, IRX_DOM_SAVED);

    return rc;
}

/*
 * Xen itself raises events for dom0 meanwhile (a character at its serial line), or for who stands in for it: they
 * are in its memory, and where its queues end then is to be in R, or the next one would take them off.
 */
static int follow_saved(const struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;

    for_each_vcpu (h->d, v)
        interrex_fifo_tails_export(
            v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));

    return interrex_evtchn_export(h->d, r);
}

static int follow_all(void)
{
    struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( !rc && (is_hardware_domain(d) || is_parked(d)) )
            rc = follow_saved(interrex_hold_of(d));
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

/* d as it was, whether it was saved, begun with, or neither. dom0 goes on standing. */
static void save_undo(struct domain *d)
{
    struct interrex_hold *h = interrex_hold_of(d);
    struct irx_domain *r;
    struct vcpu *v;
    bool paused;

    if ( !h )
        return;

    r = interrex_domain_rec(h->entry);
    if ( h->timers_stopped )
    {
        interrex_watchdog_import(h->d, r);
        for_each_vcpu (h->d, v)
            interrex_timers_import(
                v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
    }
    h->timers_stopped = false;
    if ( r->state == IRX_DOM_SAVED )
        interrex_set_domain_state(h->entry, IRX_DOM_WITH_XEN);
    paused = h->paused;
    h->paused = false;
    interrex_hold_free(h);
    if ( paused )
        domain_unpause(d);
}

/* All that are not held: dom0 first, for it does nothing to the others then. */
static int save_all(void)
{
    struct domain *d;
    int rc = save(hardware_domain);

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( !rc && is_parked(d) )
            rc = save(d);
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

/* What page tables lead to, now that all of it is known. */
static int check_tables(const struct interrex_preserved_list *l)
{
    const struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( !rc && is_pv_domain(d) )
            rc = interrex_pv_tables_check(d, l);
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

/* Both sections. */
static int export_all(void)
{
    struct interrex_preserved_list l;
    int rc = interrex_early_export(&l) ?: check_tables(&l)
                 ?: interrex_late_export();

    vfree(l.entry);

    return rc ?: interrex_fault("sections");
}

static void save_all_undo(void)
{
    struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( is_hardware_domain(d) || is_parked(d) )
            save_undo(d);
    rcu_read_unlock(&domlist_read_lock);
    interrex_pv_frames_forget(NULL);
}

/*
 * R as the next Xen will find it, but for the sections. Extents and CPU policies of
 * guests have been validated since they were written.
 */
static int validate_tables(void)
{
    static struct irx_domain_view views[INTERREX_MAX_DOMAINS];
    const struct irx_anchor *a = interrex_anchor();
    const unsigned int count = min_t(unsigned int, a->domains.count,
                                     ARRAY_SIZE(views));
    struct irx_live_error err;
    unsigned int i;
    int rc = irx_anchor_validate(a, interrex_region.start,
                                 interrex_region.size, &err);

    rc = interrex_validated(rc, &err);
    memset(views, 0, sizeof(views));
    for ( i = 0; !rc && i < count; i++ )
        if ( interrex_hold_at(i) )
            rc = interrex_domain_validate_events(i, IRX_STAGE_HANDOVER,
                                                 &views[i])
                     ?: interrex_domain_validate_vcpus(&views[i]);
    if ( rc )
        return rc;

    rc = irx_links_validate(views, count, &err);

    return interrex_validated(rc, &err);
}

long interrex_hand_over(void)
{
    struct irx_anchor *a = interrex_anchor();
    uint32_t host_state = a->host_state, alive = a->xen_alive;
    int rc;

    domain_pause(hardware_domain);
    interrex_stray_raise_all();
    interrex_pci_hold(hardware_domain);
    interrex_time_freeze();
    interrex_doorbell_close();
    arch_hypercall_tasklet_result(asker, 0);
    new_handoff_id(a);

    rc = interrex_fault("hand-over") ?: check_domains(true);
    if ( !rc )
        rc = save_all();
    if ( !rc )
        rc = interrex_fault("saved-dom0") ?: validate_tables();
    if ( !rc )
        rc = export_all();
    if ( !rc )
        rc = follow_all();
    if ( !rc )
    {
        /* The point of no return: from here on only the next Xen can go on. */
        interrex_set_host_state(IRX_HOST_HANDING_OVER);
        if ( interrex_abi(1) )
        {
            interrex_watch_cpus(a);
            interrex_watch_next(a, IRX_BOOT_EARLY, false);
        }
        interrex_counted();
        return 0;
    }

    printk(XENLOG_ERR "Interrex: hand-over failed: %d\n", rc);
    if ( rc == -ENOSPC )
        interrex_room_tell();
    save_all_undo();
    if ( host_state == IRX_HOST_LOADED )
        interrex_time_thaw();
    if ( alive )
    {
        interrex_doorbell_open();
        /* What was sent while nobody listened is not rung for again. */
        interrex_for_each_held(interrex_drain_to_xen);
    }
    interrex_pci_hold_undo(hardware_domain);
    domain_unpause(hardware_domain);
    interrex_op_end();

    return rc;
}
