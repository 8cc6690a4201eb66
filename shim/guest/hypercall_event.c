/* SPDX-License-Identifier: GPL-2.0-only */
/* event_channel_op. Source: Xen's common/event_channel.c. */
#include "core/spec.h"
#include "core/xenabi.h"
#include "evtchn.h"
#include "hypercall.h"

#define RESET_CONT 14 /* EVTCHNOP_reset_cont, public for Xen itself only */

/* evtchn_status() */
static bool status(struct call *c)
{
    struct evtchn_status s;
    const struct dom *d = c->v->d;
    const struct irx_port *p;

    if (!call_fetch(c, c->arg[1], &s, sizeof(s)))
        return true;
    if (s.dom != DOMID_SELF && s.dom != d->domid)
        return call_park(c, __HYPERVISOR_event_channel_op, EVTCHNOP_status);
    if (s.port >= d->port_count)
        return call_result(c, -SHIM_EINVAL);
    p = &d->ports[index_nospec(s.port, d->port_count)];
    if (p->flags & IRX_PORT_F_CONSUMER)
        return call_result(c, -SHIM_EACCES);
    s.status = p->state == IRX_PORT_RESERVED ? EVTCHNSTAT_closed : p->state;
    switch (p->state) {
    case IRX_PORT_UNBOUND:
        s.u.unbound.dom = p->remote_domid;
        break;
    case IRX_PORT_INTERDOMAIN:
        s.u.interdomain.dom = p->remote_domid;
        s.u.interdomain.port = p->remote_port;
        break;
    case IRX_PORT_PIRQ:
        s.u.pirq = p->remote_port;
        break;
    case IRX_PORT_VIRQ:
        s.u.virq = p->remote_port;
        break;
    }
    s.vcpu = p->notify_vcpu;
    call_answer(c, c->arg[1], &s, sizeof(s));
    return true;
}

static bool bind_vcpu(struct call *c)
{
    struct evtchn_bind_vcpu bind;
    int rc;

    if (!call_fetch(c, c->arg[1], &bind, sizeof(bind)))
        return true;
    rc = evtchn_bind_vcpu(c->pc, c->v->d, bind.port, bind.vcpu);
    return rc > 0 ? call_park(c, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_vcpu)
                  : call_result(c, rc);
}

bool hypercall_event_channel(struct call *c)
{
    uint32_t port;

    switch ((int)c->arg[0]) {
    case EVTCHNOP_send: /* struct evtchn_send: one port */
        if (call_fetch(c, c->arg[1], &port, sizeof(port)))
            c->result = evtchn_send(c->pc, c->v, port);
        return true;
    case EVTCHNOP_unmask:
        if (call_fetch(c, c->arg[1], &port, sizeof(port)))
            c->result = evtchn_unmask(c->pc, c->v->d, port);
        return true;
    case EVTCHNOP_status:
        return status(c);
    case EVTCHNOP_bind_vcpu:
        return bind_vcpu(c);
    case EVTCHNOP_bind_interdomain:
    case EVTCHNOP_bind_virq:
    case EVTCHNOP_bind_pirq:
    case EVTCHNOP_close:
    case EVTCHNOP_alloc_unbound:
    case EVTCHNOP_bind_ipi:
    case EVTCHNOP_reset:
    case RESET_CONT:
    case EVTCHNOP_init_control:
    case EVTCHNOP_expand_array:
    case EVTCHNOP_set_priority:
        return call_park(c, __HYPERVISOR_event_channel_op, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}
