/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels of a domain: its ports, and what the shim moved in them. */
#include <xen/event.h>

#include <asm/hvm/domain.h>

#include "private/private.h"
#include "state/state.h"

static uint64_t bitmap_size(unsigned int ports)
{
    return BITS_TO_LONGS(ports) * sizeof(unsigned long);
}

static unsigned int port_count(const struct domain *d)
{
    return read_atomic(&d->valid_evtchns);
}

uint64_t interrex_evtchn_size(const struct domain *d)
{
    unsigned int ports = port_count(d);

    return ROUNDUP(ports * sizeof(struct irx_port), 64) +
           2 * ROUNDUP(bitmap_size(ports), 64) +
           interrex_fifo_pages(d) * sizeof(uint64_t);
}

void interrex_evtchn_layout(const struct domain *d, struct irx_domain *r,
                            irx_off_t off)
{
    unsigned int ports = port_count(d);

    r->port_count = ports;
    r->ports = off;
    off += ROUNDUP(ports * sizeof(struct irx_port), 64);
    r->to_guest = off;
    off += ROUNDUP(bitmap_size(ports), 64);
    r->to_xen = off;
    off += ROUNDUP(bitmap_size(ports), 64);
    r->fifo_array = off;
    r->fifo_array_count = interrex_fifo_pages(d);
    r->evtchn_abi = d->evtchn_fifo ? IRX_EVTCHN_FIFO : IRX_EVTCHN_2L;
}

/* What others can change of a port: what it is, and who is at its other end. */
static void export_state(const struct evtchn *chn, struct irx_port *r)
{
    switch ( chn->state )
    {
    case ECS_UNBOUND:
        r->state = IRX_PORT_UNBOUND;
        r->remote_domid = chn->u.unbound.remote_domid;
        break;

    case ECS_INTERDOMAIN:
        r->state = IRX_PORT_INTERDOMAIN;
        r->remote_domid = chn->u.interdomain.remote_dom->domain_id;
        r->remote_port = chn->u.interdomain.remote_port;
        break;

    case ECS_PIRQ:
        r->state = IRX_PORT_PIRQ;
        r->remote_port = chn->u.pirq.irq;
        break;

    case ECS_VIRQ:
        r->state = IRX_PORT_VIRQ;
        r->remote_port = chn->u.virq;
        break;

    case ECS_IPI:
        r->state = IRX_PORT_IPI;
        break;

    case ECS_RESERVED:
        r->state = IRX_PORT_RESERVED;
        break;

    default:
        r->state = IRX_PORT_CLOSED;
        break;
    }
}

static void export_port(const struct evtchn *chn, struct irx_port *r)
{
    *r = (struct irx_port){
        .priority = chn->priority,
        .notify_vcpu = chn->notify_vcpu_id,
        .consumer = chn->xen_consumer,
    };

    export_state(chn, r);

    if ( chn->pending )
        r->flags |= IRX_PORT_F_PENDING;
    if ( chn->xen_consumer )
        r->flags |= IRX_PORT_F_CONSUMER;
    interrex_fifo_lastq(chn, &r->last_vcpu, &r->last_priority);
}

bool interrex_evtchn_changed(const struct domain *d,
                             const struct irx_domain *r)
{
    return port_count(d) != r->port_count ||
           interrex_fifo_pages(d) != r->fifo_array_count ||
           !!d->evtchn_fifo != (r->evtchn_abi == IRX_EVTCHN_FIFO);
}

/* d->event_lock keeps the ports' states; events may be raised meanwhile. */
int interrex_evtchn_export(struct domain *d, struct irx_domain *r)
{
    struct irx_port *ports = interrex_at(r->ports);
    uint64_t *array = interrex_at(r->fifo_array);
    unsigned int i;
    int rc = 0;

    write_lock(&d->event_lock);

    if ( interrex_evtchn_changed(d, r) )
        rc = -EAGAIN;

    for ( i = 0; !rc && i < r->port_count; i++ )
        export_port(evtchn_from_port(d, i), &ports[i]);
    for ( i = 0; !rc && i < r->fifo_array_count; i++ )
        array[i] = interrex_fifo_page_gfn(d, i);

    write_unlock(&d->event_lock);

    return rc;
}

/* The shim reads the port meanwhile, its state first. */
static void follow_port(const struct evtchn *chn, struct irx_port *r)
{
    struct irx_port now = {};

    export_state(chn, &now);
    write_atomic(&r->remote_domid, now.remote_domid);
    write_atomic(&r->remote_port, now.remote_port);
    write_atomic(&r->state, now.state);
}

void interrex_evtchn_follow_port(const struct evtchn *chn,
                                 const struct irx_domain *r)
{
    struct irx_port *ports = interrex_at(r->ports);

    if ( chn->port < r->port_count )
        follow_port(chn, &ports[chn->port]);
}

int interrex_evtchn_follow(struct domain *d, const struct irx_domain *r)
{
    struct irx_port *ports = interrex_at(r->ports);
    unsigned int i;
    int rc = 0;

    write_lock(&d->event_lock);

    for ( i = r->port_count; i < port_count(d); i++ )
        if ( evtchn_from_port(d, i)->state != ECS_FREE )
            rc = -EBUSY;
    for ( i = 0; !rc && i < r->port_count; i++ )
        follow_port(evtchn_from_port(d, i), &ports[i]);

    write_unlock(&d->event_lock);

    return rc;
}

int interrex_evtchn_validate(const struct domain *d,
                             const struct irx_domain *r)
{
    return r->port_count > port_count(d) ? -EINVAL : 0;
}

/*
 * A held guest can neither bind nor close, so the ports are as they were here,
 * except for what the shim moves: the vCPU that a port notifies, the queue where
 * it was linked last, and events that wait for their word.
 */
void interrex_evtchn_import(struct domain *d, const struct irx_domain *r)
{
    const struct irx_port *ports = interrex_at(r->ports);
    unsigned int i;

    for ( i = 0; i < r->port_count; i++ )
    {
        struct evtchn *chn = evtchn_from_port(d, i);

        chn->notify_vcpu_id = ports[i].notify_vcpu;
        interrex_fifo_set_lastq(chn, ports[i].last_vcpu,
                                ports[i].last_priority);
        chn->pending = ports[i].flags & IRX_PORT_F_PENDING;
    }
}
