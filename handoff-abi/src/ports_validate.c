/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels, and what joins one domain to another: see interrex/live.h. */
#include "live_internal.h"

/* ---- A domain's own ---- */

static int check_state(const struct irx_port *p, uint32_t i, struct irx_live_error *err)
{
    if (p->state > IRX_PORT_IPI && p->state != IRX_PORT_RESERVED)
        return irx_live_refuse(err, IRX_LE_RANGE, "port.state", i, p->state, IRX_PORT_IPI);
    if ((p->state == IRX_PORT_RESERVED) != !i) /* port 0 is none */
        return irx_live_refuse(err, IRX_LE_STATE, "port.state", i, p->state, IRX_PORT_RESERVED);
    if (p->flags & ~(IRX_PORT_F_PENDING | IRX_PORT_F_CONSUMER))
        return irx_live_refuse(err, IRX_LE_RANGE, "port.flags", i, p->flags,
                               IRX_PORT_F_PENDING | IRX_PORT_F_CONSUMER);
    if (p->consumer && !(p->flags & IRX_PORT_F_CONSUMER))
        return irx_live_refuse(err, IRX_LE_MISMATCH, "port.consumer", i, p->consumer, 0);
    return 0;
}

/* The queue where it was linked last. */
static int check_last(const struct irx_domain *d, const struct irx_port *p, uint32_t i,
                      struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "port.last_priority", i, p->last_priority, IRX_FIFO_QUEUES - 1);

    return rc ? rc : irx_live_at_most(err, "port.last_vcpu", i, p->last_vcpu, d->vcpu_count - 1);
}

static int check_places(const struct irx_domain *d, const struct irx_port *p, uint32_t i,
                        struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "port.priority", i, p->priority, IRX_FIFO_QUEUES - 1);

    if (!rc)
        rc = irx_live_at_most(err, "port.notify_vcpu", i, p->notify_vcpu, d->vcpu_count - 1);
    return rc ? rc : check_last(d, p, i, err);
}

static int check_remote(const struct irx_port *p, uint32_t i, struct irx_live_error *err)
{
    int rc;

    switch (p->state) {
    case IRX_PORT_INTERDOMAIN:
        rc = irx_live_at_most(err, "port.remote_domid", i, p->remote_domid, IRX_DOMID_LIMIT - 1);
        return rc ? rc
                  : irx_live_at_most(err, "port.remote_port", i, p->remote_port,
                                     IRX_PORTS_FIFO - 1);
    case IRX_PORT_VIRQ:
        return irx_live_at_most(err, "port.remote_port", i, p->remote_port, IRX_NR_VIRQS - 1);
    default:
        return 0;
    }
}

/*
 * The receiver is code of the Xen that made it, or a physical interrupt that it bound for a PVH dom0. A
 * guest binds one without a permission, and nothing stands behind it (evtchn_bind_pirq()).
 */
static int check_carried(const struct irx_domain *d, const struct irx_port *p, uint32_t i,
                         struct irx_live_error *err)
{
    if (p->flags & IRX_PORT_F_CONSUMER)
        return irx_live_refuse(err, IRX_LE_CARRIED, "port.flags", i, p->flags, IRX_PORT_F_PENDING);
    if (p->state == IRX_PORT_PIRQ && (d->flags & (IRX_DOMF_DOM0 | IRX_DOMF_PV)) == IRX_DOMF_DOM0)
        return irx_live_refuse(err, IRX_LE_CARRIED, "port.state", i, p->state, IRX_PORT_CLOSED);
    return 0;
}

static int check_port(const struct irx_domain *d, const struct irx_port *p, uint32_t i,
                      uint32_t stage, struct irx_live_error *err)
{
    int rc = check_state(p, i, err);

    if (!rc)
        rc = check_places(d, p, i, err);
    if (!rc)
        rc = check_remote(p, i, err);
    if (!rc && stage == IRX_STAGE_HANDOVER)
        rc = check_carried(d, p, i, err);
    if (!rc && p->reserved)
        rc = irx_live_reserved(err, &irx_layout_irx_port, p, i);
    return rc;
}

int irx_ports_some(const struct irx_domain *d, const struct irx_port *ports, uint32_t stage,
                   struct irx_walk *w, uint32_t budget, struct irx_live_error *err)
{
    for (; w->seen < d->port_count; w->seen++, budget--) {
        int rc;

        if (!budget)
            return 1;
        rc = check_port(d, &ports[w->seen], w->seen, stage, err);
        if (rc)
            return rc;
    }
    return 0;
}

int irx_ports_validate(const struct irx_domain *d, const struct irx_port *ports, uint32_t stage,
                       struct irx_live_error *err)
{
    struct irx_walk w = {.seen = 0};

    return irx_ports_some(d, ports, stage, &w, d->port_count, err);
}

int irx_ports_validate_moved(const struct irx_domain *d, const struct irx_port *ports,
                             struct irx_live_error *err)
{
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < d->port_count; i++) {
        rc = check_last(d, &ports[i], i, err);
        if (!rc)
            rc = irx_live_at_most(err, "port.notify_vcpu", i, ports[i].notify_vcpu,
                                  d->vcpu_count - 1);
    }
    return rc;
}

/* ---- Between domains ---- */

/* All domains of a hand-over, and the one that was asked for last. */
struct peers {
    const struct irx_domain_view *views;
    uint32_t count;
    const struct irx_domain_view *last;
};

static const struct irx_domain_view *find(struct peers *p, uint32_t domid)
{
    uint32_t i;

    if (p->last && p->last->d->domid == domid)
        return p->last;
    for (i = 0; i < p->count; i++)
        if (p->views[i].d && p->views[i].d->domid == domid)
            return p->last = &p->views[i];
    return NULL;
}

static int check_pair(const struct irx_domain *d, const struct irx_domain *other, uint32_t entry,
                      struct irx_live_error *err)
{
    struct irx_span mine = irx_domain_data(d), its = irx_domain_data(other);
    const struct irx_piece data[] = {{"domain.data", its.off, its.size},
                                     {"domain.data", mine.off, mine.size}};

    if (d->domid == other->domid)
        return irx_live_refuse(err, IRX_LE_OVERLAP, "domain.domid", entry, d->domid, other->domid);
    if (d->vcpu_first < other->vcpu_first + other->vcpu_count &&
        other->vcpu_first < d->vcpu_first + d->vcpu_count)
        return irx_live_refuse(err, IRX_LE_OVERLAP, "domain.vcpu_first", entry, d->vcpu_first,
                               other->vcpu_first);
    return irx_live_disjoint(err, data, 2);
}

/* The other end of each port points back. */
static int check_peers(struct peers *all, const struct irx_domain_view *view,
                       struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < view->d->port_count; i++) {
        const struct irx_port *p = &view->ports[i];
        const struct irx_domain_view *peer;
        const struct irx_port *back;

        if (p->state != IRX_PORT_INTERDOMAIN)
            continue;
        peer = find(all, p->remote_domid);
        if (!peer)
            return irx_live_refuse(err, IRX_LE_MISSING, "port.remote_domid", i, p->remote_domid, 0);
        if (p->remote_port >= peer->d->port_count)
            return irx_live_refuse(err, IRX_LE_BOUNDS, "port.remote_port", i, p->remote_port,
                                   peer->d->port_count);
        back = &peer->ports[p->remote_port];
        if (back->state != IRX_PORT_INTERDOMAIN || back->remote_port != i ||
            back->remote_domid != view->d->domid)
            return irx_live_refuse(err, IRX_LE_MISMATCH, "port.remote_port", i, p->remote_port,
                                   back->remote_port);
    }
    return 0;
}

/* Pages of others that it maps are of domains that come along. */
static int check_owners(struct peers *all, const struct irx_domain_view *view,
                        struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < view->d->extent_count; i++)
        if (view->extents[i].type >= IRX_P2M_GRANT_RW && !find(all, view->extents[i].owner))
            return irx_live_refuse(err, IRX_LE_CARRIED, "extent.owner", i, view->extents[i].owner,
                                   0);
    return 0;
}

int irx_links_validate(const struct irx_domain_view *views, uint32_t count,
                       struct irx_live_error *err)
{
    struct peers all = {.views = views, .count = count};
    uint32_t i, j;
    int rc = 0;

    for (i = 0; !rc && i < count; i++) {
        if (!views[i].d)
            continue;
        for (j = 0; !rc && j < i; j++)
            if (views[j].d)
                rc = check_pair(views[i].d, views[j].d, i, err);
        if (!rc)
            rc = check_peers(&all, &views[i], err);
        if (!rc)
            rc = check_owners(&all, &views[i], err);
        if (rc && err)
            err->domid = views[i].d->domid;
    }
    return rc;
}
