/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the guest and Xen meet: the shared_info page, which is one of Xen's, and each
 * vCPU's vcpu_info, there or in a page of the guest's own.
 */
#include <xen/domain_page.h>
#include <xen/event.h>

#include <asm/p2m.h>

#include "state/state.h"

/* Where d has the page; ~0: nowhere. */
static uint64_t gfn_of(const struct domain *d, mfn_t mfn)
{
    unsigned long gfn = is_pv_domain(d) ? mfn_x(mfn)
                                        : get_gpfn_from_mfn(mfn_x(mfn));

    return gfn == INVALID_M2P_ENTRY ? ~0ULL : gfn;
}

void interrex_shared_info_export(const struct domain *d, struct irx_domain *r)
{
    r->shared_info_mfn = virt_to_mfn(d->shared_info);
    r->shared_info_gfn = gfn_of(d, _mfn(r->shared_info_mfn));
}

int interrex_shared_info_import(struct domain *d, const struct irx_domain *r)
{
    void *fresh = d->shared_info, *adopted;
    int rc = interrex_adopt_xen_page(d, _mfn(r->shared_info_mfn), &adopted);

    if ( rc )
        return rc;

    d->shared_info = adopted;

    /* dom0 has its first vCPU already (alloc_dom0_vcpu0()). */
    if ( d->vcpu[0] )
        d->vcpu[0]->vcpu_info = (vcpu_info_t *)&shared_info(d, vcpu_info[0]);

    interrex_unshare_xen_page(d, fresh);

    return 0;
}

void interrex_vcpu_info_export(const struct vcpu *v, struct irx_vcpu *r)
{
    mfn_t mfn = v->vcpu_info_mfn;

    r->vcpu_info_gfn = ~0ULL;
    r->vcpu_info_mfn = ~0ULL;
    if ( v->vcpu_info == &dummy_vcpu_info )
        return;

    if ( mfn_eq(mfn, INVALID_MFN) )
        mfn = _mfn(virt_to_mfn(v->domain->shared_info));
    r->vcpu_info_gfn = gfn_of(v->domain, mfn);
    /*
     * The guest gave that page away: no one sees what is written there, and the frame does
     * not go along, so to the shim and to the next Xen there is none.
     */
    if ( r->vcpu_info_gfn == ~0ULL &&
         mfn_x(mfn) != virt_to_mfn(v->domain->shared_info) )
        return;
    r->vcpu_info_mfn = mfn_x(mfn);
    r->vcpu_info_offset = (unsigned long)v->vcpu_info & ~PAGE_MASK;
}

static bool in_shared_info(const struct vcpu *v, const struct irx_vcpu *r)
{
    return v->vcpu_info != &dummy_vcpu_info &&
           r->vcpu_info_mfn == virt_to_mfn(v->domain->shared_info) &&
           r->vcpu_info_offset == ((unsigned long)v->vcpu_info & ~PAGE_MASK);
}

/* Not map_vcpu_info(), which would copy over the contents and raise every event. */
static int map_in_place(struct vcpu *v, gfn_t gfn, unsigned int offset)
{
    struct page_info *page;
    void *mapping;

    if ( !mfn_eq(v->vcpu_info_mfn, INVALID_MFN) )
        return -EINVAL;

    page = get_page_from_gfn(v->domain, gfn_x(gfn), NULL, P2M_UNSHARE);
    if ( !page )
        return -EINVAL;

    if ( !get_page_type(page, PGT_writable_page) )
    {
        put_page(page);
        return -EINVAL;
    }

    mapping = __map_domain_page_global(page);
    if ( !mapping )
    {
        put_page_and_type(page);
        return -ENOMEM;
    }

    v->vcpu_info = mapping + offset;
    v->vcpu_info_mfn = page_to_mfn(page);

    return 0;
}

int interrex_vcpu_info_import(struct vcpu *v, const struct irx_vcpu *r)
{
    /* In shared_info it is where it was: only the guest can move it, once. */
    if ( r->vcpu_info_gfn == ~0ULL || in_shared_info(v, r) )
        return 0;

    return map_in_place(v, _gfn(r->vcpu_info_gfn), r->vcpu_info_offset);
}
