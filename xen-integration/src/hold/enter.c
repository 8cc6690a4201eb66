/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Enter: a prepared domain stops here and goes on in the shim. Everything up
 * to RUNNING is undone when it fails; the guest then has only been paused.
 */
#include <xen/event.h>

#include <asm/hvm/domain.h>
#include <asm/hvm/vlapic.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "state/state.h"

/* While the guest stands still we keep the CPU for a moment rather than let others on. */
#define PATIENCE MILLISECS(2)

/* All of them, though one fails: the way back takes the timers of each out of R. The first error. */
static int export_vcpus(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;
    int rc = 0;

    for_each_vcpu (h->d, v)
    {
        struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first + v->vcpu_id);
        int err;

        rv->stop_tsc = r->pause_tsc;
        rv->cpu_hint = ~0U; /* the shim knows where there is room */
        err = interrex_vcpu_export(v, rv);
        rc = rc ?: err;
    }
    interrex_share_export(h->d, r);

    return rc;
}

/* The guest went on after prepare: its p2m or its event channels changed. */
static bool is_stale(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);

    return r->p2m_generation != read_atomic(&h->p2m_changes) ||
           interrex_evtchn_changed(h->d, r);
}

/* Prepare once more, the domain paused if need be. -ERESTART: the shim is at it. */
static int refresh(struct interrex_hold *h, unsigned int timeout_ms)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    int rc;

    if ( r->state == IRX_DOM_PREPARED )
    {
        if ( !is_stale(h) )
            return 0;

        interrex_set_state(h, IRX_DOM_WITH_XEN);
    }
    if ( r->state == IRX_DOM_WITH_XEN )
    {
        rc = interrex_fill_domain(h, h->paused ? STIME_MAX
                                               : NOW() + INTERREX_PIECE);
        if ( rc )
            return rc;
        interrex_set_state(h, IRX_DOM_PREPARING);
    }

    return interrex_wait_state(h, IRX_DOM_PREPARING, IRX_DOM_PREPARED,
                               timeout_ms, h->paused ? PATIENCE : 0);
}

static void pause(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);

    if ( h->paused )
        return;

    r->pause_tsc = rdtsc();
    domain_pause(h->d);
    h->paused = true;
}

/*
 * An INIT or a start-up IPI is acted upon by a tasklet of its sender, whose vCPU
 * is paused until that is done (Xen: vlapic_ipi). None may be left behind here.
 */
static bool sends_init_sipi(const struct vcpu *v)
{
    const struct vlapic *vlapic = vcpu_vlapic(v);
    bool pending = read_atomic(&vlapic->init_sipi.icr);

    smp_rmb(); /* the tasklet takes the ICR back before it wakes the sender */

    return pending || read_atomic(&vlapic->init_sipi.tasklet.is_running);
}

static int settle(struct interrex_hold *h, unsigned int timeout_ms)
{
    s_time_t start = NOW();
    const struct vcpu *v;

    for_each_vcpu (h->d, v)
        while ( sends_init_sipi(v) )
        {
            int rc = interrex_wait_turn(h, timeout_ms, start, PATIENCE);

            if ( rc )
                return rc;
        }
    h->deadline = 0;

    return 0;
}

static void unpause(struct interrex_hold *h)
{
    if ( !h->paused )
        return;

    h->paused = false;
    domain_unpause(h->d);
}

static int export(struct interrex_hold *h)
{
    struct domain *d = h->d;
    struct irx_domain *r = interrex_domain_rec(h->entry);
    int rc, err;

    interrex_fill_settings(d, r);
    interrex_watchdog_export(d, r);
    interrex_evtchn_divert(h);

    rc = interrex_fault("export") ?: interrex_evtchn_export(d, r);

    /*
     * The guest waits, so this is looked at once: by the shim, whose refusal takes the
     * guest back. What no other Xen could go on with is refused before (op/check.c)
     * and looked for again at hand-over.
     */
    err = export_vcpus(h);

    return rc ?: err;
}

/* The vCPUs' state was read, not changed, but their timers were stopped. */
static void enter_undo(struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;

    h->held = false;
    if ( h->timers_stopped )
    {
        interrex_watchdog_import(h->d, r);
        for_each_vcpu (h->d, v)
            interrex_timers_import(
                v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
    }
    h->timers_stopped = false;
    interrex_evtchn_divert_undo(h);
    interrex_drain_to_xen(h);
    unpause(h);
}

static int go(struct interrex_hold *h)
{
    int rc;

    h->timers_stopped = true;
    rc = export(h);
    if ( rc )
        return rc;

    /* From here on others are kept from changing it; one may just have begun. */
    write_atomic(&h->held, true);
    smp_mb();
    if ( is_stale(h) )
        return -EAGAIN;

    interrex_set_state(h, IRX_DOM_ENTERING);

    return 0;
}

/* The shim is no longer asked. 0: it has just said yes. */
static int retract(const struct interrex_hold *h)
{
    return interrex_domain_state_from(h->entry, IRX_DOM_ENTERING,
                                      IRX_DOM_WITH_XEN) == IRX_DOM_RUNNING
               ? 0
               : -ETIMEDOUT;
}

/*
 * Until the guest is paused this is left at any time; from then on it is
 * bounded by the time-out and ends in RUNNING or with the guest here.
 */
int interrex_enter(struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    struct irx_domain *r;
    int rc;

    if ( !h )
        return -ENOENT;
    r = interrex_domain_rec(h->entry);

    switch ( r->state )
    {
    case IRX_DOM_WITH_XEN: /* it is filled anew */
    case IRX_DOM_PREPARING:
    case IRX_DOM_PREPARED:
        /* Once: of a guest that changes all the time it never is up to date while it runs. */
        if ( !h->refreshed || r->state != IRX_DOM_PREPARED )
        {
            h->refreshed = true;
            rc = refresh(h, op->timeout_ms);
            if ( rc )
                break;
        }
        pause(h);
        rc = settle(h, op->timeout_ms) ?: refresh(h, op->timeout_ms);
        /* It may have obeyed since check: whoever saves it would be refused. */
        if ( !rc )
            rc = interrex_is_saved(d) ? -EOPNOTSUPP : go(h);
        if ( rc )
            break;
        fallthrough;
    case IRX_DOM_ENTERING:
    case IRX_DOM_RUNNING:
    case IRX_DOM_FAILED:
        rc = interrex_wait_state(h, IRX_DOM_ENTERING, IRX_DOM_RUNNING,
                                 op->timeout_ms, PATIENCE);
        break;

    default:
        return -EBUSY;
    }

    if ( rc == -ERESTART )
        return rc;
    if ( rc == -ETIMEDOUT && h->held )
        rc = retract(h);
    if ( rc )
    {
        enter_undo(h);
        interrex_prepare_undo(h);
        return rc;
    }

    op->start_tsc = r->pause_tsc;
    op->end_tsc = rdtsc();

    return 0;
}
