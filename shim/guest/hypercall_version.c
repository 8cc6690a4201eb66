/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_version, from what Xen exported of itself: the guest is still on the Xen that went.
 * Source: Xen's common/kernel.c, and xsm_xen_version() of its xsm/dummy.h, the policy that
 * IRX_ANSWER_DEFAULT_POLICY says is in force.
 */
#include "core/shim.h"
#include "core/xenabi.h"
#include "hypercall.h"

static bool answer(struct call *c, const void *from, unsigned int len)
{
    call_answer(c, c->arg[1], from, len);
    return true;
}

static bool get_features(struct call *c, uint32_t features)
{
    struct xen_feature_info f;

    if (!call_fetch(c, c->arg[1], &f, sizeof(f)))
        return true;
    if (f.submap_idx)
        return call_result(c, -SHIM_EINVAL);
    f.submap = features;
    return answer(c, &f, sizeof(f));
}

static bool pagesize(struct call *c)
{
    return call_result(c, c->arg[1] ? -SHIM_EINVAL : (int64_t)PAGE_SIZE);
}

static bool compile_info(struct call *c, const struct irx_xen_info *x)
{
    _Static_assert(sizeof(struct xen_compile_info) == sizeof(x->compile_info), "compile_info");
    return answer(c, x->compile_info, sizeof(x->compile_info));
}

bool hypercall_version(struct call *c)
{
    static const char denied[] = "<denied>";
    const struct irx_domain *r = c->v->d->rec;
    const struct irx_xen_info *x = &shim.anchor->xen;
    int op = (int)c->arg[0];

    if (op == XENVER_version)
        return call_result(c, r->xen_version);
    if (!shim_has(IRX_VERSION(1, 1))) /* a Xen that says no more */
        return op == XENVER_pagesize       ? pagesize(c)
               : op == XENVER_guest_handle ? answer(c, r->handle, sizeof(r->handle))
                                           : call_park(c, __HYPERVISOR_xen_version, c->arg[0]);
    if (op == XENVER_get_features)
        return get_features(c, r->answers.xen_features);
    if (op == XENVER_platform_parameters)
        return answer(c, &x->virt_start, sizeof(x->virt_start));
    if (!(r->answers.flags & IRX_ANSWER_DEFAULT_POLICY))
        return call_park(c, __HYPERVISOR_xen_version, c->arg[0]);
    switch (op) {
    case XENVER_extraversion:
        return answer(c, x->extraversion, sizeof(x->extraversion));
    case XENVER_compile_info:
        return compile_info(c, x);
    case XENVER_capabilities:
        return answer(c, x->capabilities, sizeof(x->capabilities));
    case XENVER_changeset:
        return answer(c, x->changeset, sizeof(x->changeset));
    case XENVER_pagesize:
        return pagesize(c);
    case XENVER_guest_handle:
        return answer(c, r->handle, sizeof(r->handle));
    case XENVER_commandline:
        return answer(c, denied, sizeof(denied));
    case XENVER_build_id:
        return call_result(c, -SHIM_EPERM);
    default:
        return call_result(c, -SHIM_ENOSYS);
    }
}
