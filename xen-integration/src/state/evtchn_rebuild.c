/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels in the Xen that an update started, the
 * ports as they were, their ends joined again.
 */
#include <xen/sched.h>

#include "private/private.h"
#include "state/state.h"

static int import_fifo(struct domain *d, const struct irx_domain_view *view)
{
    const struct irx_domain *r = view->d;
    struct vcpu *v;
    unsigned int i;
    int rc;

    rc = interrex_fifo_import(d);
    for_each_vcpu (d, v)
    {
        const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first +
                                                      v->vcpu_id);

        if ( !rc && rv->fifo_control_gfn != ~0ULL )
            rc = interrex_fifo_import_control(v, rv->fifo_control_gfn,
                                              rv->fifo_control_offset);
    }

    for ( i = 0; !rc && i < r->fifo_array_count; i++ )
        rc = interrex_fifo_import_page(d, view->fifo_array[i]);

    return rc;
}

int interrex_ports_import(struct domain *d, const struct irx_domain_view *view)
{
    const struct irx_domain *r = view->d;
    const struct irx_port *ports = view->ports;
    unsigned int i;
    int rc = 0;

    write_lock(&d->event_lock);

    if ( r->evtchn_abi == IRX_EVTCHN_FIFO )
        rc = import_fifo(d, view);
    if ( !rc )
        rc = interrex_ports_make_room(d, r->port_count);

    for ( i = 1; !rc && i < r->port_count; i++ )
    {
        struct domain *remote = NULL;

        if ( ports[i].state == IRX_PORT_CLOSED )
            continue;
        if ( ports[i].state == IRX_PORT_INTERDOMAIN )
            remote = rcu_lock_domain_by_id(ports[i].remote_domid);
        rc = interrex_port_import(d, i, &ports[i], remote);
        if ( remote )
            rcu_unlock_domain(remote);
    }

    write_unlock(&d->event_lock);

    return rc;
}

void interrex_ports_settle(struct domain *d)
{
    interrex_ports_let_go(d);
}
