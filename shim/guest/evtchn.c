/* SPDX-License-Identifier: GPL-2.0-only */
#include "evtchn.h"

#include "core/doorbell.h"
#include "core/spec.h"
#include "core/xenabi.h"
#include "evtchn_abi.h"

/* What both ABIs answer about a port. Under d->lock. */
static bool usable(const struct dom *d, uint32_t port)
{
    const struct irx_port *p = &d->ports[port];

    return !(p->flags & IRX_PORT_F_CONSUMER) && p->state >= IRX_PORT_UNBOUND &&
           p->state <= IRX_PORT_IPI;
}

static void set_pending(struct pcpu *pc, struct dom *d, uint32_t port)
{
    struct vcpu *v = &d->vcpus[d->ports[port].notify_vcpu];

    v->rec->events_in++;
    if (d->fifo)
        fifo_set_pending(pc, v, port);
    else
        twolevel_set_pending(pc, v, port);
}

void evtchn_raise_locked(struct pcpu *pc, struct dom *d, uint32_t port)
{
    if (port < d->port_count && usable(d, port))
        set_pending(pc, d, port);
}

bool evtchn_raise(struct pcpu *pc, struct dom *d, uint32_t port)
{
    bool live;

    lock_take(&d->lock, pc->index);
    live = d->live;
    if (live)
        evtchn_raise_locked(pc, d, port);
    lock_drop(&d->lock);
    return live;
}

/* ---- from Xen ---- */

static void deliver_word(struct pcpu *pc, struct dom *d, uint32_t word)
{
    uint64_t bits = __atomic_exchange_n(&d->to_guest[word], 0, __ATOMIC_ACQ_REL);

    while (bits) {
        uint32_t port = word * 64 + (uint32_t)__builtin_ctzll(bits);

        bits &= bits - 1;
        evtchn_raise_locked(pc, d, port);
    }
}

void evtchn_deliver(struct pcpu *pc, struct dom *d)
{
    uint64_t summary = 0;

    if (!__atomic_load_n(&d->rec->to_guest_summary, __ATOMIC_ACQUIRE))
        return;
    lock_take(&d->lock, pc->index);
    if (d->live) /* else the bits are Xen's to look at */
        summary = __atomic_exchange_n(&d->rec->to_guest_summary, 0, __ATOMIC_ACQ_REL);
    for (; summary; summary &= summary - 1)
        for (uint32_t w = (uint32_t)__builtin_ctzll(summary); w < d->port_words; w += 64)
            if (d->to_guest[w])
                deliver_word(pc, d, w);
    lock_drop(&d->lock);
}

void evtchn_deliver_all(struct pcpu *pc)
{
    for (uint32_t i = 0; i < shim.domain_count; i++)
        if (shim.doms[i].live)
            evtchn_deliver(pc, &shim.doms[i]);
}

void evtchn_raise_all(struct pcpu *pc, struct dom *d)
{
    lock_take(&d->lock, pc->index);
    d->lock.broken = 0;
    for (uint32_t port = 1; d->live && port < d->port_count; port++)
        if (d->ports[port].state > IRX_PORT_UNBOUND)
            evtchn_raise_locked(pc, d, port);
    lock_drop(&d->lock);
}

/* ---- EVTCHNOP_send ---- */

static struct dom *find_live(uint16_t domid)
{
    for (uint32_t i = 0; i < shim.domain_count; i++)
        if (shim.doms[i].live && shim.doms[i].domid == domid)
            return &shim.doms[i];
    return NULL;
}

/* To a port of another held domain; false: its receiver is with Xen. */
static bool send_held(struct pcpu *pc, struct dom *from, uint32_t port)
{
    const struct irx_port *mine = &from->ports[port];
    struct dom *to = find_live(mine->remote_domid);
    uint32_t remote = mine->remote_port;
    const struct irx_port *theirs;
    bool sent = false;

    if (!to)
        return false;
    lock_take(&to->lock, pc->index);
    if (to->live && to->domid == mine->remote_domid && remote < to->port_count) {
        theirs = &to->ports[remote];
        if (theirs->state == IRX_PORT_INTERDOMAIN && theirs->remote_domid == from->domid &&
            theirs->remote_port == port && usable(to, remote)) {
            set_pending(pc, to, remote);
            sent = true;
        }
    }
    lock_drop(&to->lock);
    return sent;
}

int evtchn_send(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    struct dom *d = v->d;
    const struct irx_port *p;

    if (port >= d->port_count)
        return -SHIM_EINVAL;
    port = index_nospec(port, d->port_count);
    p = &d->ports[port];
    if (p->flags & IRX_PORT_F_CONSUMER)
        return -SHIM_EINVAL;
    switch (p->state) {
    case IRX_PORT_INTERDOMAIN:
        if (!send_held(pc, d, port))
            doorbell_to_xen(pc, d, port);
        break;
    case IRX_PORT_IPI:
        evtchn_raise(pc, d, port);
        break;
    case IRX_PORT_UNBOUND:
        /* Nobody hears it. A Xen of ABI 1.0 does not say when its remote binds it: it looks. */
        if (!shim_has(IRX_VERSION(1, 1)))
            doorbell_to_xen(pc, d, port);
        break;
    default:
        return -SHIM_EINVAL;
    }
    v->rec->events_out++;
    return 0;
}

int evtchn_unmask(struct pcpu *pc, struct dom *d, uint32_t port)
{
    if (port >= d->port_count)
        return -SHIM_EINVAL;
    port = index_nospec(port, d->port_count);
    lock_take(&d->lock, pc->index);
    if (usable(d, port)) {
        struct vcpu *v = &d->vcpus[d->ports[port].notify_vcpu];

        if (d->fifo)
            fifo_unmask(pc, v, port);
        else
            twolevel_unmask(pc, v, port);
    }
    lock_drop(&d->lock);
    return 0;
}

/* virq_is_global(): one for the domain, which any of its vCPUs may take. */
static bool virq_is_global(uint32_t virq)
{
    return virq != VIRQ_TIMER && virq != VIRQ_DEBUG && virq != VIRQ_XENOPROF && virq != VIRQ_XENPMU;
}

/* evtchn_bind_vcpu(), under d->lock. */
static int bind_vcpu(struct irx_port *p, uint32_t vcpu)
{
    if (p->flags & IRX_PORT_F_CONSUMER)
        return -SHIM_EINVAL;
    switch (p->state) {
    case IRX_PORT_VIRQ:
        if (!virq_is_global(p->remote_port))
            return -SHIM_EINVAL;
        break;
    case IRX_PORT_UNBOUND:
    case IRX_PORT_INTERDOMAIN:
        break;
    case IRX_PORT_PIRQ: /* the interrupt follows the vCPU */
        return p->notify_vcpu == vcpu ? 0 : 1;
    default:
        return -SHIM_EINVAL;
    }
    p->notify_vcpu = (uint16_t)vcpu;
    return 0;
}

int evtchn_bind_vcpu(struct pcpu *pc, struct dom *d, uint32_t port, uint32_t vcpu)
{
    int rc;

    if (!shim_has(IRX_VERSION(1, 1))) /* what claims it would leave it where it was */
        return 1;
    if (vcpu >= d->vcpu_count)
        return -SHIM_ENOENT;
    if (port >= d->port_count)
        return -SHIM_EINVAL;
    lock_take(&d->lock, pc->index);
    rc = bind_vcpu(&d->ports[index_nospec(port, d->port_count)], vcpu);
    lock_drop(&d->lock);
    return rc;
}

int evtchn_poll(struct pcpu *pc, struct dom *d, uint32_t port)
{
    int pending = -SHIM_EINVAL;

    if (port >= d->port_count)
        return -SHIM_EINVAL;
    port = index_nospec(port, d->port_count);
    lock_take(&d->lock, pc->index);
    if (usable(d, port))
        pending = d->fifo ? fifo_is_pending(pc, d, port) : twolevel_is_pending(pc, d, port);
    lock_drop(&d->lock);
    return pending;
}
