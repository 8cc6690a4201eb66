/* SPDX-License-Identifier: GPL-2.0-only */
/* sched_op. Source: Xen's common/sched/core.c. */
#include "core/lib.h"
#include "core/sched.h"
#include "core/time.h"
#include "core/xenabi.h"
#include "evtchn.h"
#include "hypercall.h"
#include "intr.h"
#include "timer.h"
#include "upcall.h"
#include "watchdog.h"

#define POLL_PORTS 128u

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

    if (!call_fetch(c, list + i * sizeof(*port), port, sizeof(*port)))
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

    if (!call_fetch(c, c->arg[1], &p, sizeof(p)))
        return true;
    if (p.nr_ports > POLL_PORTS)
        return call_result(c, -SHIM_EINVAL);
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
    if (p.timeout)
        timer_set_poll(v, p.timeout);
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

    if (call_fetch(c, c->arg[1], &w, sizeof(w)))
        c->result = watchdog_op(c->pc, c->v, w.id, w.timeout);
}

bool hypercall_sched(struct call *c)
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
    case SCHEDOP_pin_override: /* the hardware domain's, which never runs here */
        return call_result(c, -SHIM_EPERM);
    case SCHEDOP_shutdown:
    case SCHEDOP_shutdown_code:
    case SCHEDOP_remote_shutdown:
        return call_park(c, __HYPERVISOR_sched_op, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}
