/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels in the Xen that an update started, the
 * ports as they were, their ends joined again.
 */
#include <xen/sched.h>

#include "private/private.h"
#include "state/state.h"

/* The entry of a domain that is held, or of dom0; NULL if it has none. */
static const struct irx_domain *entry_of(domid_t domid)
{
    unsigned int i;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
    {
        const struct irx_domain *r = interrex_domain_rec(i);

        if ( r->generation == interrex_anchor()->generation &&
             r->state != IRX_DOM_WITH_XEN && r->domid == domid )
            return r;
    }

    return NULL;
}

static const struct irx_port *ports_of(const struct irx_domain *r)
{
    const struct irx_span *data = &interrex_anchor()->data;
    uint64_t end = data->off + data->size;

    if ( r->ports < data->off || r->ports > end || (r->ports & 7) ||
         r->port_count > (end - r->ports) / sizeof(struct irx_port) )
        return NULL;

    return interrex_at(r->ports);
}

/* Does the other end of port p of d point back to it? */
static int check_peer(const struct domain *d, unsigned int p,
                      const struct irx_port *port)
{
    const struct irx_domain *r = entry_of(port->remote_domid);
    const struct irx_port *peer = r ? ports_of(r) : NULL;

    if ( !peer )
        return -ENOENT;
    if ( port->remote_port >= r->port_count )
        return -EINVAL;
    peer += port->remote_port;

    return peer->state == IRX_PORT_INTERDOMAIN && peer->remote_port == p &&
                   peer->remote_domid == d->domain_id
               ? 0
               : -EINVAL;
}

static int check_port(const struct domain *d, unsigned int p,
                      const struct irx_port *port)
{
    if ( port->notify_vcpu >= d->max_vcpus || port->reserved ||
         port->priority >= IRX_FIFO_QUEUES )
        return -EINVAL;
    if ( port->flags & IRX_PORT_F_CONSUMER )
        return -EOPNOTSUPP;

    switch ( port->state )
    {
    case IRX_PORT_INTERDOMAIN:
        return check_peer(d, p, port);

    case IRX_PORT_VIRQ:
        return port->remote_port < NR_VIRQS ? 0 : -EINVAL;

    case IRX_PORT_CLOSED:
    case IRX_PORT_UNBOUND:
    case IRX_PORT_IPI:
        return 0;

    case IRX_PORT_RESERVED:
        return p ? -EINVAL : 0;

    case IRX_PORT_PIRQ:
        return -EOPNOTSUPP;

    default:
        return -EINVAL;
    }
}

int interrex_ports_validate(const struct domain *d, const struct irx_domain *r)
{
    const struct irx_port *ports = ports_of(r);
    unsigned int i;
    int rc = ports && r->evtchn_abi <= IRX_EVTCHN_FIFO ? 0 : -EINVAL;

    for ( i = 0; !rc && i < r->port_count; i++ )
    {
        rc = check_port(d, i, &ports[i]);
        if ( rc )
            printk(XENLOG_ERR "Interrex: %pd: event channel %u, state %u, "
                              "remote d%u %u: %d\n",
                   d, i, ports[i].state, ports[i].remote_domid,
                   ports[i].remote_port, rc);
    }

    return rc;
}

static int import_fifo(struct domain *d, const struct irx_domain *r)
{
    const struct irx_span *data = &interrex_anchor()->data;
    uint64_t end = data->off + data->size;
    const uint64_t *array;
    struct vcpu *v;
    unsigned int i;
    int rc;

    if ( r->fifo_array < data->off || r->fifo_array > end ||
         (r->fifo_array & 7) ||
         r->fifo_array_count > (end - r->fifo_array) / sizeof(*array) )
        return -EINVAL;
    array = interrex_at(r->fifo_array);

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
        rc = interrex_fifo_import_page(d, array[i]);

    return rc;
}

int interrex_ports_import(struct domain *d, const struct irx_domain *r)
{
    const struct irx_port *ports = ports_of(r);
    unsigned int i;
    int rc = 0;

    write_lock(&d->event_lock);

    if ( r->evtchn_abi == IRX_EVTCHN_FIFO )
        rc = import_fifo(d, r);
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
