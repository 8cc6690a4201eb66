/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/sched/core.c: a vCPU's
 * soft affinity and a domain's parameters, which only the toolstack's interface
 * can set otherwise.
 */
#include <public/domctl.h>

#include "private.h"

int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask)
{
    return vcpu_set_soft_affinity(v, mask);
}

static int interrex_sched_adjust(struct domain *d, uint32_t cmd,
                                 struct irx_sched *sched)
{
    struct xen_domctl_scheduler_op op = {
        .sched_id = sched->sched_id,
        .cmd = cmd,
    };
    int rc;

    BUILD_BUG_ON(IRX_SCHED_CREDIT != XEN_SCHEDULER_CREDIT ||
                 IRX_SCHED_CREDIT2 != XEN_SCHEDULER_CREDIT2);
    BUILD_BUG_ON(sizeof(op.u.credit) > sizeof(sched->params) ||
                 sizeof(op.u.credit2) > sizeof(sched->params));
    /* lend/share.c */
    BUILD_BUG_ON(offsetof(typeof(op.u.credit), weight) ||
                 offsetof(typeof(op.u.credit2), weight) ||
                 offsetof(typeof(op.u.credit), cap) != 2 ||
                 offsetof(typeof(op.u.credit2), cap) != 2);

    if ( op.sched_id == XEN_SCHEDULER_CREDIT )
        memcpy(&op.u.credit, sched->params, sizeof(op.u.credit));
    else if ( op.sched_id == XEN_SCHEDULER_CREDIT2 )
        memcpy(&op.u.credit2, sched->params, sizeof(op.u.credit2));
    else
        return -EOPNOTSUPP;

    rcu_read_lock(&sched_res_rculock);
    rc = op.sched_id == dom_scheduler(d)->sched_id
             ? sched_adjust_dom(dom_scheduler(d), d, &op)
             : -EINVAL;
    rcu_read_unlock(&sched_res_rculock);

    if ( op.sched_id == XEN_SCHEDULER_CREDIT )
        memcpy(sched->params, &op.u.credit, sizeof(op.u.credit));
    else
        memcpy(sched->params, &op.u.credit2, sizeof(op.u.credit2));

    return rc;
}

int interrex_sched_get(struct domain *d, struct irx_sched *sched)
{
    *sched = (struct irx_sched){ .sched_id = dom_scheduler(d)->sched_id };

    return interrex_sched_adjust(d, XEN_DOMCTL_SCHEDOP_getinfo, sched);
}

int interrex_sched_set(struct domain *d, const struct irx_sched *sched)
{
    struct irx_sched copy = *sched;

    return interrex_sched_adjust(d, XEN_DOMCTL_SCHEDOP_putinfo, &copy);
}
