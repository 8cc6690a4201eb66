/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claim: a domain is frozen in the shim, its state comes back into Xen, what
 * waited for it is delivered, and it runs here. The same for abort, for drill
 * and for the Xen that an update started.
 */
#include <xen/event.h>
#include <xen/sched.h>

#include <public/hvm/params.h>
#include <public/sched.h>

#include "hold/hold.h"
#include "lend/lend.h"
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

/* Its registers went with a CPU of the shim. */
static bool is_lost(const struct irx_domain *r, const struct vcpu *v)
{
    return interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->flags &
           IRX_VCPUF_LOST;
}

/*
 * A guest chose its registers, so what Xen's loaders refuse of them is its own loss: where it is
 * false, the domain is here, but cannot run.
 */
static bool import(struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;
    bool runs = true;

    interrex_evtchn_import(h->d, r);
    interrex_tsc_import(h->d, r);
    for_each_vcpu (h->d, v)
    {
        int rc;

        if ( is_lost(r, v) )
            continue; /* and so it is not run: end_of_hit() */
        rc = interrex_vcpu_import(
            v, interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
        if ( rc )
        {
            printk(XENLOG_G_ERR "Interrex: %pv cannot go on here: %d\n", v,
                   rc);
            runs = false;
        }
    }

    return runs;
}

/*
 * How it ends here, in place of running. A triple fault is met once: the state of after it is
 * undefined, and so it cannot be met again (AMD APM volume 2, 15.14.3).
 */
static void end_here(struct interrex_hold *h, bool runs)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct vcpu *v;

    if ( !runs )
    {
        printk(XENLOG_G_ERR
               "Interrex: %pd has crashed: its state is not valid\n",
               h->d);
        domain_shutdown(h->d, SHUTDOWN_crash);
        return;
    }

    for_each_vcpu (h->d, v)
    {
        const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first +
                                                      v->vcpu_id);
        uint8_t reason = h->d->arch.hvm.params[HVM_PARAM_TRIPLE_FAULT_REASON];

        if ( rv->state != IRX_VCPU_PARKED ||
             rv->park_class != IRX_EXIT_SHUTDOWN )
            continue;
        /* hvm_triple_fault() */
        printk(XENLOG_G_ERR
               "%pv: triple fault while it was held, HVM shutdown action %u\n",
               v, reason);
        domain_shutdown(h->d, reason);
        return;
    }
}

/* Back into the shim, which goes on with the guest; it can be claimed again. */
static void reject(struct interrex_hold *h, int rc)
{
    interrex_quarantine(h->entry, IRX_QUARANTINE_CLAIM, rc);
    interrex_set_state(h, IRX_DOM_ENTERING);
}

/*
 * Whatever it computed since a machine check may be wrong: it ends as after one in Xen that cannot be
 * contained, and alone. So does one of which a part is gone.
 */
static void end_of_hit(struct domain *d, const struct irx_domain *r)
{
    const struct vcpu *v;

    for_each_vcpu (d, v)
    {
        const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first +
                                                      v->vcpu_id);

        if ( rv->flags & IRX_VCPUF_MACHINE_CHECK )
            printk(XENLOG_ERR
                   "Interrex: %pv met a machine check while it was held\n",
                   v);
        else if ( is_lost(r, v) )
            printk(XENLOG_ERR
                   "Interrex: %pv was lost with a CPU of the shim\n",
                   v);
        else
            continue;

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

static void run_here(struct interrex_hold *h, struct irx_op_domain *op,
                     bool runs)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    struct vcpu *v;

    /* It asks nothing of the shim: nobody is rung. */
    interrex_set_domain_state(h->entry, IRX_DOM_CLAIMED);
    for_each_vcpu (h->d, v)
        if ( !is_lost(r, v) )
            interrex_vcpu_start(v,
                                interrex_vcpu_rec(r->vcpu_first + v->vcpu_id));
    interrex_watchdog_import(h->d, r);
    interrex_drain_to_xen(h);
    interrex_evtchn_divert_undo(h);
    interrex_mappings_drop(h);

    h->held = false;
    h->timers_stopped = false;
    op->end_tsc = r->resume_tsc = rdtsc();
    for_each_vcpu (h->d, v)
        interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->resume_tsc =
            r->resume_tsc;

    end_of_hit(h->d, r);
    end_here(h, runs);
    if ( h->paused )
        unpause(h);

    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

/*
 * On its way in, as after a claim that was rejected. When the shim refuses what it wrote itself
 * a moment ago, or has no CPU left to enter it, the guest just stands there as it was frozen.
 */
static int wait_entered(struct interrex_hold *h,
                        const struct irx_op_domain *op)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    int rc = interrex_wait_state(h, IRX_DOM_ENTERING, IRX_DOM_RUNNING,
                                 op->timeout_ms, MILLISECS(5));

    if ( rc == -ETIMEDOUT )
    {
        interrex_domain_state_from(h->entry, IRX_DOM_ENTERING, IRX_DOM_FROZEN);
        rc = 0;
    }

    return interrex_load_acquire(&r->state) == IRX_DOM_FAILED ? 0 : rc;
}

/*
 * No CPU of the shim is left that could stop it, and none runs it: where its vCPUs are is known to the
 * shim alone, so they are lost.
 */
static void freeze_alone(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct vcpu *v;

    for_each_vcpu (h->d, v)
    {
        struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first + v->vcpu_id);

        if ( rv->state == IRX_VCPU_RUNNING )
        {
            rv->park_class = IRX_EXIT_OTHER;
            rv->state = IRX_VCPU_PARKED;
        }
        if ( !(rv->flags & IRX_VCPUF_INITIALISED) )
            continue; /* it never had any registers */
        rv->park_detail = rv->cpu_hint;
        rv->flags |= IRX_VCPUF_LOST;
    }
    r->freeze_tsc = rdtsc();
    interrex_set_domain_state(h->entry, IRX_DOM_FROZEN);
}

int interrex_freeze(struct interrex_hold *h, const struct irx_op_domain *op)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    int rc = 0;

    if ( h->held && interrex_load_acquire(&r->state) == IRX_DOM_ENTERING )
        rc = wait_entered(h, op);
    if ( rc )
        return rc;

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
        if ( interrex_shim_is_dead() )
            freeze_alone(h);
        break;

    case IRX_DOM_FROZEN:
        break;

    case IRX_DOM_FAILED:
        return h->held ? 1 : -EBUSY;

    default:
        return -EBUSY;
    }

    rc = interrex_wait_state(h, IRX_DOM_FREEZING, IRX_DOM_FROZEN,
                             op->timeout_ms, MILLISECS(5));

    return rc ?: 1;
}

int interrex_claim(struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    int rc;

    if ( !h )
        return -ENOENT;
    if ( interrex_quarantine_final(h->entry) )
        return -EOPNOTSUPP;

    rc = interrex_freeze(h, op);
    if ( rc <= 0 )
        return rc; /* still the shim's; ask again */

    rc = interrex_fault("claim-state") ?: validate(h);
    if ( rc )
    {
        reject(h, rc);
        return rc;
    }

    op->start_tsc = interrex_domain_rec(h->entry)->freeze_tsc;
    run_here(h, op, import(h));
    /* It may only have this CPU to run on, and stood still long enough. */
    if ( !is_idle_vcpu(current) )
        vcpu_yield();

    return 0;
}
