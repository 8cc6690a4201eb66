/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Abandon: a held domain is given up. It stops in the shim, nothing of its state comes
 * back, and its memory is Xen's to free. What is left is a domain that has crashed, which
 * the toolstack destroys as any other.
 */
#include <xen/event.h>

#include <public/sched.h>

#include "hold/hold.h"
#include "state/state.h"

static void take_back(struct interrex_hold *h)
{
    struct domain *d = h->d;

    interrex_set_state(h, IRX_DOM_CLAIMED);
    interrex_drain_to_xen(h);
    interrex_evtchn_divert_undo(h);
    interrex_mappings_drop(h);
    h->held = false;
    h->timers_stopped = false;

    domain_shutdown(d, SHUTDOWN_crash);
    if ( h->paused )
    {
        h->paused = false;
        domain_unpause(d);
    }

    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

int interrex_abandon(struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    struct irx_domain *r;
    int rc;

    if ( !h )
        return -ENOENT;
    r = interrex_domain_rec(h->entry);

    rc = interrex_freeze(h, op);
    if ( rc <= 0 )
        return rc;

    op->start_tsc = r->freeze_tsc;
    if ( interrex_quarantine_final(h->entry) )
        rc = interrex_memory_reclaim(d, r);
    else
        rc = 0;
    if ( rc == -ERESTART )
        return rc;
    if ( rc )
        printk(XENLOG_ERR "Interrex: %pd: memory is lost: %d\n", d, rc);
    interrex_mappings_keep(h);

    printk(XENLOG_WARNING "Interrex: %pd is abandoned\n", d);
    take_back(h);
    op->end_tsc = rdtsc();

    return 0;
}
