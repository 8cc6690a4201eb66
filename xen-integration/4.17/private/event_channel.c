/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/event_channel.c: ports
 * that come back as they were, without the events that binding them would raise.
 */
#include "private.h"

/*
 * The limit of two-level ports is that of the layout of shared_info, and a guest may have
 * made more than 1024 before it took the 32-bit one: they stay valid.
 */
int interrex_ports_make_room(struct domain *d, unsigned int ports)
{
    const bool is_32bit = d->arch.has_32bit_shinfo;
    int rc = 0;

    d->arch.has_32bit_shinfo = false;
    while ( !rc && d->valid_evtchns < ports )
    {
        rc = evtchn_allocate_port(d, d->valid_evtchns);
        /* Room only: the port is counted when it is set. */
        if ( !rc )
            write_atomic(&d->active_evtchns, d->active_evtchns - 1);
    }
    d->arch.has_32bit_shinfo = is_32bit;

    return rc;
}

uint32_t interrex_global_virqs_export(const struct domain *d)
{
    uint32_t virqs = 0;
    unsigned int i;

    BUILD_BUG_ON(NR_VIRQS > 32);
    for ( i = 0; i < NR_VIRQS; i++ )
        if ( read_atomic(&global_virq_handlers[i]) == d )
            virqs |= 1U << i;

    return virqs;
}

bool interrex_global_virqs_validate(uint32_t virqs)
{
    for ( ; virqs; virqs &= virqs - 1 )
    {
        unsigned int i = find_first_set_bit(virqs);

        if ( i >= NR_VIRQS || !virq_is_global(i) )
            return false;
    }

    return true;
}

int interrex_global_virqs_import(struct domain *d, uint32_t virqs)
{
    int rc = 0;

    for ( ; !rc && virqs; virqs &= virqs - 1 )
    {
        unsigned int i = find_first_set_bit(virqs);

        rc = global_virq_handlers[i] ? -EEXIST : set_global_virq_handler(d, i);
    }

    return rc;
}

/*
 * As evtchn_bind_pirq() does for a guest, with nothing behind it; behind a PV dom0's comes the
 * interrupt later, by interrex_port_bind_pirq(). A PVH dom0 has none.
 */
static int import_pirq(struct domain *d, struct evtchn *chn, unsigned int p,
                       unsigned int pirq)
{
    struct pirq *info;

    if ( (is_hardware_domain(d) && !is_pv_domain(d)) || pirq >= d->nr_pirqs )
        return -EINVAL;
    if ( pirq_to_evtchn(d, pirq) )
        return -EEXIST;

    info = pirq_get_info(d, pirq);
    if ( !info )
        return -ENOMEM;
    info->evtchn = p;
    chn->u.pirq.irq = pirq;
    link_pirq_port(p, chn, d->vcpu[chn->notify_vcpu_id]);
    chn->state = ECS_PIRQ;

    return 0;
}

int interrex_port_bind_pirq(struct domain *d, unsigned int p, bool shareable,
                            bool masked)
{
    const struct evtchn *chn;
    struct pirq *info = NULL;
    int rc = -EINVAL;

    write_lock(&d->event_lock);

    chn = port_is_valid(d, p) ? evtchn_from_port(d, p) : NULL;
    if ( chn && chn->state == ECS_PIRQ )
        info = pirq_info(d, chn->u.pirq.irq);
    if ( info )
        rc = pirq_guest_bind(d->vcpu[chn->notify_vcpu_id], info, shareable);
    if ( !rc && !masked )
        arch_evtchn_bind_pirq(d, info->pirq);

    write_unlock(&d->event_lock);

    return rc;
}

static bool has_interrupt(const struct pirq *pirq)
{
    unsigned long flags;
    struct irq_desc *desc = pirq ? pirq_spin_lock_irq_desc(pirq, &flags)
                                 : NULL;
    bool bound;

    if ( !desc )
        return false;
    bound = desc->status & IRQ_GUEST;
    spin_unlock_irqrestore(&desc->lock, flags);

    return bound;
}

static void unbind_pirq(struct domain *d, struct evtchn *chn,
                        struct pirq *pirq)
{
    evtchn_write_lock(chn);
    unlink_pirq_port(chn, d->vcpu[chn->notify_vcpu_id]);
    chn->state = ECS_UNBOUND;
    chn->u.unbound.remote_domid = d->domain_id;
    evtchn_write_unlock(chn);

    if ( pirq )
    {
        pirq->evtchn = 0;
        pirq_cleanup_check(pirq, d);
    }
}

void interrex_ports_without_pirq(struct domain *d)
{
    unsigned int p;

    write_lock(&d->event_lock);

    for ( p = 1; port_is_valid(d, p); p++ )
    {
        struct evtchn *chn = evtchn_from_port(d, p);
        struct pirq *pirq;

        if ( chn->state != ECS_PIRQ )
            continue;
        pirq = pirq_info(d, chn->u.pirq.irq);
        if ( !has_interrupt(pirq) )
            unbind_pirq(d, chn, pirq);
    }

    write_unlock(&d->event_lock);
}

void interrex_ports_let_go(struct domain *d)
{
    unsigned int p;

    write_lock(&d->event_lock);

    for ( p = 1; port_is_valid(d, p); p++ )
    {
        struct evtchn *chn = evtchn_from_port(d, p);
        const struct evtchn *other;
        struct domain *remote;

        if ( chn->state != ECS_INTERDOMAIN )
            continue;

        remote = chn->u.interdomain.remote_dom;
        other = port_is_valid(remote, chn->u.interdomain.remote_port)
                    ? evtchn_from_port(remote, chn->u.interdomain.remote_port)
                    : NULL;
        if ( other && other->state == ECS_INTERDOMAIN &&
             other->u.interdomain.remote_dom == d &&
             other->u.interdomain.remote_port == p )
            continue;

        evtchn_write_lock(chn);
        chn->state = ECS_UNBOUND;
        chn->u.unbound.remote_domid = remote->domain_id;
        evtchn_write_unlock(chn);
    }

    write_unlock(&d->event_lock);
}

int interrex_port_import(struct domain *d, unsigned int p,
                         const struct irx_port *r, struct domain *remote)
{
    struct evtchn *chn = evtchn_from_port(d, p);
    struct vcpu *v;
    int rc = 0;

    if ( chn->state != ECS_FREE )
        return -EBUSY;

    evtchn_write_lock(chn);

    chn->notify_vcpu_id = r->notify_vcpu;
    chn->priority = r->priority;
    chn->pending = r->flags & IRX_PORT_F_PENDING;

    switch ( r->state )
    {
    case IRX_PORT_UNBOUND:
        chn->u.unbound.remote_domid = r->remote_domid;
        chn->state = ECS_UNBOUND;
        break;

    case IRX_PORT_INTERDOMAIN:
        if ( !remote )
        {
            rc = -ENOENT;
            break;
        }
        chn->u.interdomain.remote_dom = remote;
        chn->u.interdomain.remote_port = r->remote_port;
        chn->state = ECS_INTERDOMAIN;
        break;

    case IRX_PORT_VIRQ:
        /* A global one is vCPU 0's, whomever it notifies. */
        v = d->vcpu[virq_is_global(r->remote_port) ? 0 : r->notify_vcpu];
        if ( v->virq_to_evtchn[r->remote_port] )
        {
            rc = -EEXIST;
            break;
        }
        chn->u.virq = r->remote_port;
        chn->state = ECS_VIRQ;
        write_atomic(&v->virq_to_evtchn[r->remote_port], p);
        break;

    case IRX_PORT_PIRQ:
        rc = import_pirq(d, chn, p, r->remote_port);
        break;

    case IRX_PORT_IPI:
        chn->state = ECS_IPI;
        break;

    default:
        rc = -EINVAL;
        break;
    }

    evtchn_write_unlock(chn);

    if ( !rc )
        write_atomic(&d->active_evtchns, d->active_evtchns + 1);

    return rc;
}
