/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: a domain is frozen in the shim, its state comes back into Xen, what
 * waited for it is delivered, and it runs here. The same for abort, for drill
 * and for the Xen that an update started.
 */
#include <xen/event.h>
#include <xen/sched.h>

#include <public/sched.h>

#include "hold/hold.h"
#include "state/state.h"

/* R is the shim's: by the common rules, then by what only this Xen knows of d. */
static int validate(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    int rc = interrex_domain_validate_claim(h->entry);

    if ( !rc &&
         (r->domid != h->d->domain_id || r->vcpu_count != h->d->max_vcpus) )
        rc = -EINVAL;
    if ( !rc )
        rc = interrex_tsc_validate(h->d, r);

    return rc ?: interrex_evtchn_validate(h->d, r);
}

static int import(struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;
    int rc;

    interrex_evtchn_import(h->d, r);
    interrex_tsc_import(h->d, r);
    for_each_vcpu (h->d, v)
    {
        rc = interrex_vcpu_import(
            v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
        if ( rc )
            return rc;
    }

    return 0;
}

/*
 * Back into the shim, which goes on with the guest: here its idle copy may have some
 * of the new state already, and nobody looks at that until the next claim.
 */
static void reject(struct interrex_hold *h)
{
    interrex_set_state(h, IRX_DOM_ENTERING);
}

/*
 * Whatever it computed since may be wrong: it ends as after a machine check in
 * Xen that cannot be contained, and alone.
 */
static void end_after_machine_check(struct domain *d,
                                    const struct irx_domain *r)
{
    const struct vcpu *v;

    for_each_vcpu (d, v)
        if ( interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->flags &
             IRX_VCPUF_MACHINE_CHECK )
        {
            printk(XENLOG_ERR
                   "Interrex: %pv met a machine check while it was held\n",
                   v);
            domain_shutdown(d, SHUTDOWN_crash);
            return;
        }
}

static void unpause(struct interrex_hold *h)
{
    interrex_first_run_begin(h->d);
    h->paused = false;
    domain_unpause(h->d);
    interrex_first_run_skip_idle(h->d);
}

static void run_here(struct interrex_hold *h, struct irx_op_domain *op)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;

    interrex_set_state(h, IRX_DOM_CLAIMED);
    for_each_vcpu (h->d, v)
        interrex_vcpu_start(v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
    interrex_watchdog_import(h->d, r);
    interrex_drain_to_xen(h);
    interrex_evtchn_divert_undo(h);

    h->held = false;
    h->timers_stopped = false;
    op->end_tsc = r->resume_tsc = rdtsc();
    for_each_vcpu (h->d, v)
        interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->resume_tsc =
            r->resume_tsc;

    end_after_machine_check(h->d, r);
    if ( h->paused )
        unpause(h);

    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

int interrex_claim(struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    struct irx_domain *r;
    int rc;

    if ( !h )
        return -ENOENT;
    r = interrex_domain_rec(h->entry);

    switch ( interrex_load_acquire(&r->state) )
    {
    case IRX_DOM_PREPARING:
    case IRX_DOM_PREPARED:
        interrex_prepare_undo(h);
        return 0;

    case IRX_DOM_RUNNING:
        interrex_set_state(h, IRX_DOM_FREEZING);
        fallthrough;
    case IRX_DOM_FREEZING:
    case IRX_DOM_FROZEN:
        break;

    default:
        return -EBUSY;
    }

    rc = interrex_wait_state(h, IRX_DOM_FREEZING, IRX_DOM_FROZEN,
                             op->timeout_ms, MILLISECS(5));
    if ( rc )
        return rc; /* still the shim's; ask again */

    rc = validate(h);
    if ( rc )
    {
        reject(h);
        return rc;
    }

    op->start_tsc = r->freeze_tsc;
    rc = import(h);
    if ( rc )
    {
        /* Validated and yet refused by Xen's own loaders: it cannot run here as it is. */
        printk(XENLOG_ERR "Interrex: %pd cannot be claimed: %d\n", d, rc);
        reject(h);
        return rc;
    }
    run_here(h, op);
    /* It may only have this CPU to run on, and stood still long enough. */
    vcpu_yield();

    return 0;
}
