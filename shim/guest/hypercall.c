/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls of 64-bit guests: what a guest asks for in steady state. All else is
 * parked, the instruction not retired. Source: Xen's hvm/hypercall.c, common/domain.c,
 * common/sched/core.c, common/kernel.c, hvm/hvm.c.
 */
#include "core/lib.h"
#include "core/sched.h"
#include "core/spec.h"
#include "core/time.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "evtchn.h"
#include "gmem.h"
#include "handlers.h"
#include "insn.h"
#include "intr.h"
#include "timer.h"
#include "upcall.h"
#include "watchdog.h"

#define PERIOD_MIN_NS 1000000ull
#define PERIOD_MAX_NS ((uint64_t)INT64_MAX / 4) /* STIME_DELTA_MAX */
#define POLL_PORTS    128u

struct call {
    struct pcpu *pc;
    struct vcpu *v;
    uint64_t arg[5];
    int64_t result;
};

static bool fetch_arg(struct call *c, uint64_t va, void *to, unsigned int len)
{
    if (gmem_read(c->pc, c->v, va, to, len))
        return true;
    c->result = -SHIM_EFAULT;
    return false;
}

static bool answer_arg(struct call *c, uint64_t va, const void *from, unsigned int len)
{
    if (gmem_write(c->pc, c->v, va, from, len))
        return true;
    c->result = -SHIM_EFAULT;
    return false;
}

/* Packs a sub-command into irx_vcpu.park_detail beside the hypercall's number. */
static bool park(struct call *c, uint64_t number, uint64_t sub)
{
    c->v->park_detail = (uint32_t)(number | sub << 16);
    return false;
}

/* ---- event_channel_op ---- */

static bool evtchn_status(struct call *c)
{
    struct evtchn_status s;
    const struct dom *d = c->v->d;
    const struct irx_port *p;

    if (!fetch_arg(c, c->arg[1], &s, sizeof(s)))
        return true;
    if (s.dom != DOMID_SELF && s.dom != d->domid)
        return park(c, __HYPERVISOR_event_channel_op, EVTCHNOP_status);
    if (s.port >= d->port_count) {
        c->result = -SHIM_EINVAL;
        return true;
    }
    p = &d->ports[index_nospec(s.port, d->port_count)];
    if (p->flags & IRX_PORT_F_CONSUMER) {
        c->result = -SHIM_EACCES;
        return true;
    }
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
    answer_arg(c, c->arg[1], &s, sizeof(s));
    return true;
}

static bool event_channel_op(struct call *c)
{
    uint32_t port;

    switch ((int)c->arg[0]) {
    case EVTCHNOP_send: /* struct evtchn_send: one port */
        if (fetch_arg(c, c->arg[1], &port, sizeof(port)))
            c->result = evtchn_send(c->pc, c->v, port);
        return true;
    case EVTCHNOP_unmask:
        if (fetch_arg(c, c->arg[1], &port, sizeof(port)))
            c->result = evtchn_unmask(c->pc, c->v->d, port);
        return true;
    case EVTCHNOP_status:
        return evtchn_status(c);
    default:
        return park(c, __HYPERVISOR_event_channel_op, c->arg[0]);
    }
}

/* ---- sched_op ---- */

static void block(struct call *c)
{
    upcall_unmask(c->pc, c->v);
    if (!intr_needs_delivery(c->pc, c->v))
        sched_block(c->v);
}

/* One port of the list; false: the poll ends with c->result. */
static bool poll_port(struct call *c, uint64_t list, uint32_t i, uint32_t *port)
{
    int rc;

    if (!fetch_arg(c, list + i * sizeof(*port), port, sizeof(*port)))
        return false;
    rc = evtchn_poll(c->pc, c->v->d, *port);
    c->result = rc < 0 ? rc : 0;
    return rc == 0;
}

/* do_poll() */
static bool poll_ports(struct call *c)
{
    struct vcpu *v = c->v;
    uint64_t bit = BIT(v->id % 64), list;
    struct sched_poll p;
    uint32_t port = 0;

    if (!fetch_arg(c, c->arg[1], &p, sizeof(p)))
        return true;
    if (p.nr_ports > POLL_PORTS) {
        c->result = -SHIM_EINVAL;
        return true;
    }
    memcpy(&list, &p.ports, sizeof(list));
    __atomic_store_n(&v->rec->poll_port, -1, __ATOMIC_SEQ_CST);
    __atomic_fetch_or(&v->d->poll_mask[v->id / 64], bit, __ATOMIC_SEQ_CST);
    if (intr_needs_delivery(c->pc, v))
        goto out;
    for (uint32_t i = 0; i < p.nr_ports; i++)
        if (!poll_port(c, list, i, &port))
            goto out;
    if (p.nr_ports == 1)
        __atomic_store_n(&v->rec->poll_port, (int32_t)port, __ATOMIC_SEQ_CST);
    if (p.timeout) {
        v->rec->poll_deadline = p.timeout;
        __atomic_fetch_or(&v->rec->flags, IRX_VCPUF_POLL_DEADLINE, __ATOMIC_SEQ_CST);
        timer_update(v);
    }
    sched_block(v);
    return true;
out:
    __atomic_fetch_and(&v->d->poll_mask[v->id / 64], ~bit, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->rec->poll_port, 0, __ATOMIC_SEQ_CST);
    return true;
}

static void watchdog(struct call *c)
{
    struct sched_watchdog w;

    if (fetch_arg(c, c->arg[1], &w, sizeof(w)))
        c->result = watchdog_op(c->pc, c->v, w.id, w.timeout);
}

static bool sched_op(struct call *c)
{
    switch ((int)c->arg[0]) {
    case SCHEDOP_yield:
        sched_yield(c->pc, c->v);
        return true;
    case SCHEDOP_block:
        block(c);
        return true;
    case SCHEDOP_poll:
        return poll_ports(c);
    case SCHEDOP_watchdog:
        watchdog(c);
        return true;
    default:
        return park(c, __HYPERVISOR_sched_op, c->arg[0]);
    }
}

/* ---- vcpu_op ---- */

/* vcpu_runstate_get() */
static void runstate_info(struct call *c, const struct vcpu *v)
{
    struct vcpu_runstate_info info = {
        .state = (int)v->rec->runstate,
        .state_entry_time = v->rec->runstate_entry_time,
    };
    ns_t now = time_now(v);

    for (unsigned int i = 0; i < 4; i++)
        info.time[i] = v->rec->runstate_time[i];
    if (now > info.state_entry_time)
        info.time[v->rec->runstate & 3] += now - info.state_entry_time;
    answer_arg(c, c->arg[2], &info, sizeof(info));
}

static bool set_periodic(struct call *c, struct vcpu *v)
{
    struct vcpu_set_periodic_timer set;

    if (v != c->v) /* its owner alone touches its timers */
        return park(c, __HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer);
    if (!fetch_arg(c, c->arg[2], &set, sizeof(set)))
        return true;
    if (set.period_ns < PERIOD_MIN_NS || set.period_ns > PERIOD_MAX_NS)
        c->result = -SHIM_EINVAL;
    else
        timer_set_periodic(c->pc, v, set.period_ns);
    return true;
}

static bool stop_periodic(struct call *c, struct vcpu *v)
{
    if (v != c->v && v->rec->periodic_period)
        return park(c, __HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer);
    if (v == c->v)
        timer_set_periodic(c->pc, v, 0);
    return true;
}

/* VCPU_SSHOTTMR_future is ignored, as Xen 4.17 ignores it: a past deadline fires at once. */
static void set_singleshot(struct call *c, struct vcpu *v)
{
    struct vcpu_set_singleshot_timer set;

    if (v != c->v)
        c->result = -SHIM_EINVAL;
    else if (fetch_arg(c, c->arg[2], &set, sizeof(set)))
        timer_set_singleshot(c->pc, v, set.timeout_abs_ns);
}

static bool send_nmi(struct call *c, struct vcpu *v)
{
    if (c->arg[2])
        c->result = -SHIM_EINVAL;
    else if (!(__atomic_fetch_or(&v->rec->flags, IRX_VCPUF_NMI_PENDING, __ATOMIC_SEQ_CST) &
               IRX_VCPUF_NMI_PENDING))
        sched_kick(c->pc, v);
    return true;
}

static bool vcpu_op(struct call *c)
{
    struct vcpu *v;

    if ((uint32_t)c->arg[1] >= c->v->d->vcpu_count) {
        c->result = -SHIM_ENOENT;
        return true;
    }
    v = &c->v->d->vcpus[index_nospec((uint32_t)c->arg[1], c->v->d->vcpu_count)];
    switch ((int)c->arg[0]) {
    case VCPUOP_up:
        if (!(v->rec->flags & IRX_VCPUF_INITIALISED))
            break; /* its registers, if it has any, are with Xen */
        if (!sched_is_up(v))
            sched_bring_up(c->pc, v);
        return true;
    case VCPUOP_down:
        if (v != c->v || !sched_others_up(v))
            break;
        sched_down(v);
        return true;
    case VCPUOP_is_up:
        c->result = sched_is_up(v);
        return true;
    case VCPUOP_get_runstate_info:
        runstate_info(c, v);
        return true;
    case VCPUOP_set_periodic_timer:
        return set_periodic(c, v);
    case VCPUOP_stop_periodic_timer:
        return stop_periodic(c, v);
    case VCPUOP_set_singleshot_timer:
        set_singleshot(c, v);
        return true;
    case VCPUOP_stop_singleshot_timer:
        if (v != c->v)
            c->result = -SHIM_EINVAL;
        else
            timer_stop_singleshot(v);
        return true;
    case VCPUOP_get_physid: /* for a pinned hardware domain only */
        c->result = -SHIM_EINVAL;
        return true;
    case VCPUOP_send_nmi:
        return send_nmi(c, v);
    }
    return park(c, __HYPERVISOR_vcpu_op, c->arg[0]);
}

/* ---- the rest ---- */

static bool xen_version(struct call *c)
{
    const struct irx_domain *r = c->v->d->rec;

    switch ((int)c->arg[0]) {
    case XENVER_version:
        c->result = r->xen_version;
        return true;
    case XENVER_pagesize:
        if (c->arg[1])
            break;
        c->result = PAGE_SIZE;
        return true;
    case XENVER_guest_handle:
        answer_arg(c, c->arg[1], r->handle, sizeof(r->handle));
        return true;
    }
    return park(c, __HYPERVISOR_xen_version, c->arg[0]);
}

static bool get_param(struct call *c)
{
    const struct irx_domain *r = c->v->d->rec;
    struct xen_hvm_param p;

    if (!fetch_arg(c, c->arg[1], &p, sizeof(p)))
        return true;
    if (p.domid != DOMID_SELF && p.domid != r->domid)
        return park(c, __HYPERVISOR_hvm_op, HVMOP_get_param);
    if (p.index >= HVM_NR_PARAMS) {
        c->result = -SHIM_EINVAL;
        return true;
    }
    p.index = index_nospec(p.index, HVM_NR_PARAMS);
    if (!(r->params_readable & BIT(p.index)))
        return park(c, __HYPERVISOR_hvm_op, HVMOP_get_param);
    p.value = r->params[p.index];
    answer_arg(c, c->arg[1], &p, sizeof(p));
    return true;
}

static bool hvm_op(struct call *c)
{
    struct xen_hvm_get_time t;

    switch (c->arg[0]) {
    case HVMOP_get_param:
        return get_param(c);
    case HVMOP_get_time:
        t.now = time_now(c->v);
        answer_arg(c, c->arg[1], &t, sizeof(t));
        return true;
    }
    return park(c, __HYPERVISOR_hvm_op, c->arg[0]);
}

static bool dispatch(struct call *c, uint64_t number)
{
    switch (number) {
    case __HYPERVISOR_event_channel_op:
        return event_channel_op(c);
    case __HYPERVISOR_sched_op:
        return sched_op(c);
    case __HYPERVISOR_vcpu_op:
        return vcpu_op(c);
    case __HYPERVISOR_set_timer_op:
        timer_set_op(c->pc, c->v, c->arg[0]);
        return true;
    case __HYPERVISOR_xen_version:
        return xen_version(c);
    case __HYPERVISOR_hvm_op:
        return hvm_op(c);
    default:
        return park(c, number & 0xffff, c->arg[0] & 0xffff);
    }
}

bool guest_hypercall(struct pcpu *pc, struct vcpu *v)
{
    uint64_t number = v->gpr[RAX];
    unsigned int length = insn_length(pc, v, INSN_HYPERCALL);
    struct call c = {
        .pc = pc,
        .v = v,
        .arg = {v->gpr[RDI], v->gpr[RSI], v->gpr[RDX], v->gpr[R10], v->gpr[R8]},
    };

    v->park_detail = (uint32_t)number;
    if (!length)
        return false;
    if (v->cpl) {
        c.result = -SHIM_EPERM;
    } else if (v->mode != 8 || !dispatch(&c, number)) {
        return false;
    }
    v->gpr[RAX] = (uint64_t)c.result;
    vendor_retire(v, length);
    return true;
}
