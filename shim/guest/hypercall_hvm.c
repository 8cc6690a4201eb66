/* SPDX-License-Identifier: GPL-2.0-only */
/* hvm_op. Source: Xen's hvm/hvm.c (do_hvm_op, hvmop_get_param, hvm_allow_get_param). */
#include "core/spec.h"
#include "core/time.h"
#include "core/xenabi.h"
#include "hypercall.h"

/* Why hvm_allow_get_param() refuses a guest one of its own. */
static int refused(uint32_t index)
{
    switch (index) {
    case HVM_PARAM_PAE_ENABLED:
    case HVM_PARAM_DM_DOMAIN:
    case HVM_PARAM_MEMORY_EVENT_CR0:
    case HVM_PARAM_MEMORY_EVENT_CR3:
    case HVM_PARAM_MEMORY_EVENT_CR4:
    case HVM_PARAM_MEMORY_EVENT_INT3:
    case HVM_PARAM_NESTEDHVM:
    case HVM_PARAM_MEMORY_EVENT_SINGLE_STEP:
    case HVM_PARAM_BUFIOREQ_EVTCHN:
    case HVM_PARAM_MEMORY_EVENT_MSR:
        return -SHIM_EINVAL;
    default:
        return -SHIM_EPERM;
    }
}

static bool get_param(struct call *c)
{
    const struct irx_domain *r = c->v->d->rec;
    struct xen_hvm_param p;

    if (!call_fetch(c, c->arg[1], &p, sizeof(p)))
        return true;
    if (p.index >= HVM_NR_PARAMS)
        return call_result(c, -SHIM_EINVAL);
    p.index = index_nospec(p.index, HVM_NR_PARAMS);
    if (p.domid != DOMID_SELF && p.domid != r->domid)
        return call_park(c, __HYPERVISOR_hvm_op, HVMOP_get_param);
    if (!(r->params_readable & BIT(p.index))) {
        if (!dom_answers(c->v->d, IRX_ANSWER_DEFAULT_POLICY))
            return call_park(c, __HYPERVISOR_hvm_op, HVMOP_get_param);
        return call_result(c, refused(p.index));
    }
    p.value = r->params[p.index];
    call_answer(c, c->arg[1], &p, sizeof(p));
    return true;
}

bool hypercall_hvm(struct call *c)
{
    struct xen_hvm_get_time t;

    switch (c->arg[0]) {
    case HVMOP_get_param:
        return get_param(c);
    case HVMOP_get_time:
        t.now = time_now(c->v);
        call_answer(c, c->arg[1], &t, sizeof(t));
        return true;
    case HVMOP_set_param:
    case HVMOP_flush_tlbs:
    case HVMOP_pagetable_dying:
    case HVMOP_xentrace:
    case HVMOP_get_mem_type:
    case HVMOP_set_evtchn_upcall_vector:
    case HVMOP_guest_request_vm_event:
    case HVMOP_altp2m:
        return call_park(c, __HYPERVISOR_hvm_op, c->arg[0]);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}
